//! Series of events and the zones of their clocks: what RFC 5545 says in its examples, and what holds of every rule. That thousands
//! of rules give what an independent implementation gives is shown by `tests/clients/recurrence.sh`.

mod courses;
mod graph;
mod rules;
mod splits;
mod windows;
mod zones;

use std::time::Duration;

use chrono::{DateTime, Utc};
use sharehold::resources::calendar::recurrence::{Budget, Rule, Series, Time};
use sharehold::resources::calendar::zone::Zone;

/// An instant as iCalendar writes it.
fn at(text: &str) -> DateTime<Utc> {
    Time::parse(text).unwrap().written().and_utc()
}

fn zone(name: &str) -> Zone {
    Zone::named(name).unwrap()
}

/// Of a start (`20260308`, `20260308T023000`), the name of a zone (empty: floating) and rules.
fn series(start: &str, name: &str, rules: &[&str]) -> Series {
    let start = Time::parse(start).unwrap();
    let zone = if name.is_empty() { Zone::Floating } else { zone(name) };
    let mut series = Series::new(start.written(), zone);
    series.all_day = matches!(start, Time::Date(_));
    series.rules = rules.iter().map(|rule| Rule::parse(rule).unwrap()).collect();
    series
}

/// As much as there is.
fn ample() -> Budget {
    Budget::new(1_000_000, Duration::from_mins(10))
}

/// The instances from `from` until before `to`, as iCalendar writes them.
fn instances(series: &Series, from: &str, to: &str) -> Vec<String> {
    let found = series.between(at(from), at(to), &mut ample());
    assert_eq!(found.reached, None);
    found.instances.iter().map(|instance| instance.at.format("%Y%m%dT%H%M%SZ").to_string()).collect()
}
