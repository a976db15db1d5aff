//! Deleting the contacts of a folder, some at a time: few statements for many contacts, so that a turn is short.

use std::collections::BTreeSet;

use diesel::prelude::*;

use super::delta::DELETED;
use super::write::{count, old_terms};
use super::{COLUMNS, Columns, Stored};
use crate::access::Write;
use crate::blobs::Key;
use crate::problem::Problem;
use crate::resources::contacts::Contacts;
use crate::store::columns::Uid;
use crate::store::tables::{contact_cards, contact_changes, contact_terms, contacts};
use crate::store::{Db, Halt, Owned, StoreError, on_backend};

/// How many contacts go in one turn.
const AT_ONCE: i64 = 250;

/// What a turn did.
#[derive(Debug)]
pub struct Cleared {
    /// Whether nothing is left.
    pub is_whole: bool,
    /// The blobs that no row names any longer.
    pub blobs: Vec<Key>,
}

/// Deletes contacts of `folder`.
pub fn clear(on: &mut Owned<'_, Contacts, Write>, folder: Uid) -> Result<Cleared, Halt<Problem>> {
    let gone = some(on, folder)?;
    let number = i64::try_from(gone.len()).unwrap_or(AT_ONCE);
    if number > 0 {
        let ids: Vec<Uid> = gone.iter().map(|old| old.row.id).collect();
        let (person, db) = on.parts();
        let rows =
            diesel::delete(contacts::table.filter(contacts::person.eq(person.id)).filter(contacts::id.eq_any(&ids)));
        on_backend!(db, |c| rows.execute(c))?;
        let cards = contact_cards::table.filter(contact_cards::person.eq(person.id));
        let cards = diesel::delete(cards.filter(contact_cards::id.eq_any(&ids)));
        on_backend!(db, |c| cards.execute(c))?;
        forget_terms(on, &gone, &ids)?;
        note(on, folder, &gone, &ids)?;
        count(on, -number, u64::MAX)?;
    }
    let blobs = gone.iter().filter_map(|old| Key::parse(old.blob.as_deref()?)).collect();
    Ok(Cleared { is_whole: number < AT_ONCE, blobs })
}

fn some(on: &mut Owned<'_, Contacts, Write>, folder: Uid) -> Result<Vec<Stored>, StoreError> {
    let (person, db) = on.parts();
    let same = contact_cards::person.eq(contacts::person).and(contact_cards::id.eq(contacts::id));
    let both = contacts::table
        .inner_join(contact_cards::table.on(same))
        .filter(contacts::person.eq(person.id))
        .filter(contacts::folder.eq(folder))
        .order(contacts::id)
        .limit(AT_ONCE)
        .select((COLUMNS, contacts::photo_blob, contacts::projection_version, contact_cards::card));
    let found: Vec<(Columns, Option<String>, i32, String)> = on_backend!(db, |c| both.load(c))?;
    let stored = |(row, blob, projection_version, card): (Columns, _, _, _)| Stored {
        row: row.into(),
        blob,
        projection_version,
        card,
    };
    Ok(found.into_iter().map(stored).collect())
}

fn forget_terms(on: &mut Owned<'_, Contacts, Write>, gone: &[Stored], ids: &[Uid]) -> Result<(), StoreError> {
    let terms: Option<Vec<_>> = gone.iter().map(old_terms).collect();
    let (person, db) = on.parts();
    let of_ids = || {
        let mine = contact_terms::table.filter(contact_terms::person.eq(person.id));
        mine.filter(contact_terms::contact.eq_any(ids))
    };
    let Some(terms) = terms else {
        // Made by another version of the program: read through all of the person's.
        on_backend!(db, |c| diesel::delete(of_ids()).execute(c))?;
        return Ok(());
    };
    let words: BTreeSet<String> = terms.into_iter().flatten().map(|(_, term)| term).collect();
    // SQLite takes 32,766 values in a statement.
    for some in words.into_iter().collect::<Vec<_>>().chunks(10_000) {
        let rows = of_ids().filter(contact_terms::term.eq_any(some));
        on_backend!(db, |c| diesel::delete(rows).execute(c))?;
    }
    Ok(())
}

/// Notes the deletions in place of the changes before.
fn note(on: &mut Owned<'_, Contacts, Write>, folder: Uid, gone: &[Stored], ids: &[Uid]) -> Result<(), StoreError> {
    let numbers: Vec<i64> = gone.iter().map(|old| old.row.changed).collect();
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
