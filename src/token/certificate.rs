//! Our public key as an X.509 certificate, for authorization servers that take PEM. Self-signed: it carries a key, the
//! exchange by the operator carries the trust.

use rcgen::{
    CertificateParams, DistinguishedName, DnType, KeyPair, KeyUsagePurpose, PKCS_RSA_SHA256, SerialNumber,
    date_time_ymd,
};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::pki_types::pem::PemObject as _;

use crate::token::published::{KeyFault, PublishedKey};

/// The certificate of the private key in `private_pem` (PKCS#8), as PEM.
///
/// The same key yields the same octets, on every machine and at any time (RSASSA-PKCS1-v1_5 has no randomness, the serial
/// number is the key's thumbprint, the validity is fixed): nothing to keep, nothing to run out, and two processes agree.
pub fn self_signed(private_pem: &str) -> Result<String, CertificateError> {
    let kid = PublishedKey::from_private_pem(private_pem)?.kid().to_owned();
    let der = PrivatePkcs8KeyDer::from_pem_slice(private_pem.as_bytes()).map_err(|_| CertificateError::NotPkcs8)?;
    let key = KeyPair::from_pkcs8_der_and_sign_algo(&der, &PKCS_RSA_SHA256)?;
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, format!("Sharehold {kid}"));
    // RFC 5280 §4.1.2.2: at most 20 octets, positive.
    let serial: Vec<u8> = std::iter::once(0x40).chain(kid.bytes()).take(20).collect();
    params.serial_number = Some(SerialNumber::from(serial));
    params.not_before = date_time_ymd(2026, 1, 1);
    // RFC 5280 §4.1.2.5: no well-defined end.
    params.not_after = date_time_ymd(9999, 12, 31);
    params.key_usages = vec![KeyUsagePurpose::KeyEncipherment];
    Ok(params.self_signed(&key)?.pem())
}

/// Why there is no certificate.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// Not a private key in PKCS#8.
    #[error("not a PKCS#8 private key (-----BEGIN PRIVATE KEY-----)")]
    NotPkcs8,
    /// Not a key that may be published.
    #[error(transparent)]
    Key(#[from] KeyFault),
    /// The certificate could not be made.
    #[error("the certificate could not be made: {0}")]
    Certificate(#[from] rcgen::Error),
}
