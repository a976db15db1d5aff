//! Events: their generation is the minute at which they begin, by which they are ordered; each is the master of a daily series, so
//! that what a window search needs is written with every change.

use std::collections::BTreeMap;
use std::sync::Mutex;

use chrono::{NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};
use serde_json::{Value, json};

use super::items::Items;

/// `POST /v1.0/me/events`, `PATCH` and `DELETE /v1.0/me/events/{id}`
pub(crate) static EVENT: Items = Items {
    name: "event",
    path: "/v1.0/me/events",
    order: "start/dateTime",
    marked: &["/subject", "/location/displayName", "/body/content", "/categories/0"],
    body,
    generation,
    last: Mutex::new(BTreeMap::new()),
};

/// When generation 0 would begin.
const FIRST: NaiveDateTime = NaiveDateTime::new(NaiveDate::from_yo_opt(2026, 1).unwrap(), NaiveTime::MIN);
const TIMES: &str = "%Y-%m-%dT%H:%M:%S";

fn body(generation: u64, text: &str) -> Value {
    let minutes = TimeDelta::try_minutes(generation.try_into().unwrap_or(i64::MAX));
    let begins = minutes.and_then(|minutes| FIRST.checked_add_signed(minutes)).unwrap_or(FIRST);
    let at = |time: NaiveDateTime| json!({ "dateTime": time.format(TIMES).to_string(), "timeZone": "UTC" });
    json!({
        "subject": text,
        "location": { "displayName": text },
        "body": { "contentType": "text", "content": text },
        "categories": [text],
        "start": at(begins),
        "end": at(begins + TimeDelta::minutes(30)),
        "recurrence": {
            "pattern": { "type": "daily", "interval": 1 },
            "range": { "type": "noEnd", "startDate": begins.date().to_string() },
        },
    })
}

/// It must be a series still.
fn generation(event: &Value) -> Option<u64> {
    let begins = event.pointer("/start/dateTime")?.as_str()?;
    let begins = NaiveDateTime::parse_from_str(begins, "%Y-%m-%dT%H:%M:%S%.f").ok()?;
    event.pointer("/recurrence/pattern/interval")?;
    u64::try_from(begins.signed_duration_since(FIRST).num_minutes()).ok()
}
