//! One occurrence of a series that is not as the others: an override, by its RECURRENCE-ID (RFC 5545 §3.8.4.4), or none at all, by
//! EXDATE (§3.8.5.1). Imports `ical`, `rules`, `seam`, `times`, `when`.

use crate::resources::calendar::ical::Component;
use crate::resources::calendar::record::when::When;
use crate::resources::calendar::record::{rules, seam, times};

/// Which occurrence an override stands for; none for the master.
pub(super) fn original(event: &Component) -> Option<When> {
    event.property("RECURRENCE-ID").and_then(When::of)
}

/// Whether a component is the override of this occurrence.
pub(super) fn is_at(event: &Component, at: &When) -> bool {
    event.is("VEVENT") && original(event).is_some_and(|original| seam::same(&original, at))
}

/// The occurrence as the series has it, to be changed.
pub(super) fn of(master: &Component, at: &When) -> Component {
    let mut event = master.clone();
    let (start, end) = (times::start(master), master.property("DTEND").and_then(When::of));
    rules::stop(&mut event);
    if let Some(property) = event.properties.iter_mut().find(|property| property.is("DTSTART")) {
        at.put(property);
    }
    // As long on the wall as the first; where it lasts a DURATION, that says it.
    if let (Some(start), Some(end)) = (start, end)
        && let Some(property) = event.properties.iter_mut().find(|property| property.is("DTEND"))
    {
        let there = if end.wall == start.wall { at.wall.clone() } else { end.wall.clone() };
        let length = end.local.signed_duration_since(start.local);
        When { local: at.later(length).local, all_day: at.all_day, wall: there }.put(property);
    }
    event.replace(at.property("RECURRENCE-ID"));
    event
}

/// Takes the occurrence out of the series.
pub(super) fn exclude(master: &mut Component, at: &When) {
    if !rules::times_of(master, "EXDATE").iter().any(|known| seam::same(known, at)) {
        master.properties.push(at.property("EXDATE"));
    }
}

/// Which occurrence an exception is of follows the clock of the series: the series is now at another time of the day, in another
/// zone or all day, and its exceptions are on the days where they were.
pub(super) fn follow(event: &mut Component, before: &When, after: &When) {
    let by = after.local.time().signed_duration_since(before.local.time());
    if by.is_zero() && before.wall == after.wall && before.all_day == after.all_day {
        return;
    }
    let follows = |when: When| {
        if when.wall != before.wall || when.all_day != before.all_day {
            return when;
        }
        When { wall: after.wall.clone(), all_day: after.all_day, ..when.later(by) }
    };
    let exceptions = ["RECURRENCE-ID", "EXDATE"];
    for property in event.properties.iter_mut().filter(|property| exceptions.iter().any(|name| property.is(name))) {
        let moved: Vec<When> = When::all(property).into_iter().map(follows).collect();
        if let Some(first) = moved.first().filter(|_| moved.iter().all(|when| is_like(when, after))) {
            first.put(property);
            property.value = moved.iter().map(When::value).collect::<Vec<_>>().join(",");
        }
    }
}

/// Whether one property can hold both.
fn is_like(one: &When, other: &When) -> bool {
    one.wall == other.wall && one.all_day == other.all_day
}
