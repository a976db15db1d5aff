//! What an import asks: which of its UIDs are there already, and how much room is left.

use std::collections::HashSet;

use diesel::prelude::*;

use super::page::fitting;
use super::read::{STORED, StoredColumns, with_records};
use super::{Row, Stored, mine};
use crate::access::Write;
use crate::query::text::fold;
use crate::resources::calendar::{Calendar, calendars};
use crate::resources::collection::room::octet_length;
use crate::store::columns::Uid;
use crate::store::tables::{self, event_books, event_records, events};
use crate::store::{Owned, StoreError, on_backend};

/// So many bytes of events are read at a time.
const PORTION: usize = 8 * 1024 * 1024;

/// Shows the events that have these UIDs (as [`super::uid_key`] gives them), each by its UID; no more at a time than some MiB of
/// them, or one that is larger.
pub fn by_uid(
    on: &mut Owned<'_, Calendar, Write>,
    uids: &[String],
    mut look: impl FnMut(Vec<(String, Stored)>),
) -> Result<(), StoreError> {
    let (person, db) = on.parts();
    let sizes = (events::uid, octet_length(events::projection), octet_length(event_records::record));
    let asked = with_records().filter(mine(person)).filter(events::uid.eq_any(uids)).select(sizes);
    let found: Vec<(String, i32, i32)> = on_backend!(db, |c| asked.load(c))?;
    let mut left = found.as_slice();
    while !left.is_empty() {
        let sizes = left.iter().map(|(_, projection, record)| projection.saturating_add(*record));
        let (some, rest) = left.split_at_checked(fitting(sizes, left.len(), PORTION)).unwrap_or((left, &[]));
        left = rest;
        let some: Vec<&str> = some.iter().map(|(uid, ..)| uid.as_str()).collect();
        let these = with_records().filter(mine(person)).filter(events::uid.eq_any(some)).select((events::uid, STORED));
        let found: Vec<(String, StoredColumns)> = on_backend!(db, |c| these.load(c))?;
        look(found.into_iter().map(|(uid, stored)| (uid, stored.into())).collect());
    }
    Ok(())
}

/// Which of these UIDs are there.
pub fn taken(on: &mut Owned<'_, Calendar, Write>, uids: &[String]) -> Result<HashSet<String>, StoreError> {
    let (person, db) = on.parts();
    let there = events::table.filter(mine(person)).filter(events::uid.eq_any(uids)).select(events::uid);
    let found: Vec<String> = on_backend!(db, |c| there.load(c))?;
    Ok(found.into_iter().collect())
}

/// How many events more the person may have.
pub fn room(on: &mut Owned<'_, Calendar, Write>, quota: u64) -> Result<u64, StoreError> {
    let (person, db) = on.parts();
    let kept = event_books::table.find(person.id).select(event_books::events);
    let there: Option<i64> = on_backend!(db, |c| kept.get_result(c).optional())?;
    Ok(quota.saturating_sub(u64::try_from(there.unwrap_or(0)).unwrap_or(0)))
}

/// The calendar that the person calls so, case making no difference, or that has this id.
pub fn calendar_named(on: &mut Owned<'_, Calendar, Write>, name: &str) -> Result<Uid, StoreError> {
    let (key, default) = (fold(name), on.person().uid);
    if fold(&calendars::queries::find(on, default)?.name) == key {
        return Ok(default);
    }
    if let Some(id) = Uid::parse(name) {
        return calendars::queries::find(on, id).map(|row| row.id);
    }
    let (person, db) = on.parts();
    let mine = tables::calendars::table.filter(tables::calendars::person.eq(person.id));
    let named = mine.filter(tables::calendars::name_key.eq(&key)).select(tables::calendars::id);
    Ok(on_backend!(db, |c| named.get_result(c))?)
}

impl Stored {
    /// Without what a write in its place does not ask for.
    #[must_use]
    pub fn lean(self) -> Self {
        let row = Row { projection: String::new(), ..self.row };
        Self { row, record: String::new(), ..self }
    }
}
