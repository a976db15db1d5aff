//! `PATCH, DELETE /v1.0/me/events/{id}` of one occurrence of a series: it becomes an exception, or is taken out. It is the series
//! that is changed: its version is the occurrence's, and so is its place among the changes.

use serde_json::{Map, Value};

use super::attempt::{Next, Target, change, made, record_of};
use super::named::Within;
use crate::access::{Grant, Write};
use crate::problem::Problem;
use crate::resources::calendar::Calendar;
use crate::resources::calendar::instances::{Course, Instance, Original};
use crate::resources::calendar::model;
use crate::resources::calendar::queries::{self, Made, Row, Stored};
use crate::resources::calendar::record::{Record, When};
use crate::resources::calendar::zone::Zone;
use crate::resources::shape::invalid;
use crate::store::{Halt, Owned, Store, StoreError};

/// How the record names an occurrence, and the occurrence, seen from the zone; not found if the series has it not.
pub(super) fn found(record: &Record, original: Original, zone: &Zone) -> Result<(When, Instance), Problem> {
    let found = Course::of(record, zone).and_then(|course| course.one(original));
    Ok(found.ok_or(StoreError::NotFound)?)
}

/// Merges `changes` into the occurrence.
pub(super) async fn merged(
    grant: &Grant<Calendar, Write>,
    store: &Store,
    target: Target<'_, Within>,
    (original, zone): (Original, Zone),
    mut changes: Map<String, Value>,
) -> Result<(Row, Instance), Problem> {
    let calendar = model::take_calendar(&mut changes)?;
    let now = When::utc(store.now().datetime().naive_utc());
    let prepare = move |old: Stored| {
        if calendar.is_some_and(|calendar| calendar != old.row.calendar) {
            return Err(invalid("calendarId", "is the series', not one occurrence's"));
        }
        let before = record_of(&old)?;
        let (when, _) = found(&before, original, &zone)?;
        let mut record = before.clone();
        record.override_at(&when, &changes)?;
        record.revise(&before, &now);
        let (_, instance) = found(&record, original, &zone)?;
        let shown = old.row.instance(&record.exceptions(), &when);
        // A change that changes nothing makes no exception, and no new version.
        if record == before {
            return Ok(Next::Done((shown, instance)));
        }
        Ok(Next::Write((old, made(&record, &before)?, shown, instance)))
    };
    let write = |on: &mut Owned<'_, Calendar, Write>, (old, made, shown, instance): &(Stored, Made, Row, Instance)| {
        let row = queries::replace(on, old, old.row.calendar, made)?;
        on.gave(row.is_some().into());
        Ok(row
            .map(|row| (Row { projection: shown.projection.clone(), is_private: shown.is_private, ..row }, *instance)))
    };
    change(grant, store, target, prepare, write).await
}

/// Takes the occurrence out of the series; with the last of them goes the series, which nobody would see again.
pub(super) async fn cancelled(
    grant: &Grant<Calendar, Write>,
    store: &Store,
    target: Target<'_, Within>,
    original: Original,
) -> Result<(), Problem> {
    let now = When::utc(store.now().datetime().naive_utc());
    let prepare = move |old: Stored| {
        let before = record_of(&old)?;
        let (when, _) = found(&before, original, &Zone::Utc)?;
        let mut record = before.clone();
        let stays = record.cancel_at(&when)? && !Course::is_over(&record);
        record.revise(&before, &now);
        let made = if stays { Some(made(&record, &before)?) } else { None };
        Ok(Next::Write((old, made)))
    };
    change(grant, store, target, prepare, left).await
}

/// Writes what is left of an event; none: nothing, and it is deleted.
pub(super) fn left(
    on: &mut Owned<'_, Calendar, Write>,
    (old, made): &(Stored, Option<Made>),
) -> Result<Option<()>, Halt<Problem>> {
    let is_done = match made {
        Some(made) => queries::replace(on, old, old.row.calendar, made)?.is_some(),
        None => queries::delete(on, old)?,
    };
    on.gave(is_done.into());
    Ok(is_done.then_some(()))
}
