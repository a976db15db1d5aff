//! The certificate that TLS is served with: read, and replaced while connections run. TLS 1.2 and 1.3 by aws-lc-rs, and
//! HTTP/1.1 alone (RFC 6750 §5.3; RFC 7301).

use std::path::Path;
use std::sync::Arc;
use std::{fs, io};

use arc_swap::ArcSwap;
use chrono::{DateTime, Utc};
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use zeroize::Zeroizing;

use crate::config::{Fault, Tls};

/// The certificate that new handshakes get.
#[derive(Debug)]
pub struct Certificate(ArcSwap<CertifiedKey>);

impl Certificate {
    /// This one, for now.
    pub fn new(certified: CertifiedKey) -> Arc<Self> {
        Arc::new(Self(ArcSwap::from_pointee(certified)))
    }

    /// From now on another; connections that are open keep theirs.
    pub fn replace(&self, certified: CertifiedKey) {
        self.0.store(Arc::new(certified));
    }
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.load_full())
    }
}

/// How handshakes are done.
pub fn handshakes(certificate: Arc<Certificate>) -> io::Result<ServerConfig> {
    let versions = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?;
    let mut handshakes = versions.with_no_client_auth().with_cert_resolver(certificate);
    handshakes.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(handshakes)
}

/// Reads the two files.
pub fn read(tls: &Tls) -> Result<CertifiedKey, Fault> {
    let read = |key: &str, path: &Path| {
        let unreadable = |error| Fault::new(key, format!("{} cannot be read ({error})", path.display()));
        fs::read(path).map(Zeroizing::new).map_err(unreadable)
    };
    let chain = read("tls.certificate", &tls.certificate)?;
    let key = read("tls.private_key", &tls.private_key)?;
    certified(tls, &chain, &key)
}

/// The certificate and the key of these two texts, which belong together; `tls` says where they are from.
pub fn certified(tls: &Tls, chain: &[u8], key: &[u8]) -> Result<CertifiedKey, Fault> {
    let of_chain = |what: &str| Fault::new("tls.certificate", format!("{} {what}", tls.certificate.display()));
    let of_key = |what: &str| Fault::new("tls.private_key", format!("{} {what}", tls.private_key.display()));
    let chain: Vec<_> = CertificateDer::pem_slice_iter(chain)
        .collect::<Result<_, _>>()
        .map_err(|error| of_chain(&format!("is not readable as PEM ({error})")))?;
    if chain.is_empty() {
        return Err(of_chain("holds no `BEGIN CERTIFICATE` block (X.509)"));
    }
    // PKCS#8's own form, and the older one of OpenSSL (RFC 1421 §4.6.1.1).
    if ["BEGIN ENCRYPTED PRIVATE KEY", "Proc-Type: 4,ENCRYPTED"].iter().any(|mark| contains(key, mark)) {
        return Err(of_key("is encrypted with a pass phrase; decrypt it with `openssl pkey -in OLD -out NEW`"));
    }
    let key = PrivateKeyDer::from_pem_slice(key).map_err(|_| of_key("holds no `BEGIN PRIVATE KEY` block"))?;
    CertifiedKey::from_der(chain, key, &default_provider()).map_err(|error| {
        of_key(&format!(
            "cannot be used with tls.certificate ({error}): name the key that the certificate was made for"
        ))
    })
}

fn contains(text: &[u8], mark: &str) -> bool {
    text.windows(mark.len()).any(|window| window == mark.as_bytes())
}

/// From when to when all certificates of the chain hold; nothing if one cannot be read.
pub fn validity(certified: &CertifiedKey) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
    let mut holds = (DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC);
    for der in &certified.cert {
        let (_, certificate) = x509_parser::parse_x509_certificate(der).ok()?;
        let validity = certificate.validity();
        let instant = |time: x509_parser::time::ASN1Time| DateTime::from_timestamp(time.timestamp(), 0);
        holds = (holds.0.max(instant(validity.not_before)?), holds.1.min(instant(validity.not_after)?));
    }
    Some(holds)
}
