//! What the files that a configuration names hold: keys, certificates, key sets. That they exist and who may read them is
//! `config::check`'s; a file that cannot be read is its fault, and passed over here.

use std::path::PathBuf;

use chrono::{DateTime, TimeDelta, Utc};
use zeroize::Zeroizing;

use crate::config::{AuthorizationServer, Config, Report, Tls};
use crate::server::tls;
use crate::token::{KeyError, KeyRing, PublishedKey, Trust, TrustFault};

/// How long before its end a certificate of TLS is warned about.
const SOON: TimeDelta = TimeDelta::days(14);

pub(super) fn check(config: &Config, now: DateTime<Utc>, report: &mut Report) {
    decryption_keys(&config.keys.decryption, report);
    for (place, server) in config.authorization_servers.iter().enumerate() {
        let files = [("certificate", &server.certificate, &None), ("jwks_file", &None, &server.jwks_file)];
        for (name, certificate, jwks_file) in files {
            if let Some(what) = trusted(certificate.clone(), jwks_file.clone()) {
                report.fault(format!("authorization_servers.{place}.{name}"), what);
            }
        }
    }
    if let Some(tls) = &config.tls {
        certificate(tls, now, report);
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

/// Whether the certificate and the key of TLS belong together, and whether the certificate holds for some time yet.
fn certificate(tls: &Tls, now: DateTime<Utc>, report: &mut Report) {
    let (Ok(chain), Ok(key)) = (std::fs::read(&tls.certificate), std::fs::read(&tls.private_key)) else { return };
    let certified = match tls::certified(tls, &chain, &Zeroizing::new(key)) {
        Ok(certified) => certified,
        Err(fault) => return report.faults.push(fault),
    };
    let what = match tls::validity(&certified) {
        None => "holds a certificate that cannot be read, and clients may not either: make it anew".to_owned(),
        Some((from, _)) if now < from => format!("holds from {from} on only: clients refuse it until then"),
        Some((_, until)) if until < now => format!("expired on {until}: clients refuse it; get a new one"),
        Some((_, until)) if until < now + SOON => format!("expires on {until}: get a new one, then send SIGHUP"),
        Some(_) => return,
    };
    report.warn("tls.certificate", what);
}
