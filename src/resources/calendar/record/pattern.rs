//! What becomes of the exceptions of a series whose pattern is changed. One that moved as a whole, from Mondays to Tuesdays, takes
//! them along. Whoever gives it other days leaves those that stand on none of them behind: they are exceptions of nothing and go, as
//! in Outlook. Imports `clocks`, `occurrences`, `rules`, `seam`, `times`, `ical`, `when`.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use crate::resources::calendar::ical::Component;
use crate::resources::calendar::record::clocks::Clocks;
use crate::resources::calendar::record::when::When;
use crate::resources::calendar::record::{occurrences, rules, seam, times};

/// So many days of two patterns are held against each other.
const COMPARED: usize = 64;
/// And so many of a day of the month or year are followed to where they went: a hundred years of months.
const FOLLOWED: usize = 1200;

/// Whether the series is on other days, or may be.
pub(super) fn is_other(before: &Component, after: &Component) -> bool {
    rules::of(before) != rules::of(after) || times::start(before) != times::start(after)
}

/// Where the days of a pattern went.
pub(super) enum Moved {
    /// All so much later, or earlier.
    By(TimeDelta),
    /// Each for itself: a day of the month or year went to another one, which is not so much later in each.
    Each(BTreeMap<NaiveDate, NaiveDate>),
}

impl Moved {
    const NOT: Self = Self::By(TimeDelta::zero());

    /// Whether all are where they were.
    pub(super) fn is_not(&self) -> bool {
        matches!(self, Self::By(by) if by.is_zero())
    }

    /// How much later what was on `day` is.
    pub(super) fn of(&self, day: NaiveDate) -> TimeDelta {
        match self {
            Self::By(by) => *by,
            Self::Each(days) => days.get(&day).map_or_else(TimeDelta::zero, |to| to.signed_duration_since(day)),
        }
    }
}

/// Where the days of the pattern went. A series that only begins earlier or later has the days that it had.
pub(super) fn moved(before: &Component, after: &Component) -> Moved {
    let (old_rule, new_rule) = (rules::of(before), rules::of(after));
    let (&[old_rule], &[new_rule]) = (old_rule.as_slice(), new_rule.as_slice()) else { return Moved::NOT };
    let (Some(was), Some(is)) = (times::start(before), times::start(after)) else { return Moved::NOT };
    let days = |rule: &str, start: &When, most: usize| seam::days(rule, start.local.date(), most);
    let (Some(old), Some(new)) = (days(old_rule, &was, COMPARED), days(new_rule, &is, COMPARED)) else {
        return Moved::NOT;
    };
    let (Some(first), Some(to)) = (old.first(), new.first()) else { return Moved::NOT };
    let by = to.signed_duration_since(*first);
    let later = |day: &NaiveDate| day.checked_add_signed(by);
    if goes_on(&old, &new) || goes_on(&new, &old) {
        return Moved::NOT;
    }
    if old.iter().filter_map(later).eq(new.iter().copied()) {
        return Moved::By(by);
    }
    if old_rule == new_rule || seam::rule_on(old_rule, &is).as_deref() != Some(new_rule) {
        return Moved::NOT;
    }
    let all = days(old_rule, &was, FOLLOWED).zip(days(new_rule, &is, FOLLOWED));
    all.map_or(Moved::NOT, |(old, new)| Moved::Each(old.into_iter().zip(new).collect()))
}

/// Whether the one is the other from some day on.
fn goes_on(long: &[NaiveDate], short: &[NaiveDate]) -> bool {
    let from = long.iter().position(|day| Some(day) == short.first());
    from.is_some_and(|from| long.iter().skip(from).zip(short).all(|(one, other)| one == other))
}

/// Takes out the exceptions that are of no occurrence, if it can be said when the series happens.
pub(super) fn prune(events: &mut Vec<Component>, clocks: &Clocks) {
    let Some(series) = events.iter().find(|event| event.is("VEVENT") && occurrences::original(event).is_none()) else {
        return;
    };
    let Some(start) = times::start(series) else { return };
    let excluded = rules::times_of(series, "EXDATE");
    let exceptions: Vec<When> = events.iter().filter_map(occurrences::original).chain(excluded).collect();
    let Some(there) = happens(series, clocks, &start, &exceptions) else { return };
    // A date beside times means all of that day.
    let is_like = |when: &When| when.all_day == start.all_day && when.is_floating() == start.is_floating();
    let stays = |when: &When| !is_like(when) || clocks.instant(when).is_none_or(|at| there.contains(&at));
    events.retain(|event| occurrences::original(event).is_none_or(|when| stays(&when)));
    for event in events.iter_mut().filter(|event| event.is("VEVENT")) {
        rules::keep_dates(event, "EXDATE", stays);
    }
}

/// When the series happens, as far as its exceptions lie.
fn happens(series: &Component, clocks: &Clocks, start: &When, exceptions: &[When]) -> Option<BTreeSet<DateTime<Utc>>> {
    let at = || exceptions.iter().filter_map(|when| clocks.instant(when));
    let (first, last) = (at().min()?, at().max()?);
    let dates = rules::times_of(series, "RDATE");
    seam::between(clocks, start, &rules::of(series), &dates, first, last)
}
