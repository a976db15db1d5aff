//! What the files that a configuration names hold: keys, certificates, key sets. That they exist and who may read them is
//! `config::check`'s; a file that cannot be read is its fault, and passed over here.

use std::path::PathBuf;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use zeroize::Zeroizing;

use crate::config::{AuthorizationServer, Config, Report, Tls};
use crate::token::{KeyError, KeyRing, PublishedKey, Trust, TrustFault};

pub(super) fn check(config: &Config, report: &mut Report) {
    decryption_keys(&config.keys.decryption, report);
    for (place, server) in config.authorization_servers.iter().enumerate() {
        let files = [("certificate", &server.certificate, &None), ("jwks_file", &None, &server.jwks_file)];
        for (name, certificate, jwks_file) in files {
            if let Some(what) = trusted(certificate.clone(), jwks_file.clone()) {
                report.fault(format!("authorization_servers.{place}.{name}"), what);
            }
        }
    }
    if let Some(Err(what)) = config.tls.as_ref().map(tls) {
        report.fault("tls.private_key", what);
    }
}

fn decryption_keys(files: &[PathBuf], report: &mut Report) {
    let before = report.faults.len();
    for (place, path) in files.iter().enumerate() {
        let Ok(pem) = std::fs::read(path) else { continue };
        let pem = Zeroizing::new(pem);
        if let Err(fault) = PublishedKey::from_private_pem(&String::from_utf8_lossy(&pem)) {
            report.fault(format!("keys.decryption.{place}"), format!("{} {fault}", path.display()));
        }
    }
    if report.faults.len() == before {
        match KeyRing::load(files) {
            // Said already, by `config::check`.
            Ok(_) | Err(KeyError::None | KeyError::Exposed(_) | KeyError::Unreadable { .. }) => {}
            Err(error) => report.fault("keys.decryption", error.to_string()),
        }
    }
}

/// What is wrong with one file of keys that an authorization server is trusted by, as the server itself will find at start.
fn trusted(certificate: Option<PathBuf>, jwks_file: Option<PathBuf>) -> Option<String> {
    let server = AuthorizationServer {
        certificate,
        jwks_file,
        ..AuthorizationServer::new("https://authorization-server.invalid")
    };
    match Trust::load(&[server], "any").err()?.fault {
        fault @ TrustFault::Keys { .. } => Some(fault.to_string()),
        _ => None,
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
