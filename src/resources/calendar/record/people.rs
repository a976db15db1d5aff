//! `attendees` and `organizer` (RFC 5545 §3.8.4.1, §3.8.4.3). An attendee is known by the address: who stays keeps every
//! parameter that Graph cannot say. Imports `ical`, `content_line`, `texts`, `serde_json`.

use std::mem;

use serde_json::{Value, json};

use crate::resources::calendar::ical::Component;
use crate::resources::calendar::record::texts::{part, text};
use crate::resources::content_line::Property;

/// As many are shown; whom an event holds beyond stays in it.
pub(super) const SHOWN: usize = 500;

/// PARTSTAT and Graph's word for it.
const RESPONSES: [(&str, &str); 5] = [
    ("NEEDS-ACTION", "notResponded"),
    ("ACCEPTED", "accepted"),
    ("TENTATIVE", "tentativelyAccepted"),
    ("DECLINED", "declined"),
    ("DELEGATED", "declined"),
];

/// The address of a calendar user: of `mailto:`, else the EMAIL beside it (RFC 7986 §6.2), else what there is.
fn address(property: &Property) -> String {
    let value = property.value.trim();
    match value.split_at_checked("mailto:".len()) {
        Some((scheme, address)) if scheme.eq_ignore_ascii_case("mailto:") => address.trim().to_owned(),
        _ => property.param("EMAIL").next().map_or_else(|| value.to_owned(), shown),
    }
}

fn name(property: &Property) -> Value {
    property.param("CN").next().map(shown).filter(|name| !name.is_empty()).into()
}

/// A parameter as it is shown: RFC 6868 lets it hold the breaks of lines that a name in Graph may not have.
fn shown(value: &str) -> String {
    value.chars().filter(|c| !c.is_control()).collect::<String>().trim().to_owned()
}

fn email_address(property: &Property) -> Value {
    json!({"name": name(property), "address": address(property)})
}

/// Null takes the parameter out.
fn set_param(property: &mut Property, name: &str, value: Option<&str>) {
    let mut value = value;
    property.params.retain_mut(|(param, old)| {
        if !param.eq_ignore_ascii_case(name) {
            return true;
        }
        value.take().map(|new| new.clone_into(old)).is_some()
    });
    property.params.extend(value.map(|value| (name.to_owned(), value.to_owned())));
}

fn kind(property: &Property) -> &'static str {
    if ["RESOURCE", "ROOM"].iter().any(|kind| property.has("CUTYPE", kind)) {
        "resource"
    } else if ["OPT-PARTICIPANT", "NON-PARTICIPANT"].iter().any(|role| property.has("ROLE", role)) {
        "optional"
    } else {
        "required"
    }
}

fn response(property: &Property) -> &'static str {
    let said = property.param("PARTSTAT").next().unwrap_or("NEEDS-ACTION");
    RESPONSES.iter().find(|(partstat, _)| said.eq_ignore_ascii_case(partstat)).map_or("none", |(_, word)| word)
}

fn attendee(property: &Property) -> Value {
    let status = json!({"response": response(property), "time": "0001-01-01T00:00:00Z"});
    json!({"type": kind(property), "status": status, "emailAddress": email_address(property)})
}

pub(super) fn attendees(event: &Component) -> Value {
    event.all("ATTENDEE").take(SHOWN).map(attendee).collect()
}

pub(super) fn put_attendees(event: &mut Component, given: &Value) {
    let place = event.properties.iter().position(|property| property.is("ATTENDEE")).unwrap_or(event.properties.len());
    let (old, others): (Vec<_>, Vec<_>) =
        mem::take(&mut event.properties).into_iter().partition(|property| property.is("ATTENDEE"));
    event.properties = others;
    let (mut old, beyond): (Vec<_>, Vec<_>) = old.into_iter().enumerate().partition(|(at, _)| *at < SHOWN);
    let mut new = Vec::new();
    for given in given.as_array().into_iter().flatten() {
        let wanted = text(part(part(given, "emailAddress"), "address"));
        let known = old.iter().position(|(_, property)| address(property).eq_ignore_ascii_case(wanted));
        let mut property = match known {
            Some(at) => old.remove(at).1,
            None => Property::new("ATTENDEE", format!("mailto:{wanted}")).with("PARTSTAT", "NEEDS-ACTION"),
        };
        change(&mut property, given);
        new.push(property);
    }
    new.extend(beyond.into_iter().map(|(_, property)| property));
    event.properties.splice(place..place, new);
}

fn change(property: &mut Property, given: &Value) {
    let wanted = part(given, "emailAddress");
    change_address(property, wanted);
    let word = text(part(given, "type"));
    if !word.is_empty() && word != kind(property) {
        set_param(property, "CUTYPE", (word == "resource").then_some("RESOURCE"));
        set_param(property, "ROLE", (word == "optional").then_some("OPT-PARTICIPANT"));
    }
    let word = text(part(part(given, "status"), "response"));
    if word != response(property)
        && let Some((partstat, _)) = RESPONSES.iter().find(|(_, known)| *known == word)
    {
        set_param(property, "PARTSTAT", Some(partstat));
    }
}

fn change_address(property: &mut Property, wanted: &Value) {
    let to = text(part(wanted, "address"));
    if !to.is_empty() && to != address(property) {
        property.value = format!("mailto:{to}");
        set_param(property, "EMAIL", None);
    }
    if *part(wanted, "name") != name(property) {
        set_param(property, "CN", part(wanted, "name").as_str());
    }
}

pub(super) fn organizer(event: &Component) -> Value {
    event.property("ORGANIZER").map_or(Value::Null, |property| json!({"emailAddress": email_address(property)}))
}

pub(super) fn put_organizer(event: &mut Component, given: &Value) {
    let wanted = part(given, "emailAddress");
    if text(part(wanted, "address")).is_empty() {
        return event.remove("ORGANIZER");
    }
    if event.property("ORGANIZER").is_none() {
        event.properties.push(Property::new("ORGANIZER", String::new()));
    }
    if let Some(property) = event.properties.iter_mut().find(|property| property.is("ORGANIZER")) {
        change_address(property, wanted);
    }
}

/// The addresses that a search finds an event by, and the names.
pub(super) fn found_by(event: &Component) -> Vec<(String, String)> {
    let people = ["ATTENDEE", "ORGANIZER"].into_iter().flat_map(|name| event.all(name)).take(SHOWN);
    people.map(|property| (address(property), text(&name(property)).to_owned())).collect()
}
