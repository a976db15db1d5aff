//! The public half of an RSA key as others see it: as a JWK, by its thumbprint, and to encrypt to.
//! Imports nothing of ours.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rsa::pkcs8::DecodePrivateKey as _;
use rsa::traits::PublicKeyParts as _;
use rsa::{BigUint, RsaPrivateKey, RsaPublicKey};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use thiserror::Error;
use x509_parser::public_key::PublicKey;

/// The fewest bits of a modulus (RFC 7518 §4.3).
pub const MIN_BITS: usize = 2048;
/// The most bits of a modulus: beyond it each operation costs more than any attacker's.
pub const MAX_BITS: usize = 8192;

/// Why a key cannot be used: what is wrong, and how to mend it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum KeyFault {
    /// There is no PKCS#8 private key in the text.
    #[error("holds no `BEGIN PRIVATE KEY` block; make a key with `sharehold keys new DIR`")]
    NoPrivateKey,
    /// The key is in the older PKCS#1 or SEC 1 form.
    #[error("is not in PKCS#8 form; convert it with `openssl pkcs8 -topk8 -nocrypt -in OLD -out NEW`")]
    NotPkcs8,
    /// The key asks for a pass phrase.
    #[error("is encrypted with a pass phrase; decrypt it with `openssl pkcs8 -in OLD -out NEW`")]
    Encrypted,
    /// The text is no certificate.
    #[error("holds no readable `BEGIN CERTIFICATE` block (X.509)")]
    NoCertificate,
    /// The key is damaged or of another kind.
    #[error("holds no valid RSA key; make one with `sharehold keys new DIR`")]
    NotRsa,
    /// The modulus is too short or too long.
    #[error("is an RSA key of {0} bits; it must have {MIN_BITS} to {MAX_BITS} (`sharehold keys new DIR` makes 3072)")]
    Bits(usize),
}

/// The public half of an RSA key, with its name and its JWK ready.
#[derive(Debug, Clone)]
pub struct PublishedKey {
    key: RsaPublicKey,
    kid: String,
    jwk: Value,
}

impl PublishedKey {
    /// The public half of the private key in `pem` (PKCS#8, not encrypted).
    pub fn from_private_pem(pem: &str) -> Result<Self, KeyFault> {
        if pem.contains("-----BEGIN ENCRYPTED PRIVATE KEY-----") {
            return Err(KeyFault::Encrypted);
        }
        if pem.contains("-----BEGIN RSA PRIVATE KEY-----") || pem.contains("-----BEGIN EC PRIVATE KEY-----") {
            return Err(KeyFault::NotPkcs8);
        }
        if !pem.contains("-----BEGIN PRIVATE KEY-----") {
            return Err(KeyFault::NoPrivateKey);
        }
        let key = RsaPrivateKey::from_pkcs8_pem(pem.trim()).map_err(|_| KeyFault::NotRsa)?;
        Self::new(key.n().clone(), key.e().clone())
    }

    /// The key of the first certificate in `pem` (X.509). Dates and signatures of the certificate are not looked at:
    /// the file is trusted because the operator named it.
    pub fn from_certificate_pem(pem: &str) -> Result<Self, KeyFault> {
        let block = x509_parser::pem::Pem::iter_from_buffer(pem.as_bytes())
            .filter_map(Result::ok)
            .find(|block| block.label == "CERTIFICATE")
            .ok_or(KeyFault::NoCertificate)?;
        let certificate = block.parse_x509().map_err(|_| KeyFault::NoCertificate)?;
        match certificate.public_key().parsed() {
            Ok(PublicKey::RSA(key)) => {
                Self::new(BigUint::from_bytes_be(key.modulus), BigUint::from_bytes_be(key.exponent))
            }
            _ => Err(KeyFault::NotRsa),
        }
    }

    /// The key of the JWK `jwk` (RFC 7518 §6.3.1); other members than `kty`, `n` and `e` are not looked at.
    pub fn from_jwk(jwk: &Value) -> Result<Self, KeyFault> {
        let number = |name: &str| {
            let text = jwk.get(name).and_then(Value::as_str).ok_or(KeyFault::NotRsa)?;
            URL_SAFE_NO_PAD.decode(text).map(|bytes| BigUint::from_bytes_be(&bytes)).map_err(|_| KeyFault::NotRsa)
        };
        if jwk.get("kty").and_then(Value::as_str) != Some("RSA") {
            return Err(KeyFault::NotRsa);
        }
        Self::new(number("n")?, number("e")?)
    }

    fn new(n: BigUint, e: BigUint) -> Result<Self, KeyFault> {
        let bits = n.bits();
        if !(MIN_BITS..=MAX_BITS).contains(&bits) {
            return Err(KeyFault::Bits(bits));
        }
        let key = RsaPublicKey::new_with_max_size(n, e, MAX_BITS).map_err(|_| KeyFault::NotRsa)?;
        let n = URL_SAFE_NO_PAD.encode(key.n().to_bytes_be());
        let e = URL_SAFE_NO_PAD.encode(key.e().to_bytes_be());
        let kid = thumbprint(&n, &e);
        let jwk = json!({"kty": "RSA", "use": "enc", "alg": "RSA-OAEP-256", "kid": kid, "n": n, "e": e});
        Ok(Self { key, kid, jwk })
    }

    /// Its name: the JWK thumbprint (RFC 7638 §3), SHA-256 in base64url, 43 characters.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The same key under another name, for vectors that name theirs.
    #[cfg(test)]
    pub(super) fn renamed(self, kid: &str) -> Self {
        Self { kid: kid.to_owned(), ..self }
    }

    /// It as a JWK (RFC 7517 §4): `kty`, `use` = `enc`, `alg` = `RSA-OAEP-256`, `kid`, `n`, `e`.
    pub fn jwk(&self) -> &Value {
        &self.jwk
    }

    /// The key itself, to encrypt to.
    pub fn public_key(&self) -> &RsaPublicKey {
        &self.key
    }

    /// Bits of the modulus.
    pub fn bits(&self) -> usize {
        self.key.n().bits()
    }
}

/// RFC 7638 §3.2: the required members in lexicographic order, no white space. Neither value needs escaping.
fn thumbprint(n: &str, e: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#)))
}

#[cfg(test)]
mod tests {
    use rsa::pkcs1::EncodeRsaPrivateKey as _;
    use rsa::pkcs8::{EncodePrivateKey as _, LineEnding};
    use serde_json::json;

    use super::*;

    const RFC7638_N: &str = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";

    #[test]
    fn names_a_key_as_rfc_7638_section_3_1_does() {
        let key = PublishedKey::from_jwk(&json!({"kty": "RSA", "n": RFC7638_N, "e": "AQAB"})).unwrap();
        assert_eq!(key.kid(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
        assert_eq!(key.bits(), 2048);
        assert_eq!(
            key.jwk(),
            &json!({"kty": "RSA", "use": "enc", "alg": "RSA-OAEP-256", "kid": key.kid(), "n": RFC7638_N, "e": "AQAB"})
        );
    }

    #[test]
    fn private_key_and_certificate_give_the_same_public_half() {
        let private = RsaPrivateKey::new(&mut rand::rngs::OsRng, 2048).unwrap();
        let pem = private.to_pkcs8_pem(LineEnding::LF).unwrap();
        let pair = rcgen::KeyPair::from_pem_and_sign_algo(&pem, &rcgen::PKCS_RSA_SHA256).unwrap();
        let certificate =
            rcgen::CertificateParams::new(vec!["localhost".into()]).unwrap().self_signed(&pair).unwrap().pem();
        let from_private = PublishedKey::from_private_pem(&pem).unwrap();
        let from_certificate = PublishedKey::from_certificate_pem(&certificate).unwrap();
        assert_eq!(from_private.jwk(), from_certificate.jwk());
        assert_eq!(from_private.public_key(), &private.to_public_key());
    }

    #[test]
    fn refuses_weak_and_foreign_keys_and_says_why() {
        let weak = RsaPrivateKey::new(&mut rand::rngs::OsRng, 1024).unwrap();
        let pem = weak.to_pkcs8_pem(LineEnding::LF).unwrap();
        assert_eq!(PublishedKey::from_private_pem(&pem).unwrap_err(), KeyFault::Bits(1024));
        let pkcs1 = weak.to_pkcs1_pem(LineEnding::LF).unwrap();
        assert_eq!(PublishedKey::from_private_pem(&pkcs1).unwrap_err(), KeyFault::NotPkcs8);
        let elliptic = rcgen::KeyPair::generate().unwrap();
        assert_eq!(PublishedKey::from_private_pem(&elliptic.serialize_pem()).unwrap_err(), KeyFault::NotRsa);
        let certificate = rcgen::CertificateParams::default().self_signed(&elliptic).unwrap().pem();
        assert_eq!(PublishedKey::from_certificate_pem(&certificate).unwrap_err(), KeyFault::NotRsa);
        assert_eq!(PublishedKey::from_certificate_pem(&pem).unwrap_err(), KeyFault::NoCertificate);
        assert_eq!(PublishedKey::from_private_pem("").unwrap_err(), KeyFault::NoPrivateKey);
    }
}
