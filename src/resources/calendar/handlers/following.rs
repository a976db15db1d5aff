//! `PATCH, DELETE /v1.0/me/events/{id}?$following=true`: one occurrence of a series and all that follow. They become a series of
//! their own, of another id, or are no more; both halves are written at once or neither is.

use serde_json::{Map, Value};
use uuid::Uuid;

use super::attempt::{Next, Target, change, made, record_of};
use super::named::Within;
use super::occurrence::{found, left};
use crate::access::{Grant, Write};
use crate::problem::{Code, Problem};
use crate::query::Options;
use crate::resources::calendar::Calendar;
use crate::resources::calendar::instances::{Course, Original, Split};
use crate::resources::calendar::model;
use crate::resources::calendar::queries::{self, Made, Row, Stored};
use crate::resources::calendar::record::{Record, When};
use crate::resources::calendar::zone::Zone;
use crate::store::columns::Uid;
use crate::store::{Halt, Owned, Store};

/// The option.
pub const OPTIONS: &[&str] = &["$following"];

/// What is said of one occurrence by itself: when it is. Sent back whole it has no rule, and the times of its own.
const TIMES: [&str; 3] = ["start", "end", "isAllDay"];
const RULES: [&str; 2] = ["recurrence", "rrule"];

/// Whether the request is about all that follow.
pub(super) fn asked(options: &Options) -> Result<bool, Problem> {
    match options.get("$following") {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(_) => {
            let message = "`$following` is `true` or `false`.";
            Err(Problem::new(Code::InvalidQueryOption, message).target("$following"))
        }
    }
}

/// What a split writes.
struct Halves {
    old: Stored,
    /// None: nothing is before the occurrence, and all of it is changed.
    early: Option<Made>,
    late: Made,
    calendar: Uid,
}

/// Makes the occurrence and all that follow a series with the changes; the second is whether it is a new one.
pub(super) async fn changed(
    grant: &Grant<Calendar, Write>,
    store: &Store,
    target: Target<'_, Within>,
    (original, quota): (Original, u64),
    mut changes: Map<String, Value>,
) -> Result<(Row, bool), Problem> {
    let calendar = model::take_calendar(&mut changes)?;
    // Those of an occurrence are null, whoever sends it back whole.
    changes.retain(|name, value| !RULES.contains(&name.as_str()) || !value.is_null());
    let (id, now) = (store.new_id(), When::utc(store.now().datetime().naive_utc()));
    let prepare = move |old: Stored| {
        let before = record_of(&old)?;
        let uid = Uuid::urn(id.uuid()).to_string();
        let (first, _) = found(&before, original, &Zone::Utc)?;
        let split = Split::of(&before, original, &first, &uid)?;
        let calendar = calendar.unwrap_or(old.row.calendar);
        let mut late = split.as_ref().map_or_else(|| before.clone(), |split| split.late.clone());
        change_all(&mut late, &first, &changes)?;
        let Some(Split { mut early, .. }) = split else {
            if late == before && calendar == old.row.calendar {
                return Ok(Next::Done((old.row, false)));
            }
            late.revise(&before, &now);
            return Ok(Next::Write(Halves { old, early: None, late: made(&late, &before)?, calendar }));
        };
        early.revise(&before, &now);
        late.restamp(&now);
        Ok(Next::Write(Halves { old, early: Some(made(&early, &before)?), late: made(&late, &before)?, calendar }))
    };
    change(grant, store, target, prepare, move |on, halves| written(on, id, halves, quota)).await
}

fn written(
    on: &mut Owned<'_, Calendar, Write>,
    id: Uid,
    Halves { old, early, late, calendar }: &Halves,
    quota: u64,
) -> Result<Option<(Row, bool)>, Halt<Problem>> {
    queries::calendar_is_there(on, *calendar).map_err(model::calendar_fault)?;
    let Some(early) = early else {
        let row = queries::replace(on, old, *calendar, late)?;
        on.gave(row.is_some().into());
        return Ok(row.map(|row| (row, false)));
    };
    if queries::replace(on, old, old.row.calendar, early)?.is_none() {
        on.gave(0);
        return Ok(None);
    }
    let row = queries::insert(on, id, *calendar, late, quota)?;
    on.gave(2);
    Ok(Some((row, true)))
}

/// Merges the changes into the series, and into what was other about its first occurrence: whoever asks for the change sees that.
/// The times of an occurrence that was moved by itself are its own: sent back as they are they say nothing of the series, and others
/// are those of all.
fn change_all(series: &mut Record, first: &When, changes: &Map<String, Value>) -> Result<(), Problem> {
    if !series.overrides().any(|(when, _)| when == *first) {
        return series.merge(changes);
    }
    let chosen = |names: &[&str], are: bool| -> Map<String, Value> {
        let chosen = changes.iter().filter(|(name, _)| names.contains(&name.as_str()) == are);
        chosen.map(|(name, value)| (name.clone(), value.clone())).collect()
    };
    series.override_at(first, &chosen(&[&TIMES[..], &RULES[..]].concat(), false))?;
    let mut moved = series.clone();
    moved.override_at(first, &chosen(&TIMES, true))?;
    if moved == *series {
        return series.merge(&chosen(&TIMES, false));
    }
    series.merge(changes)?;
    match series.start() {
        Some(start) if series.overrides().any(|(when, _)| when == start) => {
            series.override_at(&start, &chosen(&TIMES, true))
        }
        _ => Ok(()),
    }
}

/// Ends the series before the occurrence; with the first of them goes all of it.
pub(super) async fn cancelled(
    grant: &Grant<Calendar, Write>,
    store: &Store,
    target: Target<'_, Within>,
    original: Original,
) -> Result<(), Problem> {
    let now = When::utc(store.now().datetime().naive_utc());
    let prepare = move |old: Stored| {
        let before = record_of(&old)?;
        let (first, _) = found(&before, original, &Zone::Utc)?;
        let early = Split::of(&before, original, &first, "")?.map(|split| split.early);
        let made = match early.filter(|early| !Course::is_over(early)) {
            Some(mut early) => {
                early.revise(&before, &now);
                Some(made(&early, &before)?)
            }
            None => None,
        };
        Ok(Next::Write((old, made)))
    };
    change(grant, store, target, prepare, left).await
}
