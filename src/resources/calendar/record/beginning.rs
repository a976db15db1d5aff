//! Where a series begins. By RFC 5545 §3.8.5.3 its start is the first occurrence, whether the rule gives it or not: so it is with what
//! is written as `rrule` or comes in a file. By Graph it begins with the first day of the pattern from the start on: there a start goes
//! that comes with `recurrence`; and of one that is moved to a day that the pattern has not, the pattern's one day goes along.
//! Imports `clocks`, `occurrences`, `rules`, `seam`, `times`, `ical`, `when`, problem.

use serde_json::{Map, Value};

use crate::problem::Problem;
use crate::resources::calendar::ical::Component;
use crate::resources::calendar::record::clocks::Clocks;
use crate::resources::calendar::record::when::When;
use crate::resources::calendar::record::{occurrences, rules, seam, times};
use crate::resources::shape::invalid;

/// Puts the start of `after` where the pattern begins: at `first`, which Graph's `recurrence` says.
pub(super) fn put(after: &mut Component, clocks: &Clocks, first: &When) {
    if times::start(after).as_ref() != Some(first) {
        occurrences::place(after, clocks, first);
    }
}

/// Has the pattern's day go along with a start that a change moved without a word about the rule. Whoever sends the `rrule` alone
/// has said what it is.
pub(super) fn follow(
    before: &Component,
    after: &mut Component,
    clocks: &Clocks,
    changes: &Map<String, Value>,
) -> Result<(), Problem> {
    let is_written = changes.get("rrule").is_some_and(Value::is_string) && !changes.contains_key("recurrence");
    let (Some(was), Some(is)) = (times::start(before), times::start(after)) else { return Ok(()) };
    let moved = match (rules::of(before).as_slice(), rules::of(after).as_slice()) {
        ([rule], [same]) if rule == same && was.local.date() != is.local.date() && !is_written => {
            let is_graphs = !rules::recurrence(before, clocks).is_null();
            if !is_graphs || !seam::gives_start(rule, &was) || seam::gives_start(rule, &is) {
                return Ok(());
            }
            seam::rule_on(rule, &is)
        }
        _ => return Ok(()),
    };
    let unclear = "is on none of the days that the series has: send `recurrence` with it, with the days that are meant, or as it is \
                   but without `range.startDate` if they stay; or the `rrule`, if it is to be one occurrence more";
    rules::set(after, &[moved.ok_or_else(|| invalid("start", unclear))?]);
    Ok(())
}
