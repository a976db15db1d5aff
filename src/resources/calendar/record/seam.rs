//! What time zones and recurrence rules say, in one place: here alone the record asks them. Imports `when`, `calendar::recurrence`,
//! `calendar::zone`, problem, `shape`.

use std::collections::BTreeSet;
use std::iter;
use std::time::Duration;

use chrono::{DateTime, Months, NaiveDate, TimeDelta, Utc};
use serde_json::Value;

use crate::problem::Problem;
use crate::resources::calendar::record::when::{Wall, When};
use crate::resources::calendar::recurrence::{Budget, Rule, RuleFault, Series, Span, Walk};
use crate::resources::calendar::zone::Zone;
use crate::resources::shape::invalid;

/// Two rules are held against each other for so long.
const COMPARED: Months = Months::new(12 * 12);
/// What looking for the occurrences of a series' exceptions may cost.
const INSTANCES: usize = 50_000;
const TIME: Duration = Duration::from_secs(1);

/// The wall that a client names by `timeZone`; none if nobody knows it. It is kept by IANA's name, which every calendar knows.
pub(super) fn wall(name: &str) -> Option<Wall> {
    if name.is_empty() {
        return Some(Wall::Utc);
    }
    match Zone::named(name)? {
        Zone::Utc => Some(Wall::Utc),
        zone => zone.iana().map(|name| Wall::Zone(name.to_owned())),
    }
}

/// The zone of a time, if its name says which.
fn zone(when: &When) -> Option<Zone> {
    match &when.wall {
        Wall::Utc => Some(Zone::Utc),
        Wall::Floating => Some(Zone::Floating),
        Wall::Zone(name) => Zone::named(name),
    }
}

/// The instant of a time that is one.
fn at(when: &When) -> Option<DateTime<Utc>> {
    instant(when).filter(|_| when.wall != Wall::Floating)
}

/// The same; of a date and of a time without zone, as if it were UTC.
pub(super) fn instant(when: &When) -> Option<DateTime<Utc>> {
    Some(zone(when)?.instant(when.local))
}

/// What two times have alike if they are the [`same`].
pub(super) fn key(when: &When) -> (i64, String) {
    match at(when) {
        Some(at) => (at.timestamp(), String::new()),
        None => (when.local.and_utc().timestamp(), format!("{} {}", when.zone(), when.all_day)),
    }
}

/// Whether two times are the same instant: a client that reads in one zone and sends back in it changes nothing.
pub(super) fn same(one: &When, other: &When) -> bool {
    one == other || at(one).is_some_and(|one| Some(one) == at(other))
}

/// Whether one time is before another.
pub(super) fn is_before(one: &When, other: &When) -> bool {
    match (at(one), at(other)) {
        (Some(one), Some(other)) => one < other,
        _ => one.wall == other.wall && one.local < other.local,
    }
}

/// The end of what begins at `start` and lasts what a DURATION says (RFC 5545 §3.3.6): days on the calendar, then exact time, so
/// that three hours are three also when the clock is changed within them.
pub(super) fn after(start: &When, duration: &str) -> Option<When> {
    let span = Span::parse(duration)?;
    let zone = zone(start).unwrap_or(Zone::Floating);
    let at = zone.instant(start.local).checked_add_signed(span.from(start.local, &zone)?)?;
    let local = zone.local(at);
    if start.all_day {
        return Some(When::date(local.date())).filter(When::is_writable);
    }
    let end = When { local, ..start.clone() };
    // The second of the two times that a clock put back shows can be said in UTC alone.
    let end = if zone.instant(end.local) == at { end } else { When { local: at.naive_utc(), wall: Wall::Utc, ..end } };
    end.is_writable().then_some(end)
}

/// How many minutes a DURATION lasts, where a day has 24 hours.
pub(super) fn minutes(duration: &str) -> Option<i64> {
    let day = When::date(NaiveDate::default()).local;
    Some(Span::parse(duration)?.from(day, &Zone::Utc)?.num_minutes())
}

/// The first `most` days of a rule, whenever it ends.
pub(super) fn days(rule: &str, start: NaiveDate, most: usize) -> Option<Vec<NaiveDate>> {
    let mut walk = Walk::new(&Rule::parse(rule).ok()?, When::date(start).local, true);
    let end = start.checked_add_months(COMPARED).unwrap_or(NaiveDate::MAX);
    let periods = iter::from_fn(move || if walk.ahead()? < end { walk.period() } else { None });
    Some(periods.flatten().map(|local| local.date()).take(most).collect())
}

/// When a series of these rules and dates happens, from `first` to `last`. None if that cannot be said.
pub(super) fn between(
    start: &When,
    rules: &[&str],
    dates: &[When],
    first: DateTime<Utc>,
    last: DateTime<Utc>,
) -> Option<BTreeSet<DateTime<Utc>>> {
    let mut series = Series::new(start.local, zone(start)?);
    series.all_day = start.all_day;
    series.rules = rules.iter().map(|rule| Rule::parse(rule).ok()).collect::<Option<_>>()?;
    let end = last.checked_add_signed(TimeDelta::seconds(1))?;
    let found = series.between(first, end, &mut Budget::new(INSTANCES, TIME));
    let dates = dates.iter().map(instant).collect::<Option<Vec<_>>>()?;
    found.reached.is_none().then(|| found.instances.iter().map(|instance| instance.at).chain(dates).collect())
}

/// Graph's `recurrence` for a rule, if it can say it.
pub(super) fn recurrence(rule: &str, start: &When) -> Value {
    let shown = || Rule::parse(rule).ok()?.to_graph(start.local, &zone(start)?, start.zone());
    shown().unwrap_or_default()
}

/// The rule that Graph's `recurrence` says.
pub(super) fn rule_of(recurrence: &Value, start: &When) -> Result<String, Problem> {
    let zone = zone(start).unwrap_or(Zone::Floating);
    let rule = Rule::of_graph(recurrence, start.local, start.all_day, &zone);
    rule.map(|rule| rule.to_string()).map_err(|fault| refused("recurrence", &fault))
}

/// A rule as a client gives it, which is kept as given.
pub(super) fn rule(text: &str) -> Result<String, Problem> {
    let text = text.trim();
    Rule::parse(text).map(|_| text.to_owned()).map_err(|fault| refused("rrule", &fault))
}

fn refused(name: &str, fault: &RuleFault) -> Problem {
    invalid(
        name,
        &format!("is no rule (RFC 5545 §3.3.10) that is taken here: {}", fault.to_string().trim_end_matches('.')),
    )
}
