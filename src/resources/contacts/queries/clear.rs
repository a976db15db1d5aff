//! Deleting the contacts of a folder, some at a time: few statements for many contacts, so that a turn is short.

use std::collections::HashSet;

use diesel::prelude::*;

use super::delta::DELETED;
use super::read::load;
use super::terms::{Terms, replace};
use super::write::book;
use crate::access::Write;
use crate::blobs::Key;
use crate::problem::Problem;
use crate::resources::contacts::Contacts;
use crate::store::columns::Uid;
use crate::store::tables::{contact_cards, contact_changes, contact_terms, contacts};
use crate::store::{Db, Halt, Owned, StoreError, on_backend};

/// How many contacts go in one turn.
const AT_ONCE: i64 = 250;

/// And no more characters of their records.
const RECORDS: usize = 8 * 1024 * 1024;

/// A contact that is to go, as it was read before the writer's turn.
#[derive(Debug, Clone)]
pub struct Going {
    id: Uid,
    changed: i64,
    terms: Option<Terms>,
    blob: Option<Key>,
}

/// What a turn did.
#[derive(Debug)]
pub struct Cleared {
    /// Whether nothing is left.
    pub is_whole: bool,
    /// The blobs that no row names any longer.
    pub blobs: Vec<Key>,
}

/// Some contacts of `folder`, and what has to be known to delete them.
pub fn going(on: &mut Owned<'_, Contacts, Write>, folder: Uid) -> Result<Vec<Going>, StoreError> {
    let (person, db) = on.parts();
    let of_folder = contacts::table.filter(contacts::person.eq(person.id)).filter(contacts::folder.eq(folder));
    let some = of_folder.order(contacts::id).limit(AT_ONCE).select(contacts::id);
    let ids: Vec<Uid> = on_backend!(db, |c| some.load(c))?;
    let (mut going, mut bytes) = (Vec::new(), 0_usize);
    for id in ids {
        if bytes >= RECORDS {
            break;
        }
        let old = match load(on, id) {
            Err(StoreError::NotFound) => continue,
            found => found?,
        };
        bytes = bytes.saturating_add(old.card.len());
        let blob = old.blob.as_deref().and_then(Key::parse);
        going.push(Going { id, changed: old.row.changed, terms: old.terms, blob });
    }
    Ok(going)
}

/// Deletes those of `going` that are in `folder` as they were.
pub fn clear(on: &mut Owned<'_, Contacts, Write>, folder: Uid, going: &[Going]) -> Result<Cleared, Halt<Problem>> {
    let there: HashSet<(Uid, i64)> = versions(on, folder, going)?;
    let gone: Vec<&Going> = going.iter().filter(|one| there.contains(&(one.id, one.changed))).collect();
    let number = i64::try_from(gone.len()).unwrap_or(AT_ONCE);
    if number > 0 {
        let ids: Vec<Uid> = gone.iter().map(|old| old.id).collect();
        let (person, db) = on.parts();
        let rows =
            diesel::delete(contacts::table.filter(contacts::person.eq(person.id)).filter(contacts::id.eq_any(&ids)));
        on_backend!(db, |c| rows.execute(c))?;
        let cards = contact_cards::table.filter(contact_cards::person.eq(person.id));
        let cards = diesel::delete(cards.filter(contact_cards::id.eq_any(&ids)));
        on_backend!(db, |c| cards.execute(c))?;
        forget_terms(on, &gone, &ids)?;
        note(on, folder, &gone, &ids)?;
        book(on, -number, u64::MAX)?;
    }
    let (person, db) = on.parts();
    let left = contacts::table.filter(contacts::person.eq(person.id)).filter(contacts::folder.eq(folder));
    let left: Option<Uid> = on_backend!(db, |c| left.select(contacts::id).first(c).optional())?;
    Ok(Cleared { is_whole: left.is_none(), blobs: gone.iter().filter_map(|old| old.blob).collect() })
}

fn versions(
    on: &mut Owned<'_, Contacts, Write>,
    folder: Uid,
    going: &[Going],
) -> Result<HashSet<(Uid, i64)>, StoreError> {
    let ids: Vec<Uid> = going.iter().map(|one| one.id).collect();
    let (person, db) = on.parts();
    let of_folder = contacts::table.filter(contacts::person.eq(person.id)).filter(contacts::folder.eq(folder));
    let these = of_folder.filter(contacts::id.eq_any(ids)).select((contacts::id, contacts::changed));
    let found: Vec<(Uid, i64)> = on_backend!(db, |c| these.load(c))?;
    Ok(found.into_iter().collect())
}

fn forget_terms(on: &mut Owned<'_, Contacts, Write>, gone: &[&Going], ids: &[Uid]) -> Result<(), StoreError> {
    if gone.iter().any(|old| old.terms.is_none()) {
        // Made by another version of the program: read through all of the person's, once.
        let (person, db) = on.parts();
        let mine = contact_terms::table.filter(contact_terms::person.eq(person.id));
        let rows = mine.filter(contact_terms::contact.eq_any(ids));
        on_backend!(db, |c| diesel::delete(rows).execute(c))?;
        return Ok(());
    }
    // By whole keys: a term of all contacts is not read through for some.
    gone.iter().try_for_each(|old| replace(on, old.id, old.terms.as_ref(), &Terms::new()))
}

/// Notes the deletions in place of the changes before.
fn note(on: &mut Owned<'_, Contacts, Write>, folder: Uid, gone: &[&Going], ids: &[Uid]) -> Result<(), StoreError> {
    let numbers: Vec<i64> = gone.iter().map(|old| old.changed).collect();
    let (number, now) = (on.change(), on.now());
    let (person, db) = on.parts();
    let before = contact_changes::table
        .filter(contact_changes::person.eq(person.id))
        .filter(contact_changes::changed.eq_any(&numbers))
        .filter(contact_changes::contact.eq_any(ids))
        .filter(contact_changes::folder.eq(folder));
    on_backend!(db, |c| diesel::delete(before).execute(c))?;
    let row = |contact: &Uid| {
        (
            (contact_changes::person.eq(person.id), contact_changes::changed.eq(number)),
            (contact_changes::contact.eq(*contact), contact_changes::folder.eq(folder)),
            (contact_changes::gone.eq(DELETED), contact_changes::at.eq(now)),
        )
    };
    match db {
        Db::Sqlite(c) => {
            for contact in ids {
                diesel::insert_into(contact_changes::table).values(row(contact)).execute(c)?;
            }
        }
        Db::Postgres(c) => {
            diesel::insert_into(contact_changes::table).values(ids.iter().map(row).collect::<Vec<_>>()).execute(c)?;
        }
    }
    Ok(())
}
