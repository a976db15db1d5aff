//! How an event stands: `importance`, `sensitivity`, `showAs`, `isCancelled`, and what only follows from the record.
//! Imports `ical`, `texts`, `serde_json`.

use serde_json::Value;

use crate::resources::calendar::ical::Component;
use crate::resources::calendar::record::texts::text;

/// What Outlook calls it; the one word for absence that others have no property for.
const BUSY_STATUS: &str = "X-MICROSOFT-CDO-BUSYSTATUS";

pub(super) const IMPORTANCE: &[&str] = &["low", "normal", "high"];
pub(super) const SENSITIVITY: &[&str] = &["normal", "personal", "private", "confidential"];
pub(super) const SHOW_AS: &[&str] = &["free", "tentative", "busy", "oof", "workingElsewhere"];

/// RFC 5545 §3.8.1.9: 1 to 4 high, 5 normal, 6 to 9 low.
pub(super) fn importance(event: &Component) -> Value {
    match event.value("PRIORITY").parse() {
        Ok(1..=4_u8) => "high",
        Ok(6..=9) => "low",
        _ => "normal",
    }
    .into()
}

pub(super) fn put_importance(event: &mut Component, given: &Value) {
    let priority = match text(given) {
        "high" => Some("1"),
        "low" => Some("9"),
        _ => None,
    };
    event.set("PRIORITY", priority.map(str::to_owned));
}

/// RFC 5545 §3.8.1.3: a class that is not known is private.
pub(super) fn sensitivity(event: &Component) -> Value {
    let class = event.value("CLASS").to_ascii_uppercase();
    match class.as_str() {
        "" | "PUBLIC" => "normal",
        "CONFIDENTIAL" => "confidential",
        "X-PERSONAL" | "PERSONAL" => "personal",
        _ => "private",
    }
    .into()
}

pub(super) fn put_sensitivity(event: &mut Component, given: &Value) {
    let class = match text(given) {
        "private" => Some("PRIVATE"),
        "confidential" => Some("CONFIDENTIAL"),
        "personal" => Some("X-PERSONAL"),
        _ => None,
    };
    event.set("CLASS", class.map(str::to_owned));
}

pub(super) fn show_as(event: &Component) -> Value {
    let status = event.value(BUSY_STATUS);
    if let Some(word) = SHOW_AS.iter().find(|word| word.eq_ignore_ascii_case(status)) {
        return (*word).into();
    }
    if event.value("TRANSP").eq_ignore_ascii_case("TRANSPARENT") {
        return "free".into();
    }
    if event.value("STATUS").eq_ignore_ascii_case("TENTATIVE") { "tentative" } else { "busy" }.into()
}

pub(super) fn put_show_as(event: &mut Component, given: &Value) {
    let word = if given.is_null() { "busy" } else { text(given) };
    let free = ["free", "workingElsewhere"].contains(&word);
    let is_free = event.value("TRANSP").eq_ignore_ascii_case("TRANSPARENT");
    if free != is_free {
        event.set("TRANSP", Some(if free { "TRANSPARENT" } else { "OPAQUE" }.to_owned()));
    }
    // Said in Outlook's words where the others cannot say it, or say something else.
    let outlook = event.property(BUSY_STATUS).is_some() || text(&show_as(event)) != word;
    if outlook {
        event.set(BUSY_STATUS, Some(word.to_ascii_uppercase()));
    }
}

pub(super) fn is_cancelled(event: &Component) -> Value {
    event.value("STATUS").eq_ignore_ascii_case("CANCELLED").into()
}

pub(super) fn has_attachments(event: &Component) -> Value {
    event.property("ATTACH").is_some().into()
}

pub(super) fn uid(event: &Component) -> Value {
    let uid = event.value("UID");
    if uid.is_empty() { Value::Null } else { uid.into() }
}
