//! The events of a window of time, each instance by itself, a page at a time (design.md decision 3d). Singles are found by their start, in
//! order; series by whether they go on so far, and are expanded from the beginning of the page on, as far as it reaches.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel::sql_types::Text;

use super::page::{self, Lean, lean, size};
use super::{Row, mine};
use crate::access::Access;
use crate::resources::calendar::Calendar;
use crate::resources::calendar::instances::{Cost, Course, Item, Key, Page, Window};
use crate::resources::calendar::record::Record;
use crate::resources::calendar::span::{FLOATING, SERIES, SHORT, SINGLE};
use crate::store::columns::{Instant, Uid};
use crate::store::tables::{event_records, events};
use crate::store::{Owned, StoreError, on_backend};

/// What has no zone is so far from where it is in any, by UTC; and the greatest change of a clock.
const NEAR: TimeDelta = TimeDelta::hours(50);
/// How many rows are read at once.
const ROWS: usize = 512;
/// How often a page is made again, of whose events one was changed meanwhile.
const TRIES: usize = 3;

diesel::define_sql_function! {
    /// As of the page's.
    fn octet_length(text: Text) -> Integer;
}

/// A page of a window.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The events of one calendar.
    pub calendar: Option<Uid>,
    /// When.
    pub window: Window,
    /// Where the page before ended.
    pub after: Option<Key>,
    /// At most so many instances.
    pub size: usize,
    /// What it may cost.
    pub cost: Cost,
}

/// An instance, and what it is like: its event's row, or an exception's own.
#[derive(Debug, Clone)]
pub struct Seen {
    /// The row.
    pub row: Arc<Row>,
    /// The instance; none: the event is single.
    pub instance: Item,
}

type Found = (Vec<Seen>, Option<Key>);
/// Key, item, and the version of the event.
type Listed = (Key, Item, i64);

/// A page of the window; and where it ended, if there may be more.
pub fn window<A: Access>(on: &mut Owned<'_, Calendar, A>, asked: &Asked) -> Result<Found, StoreError> {
    let mut tries = 0..TRIES;
    loop {
        let is_last = tries.next().is_none();
        let mut page = Page::new(asked.window.clone(), asked.after, asked.size, asked.cost);
        singles(on, asked.calendar, &mut page)?;
        floating(on, asked.calendar, &mut page)?;
        series(on, asked.calendar, &mut page)?;
        let (listed, place) = page.end();
        if let Some(found) = seen(on, listed, place, is_last)? {
            return Ok(found);
        }
    }
}

/// A page of the instances of one event.
pub fn instances<A: Access>(on: &mut Owned<'_, Calendar, A>, id: Uid, asked: &Asked) -> Result<Found, StoreError> {
    let mut tries = 0..TRIES;
    loop {
        let is_last = tries.next().is_none();
        let mut page = Page::new(asked.window.clone(), asked.after, asked.size, asked.cost);
        let stored = super::recorded(on, id)?;
        if let Some(course) = course(&stored.record, &page, |record| record.schedule()) {
            page.expand(id, &course, stored.row.changed);
        }
        let (listed, place) = page.end();
        if let Some(found) = seen(on, listed, place, is_last)? {
            return Ok(found);
        }
    }
}

fn course(text: &str, page: &Page<i64>, of: impl Fn(&Record) -> Record) -> Option<Course> {
    Course::of(&of(&Record::stored(text).ok()?), &page.window().zone)
}

/// Single events of a zone: their start is their place.
fn singles<A: Access>(
    on: &mut Owned<'_, Calendar, A>,
    calendar: Option<Uid>,
    page: &mut Page<i64>,
) -> Result<(), StoreError> {
    let (after, most) = (page.after(), page.most());
    let earliest = later(page.window().from, -SHORT);
    let (least, id) = after.map_or((earliest, Uid::FIRST), |after| (after.at.max(earliest), after.id.event));
    let found = starting(on, (calendar, SINGLE), (least, id), (page.window().from, page.before()), most)?;
    for (id, changed, starts, ends) in found {
        page.offer(id, starts.datetime(), ends.unwrap_or(starts).datetime(), None, changed);
    }
    Ok(())
}

/// Single events of no zone, dates too: they are where they are in the zone of who looks, in about the same order.
fn floating<A: Access>(
    on: &mut Owned<'_, Calendar, A>,
    calendar: Option<Uid>,
    page: &mut Page<i64>,
) -> Result<(), StoreError> {
    let from = later(page.window().from, -NEAR);
    let earliest = later(from, -SHORT);
    let after = page.after().map_or(earliest, |after| later(after.at, -NEAR).max(earliest));
    let mut place = (after, Uid::FIRST);
    loop {
        let before = later(page.before(), NEAR);
        let found = starting(on, (calendar, FLOATING), place, (from, before), ROWS)?;
        let zone = page.window().zone.clone();
        let there = |at: Instant| zone.instant(at.datetime().naive_utc());
        for (id, changed, starts, ends) in &found {
            let (start, end) = (there(*starts), there(ends.unwrap_or(*starts)));
            page.offer(*id, start, end.max(start), None, *changed);
        }
        match found.last() {
            Some((id, _, starts, _)) if found.len() >= ROWS => {
                place = (starts.datetime(), *id);
            }
            _ => return Ok(()),
        }
    }
}

type Start = (Uid, i64, Instant, Option<Instant>);

/// Single events from a place on, of which something is in the window: `from` and `before` bound it.
fn starting<A: Access>(
    on: &mut Owned<'_, Calendar, A>,
    (calendar, reach): (Option<Uid>, i32),
    (least, after): (DateTime<Utc>, Uid),
    (from, before): (DateTime<Utc>, DateTime<Utc>),
    most: usize,
) -> Result<Vec<Start>, StoreError> {
    let [least, from, before] = [least, from, before].map(Instant::from);
    let (person, db) = on.parts();
    let all = events::table
        .filter(mine(person))
        .filter(events::reach.eq(reach))
        .filter(events::starts.ge(least))
        .filter(events::starts.le(before))
        .filter(events::starts.gt(least).or(events::id.gt(after)))
        .filter(events::ends.gt(from).or(events::starts.ge(from)))
        .order((events::starts, events::id))
        .limit(i64::try_from(most).unwrap_or(i64::MAX))
        .select((events::id, events::changed, events::starts, events::ends));
    Ok(match calendar {
        None => on_backend!(db, |c| all.load(c))?,
        Some(calendar) => on_backend!(db, |c| all.filter(events::calendar.eq(calendar)).load(c))?,
    })
}

/// Series, and events that are longer than those.
fn series<A: Access>(
    on: &mut Owned<'_, Calendar, A>,
    calendar: Option<Uid>,
    page: &mut Page<i64>,
) -> Result<(), StoreError> {
    let from = page.after().map_or(page.window().from, |after| after.at.max(page.window().from));
    let ends: Instant = later(from, -NEAR).into();
    let mut place = (Instant::from_micros(i64::MIN), Uid::FIRST);
    loop {
        let before: Instant = later(page.before(), NEAR).into();
        let (person, db) = on.parts();
        let all = events::table
            .filter(mine(person))
            .filter(events::reach.eq(SERIES))
            .filter(events::starts.ge(place.0))
            .filter(events::starts.le(before))
            .filter(events::starts.gt(place.0).or(events::id.gt(place.1)))
            .filter(events::ends.is_null().or(events::ends.ge(ends)))
            .order((events::starts, events::id))
            .limit(i64::try_from(ROWS).unwrap_or(i64::MAX))
            .select((events::id, events::changed, events::starts, events::schedule));
        let found: Vec<(Uid, i64, Instant, String)> = match calendar {
            None => on_backend!(db, |c| all.load(c))?,
            Some(calendar) => on_backend!(db, |c| all.filter(events::calendar.eq(calendar)).load(c))?,
        };
        for (id, changed, _, schedule) in &found {
            if let Some(course) = course(schedule, page, Record::clone) {
                page.expand(*id, &course, *changed);
            }
        }
        match found.last() {
            Some((id, _, starts, _)) if found.len() >= ROWS => {
                place = (*starts, *id);
            }
            _ => return Ok(()),
        }
    }
}

fn later(at: DateTime<Utc>, by: TimeDelta) -> DateTime<Utc> {
    at.checked_add_signed(by).unwrap_or(at)
}

/// What is listed with its rows: as many as have no more than some MiB. None: one of them was changed since it was listed; with
/// `leave_out` that one is left out instead.
fn seen<A: Access>(
    on: &mut Owned<'_, Calendar, A>,
    mut listed: Vec<Listed>,
    mut place: Option<Key>,
    leave_out: bool,
) -> Result<Option<Found>, StoreError> {
    let lean = leans(on, &listed)?;
    let records = sizes(on, &listed)?;
    let mut counted = HashSet::new();
    let bytes = listed.iter().map(|(key, item, _)| {
        let id = key.id.event;
        let is_exception = item.is_some_and(|instance| instance.is_exception);
        let sizes = if is_exception { records.get(&id) } else { lean.get(&id).map(|(_, bytes)| bytes) };
        // A record is read once, however many exceptions it has; none is larger.
        let bytes = sizes.copied().unwrap_or(0);
        if is_exception && !counted.insert(id) { bytes / 16 } else { bytes }
    });
    let fitting = page::fitting(bytes, usize::MAX, page::PAGE);
    if fitting < listed.len() {
        listed.truncate(fitting);
        place = listed.last().map(|(key, ..)| *key);
    }
    let ids: HashSet<Uid> = listed.iter().map(|(key, ..)| key.id.event).collect();
    let rows = page::whole(on, lean.into_values().filter(|(columns, _)| ids.contains(&columns.0)).collect())?;
    let rows: HashMap<Uid, Arc<Row>> = rows.into_iter().map(|row| (row.id, Arc::new(row))).collect();
    let records = records_of(on, &listed)?;
    let mut found = Vec::new();
    for (key, instance, changed) in listed {
        let row = rows.get(&key.id.event).filter(|row| row.changed == changed);
        let row = match (row, instance) {
            (Some(row), Some(it)) if it.is_exception => records.get(&row.id).and_then(|(version, record, course)| {
                let (when, _) = course.one(it.original?).filter(|_| *version == changed)?;
                row.exception(record, &when).map(Arc::new)
            }),
            (row, _) => row.cloned(),
        };
        match row {
            Some(row) => found.push(Seen { row, instance }),
            None if leave_out => {}
            None => return Ok(None),
        }
    }
    Ok(Some((found, place)))
}

fn leans<A: Access>(on: &mut Owned<'_, Calendar, A>, listed: &[Listed]) -> Result<HashMap<Uid, Lean>, StoreError> {
    let ids: HashSet<Uid> = listed.iter().map(|(key, ..)| key.id.event).collect();
    let (person, db) = on.parts();
    let asked = events::table.filter(mine(person)).filter(events::id.eq_any(ids)).select((lean(), size()));
    let found: Vec<Lean> = on_backend!(db, |c| asked.load(c))?;
    Ok(found.into_iter().map(|(columns, bytes)| (columns.0, (columns, bytes))).collect())
}

fn exceptions(listed: &[Listed]) -> HashSet<Uid> {
    let are = listed.iter().filter(|(_, item, _)| item.is_some_and(|instance| instance.is_exception));
    are.map(|(key, ..)| key.id.event).collect()
}

fn sizes<A: Access>(on: &mut Owned<'_, Calendar, A>, listed: &[Listed]) -> Result<HashMap<Uid, i32>, StoreError> {
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
fn records_of<A: Access>(
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
        if let Some(course) = Course::of(&record.schedule(), &crate::resources::calendar::zone::Zone::Floating) {
            records.insert(id, (stored.row.changed, record, course));
        }
    }
    Ok(records)
}
