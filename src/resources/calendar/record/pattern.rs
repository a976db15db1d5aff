//! What becomes of the exceptions of a series whose pattern is changed. One that moved as a whole, from Mondays to Tuesdays, takes
//! them along. Whoever gives it other days leaves those that stand on none of them behind: they are exceptions of nothing and go, as
//! in Outlook. Imports `occurrences`, `rules`, `seam`, `times`, `ical`, `when`.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use crate::resources::calendar::ical::Component;
use crate::resources::calendar::record::when::When;
use crate::resources::calendar::record::{occurrences, rules, seam, times};

/// So many days of two patterns are held against each other.
const COMPARED: usize = 64;

/// Whether the series is on other days, or may be.
pub(super) fn is_other(before: &Component, after: &Component) -> bool {
    rules::of(before) != rules::of(after) || times::start(before) != times::start(after)
}

/// By how many days all of the pattern moved. A series that only begins earlier or later has the days that it had.
pub(super) fn moved(before: &Component, after: &Component) -> TimeDelta {
    let days = |event: &Component| match rules::of(event).as_slice() {
        [rule] => seam::days(rule, times::start(event)?.local.date(), COMPARED),
        _ => None,
    };
    let (Some(old), Some(new)) = (days(before), days(after)) else { return TimeDelta::zero() };
    let (Some(was), Some(is)) = (old.first(), new.first()) else { return TimeDelta::zero() };
    let by = is.signed_duration_since(*was);
    let moved = |day: &NaiveDate| day.checked_add_signed(by);
    let is_whole = old.iter().filter_map(moved).eq(new.iter().copied());
    if is_whole && !goes_on(&old, &new) && !goes_on(&new, &old) { by } else { TimeDelta::zero() }
}

/// Whether the one is the other from some day on.
fn goes_on(long: &[NaiveDate], short: &[NaiveDate]) -> bool {
    let from = long.iter().position(|day| Some(day) == short.first());
    from.is_some_and(|from| long.iter().skip(from).zip(short).all(|(one, other)| one == other))
}

/// Takes out the exceptions that are of no occurrence, if it can be said when the series happens.
pub(super) fn prune(events: &mut Vec<Component>) {
    let Some(series) = events.iter().find(|event| event.is("VEVENT") && occurrences::original(event).is_none()) else {
        return;
    };
    let Some(start) = times::start(series) else { return };
    let excluded = rules::times_of(series, "EXDATE");
    let exceptions: Vec<When> = events.iter().filter_map(occurrences::original).chain(excluded).collect();
    let Some(there) = happens(series, &start, &exceptions) else { return };
    // A date beside times means all of that day.
    let is_like = |when: &When| when.all_day == start.all_day && when.is_floating() == start.is_floating();
    let stays = |when: &When| !is_like(when) || seam::instant(when).is_none_or(|at| there.contains(&at));
    events.retain(|event| occurrences::original(event).is_none_or(|when| stays(&when)));
    for event in events.iter_mut().filter(|event| event.is("VEVENT")) {
        rules::keep_dates(event, "EXDATE", stays);
    }
}

/// When the series happens, as far as its exceptions lie.
fn happens(series: &Component, start: &When, exceptions: &[When]) -> Option<BTreeSet<DateTime<Utc>>> {
    let at = || exceptions.iter().filter_map(seam::instant);
    let (first, last) = (at().min()?, at().max()?);
    let dates = rules::times_of(series, "RDATE");
    seam::between(start, &rules::of(series), &dates, first, last)
}
