//! The documents that the server says of itself, from its configuration and its keys.

use std::{fs, io};

use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

use crate::config::Config;
use crate::resources::explorer;
use crate::resources::well_known::{JWKS_PATH, Published};
use crate::router::openapi;
use crate::token::certificate::self_signed;
use crate::token::{Opener, PublishedKey};

/// Writes them.
pub fn published(config: &Config, opener: &Opener) -> io::Result<Published> {
    let keys = opener.published();
    let jwks: Vec<_> = keys.iter().map(PublishedKey::jwk).collect();
    Ok(Published {
        jwks: json!({ "keys": jwks }).to_string(),
        certificate: certificate(config)?,
        metadata: metadata(config).to_string(),
        openapi: openapi::document(&config.public_url).to_string(),
    })
}

fn certificate(config: &Config) -> io::Result<String> {
    let Some(path) = config.keys.decryption.first() else { return Ok(String::new()) };
    let pem = Zeroizing::new(fs::read_to_string(path)?);
    self_signed(&pem).map_err(|fault| io::Error::other(format!("{}: {fault}", path.display())))
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
