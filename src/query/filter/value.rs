//! What a literal is, beside a field of some kind.

use chrono::{DateTime, NaiveDate, NaiveDateTime};

use super::lexer::Token;
use super::{Comparison, Fault, Field, Kind, Value};
use crate::query::text::fold;

/// The value of `token` for `field`.
pub(super) fn value(field: &'static Field, at: usize, token: &Token<'_>) -> Result<Value, Fault> {
    let (text, quoted) = match token {
        Token::Word(word) if word.eq_ignore_ascii_case("null") => return Ok(Value::Null),
        Token::Word(word) => (*word, false),
        Token::Quoted(text) => (text.as_str(), true),
        _ => return Err(refused(field, at)),
    };
    let value = match field.kind {
        Kind::Text => quoted.then(|| Value::Text(fold(text))),
        Kind::Instant => instant(text).map(Value::Instant),
        Kind::PartialDate => partial(text).then(|| Value::Date(text.to_owned())),
        Kind::Id => Some(Value::Id(text.to_owned())),
        Kind::Number | Kind::Bool if quoted => None,
        Kind::Number => number(text).map(Value::Number),
        Kind::Bool if text.eq_ignore_ascii_case("true") => Some(Value::Bool(true)),
        Kind::Bool if text.eq_ignore_ascii_case("false") => Some(Value::Bool(false)),
        Kind::Bool | Kind::Collection(_) => None,
    };
    value.ok_or_else(|| refused(field, at))
}

/// Whether `field` can be compared so.
pub(super) fn comparable(field: &'static Field, comparison: Comparison) -> bool {
    let equality = matches!(comparison, Comparison::Equal | Comparison::NotEqual);
    match field.kind {
        Kind::Text | Kind::Number | Kind::Instant | Kind::PartialDate => true,
        Kind::Id | Kind::Bool => equality,
        Kind::Collection(_) => false,
    }
}

fn refused(field: &'static Field, at: usize) -> Fault {
    let taken = match field.kind {
        Kind::Text => "a text in `'…'`",
        Kind::Number => "a number such as `2000000` or `-0.5`",
        Kind::Instant => "an instant such as `2026-01-31T08:00:00Z`, or a date",
        Kind::PartialDate => "a date such as `1990-05-31`, or `--05-31` without a year",
        Kind::Id => "an id",
        Kind::Bool => "`true` or `false`",
        Kind::Collection(_) => "no value, but `/any(x: …)`",
    };
    Fault::new(at, format!("{} takes {taken}, or `null`.", label(field)))
}

/// The field's name for a message.
pub(super) fn label(field: &'static Field) -> String {
    if field.name.is_empty() { "The item".to_owned() } else { format!("`{}`", field.name) }
}

/// OData ABNF `decimalValue` without an exponent, in millionths; finer digits are cut off.
fn number(text: &str) -> Option<i64> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
    let plain = |digits: &str| !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
    let millionths = format!("{:0<6}", part.get(..6).unwrap_or(part)).parse::<i64>().ok()?;
    let number = whole.parse::<i64>().ok()?.checked_mul(1_000_000)?.checked_add(millionths)?;
    (plain(whole) && plain(part)).then_some(sign * number)
}

/// OData ABNF `dateTimeOffsetValue`, in which the seconds may be left out; or a date: the beginning of its day, UTC. An event's
/// `start/dateTime` is shown without an offset, and taken so: it is UTC.
fn instant(text: &str) -> Option<i64> {
    let whole = match text.strip_suffix(['Z', 'z']) {
        Some(minutes) if minutes.len() == "2026-01-31T08:00".len() => format!("{minutes}:00Z"),
        _ if text.len() == "2026-01-31".len() => format!("{text}T00:00:00Z"),
        _ => text.to_owned(),
    };
    let local = || NaiveDateTime::parse_from_str(&whole, "%Y-%m-%dT%H:%M:%S%.f").ok().map(|local| local.and_utc());
    let instant = DateTime::parse_from_rfc3339(&whole).ok().map(|instant| instant.to_utc()).or_else(local);
    instant.map(|instant| instant.timestamp_micros())
}

/// `YYYY-MM-DD` or `--MM-DD`; the 29th of February needs no year.
fn partial(text: &str) -> bool {
    let whole = text.strip_prefix("--").map_or(text.to_owned(), |day| format!("2000-{day}"));
    whole.len() == "2026-01-31".len() && NaiveDate::parse_from_str(&whole, "%Y-%m-%d").is_ok()
}
