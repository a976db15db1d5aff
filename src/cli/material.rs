//! What the files that a configuration names hold: keys, certificates, key sets. That they exist and who may read them is
//! `config::check`'s; a file that cannot be read is its fault, and passed over here.

use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::Value;

use crate::config::{Config, Report, Tls};
use crate::json;
use crate::token::{KeyFault, PublishedKey};

pub(super) fn check(config: &Config, report: &mut Report) {
    decryption_keys(config, report);
    for (place, server) in config.authorization_servers.iter().enumerate() {
        let at = |name| format!("authorization_servers.{place}.{name}");
        if let Some((path, text)) = read(server.certificate.as_deref()) {
            match PublishedKey::from_certificate_pem(&text) {
                // A certificate of another kind of key verifies ES256 or EdDSA.
                Ok(_) | Err(KeyFault::NotRsa) => {}
                Err(fault) => report.fault(at("certificate"), format!("{path} {fault}")),
            }
        }
        if let Some((path, text)) = read(server.jwks_file.as_deref())
            && let Err(what) = key_set(&text)
        {
            report.fault(at("jwks_file"), format!("{path} {what}"));
        }
    }
    if let Some(Err(what)) = config.tls.as_ref().map(tls) {
        report.fault("tls.private_key", what);
    }
}

fn read(path: Option<&Path>) -> Option<(String, String)> {
    let path = path?;
    // Read as bytes: text around a PEM block may be in any encoding.
    let bytes = std::fs::read(path).ok()?;
    Some((path.display().to_string(), String::from_utf8_lossy(&bytes).into_owned()))
}

fn decryption_keys(config: &Config, report: &mut Report) {
    let mut seen: Vec<String> = Vec::new();
    for (place, path) in config.keys.decryption.iter().enumerate() {
        let key = format!("keys.decryption.{place}");
        let Some((path, text)) = read(Some(path)) else { continue };
        match PublishedKey::from_private_pem(&text) {
            Err(fault) => report.fault(key, format!("{path} {fault}")),
            Ok(published) if seen.iter().any(|kid| kid == published.kid()) => {
                report.fault(key, format!("{path} holds the same key as an earlier one: name each key once"));
            }
            Ok(published) => seen.push(published.kid().to_owned()),
        }
    }
}

/// RFC 7517 §5. Keys that are of no use here are skipped when tokens are opened, never fatal; but a set with none at all is
/// some other file.
fn key_set(text: &str) -> Result<(), String> {
    let set = json::strict(text.as_bytes(), 8).map_err(|error| format!("is not JSON: {error}"))?;
    match set.get("keys").and_then(Value::as_array) {
        Some(keys) if !keys.is_empty() => Ok(()),
        _ => Err("holds no keys: it must be a JWK set, {\"keys\":[…]} (RFC 7517 §5)".into()),
    }
}

/// Whether the certificate and the key belong together, as rustls will ask at start.
fn tls(tls: &Tls) -> Result<(), String> {
    let (Ok(chain), Ok(key)) = (std::fs::read(&tls.certificate), std::fs::read(&tls.private_key)) else {
        return Ok(());
    };
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&chain).collect();
    let chain = chain.map_err(|error| format!("stands beside an unreadable tls.certificate: {error}"))?;
    let key = PrivateKeyDer::from_pem_slice(&key).map_err(|error| format!("holds no readable private key: {error}"))?;
    rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
        .map(drop)
        .map_err(|error| format!("cannot be used with tls.certificate: {error}"))
}
