//! Deleting the events of a calendar, some at a time: few statements for many events, so that a turn is short.

use std::collections::HashSet;

use diesel::prelude::*;

use super::delta::DELETED;
use super::pasts;
use super::read::load;
use super::terms::{Terms, replace};
use super::write::book;
use crate::access::Write;
use crate::problem::Problem;
use crate::resources::calendar::Calendar;
use crate::store::columns::Uid;
use crate::store::tables::{event_changes, event_records, event_terms, events};
use crate::store::{Db, Halt, Owned, StoreError, on_backend};

/// How many events go in one turn.
const AT_ONCE: i64 = 250;

/// And no more characters of their records.
const RECORDS: usize = 8 * 1024 * 1024;

/// An event that is to go, as it was read before the writer's turn.
#[derive(Debug, Clone)]
pub struct Going {
    id: Uid,
    changed: i64,
    schedule: String,
    terms: Option<Terms>,
}

/// What a turn did.
#[derive(Debug)]
pub struct Cleared {
    /// Whether nothing is left.
    pub is_whole: bool,
    /// How many events went.
    pub events: usize,
}

/// Some events of `calendar`, and what has to be known to delete them.
pub fn going(on: &mut Owned<'_, Calendar, Write>, calendar: Uid) -> Result<Vec<Going>, StoreError> {
    let (person, db) = on.parts();
    let of_calendar = events::table.filter(events::person.eq(person.id)).filter(events::calendar.eq(calendar));
    let some = of_calendar.order(events::id).limit(AT_ONCE).select(events::id);
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
        bytes = bytes.saturating_add(old.record.len());
        going.push(Going { id, changed: old.row.changed, schedule: old.schedule, terms: old.terms });
    }
    Ok(going)
}

/// Deletes those of `going` that are in `calendar` as they were.
pub fn clear(on: &mut Owned<'_, Calendar, Write>, calendar: Uid, going: &[Going]) -> Result<Cleared, Halt<Problem>> {
    let there: HashSet<(Uid, i64)> = versions(on, calendar, going)?;
    let gone: Vec<&Going> = going.iter().filter(|one| there.contains(&(one.id, one.changed))).collect();
    let number = i64::try_from(gone.len()).unwrap_or(AT_ONCE);
    if number > 0 {
        let ids: Vec<Uid> = gone.iter().map(|old| old.id).collect();
        let (person, db) = on.parts();
        let rows = diesel::delete(events::table.filter(events::person.eq(person.id)).filter(events::id.eq_any(&ids)));
        on_backend!(db, |c| rows.execute(c))?;
        let records = event_records::table.filter(event_records::person.eq(person.id));
        let records = diesel::delete(records.filter(event_records::id.eq_any(&ids)));
        on_backend!(db, |c| records.execute(c))?;
        forget_terms(on, &gone, &ids)?;
        pasts::keep(on, &gone.iter().map(|old| (old.id, old.schedule.as_str())).collect::<Vec<_>>())?;
        note(on, calendar, &gone, &ids)?;
        book(on, -number, u64::MAX)?;
    }
    let (person, db) = on.parts();
    let left = events::table.filter(events::person.eq(person.id)).filter(events::calendar.eq(calendar));
    let left: Option<Uid> = on_backend!(db, |c| left.select(events::id).first(c).optional())?;
    Ok(Cleared { is_whole: left.is_none(), events: gone.len() })
}

fn versions(
    on: &mut Owned<'_, Calendar, Write>,
    calendar: Uid,
    going: &[Going],
) -> Result<HashSet<(Uid, i64)>, StoreError> {
    let ids: Vec<Uid> = going.iter().map(|one| one.id).collect();
    let (person, db) = on.parts();
    let of_calendar = events::table.filter(events::person.eq(person.id)).filter(events::calendar.eq(calendar));
    let these = of_calendar.filter(events::id.eq_any(ids)).select((events::id, events::changed));
    let found: Vec<(Uid, i64)> = on_backend!(db, |c| these.load(c))?;
    Ok(found.into_iter().collect())
}

fn forget_terms(on: &mut Owned<'_, Calendar, Write>, gone: &[&Going], ids: &[Uid]) -> Result<(), StoreError> {
    if gone.iter().any(|old| old.terms.is_none()) {
        // Made by another version of the program: read through all of the person's, once.
        let (person, db) = on.parts();
        let mine = event_terms::table.filter(event_terms::person.eq(person.id));
        let rows = mine.filter(event_terms::event.eq_any(ids));
        on_backend!(db, |c| diesel::delete(rows).execute(c))?;
        return Ok(());
    }
    // By whole keys: a term of all events is not read through for some.
    gone.iter().try_for_each(|old| replace(on, old.id, old.terms.as_ref(), &Terms::new()))
}

/// Notes the deletions in place of the changes before.
fn note(on: &mut Owned<'_, Calendar, Write>, calendar: Uid, gone: &[&Going], ids: &[Uid]) -> Result<(), StoreError> {
    let numbers: Vec<i64> = gone.iter().map(|old| old.changed).collect();
    let (number, now) = (on.change(), on.now());
    let (person, db) = on.parts();
    let before = event_changes::table
        .filter(event_changes::person.eq(person.id))
        .filter(event_changes::changed.eq_any(&numbers))
        .filter(event_changes::event.eq_any(ids))
        .filter(event_changes::calendar.eq(calendar));
    on_backend!(db, |c| diesel::delete(before).execute(c))?;
    let row = |event: &Uid| {
        (
            (event_changes::person.eq(person.id), event_changes::changed.eq(number)),
            (event_changes::event.eq(*event), event_changes::calendar.eq(calendar)),
            (event_changes::gone.eq(DELETED), event_changes::at.eq(now)),
        )
    };
    match db {
        Db::Sqlite(c) => {
            for event in ids {
                diesel::insert_into(event_changes::table).values(row(event)).execute(c)?;
            }
        }
        Db::Postgres(c) => {
            diesel::insert_into(event_changes::table).values(ids.iter().map(row).collect::<Vec<_>>()).execute(c)?;
        }
    }
    Ok(())
}
