//! What changed: the walk over `event_changes` in the order of the person's commits.

use diesel::prelude::*;

use super::page::{self, is_large, lean, size};
use super::{Columns, Row};
use crate::access::Access;
use crate::resources::calendar::Calendar;
use crate::resources::collection::Stretch;
use crate::store::columns::Uid;
use crate::store::tables::{event_changes, events};
use crate::store::{Owned, StoreError, on_backend};

/// It is there.
pub(in crate::resources::calendar) const HERE: i32 = 0;
/// It was deleted.
pub(super) const DELETED: i32 = 1;
/// It left this calendar for another.
pub(super) const LEFT: i32 = 2;

/// What became of an event.
#[derive(Debug, Clone)]
pub enum Change {
    /// It was made or changed.
    Here(Box<Row>),
    /// It was deleted.
    Deleted,
    /// It left the calendar.
    Left,
}

/// An event's last change.
#[derive(Debug, Clone)]
pub struct Changed {
    /// Its number.
    pub number: i64,
    /// The event.
    pub event: Uid,
    /// What became of it.
    pub change: Change,
}

/// Changes, and the place of the last, its number and its event, if there are more.
type Page = (Vec<Changed>, Option<(i64, Uid)>);

type Found = (i64, Uid, i32, Option<Columns>, Option<i32>);

/// A page of the changes of `stretch`, in `calendar` if one is given: at most `most` of them, and no more than some MiB; and the
/// place of the last if there are more. One statement: what is changed between two would be in neither.
pub fn changes<A: Access>(
    on: &mut Owned<'_, Calendar, A>,
    calendar: Option<Uid>,
    stretch: Stretch,
    most: usize,
) -> Result<Page, StoreError> {
    let mut found = found(on, calendar, stretch, most.saturating_add(1))?;
    let fitting = page::fitting(found.iter().map(|(.., bytes)| bytes.unwrap_or(0)), most, page::PAGE);
    let more = found.len() > fitting;
    found.truncate(fitting);
    let place = found.last().filter(|_| more).map(|(number, event, ..)| (*number, *event));
    let large = found.iter().filter(|(.., gone, _, bytes)| *gone == HERE && bytes.is_some_and(is_large));
    let large = large.map(|(_, event, ..)| *event).collect();
    let mut large = page::these(on, large)?;
    let change = |found: Found| {
        let is_listed_alone = found.2 == HERE && found.4.is_some_and(is_large);
        let changed = changed(found);
        if !is_listed_alone {
            return Some(changed);
        }
        let changed = changed.ok()?;
        // What was changed or deleted since it was listed is for the next round.
        let row = large.remove(&changed.event).filter(|row| row.changed == changed.number)?;
        Some(Ok(Changed { change: Change::Here(Box::new(row)), ..changed }))
    };
    let changes = found.into_iter().filter_map(change).collect::<Result<_, _>>()?;
    Ok((changes, place))
}

fn found<A: Access>(
    on: &mut Owned<'_, Calendar, A>,
    calendar: Option<Uid>,
    stretch: Stretch,
    limit: usize,
) -> Result<Vec<Found>, StoreError> {
    let Stretch { full, change, after, until } = stretch;
    let worst = match (full, calendar) {
        (true, _) => HERE,
        // Where an event is does not matter.
        (false, None) => DELETED,
        (false, Some(_)) => LEFT,
    };
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let (person, db) = on.parts();
    let same = events::person.eq(event_changes::person).and(events::id.eq(event_changes::event));
    let asked = event_changes::table
        .left_join(events::table.on(same))
        .filter(event_changes::person.eq(person.id))
        .filter(event_changes::changed.ge(change))
        .filter(event_changes::changed.le(until))
        .filter(event_changes::changed.gt(change).or(event_changes::event.gt(after)))
        .filter(event_changes::gone.le(worst))
        .order((event_changes::changed, event_changes::event, event_changes::calendar))
        .limit(limit);
    let what = (event_changes::changed, event_changes::event, event_changes::gone);
    let columns = (what.0, what.1, what.2, lean().nullable(), size().nullable());
    Ok(match calendar {
        None => on_backend!(db, |c| asked.select(columns).load(c))?,
        Some(calendar) => {
            let of_calendar = asked.filter(event_changes::calendar.eq(calendar)).select(columns);
            on_backend!(db, |c| of_calendar.load(c))?
        }
    })
}

fn changed((number, event, gone, columns, _): Found) -> Result<Changed, StoreError> {
    let change = match (gone, columns) {
        (HERE, Some(columns)) => Change::Here(Box::new(columns.into())),
        (HERE, None) => return Err(StoreError::Broken(format!("event {event} is among the changes alone"))),
        (LEFT, _) => Change::Left,
        _ => Change::Deleted,
    };
    Ok(Changed { number, event, change })
}
