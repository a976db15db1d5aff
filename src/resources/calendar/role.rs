//! What the person is to an event: who organises it, or who was asked to come. A leaf: imports `serde_json` alone.

use serde_json::{Value, json};

/// Whether the person organises it: nobody else is named who does (`organizer`). `own` is the person's address, as far as the token
/// says it.
pub fn is_organizer(organizer: &Value, own: Option<&str>) -> bool {
    address(organizer).as_str().is_none_or(|organizer| own.is_some_and(|own| own.eq_ignore_ascii_case(organizer)))
}

/// Graph's `responseStatus`: what the person answered, as one of the `attendees`.
pub fn response(attendees: &Value, own: Option<&str>) -> Value {
    let is_own =
        |person: &&Value| address(person).as_str().zip(own).is_some_and(|(one, own)| one.eq_ignore_ascii_case(own));
    let found = attendees.as_array().into_iter().flatten().find(is_own).and_then(|person| person.get("status"));
    found.cloned().unwrap_or_else(|| status("none"))
}

/// The status of who did not answer, or need not.
pub fn status(response: &str) -> Value {
    json!({"response": response, "time": "0001-01-01T00:00:00Z"})
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
            (None, None, true, "none"),
            (None, Some("ann@example.com"), true, "accepted"),
            (Some("Ann@example.com"), Some("ann@example.com"), true, "accepted"),
            (Some("bob@example.com"), Some("ANN@example.com"), false, "accepted"),
            (Some("bob@example.com"), Some("zoe@example.com"), false, "none"),
            (Some("bob@example.com"), None, false, "none"),
        ] {
            let organizer = organizer.map_or(Value::Null, |address| person(address, "none"));
            let attendees = json!([person("ann@example.com", "accepted")]);
            assert_eq!(is_organizer(&organizer, own), organizes, "{organizer} {own:?}");
            assert_eq!(response(&attendees, own)["response"], answered, "{attendees} {own:?}");
        }
    }
}
