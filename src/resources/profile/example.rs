//! What the OpenAPI document shows of a profile: the first person of `fixtures/people`, whom `demo` serves.

use serde_json::{Map, Value, json};

const ANN: &str = include_str!("../../../fixtures/people/ann.json");

/// An answer, whole.
pub fn answer() -> Value {
    let mut person: Map<String, Value> = serde_json::from_str(ANN).unwrap_or_default();
    let mail = person.remove("email").unwrap_or_default();
    let Some(Value::Object(mut members)) = person.remove("profile") else { return Value::Null };
    members.extend([
        ("@odata.etag".to_owned(), json!("W/\"3-3ffffffff\"")),
        ("id".to_owned(), json!("01a2b3c4-d5e6-7f80-9a1b-2c3d4e5f6071")),
        ("mail".to_owned(), mail.clone()),
        ("userPrincipalName".to_owned(), mail),
        ("photo".to_owned(), Value::Null),
        ("createdDateTime".to_owned(), json!("2026-11-25T09:30:00Z")),
        ("lastModifiedDateTime".to_owned(), json!("2026-11-25T09:30:00Z")),
    ]);
    Value::Object(members)
}

/// A change.
pub fn change() -> Value {
    json!({"city": "Lisbon", "interests": ["sailing", "old maps"], "homePhones": []})
}
