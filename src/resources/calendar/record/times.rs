//! `start`, `end` and `isAllDay`, which are one matter: checked and put together. Imports `clocks`, `seam`, `when`, `ical`,
//! `recurrence`, `zone`, `shape`, problem.

use chrono::{NaiveTime, TimeDelta};
use serde_json::{Map, Value};

use crate::problem::Problem;
use crate::resources::calendar::ical::Component;
use crate::resources::calendar::record::clocks::Clocks;
use crate::resources::calendar::record::seam;
use crate::resources::calendar::record::when::{self, Wall, When};
use crate::resources::calendar::recurrence::Span;
use crate::resources::calendar::zone::Zone;
use crate::resources::shape::invalid;

/// When an event begins; every event of a record has it.
pub(super) fn start(event: &Component) -> Option<When> {
    event.property("DTSTART").and_then(When::of)
}

/// When an event ends (RFC 5545 §3.6.1): DTEND, or DURATION after the start, or the end of the day, or at once. Never before
/// it begins.
pub(super) fn end(event: &Component, clocks: &Clocks, start: &When) -> When {
    let day = TimeDelta::days(1);
    let least = if start.all_day { start.later(day) } else { start.clone() };
    let lasting = || seam::after(clocks, start, event.value("DURATION"));
    match written_end(event, start).or_else(lasting) {
        Some(end) if !clocks.is_before(&end, &least) => end,
        _ => least,
    }
}

/// How long an event lasts that says so instead of when it ends; a day has no hours, and none of these lasts any.
pub(super) fn lasts(event: &Component, start: &When) -> Option<Span> {
    let is_said = !start.all_day && written_end(event, start).is_none();
    Span::parse(event.value("DURATION")).filter(|_| is_said)
}

/// The DURATION of an event that nobody can follow, if that should say when it ends.
pub(super) fn endless(event: &Component, clocks: &Clocks) -> Option<String> {
    let (start, length) = (start(event)?, event.property("DURATION")?);
    let is_heeded = written_end(event, &start).is_none() && seam::after(clocks, &start, &length.value).is_none();
    is_heeded.then(|| length.value.chars().filter(|c| !c.is_control()).take(50).collect())
}

fn written_end(event: &Component, start: &When) -> Option<When> {
    event.property("DTEND").and_then(When::of).filter(|end| end.all_day == start.all_day)
}

pub(super) fn shown_start(event: &Component) -> Value {
    start(event).map_or(Value::Null, |start| start.shown())
}

pub(super) fn shown_end(event: &Component, clocks: &Clocks) -> Value {
    start(event).map_or(Value::Null, |start| end(event, clocks, &start).shown())
}

pub(super) fn is_all_day(event: &Component) -> Value {
    start(event).is_some_and(|start| start.all_day).into()
}

pub(super) fn start_zone(event: &Component, clocks: &Clocks) -> Value {
    start(event).map_or(Value::Null, |start| clocks.called(&start).into())
}

pub(super) fn end_zone(event: &Component, clocks: &Clocks) -> Value {
    start(event).map_or(Value::Null, |start| clocks.called(&end(event, clocks, &start)).into())
}

/// Puts what a change says of the three, whose shapes are checked.
pub(super) fn put(event: &mut Component, clocks: &Clocks, changes: &Map<String, Value>) -> Result<(), Problem> {
    let given = |name: &str| changes.get(name).filter(|value| !value.is_null());
    if ["start", "end", "isAllDay"].iter().all(|name| given(name).is_none()) {
        return match start(event) {
            Some(_) => Ok(()),
            None => Err(invalid("start", "is missing")),
        };
    }
    let before = start(event).map(|start| (end(event, clocks, &start), start));
    let all_day = given("isAllDay").and_then(Value::as_bool);
    let all_day = all_day.unwrap_or_else(|| before.as_ref().is_some_and(|(_, start)| start.all_day));
    let turn = |name: &'static str, old: Option<&When>| match (given(name), old) {
        (Some(value), old) => read(clocks, name, value, all_day, old),
        (None, Some(old)) => turned(name, old, all_day),
        (None, None) => Err(invalid(name, "is missing")),
    };
    let start = turn("start", before.as_ref().map(|(_, start)| start))?;
    let end = turn("end", before.as_ref().map(|(end, _)| end))?;
    if clocks.is_before(&end, &start) {
        return Err(invalid("end", "is before `start`"));
    }
    if all_day && end.local == start.local {
        return Err(invalid("end", "is the day of `start`: an all-day event ends at midnight after its last day"));
    }
    if before.as_ref().is_none_or(|(_, old)| *old != start) {
        set(event, "DTSTART", &start);
    }
    // What the event's DURATION says moves with its start. A DTEND of another kind than the start, or before it, says nothing
    // now, and would again once the event is changed.
    let stale = event.property("DTEND").is_some_and(|written| When::of(written).as_ref() != Some(&end));
    if stale || self::end(event, clocks, &start) != end {
        event.remove("DURATION");
        set(event, "DTEND", &end);
    }
    Ok(())
}

fn set(event: &mut Component, name: &str, when: &When) {
    match event.properties.iter_mut().find(|property| property.is(name)) {
        Some(property) => when.put(property),
        None => event.properties.push(when.property(name)),
    }
}

/// Has a series repeat by the clock that Graph's `recurrence` names, wherever its start is told.
pub(super) fn repeat_by(event: &mut Component, clocks: &Clocks, recurrence: Option<&Value>) -> Result<(), Problem> {
    let named = recurrence.and_then(|given| given.pointer("/range/recurrenceTimeZone")?.as_str());
    let (Some(name), Some(start)) = (named.filter(|name| !name.is_empty()), start(event)) else { return Ok(()) };
    let unknown = || invalid("recurrence.range.recurrenceTimeZone", &Zone::unknown(name));
    let wall = clocks.wall(name).ok_or_else(unknown)?;
    // A date, and a time of whoever looks at it, are told as if they were of UTC.
    if start.is_floating() || start.zone() == name {
        return Ok(());
    }
    let end = written_end(event, &start);
    set(event, "DTSTART", &clocks.on(&start, &wall));
    if let Some(end) = end {
        set(event, "DTEND", &clocks.on(&end, &wall));
    }
    Ok(())
}

/// The time that a client gives; `old` if it is the same instant, however it is written, or what is seen of it there. What is read
/// in UTC, as all is without `Prefer`, and sent back with another hour stays on the clock that it was on: else a series that is moved
/// so would from then on move by an hour with each change of the clock.
fn read(clocks: &Clocks, name: &str, value: &Value, all_day: bool, old: Option<&When>) -> Result<When, Problem> {
    let text = |member: &str| value.get(member).and_then(Value::as_str).unwrap_or_default();
    let path = |member: &str| format!("{name}.{member}");
    let Some((local, utc)) = when::given(text("dateTime")) else {
        return Err(invalid(
            &path("dateTime"),
            "is not a time such as `2026-03-02T09:00:00`, whose zone is `timeZone`",
        ));
    };
    let wall = match old {
        // As it was shown: a zone that only this record knows, or none.
        Some(old) if old.zone() == text("timeZone") && !old.all_day => Some(old.wall.clone()),
        _ => clocks.wall(text("timeZone")),
    };
    let wall = wall.ok_or_else(|| invalid(&path("timeZone"), &Zone::unknown(text("timeZone"))))?;
    let given = When { local, all_day: false, wall: if utc { Wall::Utc } else { wall.clone() } };
    let when = turned(name, &given, all_day)?;
    if let Some(old) = old.filter(|old| clocks.same(old, &when) || clocks.shows(old, &when)) {
        return Ok(old.clone());
    }
    let kept = match (&when.wall, old.map(|old| &old.wall)) {
        // `Z` beside the name of a zone says which instant is meant, and the name which clock.
        (Wall::Utc, _) if wall != Wall::Utc => wall,
        (Wall::Utc, Some(old @ Wall::Zone(_))) => old.clone(),
        _ => return Ok(when),
    };
    Ok(if all_day { when } else { clocks.on(&when, &kept) })
}

/// The same time as a date, or the other way round.
fn turned(name: &str, when: &When, all_day: bool) -> Result<When, Problem> {
    match (all_day, when.all_day) {
        (true, false) if when.local.time() != NaiveTime::MIN => {
            Err(invalid(name, "is not at midnight, as an all-day event's is"))
        }
        (true, false) => Ok(When::date(when.local.date())),
        (false, true) => Ok(When { all_day: false, wall: Wall::Utc, ..when.clone() }),
        _ => Ok(when.clone()),
    }
}
