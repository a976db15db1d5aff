//! `rrule` and `recurrence`, two names of one thing, and what else makes a series. Imports `clocks`, `seam`, `times`, `ical`, `when`, problem.

use serde_json::{Map, Value};

use crate::problem::Problem;
use crate::resources::calendar::ical::Component;
use crate::resources::calendar::record::{clocks::Clocks, seam, times, when::When};
use crate::resources::shape::invalid;

/// What makes a series of an event, and what it leaves out (RFC 5545 §3.8.5; EXRULE: RFC 2445 §4.8.5.2).
const OF_A_SERIES: [&str; 4] = ["RRULE", "RDATE", "EXDATE", "EXRULE"];

/// Whether the event is a series.
pub(super) fn recurs(event: &Component) -> bool {
    event.property("RRULE").is_some() || event.property("RDATE").is_some()
}

/// Makes a single event of a series.
pub(super) fn stop(event: &mut Component) {
    for name in OF_A_SERIES {
        event.remove(name);
    }
}

/// Its rules (RRULE), as written.
pub(super) fn of(event: &Component) -> Vec<&str> {
    event.all("RRULE").map(|rule| rule.value.trim()).collect()
}

/// Makes these its rules, in the places of those that it has.
pub(super) fn set(event: &mut Component, rules: &[String]) {
    let mut rules = rules.iter();
    event.properties.retain_mut(|property| {
        let mut stays = true;
        if property.is("RRULE") {
            let rule = rules.next();
            stays = rule.is_some();
            property.value = rule.cloned().unwrap_or_default();
        }
        stays
    });
}

/// Leaves those of the times that the properties of a name list; what is none stays.
pub(super) fn keep_dates(event: &mut Component, name: &str, stays: impl Fn(&When) -> bool) {
    event.properties.retain_mut(|property| {
        if !property.is(name) {
            return true;
        }
        let mut one = property.clone();
        let mut is_kept = |value: &&str| {
            (*value).clone_into(&mut one.value);
            When::of(&one).is_none_or(|when| stays(&when))
        };
        let kept: Vec<&str> = property.value.split(',').filter(&mut is_kept).collect();
        let value = kept.join(",");
        let is_empty = kept.is_empty();
        property.value = value;
        !is_empty
    });
}

/// The times that the properties of a name list.
pub(super) fn times_of(event: &Component, name: &str) -> Vec<When> {
    event.all(name).flat_map(When::all).collect()
}

pub(super) fn rrule(event: &Component) -> Value {
    event.property("RRULE").map_or(Value::Null, |rule| rule.value.trim().into())
}

pub(super) fn recurrence(event: &Component, clocks: &Clocks) -> Value {
    match (event.property("RRULE"), times::start(event)) {
        // Nor can Graph say what is without some of its instances by a rule.
        (Some(rule), Some(start)) if event.all("RRULE").count() == 1 && event.property("EXRULE").is_none() => {
            seam::recurrence(clocks, rule.value.trim(), &start)
        }
        _ => Value::Null,
    }
}

/// Puts what a change says of the two; gives where the event starts then, if Graph's `recurrence` says it. Who sends both back
/// changed one of them: a null `recurrence` beside a rule that Graph cannot say is no change; alone it ends the series.
pub(super) fn put(
    event: &mut Component,
    clocks: &Clocks,
    changes: &Map<String, Value>,
) -> Result<Option<When>, Problem> {
    let moved = |name: &str, shown: &Value| changes.get(name).filter(|given| *given != shown);
    let Some(start) = times::start(event) else { return Ok(None) };
    let mut first = None;
    let wanted = match (moved("rrule", &rrule(event)), moved("recurrence", &recurrence(event, clocks))) {
        (Some(Value::String(rule)), None) if !rule.is_empty() => Some(seam::rule(rule)?),
        (Some(Value::Null | Value::String(_)), None) | (None | Some(Value::Null), Some(Value::Null)) => None,
        (None, Some(recurrence)) => {
            let (rule, start) = seam::rule_of(clocks, recurrence, &start)?;
            first = Some(start);
            Some(rule)
        }
        (Some(_), None) => return Err(invalid("rrule", "is not a string")),
        (Some(Value::String(rule)), Some(recurrence)) if seam::says_the_same(clocks, rule, recurrence, &start) => {
            Some(seam::rule(rule)?)
        }
        (Some(_), Some(_)) => return Err(invalid("recurrence", "is another rule than `rrule`: send one of them")),
        // The change says it of a rule that Graph has no words for.
        (None, None) if changes.get("recurrence").is_some_and(Value::is_null) && recurs(event) => None,
        (None, None) => return Ok(None),
    };
    match wanted {
        Some(rule) => event.set("RRULE", Some(rule)),
        None => stop(event),
    }
    Ok(first)
}

/// Whether a series ends before it begins (UNTIL), so that it has no occurrence.
pub(super) fn is_over(event: &Component, clocks: &Clocks) -> bool {
    let rules = of(event);
    let is_over = |start: When| rules.iter().all(|rule| seam::is_over(clocks, rule, &start));
    !rules.is_empty() && event.property("RDATE").is_none() && times::start(event).is_some_and(is_over)
}
