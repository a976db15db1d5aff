//! The events of a window of time, each instance by itself, a page at a time (design.md decision 3d). Singles are found by their start, in
//! order; series by whether they go on so far, and are expanded from the beginning of the page on, as far as it reaches.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;

use super::mine;
use super::seen::{self, Listed, Seen, State};
use super::series::series;
use crate::access::Access;
use crate::resources::calendar::Calendar;
use crate::resources::calendar::instances::{Cost, Course, Key, Mark, Page, Window};
use crate::resources::calendar::record::Record;
use crate::resources::calendar::span::{FLOATING, SHORT, SINGLE};
use crate::store::columns::{Instant, Uid};
use crate::store::tables::events;
use crate::store::{Owned, StoreError, on_backend};

/// What has no zone is so far from where it is in any, by UTC; and the greatest change of a clock.
pub(super) const NEAR: TimeDelta = TimeDelta::hours(50);
/// How many rows are read at once.
const ROWS: usize = 512;
/// How often a page is made again, of whose events one was changed meanwhile.
const TRIES: usize = 3;

/// A page of a window.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The events of one calendar.
    pub calendar: Option<Uid>,
    /// When.
    pub window: Window,
    /// Where the page before ended.
    pub after: Option<Mark>,
    /// At most so many instances.
    pub size: usize,
    /// What it may cost.
    pub cost: Cost,
}

type Found = (Vec<Seen>, Option<Mark>);

/// A page of the window; and where it ended, if there may be more. It may have nothing, and more come.
pub fn window<A: Access>(on: &mut Owned<'_, Calendar, A>, asked: &Asked) -> Result<Found, StoreError> {
    let mut tries = 0..TRIES;
    loop {
        let is_last = tries.next().is_none();
        let mut page = Page::new(asked.window.clone(), asked.after.as_ref(), asked.size, asked.cost);
        singles(on, asked.calendar, &mut page)?;
        floating(on, asked.calendar, &mut page)?;
        if let Some(looked) = series(on, asked, &mut page)? {
            return Ok((Vec::new(), Some(Mark { after: page.after().unwrap_or(Key::FIRST), looked: Some(looked) })));
        }
        let (listed, place) = page.end();
        if let Some(found) = whole(on, listed, place, is_last)? {
            return Ok(found);
        }
    }
}

/// A page of the instances of one event.
pub fn instances<A: Access>(on: &mut Owned<'_, Calendar, A>, id: Uid, asked: &Asked) -> Result<Found, StoreError> {
    let mut tries = 0..TRIES;
    loop {
        let is_last = tries.next().is_none();
        let mut page = Page::new(asked.window.clone(), asked.after.as_ref(), asked.size, asked.cost);
        let stored = super::recorded(on, id)?;
        if let Some(course) = course(&stored.record, &page, Record::schedule) {
            page.expand(id, &course, State::Version(stored.row.changed));
        }
        let (listed, place) = page.end();
        if let Some(found) = whole(on, listed, place, is_last)? {
            return Ok(found);
        }
    }
}

/// The course of a record, or of a schedule, as who looks at the page sees it.
pub(super) fn course<T: Copy>(text: &str, page: &Page<T>, of: impl Fn(&Record) -> Record) -> Option<Course> {
    Course::of(&of(&Record::stored(text).ok()?), &page.window().zone)
}

/// Single events of a zone: their start is their place.
fn singles<A: Access>(
    on: &mut Owned<'_, Calendar, A>,
    calendar: Option<Uid>,
    page: &mut Page<State>,
) -> Result<(), StoreError> {
    let (after, most) = (page.after(), page.most());
    let earliest = later(page.window().from, -SHORT);
    let (least, id) = after.map_or((earliest, Uid::FIRST), |after| (after.at.max(earliest), after.id.event));
    let found = starting(on, (calendar, SINGLE), (least, id), (page.window().from, page.before()), most)?;
    for (id, starts, ends) in found {
        page.offer(id, starts.datetime(), ends.datetime(), None, State::Times(starts, ends));
    }
    Ok(())
}

/// Single events of no zone, dates too: they are where they are in the zone of who looks, in about the same order.
fn floating<A: Access>(
    on: &mut Owned<'_, Calendar, A>,
    calendar: Option<Uid>,
    page: &mut Page<State>,
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
        for (id, starts, ends) in &found {
            let (start, end) = (there(*starts), there(*ends));
            page.offer(*id, start, end.max(start), None, State::Times(*starts, *ends));
        }
        match found.last() {
            Some((id, starts, _)) if found.len() >= ROWS => {
                place = (starts.datetime(), *id);
            }
            _ => return Ok(()),
        }
    }
}

type Start = (Uid, Instant, Instant);

/// Single events from a place on, of which something is in the window: `from` and `before` bound it. The index has all of it.
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
        .select((events::id, events::starts, events::ends.assume_not_null()));
    Ok(match calendar {
        None => on_backend!(db, |c| all.load(c))?,
        Some(calendar) => on_backend!(db, |c| all.filter(events::calendar.eq(calendar)).load(c))?,
    })
}

pub(super) fn later(at: DateTime<Utc>, by: TimeDelta) -> DateTime<Utc> {
    at.checked_add_signed(by).unwrap_or(at)
}

/// The page with what its instances are like. None: one of them was changed since it was listed; with `leave_out` it is left out instead.
fn whole<A: Access>(
    on: &mut Owned<'_, Calendar, A>,
    mut listed: Vec<Listed>,
    place: Option<Key>,
    leave_out: bool,
) -> Result<Option<Found>, StoreError> {
    let (lean, is_cut) = seen::fit(on, &mut listed)?;
    let place = listed.last().filter(|_| is_cut).map(|(key, ..)| *key).or(place);
    let found = seen::rows(on, listed, lean)?;
    if !leave_out && found.iter().any(Option::is_none) {
        return Ok(None);
    }
    Ok(Some((found.into_iter().flatten().collect(), place.map(Mark::from))))
}
