//! The documents that the server says of itself, from its configuration and its keys.

use serde_json::{Map, Value, json};

use crate::config::Config;
use crate::resources::explorer;
use crate::resources::well_known::{JWKS_PATH, Published};
use crate::router::openapi;
use crate::token::{KeyRing, PublishedKey};

/// Writes them.
pub fn published(config: &Config, keys: &KeyRing) -> Published {
    let jwks: Vec<_> = keys.published().iter().map(PublishedKey::jwk).cloned().collect();
    Published {
        jwks: json!({ "keys": jwks }).to_string(),
        certificate: keys.certificate().to_owned(),
        metadata: metadata(config).to_string(),
        openapi: openapi::document(&config.public_url).to_string(),
    }
}

// RFC 9728 §2; a list without elements is left out (§3.2).
fn metadata(config: &Config) -> Value {
    let issuers: Vec<&str> = config.authorization_servers.iter().map(|server| server.issuer.as_str()).collect();
    let scopes: Vec<&str> = openapi::served_scopes().iter().map(|scope| scope.name()).collect();
    let mut metadata = Map::new();
    metadata.insert("resource".into(), json!(config.public_url));
    if !issuers.is_empty() {
        metadata.insert("authorization_servers".into(), json!(issuers));
    }
    metadata.insert("jwks_uri".into(), json!(config.link(JWKS_PATH)));
    metadata.insert("scopes_supported".into(), json!(scopes));
    metadata.insert("bearer_methods_supported".into(), json!(["header"]));
    metadata.insert("resource_name".into(), json!("Sharehold"));
    metadata.insert("resource_documentation".into(), json!(config.link(explorer::PATH)));
    Value::Object(metadata)
}
