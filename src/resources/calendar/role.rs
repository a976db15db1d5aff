//! What the person is to an event: who organises it, or who was asked to come. A leaf: imports `serde_json` alone.

use serde_json::{Map, Value, json};

/// Whether the person organises it: nobody else is named who does. `own` is the person's address, as far as the token says it.
pub fn is_organizer(event: &Map<String, Value>, own: Option<&str>) -> bool {
    let organizer = event.get("organizer").map_or(&Value::Null, address);
    organizer.as_str().is_none_or(|organizer| own.is_some_and(|own| own.eq_ignore_ascii_case(organizer)))
}

/// Graph's `responseStatus`: what the person answered.
pub fn response(event: &Map<String, Value>, own: Option<&str>) -> Value {
    let status = |response: &str| json!({"response": response, "time": "0001-01-01T00:00:00Z"});
    if is_organizer(event, own) {
        return status("organizer");
    }
    let is_own =
        |person: &&Value| address(person).as_str().zip(own).is_some_and(|(one, own)| one.eq_ignore_ascii_case(own));
    let attendees = event.get("attendees").and_then(Value::as_array);
    let found = attendees.into_iter().flatten().find(is_own).and_then(|person| person.get("status")).cloned();
    found.unwrap_or_else(|| status("none"))
}

fn address(person: &Value) -> &Value {
    person.pointer("/emailAddress/address").unwrap_or(&Value::Null)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{is_organizer, response};

    #[test]
    fn what_one_is_to_an_event() {
        let person = |address: &str, response: &str| json!({"emailAddress": {"address": address}, "status": {"response": response}});
        for (organizer, own, organizes, answered) in [
            (None, None, true, "organizer"),
            (None, Some("ann@example.com"), true, "organizer"),
            (Some("Ann@example.com"), Some("ann@example.com"), true, "organizer"),
            (Some("bob@example.com"), Some("ANN@example.com"), false, "accepted"),
            (Some("bob@example.com"), Some("zoe@example.com"), false, "none"),
            (Some("bob@example.com"), None, false, "none"),
        ] {
            let organizer = organizer.map_or(Value::Null, |address| person(address, "none"));
            let event = json!({"organizer": organizer, "attendees": [person("ann@example.com", "accepted")]});
            let event = event.as_object().unwrap();
            assert_eq!(is_organizer(event, own), organizes, "{event:?} {own:?}");
            assert_eq!(response(event, own)["response"], answered, "{event:?} {own:?}");
        }
    }
}
