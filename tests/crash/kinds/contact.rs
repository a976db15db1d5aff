//! Contacts: their generation is in the surname, by which they are ordered.

use std::collections::BTreeMap;
use std::sync::Mutex;

use serde_json::{Value, json};

use super::items::Items;

/// `POST /v1.0/me/contacts`, `PATCH` and `DELETE /v1.0/me/contacts/{id}`
pub(crate) static CONTACT: Items = Items {
    name: "contact",
    path: "/v1.0/me/contacts",
    order: "surname",
    marked: &["/givenName", "/jobTitle", "/companyName", "/personalNotes"],
    body,
    generation,
    last: Mutex::new(BTreeMap::new()),
};

fn body(generation: u64, text: &str) -> Value {
    // As many digits always: they are ordered as text.
    let surname = format!("generation {generation:012}");
    json!({ "givenName": text, "jobTitle": text, "companyName": text, "personalNotes": text, "surname": surname })
}

fn generation(contact: &Value) -> Option<u64> {
    contact.get("surname")?.as_str()?.rsplit(' ').next()?.parse().ok()
}
