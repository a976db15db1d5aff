//! What is promised in `schema/` is what the code says: a difference fails here and names the command that writes it anew.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use serde_json::Value;
use sharehold::access::{Scope, Scopes};
use sharehold::resources;
use sharehold::resources::endpoint::{Content, Endpoint};
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
    for endpoint in documented() {
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
        // For people, the scopes that imply those too, and those that show more beside them.
        let description = operation["description"].as_str().unwrap_or_default();
        for scope in Scope::ALL {
            let does = Scopes::of(&[scope.name()]).has_any(endpoint.scopes) || endpoint.adding.contains(scope);
            assert_eq!(description.contains(&format!("`{}`", scope.name())), does, "{}: {}", endpoint.id, scope.name());
        }
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            // A value that stands there already would be sent by whoever only wants to try it.
            let filled = ["example", "default"].map(|key| parameter.get(key).or(parameter["schema"].get(key)));
            assert_eq!(filled, [None, None], "{}: {parameter}", endpoint.id);
            let said =
                parameter["in"] == "path" || parameter["description"].as_str().is_some_and(|what| !what.is_empty());
            assert!(said, "{}: what does {parameter} do?", endpoint.id);
            let examples = ["surname", "companyName"].map(|name| parameter["description"].to_string().contains(name));
            assert!(endpoint.about != "calendar" || examples == [false; 2], "{}: {parameter}", endpoint.id);
        }
        let public = endpoint.path.starts_with("/.well-known/") || endpoint.path == "/openapi.json";
        // An address that was given out is as good as a token.
        let open = public || endpoint.sealed;
        assert_eq!(!endpoint.guarded, open, "{}: what is not public needs a token", endpoint.id);
        // A batch opens nothing by itself: its requests need theirs.
        assert_eq!(endpoint.scopes.is_empty(), open || endpoint.id == "batch", "{}: data needs a scope", endpoint.id);
        let answers_401 = operation["responses"].get("401").is_some();
        assert_eq!((answers_401, operation["security"] == serde_json::json!([])), (!open, open), "{}", endpoint.id);
    }
    let operations: usize = document["paths"]
        .as_object()
        .expect("paths")
        .values()
        .map(|path| path.as_object().expect("methods").len())
        .sum();
    assert_eq!(operations, documented().count());
}

fn documented() -> impl Iterator<Item = Endpoint> {
    resources::all().into_iter().filter(|endpoint| endpoint.documented)
}

/// What is for people is not in the document, and is for anyone: it has no data.
#[test]
fn only_the_pages_are_left_out() {
    let left_out: Vec<Endpoint> = resources::all().into_iter().filter(|endpoint| !endpoint.documented).collect();
    assert_eq!(
        left_out.iter().map(|endpoint| endpoint.path).collect::<Vec<_>>(),
        ["/docs", "/docs/{file}", "/me", "/me/{file}"]
    );
    assert!(left_out.iter().all(|endpoint| endpoint.scopes.is_empty()));
}

/// A name that two schemas have says only what the later one does.
#[test]
fn every_schema_has_a_name_of_its_own() {
    let mut known = BTreeMap::new();
    for endpoint in documented() {
        let carried = endpoint.answers.iter().map(|(_, _, content)| content).chain([&endpoint.body]);
        for content in carried {
            let (Content::Json(schema) | Content::JsonOr(schema, _)) = content else { continue };
            let (name, schema) = schema();
            let schema = serde_json::to_value(schema).expect("JSON");
            let before = known.entry(name.clone()).or_insert_with(|| schema.clone());
            assert!(*before == schema, "{name} is another schema for {}", endpoint.id);
        }
    }
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
