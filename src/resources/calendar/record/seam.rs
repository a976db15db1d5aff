//! What time zones and recurrence rules say, in one place: here alone the record asks them. Imports `when`, `calendar::recurrence`,
//! `calendar::zone`, problem, `shape`.

use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::problem::Problem;
use crate::resources::calendar::record::when::{Wall, When};
use crate::resources::calendar::recurrence::{Rule, RuleFault};
use crate::resources::calendar::zone::Zone;
use crate::resources::shape::invalid;

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
    let zone = zone(when).filter(|zone| *zone != Zone::Floating)?;
    Some(zone.instant(when.local))
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
