//! What time zones and recurrence rules say, in one place: here alone the record asks them. Imports `when`, problem, `shape`.

use serde_json::Value;

use crate::problem::Problem;
use crate::resources::calendar::record::when::{Wall, When};
use crate::resources::shape::invalid;

/// The wall that a client names by `timeZone`; none if nobody knows it.
pub(super) fn wall(name: &str) -> Option<Wall> {
    if name.eq_ignore_ascii_case("UTC") || name.is_empty() {
        return Some(Wall::Utc);
    }
    let plain = |c: char| c.is_alphanumeric() || " /_-+.,()&'".contains(c);
    (name.chars().all(plain) && name.len() <= 255).then(|| Wall::Zone(name.to_owned()))
}

/// Whether two times are the same instant: a client that reads in one zone and sends back in it changes nothing.
pub(super) fn same(one: &When, other: &When) -> bool {
    one == other
}

/// Whether one time is before another.
pub(super) fn is_before(one: &When, other: &When) -> bool {
    one.wall == other.wall && one.local < other.local
}

/// Graph's `recurrence` for a rule, if it can say it.
pub(super) fn recurrence(_rule: &str, _start: &When) -> Value {
    Value::Null
}

/// The rule that Graph's `recurrence` says.
pub(super) fn rule_of(_recurrence: &Value, _start: &When) -> Result<String, Problem> {
    Err(invalid("recurrence", "is not understood yet: send `rrule`"))
}

/// A rule as a client gives it, in the form that is kept.
pub(super) fn rule(text: &str) -> Result<String, Problem> {
    let text = text.trim().trim_start_matches("RRULE:");
    let part = |part: &str| part.split_once('=').is_some_and(|(name, value)| !name.is_empty() && !value.is_empty());
    let plain = text.chars().all(|c| c.is_ascii_alphanumeric() || "=;,+-".contains(c));
    if plain && text.split(';').all(part) && text.to_ascii_uppercase().contains("FREQ=") {
        return Ok(text.to_owned());
    }
    Err(invalid("rrule", "is not a rule such as `FREQ=WEEKLY;BYDAY=MO` (RFC 5545 §3.3.10)"))
}
