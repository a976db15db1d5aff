//! What an import asks: which of its UIDs are there already, and how much room is left.

use std::collections::{HashMap, HashSet};

use diesel::prelude::*;

use super::read::{STORED, StoredColumns, with_cards};
use super::{Stored, mine};
use crate::query::text::fold;
use crate::resources::contacts::Contacts;
use crate::store::columns::Uid;
use crate::store::tables::{contact_books, contact_folders, contacts};
use crate::store::{Changes, Owned, Reads, StoreError, on_backend};

/// The contacts that have these UIDs (as [`super::uid_key`] gives them), by UID.
pub fn stored_by_uid<A: Reads>(
    on: &mut Owned<'_, Contacts, A>,
    uids: &[String],
) -> Result<HashMap<String, Stored>, StoreError> {
    let (person, db) = on.parts();
    let these = with_cards().filter(mine(person)).filter(contacts::uid.eq_any(uids)).select((contacts::uid, STORED));
    let found: Vec<(String, StoredColumns)> = on_backend!(db, |c| these.load(c))?;
    Ok(found.into_iter().map(|(uid, stored)| (uid, stored.into())).collect())
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
