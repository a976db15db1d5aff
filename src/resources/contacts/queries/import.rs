//! What an import asks: which of its UIDs are there already, and how much room is left.

use std::collections::HashSet;

use diesel::prelude::*;

use super::page::{fitting, octet_length};
use super::read::{STORED, StoredColumns, with_cards};
use super::{Stored, mine};
use crate::query::text::fold;
use crate::resources::contacts::Contacts;
use crate::store::columns::Uid;
use crate::store::tables::{contact_books, contact_cards, contact_folders, contacts};
use crate::store::{Changes, Owned, Reads, StoreError, on_backend};

/// So many bytes of contacts are read at a time.
const PORTION: usize = 8 * 1024 * 1024;

/// Shows the contacts that have these UIDs (as [`super::uid_key`] gives them), each by its UID; no more at a time than some MiB of
/// them, or one that is larger.
pub fn by_uid<A: Reads>(
    on: &mut Owned<'_, Contacts, A>,
    uids: &[String],
    mut look: impl FnMut(Vec<(String, Stored)>),
) -> Result<(), StoreError> {
    let (person, db) = on.parts();
    let sizes = (contacts::uid, octet_length(contacts::projection), octet_length(contact_cards::card));
    let asked = with_cards().filter(mine(person)).filter(contacts::uid.eq_any(uids)).select(sizes);
    let found: Vec<(String, i32, i32)> = on_backend!(db, |c| asked.load(c))?;
    let mut left = found.as_slice();
    while !left.is_empty() {
        let sizes = left.iter().map(|(_, projection, card)| projection.saturating_add(*card));
        let (some, rest) = left.split_at_checked(fitting(sizes, left.len(), PORTION)).unwrap_or((left, &[]));
        left = rest;
        let some: Vec<&str> = some.iter().map(|(uid, ..)| uid.as_str()).collect();
        let these =
            with_cards().filter(mine(person)).filter(contacts::uid.eq_any(some)).select((contacts::uid, STORED));
        let found: Vec<(String, StoredColumns)> = on_backend!(db, |c| these.load(c))?;
        look(found.into_iter().map(|(uid, stored)| (uid, stored.into())).collect());
    }
    Ok(())
}

/// Which of these UIDs are there. One who may only add learns no more of them.
pub fn taken<A: Changes>(on: &mut Owned<'_, Contacts, A>, uids: &[String]) -> Result<HashSet<String>, StoreError> {
    let (person, db) = on.parts();
    let there = contacts::table.filter(mine(person)).filter(contacts::uid.eq_any(uids)).select(contacts::uid);
    let found: Vec<String> = on_backend!(db, |c| there.load(c))?;
    Ok(found.into_iter().collect())
}

/// How many contacts more the person may have.
pub fn room<A: Changes>(on: &mut Owned<'_, Contacts, A>, quota: u64) -> Result<u64, StoreError> {
    let (person, db) = on.parts();
    let kept = contact_books::table.find(person.id).select(contact_books::contacts);
    let there: Option<i64> = on_backend!(db, |c| kept.get_result(c).optional())?;
    Ok(quota.saturating_sub(u64::try_from(there.unwrap_or(0)).unwrap_or(0)))
}

/// The folder that the person calls so; case makes no difference.
pub fn folder_named<A: Reads>(on: &mut Owned<'_, Contacts, A>, name: &str) -> Result<Option<Uid>, StoreError> {
    let key = fold(name);
    let (person, db) = on.parts();
    let mine = contact_folders::table.filter(contact_folders::person.eq(person.id));
    let named = mine.filter(contact_folders::name_key.eq(&key)).select(contact_folders::id);
    Ok(on_backend!(db, |c| named.get_result(c).optional())?)
}
