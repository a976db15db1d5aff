//! What time zones and recurrence rules say, in one place: here and in `clocks` alone the record asks them. Imports `clocks`, `when`, `calendar::recurrence`,
//! `calendar::zone`, problem, `shape`.

use std::collections::BTreeSet;
use std::iter;
use std::time::Duration;

use chrono::{DateTime, Months, NaiveDate, TimeDelta, Utc};
use serde_json::Value;

use crate::problem::Problem;
use crate::resources::calendar::record::clocks::{Clocks, shown_on};
use crate::resources::calendar::record::when::When;
use crate::resources::calendar::recurrence::{Budget, Rule, RuleFault, Series, Span, Time, Walk};
use crate::resources::calendar::zone::Zone;
use crate::resources::shape::invalid;

/// Two rules are held against each other for so long.
const COMPARED: Months = Months::new(12 * 12);
/// What looking for the occurrences of a series' exceptions may cost.
const INSTANCES: usize = 50_000;
const TIME: Duration = Duration::from_secs(1);

/// The end of what begins at `start` and lasts what a DURATION says (RFC 5545 §3.3.6): days on the calendar, then exact time, so
/// that three hours are three also when the clock is changed within them.
pub(super) fn after(clocks: &Clocks, start: &When, duration: &str) -> Option<When> {
    let span = Span::parse(duration)?;
    let zone = clocks.zone(start).unwrap_or(Zone::Floating);
    let at = zone.instant(start.local).checked_add_signed(span.from(start.local, &zone)?)?;
    let end = if start.all_day { When::date(zone.local(at).date()) } else { shown_on(at, &start.wall, &zone) };
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
    clocks: &Clocks,
    start: &When,
    rules: &[&str],
    dates: &[When],
    first: DateTime<Utc>,
    last: DateTime<Utc>,
) -> Option<BTreeSet<DateTime<Utc>>> {
    let mut series = Series::new(start.local, clocks.zone(start)?);
    series.all_day = start.all_day;
    series.rules = rules.iter().map(|rule| Rule::parse(rule).ok()).collect::<Option<_>>()?;
    let end = last.checked_add_signed(TimeDelta::seconds(1))?;
    let found = series.between(first, end, &mut Budget::new(INSTANCES, TIME));
    let dates = dates.iter().map(|date| clocks.instant(date)).collect::<Option<Vec<_>>>()?;
    found.reached.is_none().then(|| found.instances.iter().map(|instance| instance.at).chain(dates).collect())
}

/// Graph's `recurrence` for a rule, if it can say it.
pub(super) fn recurrence(clocks: &Clocks, rule: &str, start: &When) -> Value {
    let shown = || Rule::parse(rule).ok()?.to_graph(start.local, &clocks.zone(start)?, start.zone());
    shown().unwrap_or_default()
}

/// The rule that Graph's `recurrence` says, and where the event starts by it.
pub(super) fn rule_of(clocks: &Clocks, recurrence: &Value, start: &When) -> Result<(String, When), Problem> {
    let zone = clocks.zone(start).unwrap_or(Zone::Floating);
    let rule = Rule::of_graph(recurrence, start.local, start.all_day, &zone);
    rule.map(|(rule, local)| (rule.to_string(), When { local, ..start.clone() })).map_err(|fault| match fault {
        RuleFault::Wrong { part, why } => invalid(&format!("recurrence.{part}"), &why),
        fault => refused("recurrence", &fault),
    })
}

/// Whether the rule gives its start, which is the first occurrence in any case (RFC 5545 §3.8.5.3).
pub(super) fn gives_start(rule: &str, start: &When) -> bool {
    Rule::parse(rule).is_ok_and(|rule| rule.first(start.local, start.all_day) == Some(start.local))
}

/// The rule on the day of that start, if it has one day that can go along.
pub(super) fn rule_on(rule: &str, start: &When) -> Option<String> {
    Rule::parse(rule).ok()?.on(start.local.date()).map(|rule| rule.to_string())
}

/// A rule as a client gives it, which is kept as given.
pub(super) fn rule(text: &str) -> Result<String, Problem> {
    let text = text.trim();
    if text.get(..6).is_some_and(|name| name.eq_ignore_ascii_case("RRULE:")) {
        return Err(invalid("rrule", "begins with `RRULE:`: give what stands after that"));
    }
    let rule = Rule::parse(text).and_then(Rule::strict);
    rule.map(|_| text.to_owned()).map_err(|fault| refused("rrule", &fault))
}

/// Whether a rule and Graph's `recurrence` say the same of an event that starts there; null is what Graph cannot say.
pub(super) fn says_the_same(clocks: &Clocks, rule: &str, recurrence: &Value, start: &When) -> bool {
    let shown = self::recurrence(clocks, rule, start);
    let as_rule = |recurrence: &Value| rule_of(clocks, recurrence, start).ok().map(|(rule, _)| rule);
    shown == *recurrence || as_rule(recurrence).is_some_and(|rule| as_rule(&shown) == Some(rule))
}

/// Whether a rule ends before it begins (UNTIL).
pub(super) fn is_over(clocks: &Clocks, rule: &str, start: &When) -> bool {
    let Some(until) = Rule::parse(rule).ok().and_then(|rule| rule.until()) else { return false };
    match until {
        Time::Utc(at) if !start.all_day => clocks.instant(start).is_some_and(|start| at.and_utc() < start),
        Time::Local(at) if !start.all_day => at < start.local,
        day => day.written().date() < start.local.date(),
    }
}

fn refused(name: &str, fault: &RuleFault) -> Problem {
    invalid(
        name,
        &format!("is no rule (RFC 5545 §3.3.10) that is taken here: {}", fault.to_string().trim_end_matches('.')),
    )
}
