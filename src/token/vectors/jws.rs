//! Signatures and key sets: Wycheproof's JWS, JWK and mixed files, and the figure of RFC 7520 §4.1.

use serde_json::{Value, json};

use super::{is_valid, read, tests, text};
use crate::token::algorithm::Signature;
use crate::token::compact::Compact;
use crate::token::error::Refusal;
use crate::token::inner::{check_signature, read_header};
use crate::token::verifying::KeySet;

const ALL: [Signature; 4] = [Signature::Rs256, Signature::Ps256, Signature::Es256, Signature::EdDsa];

/// Whether `token` is signed by a key of the set `keys`.
fn verify(token: &str, keys: &Value) -> Result<(), Refusal> {
    let Some(Compact::Jws(jws)) = Compact::cut(token) else { return Err(Refusal::NotNested) };
    let header = read_header(jws.header)?;
    check_signature(&jws, &header, &ALL, KeySet::from_jwks(keys.to_string().as_bytes()).ok().as_ref())
}

/// The group's public keys as a set; symmetric ones stay, to be passed over.
fn keys(group: &Value) -> Value {
    let keys = if group["public"].is_null() { &group["private"] } else { &group["public"] };
    if keys["keys"].is_array() { keys.clone() } else { json!({"keys": [keys]}) }
}

/// Why a valid vector is refused here, or an invalid one is not.
const EXCEPTIONS: [(&str, &str); 1] =
    [("rejectsKeyWithRocaVulnerability", "a server's keys are the operator's to choose; this is a sound signature")];

/// Runs a file: how many verified, how many were refused, how many valid ones are of algorithms that are not ours.
fn run(path: &str) -> [usize; 4] {
    let file = read(path);
    let [mut verified, mut refused, mut not_ours, mut excepted] = [0; 4];
    for (group, test) in tests(&file) {
        let token = match &test["jws"] {
            Value::Null => continue,
            Value::String(compact) => compact.clone(),
            json_form => json_form.to_string(),
        };
        let answer = verify(&token, &keys(group));
        if EXCEPTIONS.iter().any(|(comment, _)| test["comment"] == *comment) {
            excepted += 1;
        } else if is_valid(test) && answer.is_err() {
            // Some of the symmetric ones are in lenient base64: refused for that before anything else.
            let symmetric = keys(group)["keys"][0]["kty"] == "oct";
            assert!(symmetric || answer == Err(Refusal::JwsAlg), "{test}");
            not_ours += 1;
        } else {
            assert_eq!(answer.is_ok(), is_valid(test), "{test}");
            *(if answer.is_ok() { &mut verified } else { &mut refused }) += 1;
        }
    }
    [verified, refused, not_ours, excepted]
}

/// Not ours: HS256, RS384, RS512, PS384, PS512, ES512.
#[test]
fn wycheproof_json_web_signature() {
    assert_eq!(run("wycheproof/json_web_signature_test.json"), [16, 355, 30, 0]);
}

#[test]
fn wycheproof_json_web_key() {
    assert_eq!(run("wycheproof/json_web_key_test.json"), [1, 20, 4, 1]);
}

/// Only its signatures: what is encrypted in it is by keys that are not ours.
#[test]
fn wycheproof_json_web_crypto() {
    assert_eq!(run("wycheproof/json_web_crypto_test.json"), [2, 44, 2, 1]);
}

#[test]
fn rfc_7520_section_4_1() {
    let figure = read("cookbook/4_1.rsa_v15_signature.json");
    let key = &figure["input"]["key"];
    let keys = json!({"keys": [{"kty": "RSA", "kid": key["kid"], "use": "sig", "n": key["n"], "e": key["e"]}]});
    assert_eq!(verify(text(&figure["output"]["compact"]), &keys), Ok(()));
}

/// A set that shows the private half is no ground for trust.
#[test]
fn a_published_private_key_verifies_nothing() {
    let figure = read("cookbook/4_1.rsa_v15_signature.json");
    let keys = json!({"keys": [figure["input"]["key"]]});
    assert_eq!(verify(text(&figure["output"]["compact"]), &keys), Err(Refusal::JwsKey));
}
