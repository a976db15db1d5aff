//! An authorization server's public keys: from a JWK set or a certificate, parsed once. May import `algorithm`, `compact`.

use aws_lc_rs::signature::{self, ParsedPublicKey, RsaParameters, RsaPublicKeyComponents, VerificationAlgorithm};
use serde_json::Value;
use thiserror::Error;
use x509_parser::prelude::X509Certificate;
use x509_parser::public_key::PublicKey;

use super::algorithm::Signature;
use super::compact::decode;
use super::published::{MAX_BITS, MIN_BITS};
use crate::json;

/// The most keys in a set.
const MOST_KEYS: usize = 50;
/// How deep a JWK set may nest: the set, the array, the key, its `x5c`, and room for members that we do not know.
const DEPTH: usize = 8;
/// The object identifier of Ed25519 keys (RFC 8410 §3).
const ED25519_OID: &str = "1.3.101.112";

/// Why a set of keys is refused as a whole. A key in it that cannot be used is passed over, never fatal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum KeySetFault {
    /// Not a JWK set.
    #[error("is not a JWK set (RFC 7517 §5: a JSON object with an array `keys`, no member twice)")]
    NotASet,
    /// Too many keys.
    #[error("holds more than {MOST_KEYS} keys")]
    TooMany,
    /// Not a certificate.
    #[error("holds no readable `BEGIN CERTIFICATE` block (X.509)")]
    NoCertificate,
    /// Nothing that verifies a signature.
    #[error(
        "holds no key that can verify RS256, PS256 (RSA, {MIN_BITS} to {MAX_BITS} bits), ES256 (P-256) or EdDSA (Ed25519)"
    )]
    NothingUsable,
}

/// One issuer's keys. Never mixed with another's (RFC 8725 §3.8).
#[derive(Debug, Default)]
pub(super) struct KeySet {
    keys: Vec<VerifyingKey>,
}

/// One public key for one algorithm.
#[derive(Debug)]
struct VerifyingKey {
    kid: Option<String>,
    alg: Signature,
    key: ParsedPublicKey,
}

impl KeySet {
    /// The usable keys of the JWK set in `bytes`; there may be none.
    pub(super) fn from_jwks(bytes: &[u8]) -> Result<Self, KeySetFault> {
        let set = json::strict(bytes, DEPTH).map_err(|_| KeySetFault::NotASet)?;
        let members = set.get("keys").and_then(Value::as_array).ok_or(KeySetFault::NotASet)?;
        if members.len() > MOST_KEYS {
            return Err(KeySetFault::TooMany);
        }
        Ok(Self { keys: members.iter().flat_map(of_jwk).collect() })
    }

    /// The key of the first certificate in `pem`. It has no `kid`: it stands for any that its issuer's tokens name.
    pub(super) fn from_certificate_pem(pem: &str) -> Result<Self, KeySetFault> {
        let block = x509_parser::pem::Pem::iter_from_buffer(pem.as_bytes())
            .filter_map(Result::ok)
            .find(|block| block.label == "CERTIFICATE")
            .ok_or(KeySetFault::NoCertificate)?;
        let certificate = block.parse_x509().map_err(|_| KeySetFault::NoCertificate)?;
        let keys = of_certificate(&certificate);
        if keys.is_empty() { Err(KeySetFault::NothingUsable) } else { Ok(Self { keys }) }
    }

    /// Whether nothing can be verified with it.
    pub(super) fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Each key's `kid`, if it has one, and the algorithm that it is for.
    pub(super) fn names(&self) -> impl Iterator<Item = (Option<&str>, &'static str)> {
        self.keys.iter().map(|key| (key.kid.as_deref(), key.alg.name()))
    }

    /// Verifies `sig` over `message`: with the keys of that `kid`, else with those that have none, and without a `kid`
    /// with every key for `alg` (a set has at most 50). `None`: there is no such key.
    pub(super) fn verify(&self, kid: Option<&str>, alg: Signature, message: &[u8], sig: &[u8]) -> Option<bool> {
        let named = |key: &&VerifyingKey| kid.is_none() || key.kid.as_deref() == kid;
        let mut found = self.keys.iter().filter(named).peekable();
        if found.peek().is_some() {
            verify_any(found, alg, message, sig)
        } else {
            verify_any(self.keys.iter().filter(|key| key.kid.is_none()), alg, message, sig)
        }
    }
}

fn verify_any<'a>(
    keys: impl Iterator<Item = &'a VerifyingKey>,
    alg: Signature,
    message: &[u8],
    sig: &[u8],
) -> Option<bool> {
    let mut any = None;
    for key in keys.filter(|key| key.alg == alg) {
        if key.key.verify_sig(message, sig).is_ok() {
            return Some(true);
        }
        any = Some(false);
    }
    any
}

/// What a JWK can verify: nothing if its kind, size, `use` or `key_ops` say so (RFC 7517 §4.2–4.4), else the algorithm of
/// its `alg`, else every one that fits its kind.
fn of_jwk(jwk: &Value) -> Vec<VerifyingKey> {
    let kid = match jwk.get("kid") {
        None => None,
        Some(Value::String(kid)) => Some(kid.clone()),
        Some(_) => return Vec::new(),
    };
    if !is_for_verifying(jwk) {
        return Vec::new();
    }
    let fits: &[Signature] = match text(jwk, "kty") {
        Some("RSA") => &[Signature::Rs256, Signature::Ps256],
        Some("EC") if text(jwk, "crv") == Some("P-256") => &[Signature::Es256],
        Some("OKP") if text(jwk, "crv") == Some("Ed25519") => &[Signature::EdDsa],
        _ => &[],
    };
    fits.iter()
        .filter(|alg| is_meant_for(jwk, **alg))
        .filter_map(|alg| Some(VerifyingKey { kid: kid.clone(), alg: *alg, key: parse_jwk(jwk, *alg)? }))
        .collect()
}

fn text<'a>(jwk: &'a Value, name: &str) -> Option<&'a str> {
    jwk.get(name).and_then(Value::as_str)
}

/// `use` and `key_ops`, where present, say signatures; and the private half is not there for all to see.
fn is_for_verifying(jwk: &Value) -> bool {
    let used = jwk.get("use").is_none_or(|name| name == "sig");
    let operations = match jwk.get("key_ops") {
        None => true,
        Some(Value::Array(names)) => names.iter().any(|name| name == "verify"),
        Some(_) => false,
    };
    used && operations && jwk.get("d").is_none()
}

/// `alg`, where present, is this one. RFC 9864 §2.2 calls EdDSA with this curve `Ed25519`.
fn is_meant_for(jwk: &Value, alg: Signature) -> bool {
    match jwk.get("alg") {
        None => true,
        Some(Value::String(name)) => {
            Signature::from_name(name) == Some(alg) || (alg == Signature::EdDsa && name == "Ed25519")
        }
        Some(_) => false,
    }
}

fn parse_jwk(jwk: &Value, alg: Signature) -> Option<ParsedPublicKey> {
    let bytes = |name| text(jwk, name).and_then(decode);
    match alg {
        Signature::Rs256 | Signature::Ps256 => rsa(&bytes("n")?, &bytes("e")?, alg),
        Signature::Es256 => {
            let (x, y) = (bytes("x")?, bytes("y")?);
            // RFC 7518 §6.2.1.2: exactly the size of the field.
            if x.len() != 32 || y.len() != 32 {
                return None;
            }
            parse(&signature::ECDSA_P256_SHA256_FIXED, &[&[4], x.as_slice(), y.as_slice()].concat())
        }
        Signature::EdDsa => bytes("x").filter(|x| x.len() == 32).and_then(|x| parse(&signature::ED25519, &x)),
    }
}

fn of_certificate(certificate: &X509Certificate<'_>) -> Vec<VerifyingKey> {
    let info = certificate.public_key();
    let key = |alg, key: Option<ParsedPublicKey>| key.map(|key| VerifyingKey { kid: None, alg, key });
    match info.parsed() {
        Ok(PublicKey::RSA(it)) => [Signature::Rs256, Signature::Ps256]
            .into_iter()
            .filter_map(|alg| key(alg, rsa(it.modulus, it.exponent, alg)))
            .collect(),
        // Only a point of P-256 parses as one: 65 bytes, uncompressed.
        Ok(PublicKey::EC(point)) => {
            key(Signature::Es256, parse(&signature::ECDSA_P256_SHA256_FIXED, point.data())).into_iter().collect()
        }
        _ if info.algorithm.algorithm.to_id_string() == ED25519_OID => {
            key(Signature::EdDsa, parse(&signature::ED25519, &info.subject_public_key.data)).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

fn parse(algorithm: &'static dyn VerificationAlgorithm, key: &[u8]) -> Option<ParsedPublicKey> {
    ParsedPublicKey::new(algorithm, key).ok()
}

/// An RSA key of a fit size. Some servers write leading zero bytes (RFC 7518 §6.3.1.1 says not to): they mean nothing.
fn rsa(n: &[u8], e: &[u8], alg: Signature) -> Option<ParsedPublicKey> {
    let (n, e) = (without_zeros(n), without_zeros(e));
    let bits = n.len() * 8 - usize::try_from(n.first()?.leading_zeros()).ok()?;
    let odd = |number: &[u8]| number.last().is_some_and(|byte| byte % 2 == 1);
    // An exponent of 1 would make every text its own signature.
    if !(MIN_BITS..=MAX_BITS).contains(&bits) || !odd(n) || !odd(e) || e == [1] || e.len() > 4 {
        return None;
    }
    let parameters: &'static RsaParameters = match alg {
        Signature::Ps256 => &signature::RSA_PSS_2048_8192_SHA256,
        _ => &signature::RSA_PKCS1_2048_8192_SHA256,
    };
    RsaPublicKeyComponents { n, e }.to_parsed_public_key(parameters).ok()
}

fn without_zeros(bytes: &[u8]) -> &[u8] {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    bytes.get(zeros..).unwrap_or_default()
}
