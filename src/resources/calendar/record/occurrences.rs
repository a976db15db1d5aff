//! One occurrence of a series that is not as the others: an override, by its RECURRENCE-ID (RFC 5545 §3.8.4.4), or none at all, by
//! EXDATE (§3.8.5.1). Imports `ical`, `clocks`, `pattern`, `rules`, `times`, `when`.

use crate::resources::calendar::ical::Component;
use crate::resources::calendar::record::clocks::Clocks;
use crate::resources::calendar::record::pattern::Moved;
use crate::resources::calendar::record::when::When;
use crate::resources::calendar::record::{rules, times};

/// Which occurrence an override stands for; none for the master.
pub(super) fn original(event: &Component) -> Option<When> {
    event.property("RECURRENCE-ID").and_then(When::of)
}

/// Whether a component is the override of this occurrence.
pub(super) fn is_at(event: &Component, clocks: &Clocks, at: &When) -> bool {
    event.is("VEVENT") && original(event).is_some_and(|original| clocks.same(&original, at))
}

/// The occurrence as the series has it, to be changed.
pub(super) fn of(master: &Component, clocks: &Clocks, at: &When) -> Component {
    let mut event = master.clone();
    rules::stop(&mut event);
    place(&mut event, clocks, at);
    event.replace(at.property("RECURRENCE-ID"));
    event
}

/// Puts an event there. It is as long on the wall as it was, unless nothing of that is left where the clock is changed: then it lasts
/// as long as it did; where it lasts a DURATION, that says it.
pub(super) fn place(event: &mut Component, clocks: &Clocks, at: &When) {
    let (start, end) = (times::start(event), event.property("DTEND").and_then(When::of));
    if let Some(property) = event.properties.iter_mut().find(|property| property.is("DTSTART")) {
        at.put(property);
    }
    if let (Some(start), Some(end)) = (start, end)
        && let Some(property) = event.properties.iter_mut().find(|property| property.is("DTEND"))
    {
        let there = if end.wall == start.wall { at.wall.clone() } else { end.wall.clone() };
        let length = end.local.signed_duration_since(start.local);
        let mut there = When { local: at.later(length).local, all_day: at.all_day, wall: there };
        if clocks.is_before(&start, &end) && !clocks.is_before(at, &there) {
            there = clocks.after(at, clocks.between(&start, &end), &there);
        }
        there.put(property);
    }
}

/// Takes the occurrence out of the series.
pub(super) fn exclude(master: &mut Component, clocks: &Clocks, at: &When) {
    if !rules::times_of(master, "EXDATE").iter().any(|known| clocks.same(known, at)) {
        master.properties.push(at.property("EXDATE"));
    }
}

/// The exceptions follow the series, which is now at another time of the day, in another zone, all day, or on other days: which
/// occurrence each is of, and when an override is that was not itself moved.
pub(super) fn follow(event: &mut Component, clocks: &Clocks, (before, after): (&When, &When), days: &Moved) {
    let by = after.local.time().signed_duration_since(before.local.time());
    if by.is_zero() && days.is_not() && before.wall == after.wall && before.all_day == after.all_day {
        return;
    }
    let is_unmoved = original(event).is_some_and(|original| times::start(event) == Some(original));
    let follows = |when: When| {
        if when.wall != before.wall || when.all_day != before.all_day {
            return when;
        }
        When { wall: after.wall.clone(), all_day: after.all_day, ..when.later(by + days.of(when.local.date())) }
    };
    let exceptions = ["RECURRENCE-ID", "EXDATE"];
    for property in event.properties.iter_mut().filter(|property| exceptions.iter().any(|name| property.is(name))) {
        let moved: Vec<When> = When::all(property).into_iter().map(follows).collect();
        When::put_all(&moved, property);
    }
    if let Some(at) = original(event).filter(|_| is_unmoved) {
        place(event, clocks, &at);
    }
}
