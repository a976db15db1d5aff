//! What listed instances are like: their events' rows, and of exceptions what the record says of them.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use diesel::prelude::*;
use diesel::sql_types::Text;

use super::page::{self, Lean, lean, size};
use super::{Row, mine};
use crate::access::Access;
use crate::resources::calendar::Calendar;
use crate::resources::calendar::instances::{Course, Item, Key, Original};
use crate::resources::calendar::record::{Record, When};
use crate::resources::calendar::zone::Zone;
use crate::store::columns::{Instant, Uid};
use crate::store::tables::{event_records, events};
use crate::store::{Owned, StoreError, on_backend};

diesel::define_sql_function! {
    /// As of the page's.
    fn octet_length(text: Text) -> Integer;
}

/// An instance, and what it is like: its event's row, or an exception's own.
#[derive(Debug, Clone)]
pub struct Seen {
    /// The row.
    pub row: Arc<Row>,
    /// The instance; none: the event is single.
    pub instance: Item,
}

/// By what an event is known to be still what was listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// Its version.
    Version(i64),
    /// Of a single event when it begins and ends, which is all that its place follows from and what the index of windows has.
    Times(Instant, Instant),
}

impl State {
    fn is_of(self, row: &Row) -> bool {
        match self {
            Self::Version(changed) => row.changed == changed,
            Self::Times(begins, finishes) => (row.begins, row.finishes) == (begins, finishes) && !row.recurs,
        }
    }
}

/// Key, item, and the event's state.
pub(super) type Listed = (Key, Item, State);

/// Leaves as many of them as have no more than some MiB together; their events' rows, and whether that is not all.
pub(super) fn fit<A: Access>(
    on: &mut Owned<'_, Calendar, A>,
    listed: &mut Vec<Listed>,
) -> Result<(Vec<Lean>, bool), StoreError> {
    let (mut lean, records) = (leans(on, listed)?, record_sizes(on, listed)?);
    let rows: HashMap<Uid, i32> = lean.iter().map(|((id, ..), bytes)| (*id, *bytes)).collect();
    let mut read = HashSet::new();
    let bytes = listed.iter().map(|(key, item, _)| {
        let id = key.id.event;
        if !is_exception(item) {
            return rows.get(&id).copied().unwrap_or(0);
        }
        // A record is read once, and holds all of its exceptions.
        let record = records.get(&id).copied().unwrap_or(0);
        if read.insert(id) { record } else { record / 16 }
    });
    let fitting = page::fitting(bytes, usize::MAX, page::PAGE);
    let is_cut = fitting < listed.len();
    listed.truncate(fitting);
    if is_cut {
        let there = all(listed);
        lean.retain(|((id, ..), _)| there.contains(id));
    }
    Ok((lean, is_cut))
}

/// Each with what it is like; none: the event was changed since it was listed.
pub(super) fn rows<A: Access>(
    on: &mut Owned<'_, Calendar, A>,
    listed: Vec<Listed>,
    lean: Vec<Lean>,
) -> Result<Vec<Option<Seen>>, StoreError> {
    let rows: HashMap<Uid, Arc<Row>> = page::whole(on, lean)?.into_iter().map(|row| (row.id, Arc::new(row))).collect();
    let records = records(on, &listed)?;
    let index = |(record, course)| (Record::exceptions(record), names(course));
    let exceptions: HashMap<_, _> =
        records.iter().map(|(id, (version, record, course))| ((*id, *version), index((record, course)))).collect();
    let each = listed.into_iter().map(|(key, instance, state)| {
        let row = rows.get(&key.id.event).filter(|row| state.is_of(row))?;
        let row = match instance.filter(|instance| instance.is_exception) {
            None => row.clone(),
            Some(instance) => {
                let (exceptions, names) = exceptions.get(&(row.id, row.changed))?;
                Arc::new(row.exception(exceptions, names.get(&instance.original?)?)?)
            }
        };
        Some(Seen { row, instance })
    });
    Ok(each.collect())
}

/// How a record names its exceptions; of two of an occurrence the first is meant.
fn names(course: &Course) -> HashMap<Original, &When> {
    let all = course.exceptions().iter().rev();
    all.filter_map(|exception| Some((exception.instance.original?, &exception.when))).collect()
}

fn is_exception(item: &Item) -> bool {
    item.is_some_and(|instance| instance.is_exception)
}

fn leans<A: Access>(on: &mut Owned<'_, Calendar, A>, listed: &[Listed]) -> Result<Vec<Lean>, StoreError> {
    let (person, db) = on.parts();
    let asked = events::table.filter(mine(person)).filter(events::id.eq_any(all(listed))).select((lean(), size()));
    Ok(on_backend!(db, |c| asked.load(c))?)
}

fn all(listed: &[Listed]) -> HashSet<Uid> {
    listed.iter().map(|(key, ..)| key.id.event).collect()
}

fn exceptions(listed: &[Listed]) -> HashSet<Uid> {
    let are = listed.iter().filter(|(_, item, _)| is_exception(item));
    are.map(|(key, ..)| key.id.event).collect()
}

fn record_sizes<A: Access>(
    on: &mut Owned<'_, Calendar, A>,
    listed: &[Listed],
) -> Result<HashMap<Uid, i32>, StoreError> {
    let ids = exceptions(listed);
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let (person, db) = on.parts();
    let mine = event_records::table.filter(event_records::person.eq(person.id));
    let asked =
        mine.filter(event_records::id.eq_any(ids)).select((event_records::id, octet_length(event_records::record)));
    let found: Vec<(Uid, i32)> = on_backend!(db, |c| asked.load(c))?;
    Ok(found.into_iter().collect())
}

/// The records that exceptions are in, each with the version that it is of.
fn records<A: Access>(
    on: &mut Owned<'_, Calendar, A>,
    listed: &[Listed],
) -> Result<HashMap<Uid, (i64, Record, Course)>, StoreError> {
    let mut records = HashMap::new();
    for id in exceptions(listed) {
        let stored = match super::recorded(on, id) {
            Err(StoreError::NotFound) => continue,
            stored => stored?,
        };
        let Ok(record) = Record::stored(&stored.record) else { continue };
        if let Some(course) = Course::of(&record.schedule(), &Zone::Floating) {
            records.insert(id, (stored.row.changed, record, course));
        }
    }
    Ok(records)
}
