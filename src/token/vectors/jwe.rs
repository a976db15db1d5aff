//! Envelopes: Wycheproof's JWE file, and the figures of RFC 7520 §5.2 and §6.

use std::sync::atomic::AtomicU64;

use serde_json::Value;

use super::{hex, is_valid, pem, read, tests, text};
use crate::token::algorithm::{ContentEncryption, Envelopes, KeyManagement};
use crate::token::compact::Compact;
use crate::token::envelope::Sealed;
use crate::token::error::Refusal;
use crate::token::inner;
use crate::token::keys::KeyRing;
use crate::token::verifying::KeySet;

/// Everything that there is code for.
fn all() -> Envelopes {
    Envelopes {
        key_management: KeyManagement::NAMES.iter().filter_map(|name| KeyManagement::from_name(name)).collect(),
        content_encryption: ContentEncryption::NAMES
            .iter()
            .filter_map(|name| ContentEncryption::from_name(name))
            .collect(),
        missing_cty: true,
        unencrypted: false,
    }
}

/// What is in `token` for the private key `jwk`, if the envelope may be of `alg` only (as the key says).
fn open(token: &str, jwk: &Value) -> Result<String, Refusal> {
    let alg = KeyManagement::from_name(text(&jwk["alg"]));
    let allowed = Envelopes { key_management: alg.into_iter().collect(), ..all() };
    let Some(Compact::Jwe(parts)) = Compact::cut(token) else { return Err(Refusal::NotCompact) };
    let ring = KeyRing::of_one_named(&pem(jwk), text(&jwk["kid"]));
    let opened = Sealed::read(parts, &allowed, &ring)?.decrypt(&AtomicU64::new(0))?;
    Ok(opened.text().to_owned())
}

/// Not for us: symmetric keys, Diffie-Hellman, `RSA1_5` (which we refuse on purpose), 192 bits.
#[test]
fn wycheproof_json_web_encryption() {
    let file = read("wycheproof/json_web_encryption_test.json");
    let (mut opened, mut refused, mut not_ours) = (0, 0, 0);
    for (group, test) in tests(&file) {
        let (jwk, token) = (&group["private"], text(&test["jwe"]));
        if jwk["kty"] != "RSA" {
            not_ours += 1;
            continue;
        }
        let ours = jwk["alg"] != "RSA1_5" && !text(&test["enc"]).starts_with("A192");
        if let Ok(plain) = open(token, jwk) {
            assert!(ours && is_valid(test), "{test}");
            assert_eq!(plain.as_bytes(), hex(&test["pt"]), "{test}");
            opened += 1;
        } else {
            assert!(!ours || !is_valid(test), "{test}");
            refused += 1;
        }
    }
    assert_eq!((opened, refused, not_ours), (10, 34, 95));
}

#[test]
fn rfc_7520_section_5_2() {
    let figure = read("cookbook/5_2.key_encryption_using_rsa-oaep_with_aes-gcm.json");
    let plain = open(text(&figure["output"]["compact"]), &figure["input"]["key"]).unwrap();
    assert_eq!(plain, text(&figure["input"]["plaintext"]));
}

/// A signed token inside an encrypted one: what the whole of this is about.
#[test]
fn rfc_7520_section_6() {
    let figure = read("cookbook/6.nesting_signatures_and_encryption.json");
    let plain = open(text(&figure["encrypt"]["output"]["compact"]), &figure["encrypt"]["input"]["key"]).unwrap();
    assert_eq!(plain, text(&figure["sign"]["output"]["compact"]));

    let Some(Compact::Jws(jws)) = Compact::cut(&plain) else { panic!("three parts") };
    let mut key = figure["sign"]["input"]["key"].clone();
    for private in ["d", "p", "q", "dp", "dq", "qi"] {
        key.as_object_mut().unwrap().remove(private);
    }
    let keys = KeySet::from_jwks(serde_json::json!({"keys": [key]}).to_string().as_bytes()).unwrap();
    let header = inner::read_header(jws.header).unwrap();
    let allowed = [crate::token::algorithm::Signature::Ps256];
    assert_eq!(inner::check_signature(&jws, &header, &allowed, Some(&keys)), Ok(()));
}
