//! `location` and `locations`: LOCATION holds their names, GEO the coordinates of the first (RFC 5545 §3.8.1.6, §3.8.1.7). What
//! these cannot say stands in X-SHAREHOLD-LOCATIONS as JSON, and counts as long as LOCATION still says the same names.
//! Imports `ical`, `texts`, `content_line`, json, `serde_json`.

use serde_json::{Value, json};

use crate::json;
use crate::resources::calendar::ical::Component;
use crate::resources::calendar::record::texts::{part, put_text, text};
use crate::resources::content_line::escaped;

const DETAILS: &str = "X-SHAREHOLD-LOCATIONS";
const DEPTH: usize = 8;
pub(super) const MOST: usize = 20;
/// Other programs' notes on the place, which say the old one when it changes.
const OTHERS: [&str; 3] = ["X-APPLE-STRUCTURED-LOCATION", "X-TITLE", "X-MICROSOFT-LOCATIONS"];

fn names(list: &[Value]) -> String {
    let names = list.iter().map(|place| text(part(place, "displayName"))).filter(|name| !name.is_empty());
    names.collect::<Vec<_>>().join("; ")
}

/// RFC 5545 §3.8.1.6: latitude and longitude; a comma is a careless writer's.
fn geo(event: &Component) -> Value {
    let value = event.value("GEO");
    let Some((latitude, longitude)) = value.split_once([';', ',']) else { return Value::Null };
    let degrees = |text: &str, most: f64| text.trim().parse::<f64>().ok().filter(|degrees| degrees.abs() <= most);
    match (degrees(latitude, 90.0), degrees(longitude, 180.0)) {
        (Some(latitude), Some(longitude)) => json!({"latitude": latitude, "longitude": longitude}),
        _ => Value::Null,
    }
}

/// The place that LOCATION and GEO say.
fn plain(event: &Component) -> Option<Value> {
    let name = event.text("LOCATION");
    let place = said(&json!({"displayName": name, "coordinates": geo(event)}));
    (place != json!({})).then_some(place)
}

fn list(event: &Component) -> Vec<Value> {
    let details = json::strict(event.text(DETAILS).as_bytes(), DEPTH);
    match details.ok() {
        Some(Value::Array(list)) if list.iter().all(Value::is_object) && names(&list) == event.text("LOCATION") => {
            list.into_iter().take(MOST).collect()
        }
        _ => plain(event).into_iter().collect(),
    }
}

pub(super) fn locations(event: &Component) -> Value {
    list(event).into()
}

pub(super) fn location(event: &Component) -> Value {
    list(event).into_iter().next().unwrap_or_default()
}

pub(super) fn put_locations(event: &mut Component, given: &Value) {
    let places: Vec<Value> =
        given.as_array().into_iter().flatten().map(said).filter(|place| *place != json!({})).collect();
    put(event, &places);
}

/// Puts the first; the others stay.
pub(super) fn put_location(event: &mut Component, given: &Value) {
    let first = Some(said(given)).filter(|place| *place != json!({}));
    let places: Vec<Value> = first.into_iter().chain(list(event).into_iter().skip(1)).collect();
    put(event, &places);
}

fn put(event: &mut Component, places: &[Value]) {
    let before = list(event);
    if before == places {
        return;
    }
    let name = names(places);
    if name != event.text("LOCATION") {
        put_text(event, "LOCATION", &name);
        for other in OTHERS {
            event.remove(other);
        }
    }
    let coordinates = places.first().map(|place| part(place, "coordinates"));
    if before.first().map(|place| part(place, "coordinates")) != coordinates {
        let degrees = |name: &str| coordinates.and_then(|place| place[name].as_f64());
        let geo = degrees("latitude").zip(degrees("longitude"));
        event.set("GEO", geo.map(|(latitude, longitude)| format!("{latitude};{longitude}")));
    }
    event.remove(DETAILS);
    if list(event) != places {
        event.set(DETAILS, Some(escaped(&Value::from(places).to_string())));
    }
}

/// What of a place says something.
fn said(place: &Value) -> Value {
    match place {
        Value::Object(members) => {
            let each = members.iter().map(|(name, value)| (name.clone(), said(value)));
            Value::Object(each.filter(|(_, value)| !value.is_null() && *value != json!({}) && value != "").collect())
        }
        other => other.clone(),
    }
}
