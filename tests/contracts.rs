//! What is promised in `schema/` is what the code says: a difference fails here and names the command that writes it anew.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;
use sharehold::resources;
use sharehold::router::openapi;

const PUBLIC_URL: &str = "http://127.0.0.1:8700";

fn document() -> Value {
    openapi::document(PUBLIC_URL)
}

#[test]
fn the_openapi_document_is_the_one_committed() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/schema/openapi.json");
    let committed: Value = serde_json::from_str(&fs::read_to_string(path).expect("schema/openapi.json")).expect("JSON");
    assert!(committed == document(), "schema/openapi.json is old: cargo run -- openapi > schema/openapi.json");
}

/// Routes in the code == operations in the document, each with its scopes.
#[test]
fn every_operation_says_which_scopes_will_do() {
    let document = document();
    let mut ids = BTreeSet::new();
    for endpoint in resources::all() {
        let method = endpoint.method.as_str().to_ascii_lowercase();
        let operation = &document["paths"][endpoint.path][method];
        assert_eq!(operation["operationId"], endpoint.id);
        assert!(ids.insert(endpoint.id), "{} is used twice", endpoint.id);
        assert!(!endpoint.summary.is_empty(), "{} has no summary", endpoint.id);
        let said: BTreeSet<&str> = operation["security"]
            .as_array()
            .expect("security")
            .iter()
            .filter_map(|one| one["bearer"][0].as_str())
            .collect();
        let needed: BTreeSet<&str> = endpoint.scopes.iter().map(|scope| scope.name()).collect();
        assert_eq!(said, needed, "{}", endpoint.id);
        let public = endpoint.path.starts_with("/.well-known/") || endpoint.path == "/openapi.json";
        assert_eq!(endpoint.scopes.is_empty(), public, "{}: data needs a scope", endpoint.id);
    }
    let operations: usize = document["paths"]
        .as_object()
        .expect("paths")
        .values()
        .map(|path| path.as_object().expect("methods").len())
        .sum();
    assert_eq!(operations, resources::all().len());
}

#[test]
fn every_reference_leads_somewhere() {
    let document = document();
    let text = document.to_string();
    for part in text.split("\"$ref\":\"").skip(1) {
        let pointer = part.split('"').next().expect("a reference").trim_start_matches('#');
        assert!(document.pointer(pointer).is_some(), "{pointer}");
    }
}
