//! Published test vectors (`fixtures/vectors`) against the parts of the opener: Wycheproof and RFC 7520.
//!
//! Each file's count of vectors that were run is asserted, so that none can fall out unseen. What does not apply is
//! passed over by name of its algorithm only, and even then an invalid vector must not pass.

mod jwe;
mod jws;
mod primitives;

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rsa::pkcs8::{EncodePrivateKey as _, LineEnding};
use rsa::{BigUint, RsaPrivateKey};
use serde_json::Value;

/// Reads a file of `fixtures/vectors`.
fn read(path: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/vectors").join(path);
    serde_json::from_slice(&std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))).unwrap()
}

/// Each test of a Wycheproof file with its group.
fn tests(file: &Value) -> impl Iterator<Item = (&Value, &Value)> {
    let groups = file["testGroups"].as_array().unwrap();
    groups.iter().flat_map(|group| group["tests"].as_array().unwrap().iter().map(move |test| (group, test)))
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn hex(value: &Value) -> Vec<u8> {
    let digits = text(value).as_bytes().chunks(2);
    digits.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

fn is_valid(test: &Value) -> bool {
    match text(&test["result"]) {
        "valid" => true,
        "invalid" => false,
        other => panic!("no such result: {other}"),
    }
}

/// The private key of an RSA JWK as PKCS#8 PEM.
fn pem(jwk: &Value) -> String {
    let number = |name: &str| BigUint::from_bytes_be(&URL_SAFE_NO_PAD.decode(text(&jwk[name])).unwrap());
    let primes = vec![number("p"), number("q")];
    let key = RsaPrivateKey::from_components(number("n"), number("e"), number("d"), primes).unwrap();
    key.to_pkcs8_pem(LineEnding::LF).unwrap().to_string()
}
