//! `token mint`: what it makes opens with other code, and in the server.

use std::fs;
use std::process::Command;

use aes_gcm::aead::{Aead as _, KeyInit as _, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rsa::pkcs1v15::{Signature, VerifyingKey};
use rsa::pkcs8::DecodePrivateKey as _;
use rsa::signature::Verifier as _;
use rsa::{Oaep, RsaPrivateKey};
use serde_json::{Value, json};
use sha2::Sha256;
use sharehold::clock::{Clock as _, SystemClock};
use sharehold::config::{AuthorizationServer, Limits};
use sharehold::token::{KeyRing, Opener, PublishedKey, Trust};

use super::{AUDIENCE, fine, mint, sharehold};
use crate::support::house::{House, ISSUER};

/// `check` refuses such numbers; what embeds the opener must not fall over them either.
#[test]
fn an_opener_takes_any_number() {
    let house = House::new();
    for parallel_decrypts in [0, 1, u64::MAX] {
        let limits = Limits { parallel_decrypts, decrypt_queue: u64::MAX, ..Limits::default() };
        let keys = KeyRing::load(&[house.folder().join("keys/private.pem")]).expect("a key");
        let server = AuthorizationServer::trusting(ISSUER, house.folder().join("authority/certificate.pem"));
        let trust = Trust::load(&[server], AUDIENCE).expect("a certificate");
        let opener = Opener::new(keys, trust, &limits, SystemClock::shared());
        assert_eq!(opener.published().len(), 1);
    }
}

/// Opened by the `rsa` and `aes-gcm` crates, of which `token mint` uses no decryption and no AES.
#[test]
fn a_minted_token_opens_with_independent_code() {
    let house = House::new();
    let token =
        fine(&mint(&house, &["--lifetime", "60", "--claim", r#"email="ann@example.org""#, "--claim", "jti=null"]));
    let parts: Vec<&str> = token.split('.').collect();
    assert_eq!(parts.len(), 5);
    let bytes = |index: usize| URL_SAFE_NO_PAD.decode(parts[index]).expect("base64url");
    let read = |name: &str| fs::read_to_string(house.folder().join(name)).expect("a file");
    let kid = |pem: &str| PublishedKey::from_certificate_pem(pem).expect("a key").kid().to_owned();
    let header: Value = serde_json::from_slice(&bytes(0)).expect("JSON");
    let ours = kid(&read("keys/certificate.pem"));
    assert_eq!(header, json!({"alg": "RSA-OAEP-256", "enc": "A256GCM", "cty": "JWT", "kid": ours}));

    let private = RsaPrivateKey::from_pkcs8_pem(&read("keys/private.pem")).expect("a key");
    #[expect(clippy::disallowed_methods, reason = "the second witness; nobody measures this test's time")]
    let key = private.decrypt(Oaep::new::<Sha256>(), &bytes(1)).expect("wrapped for us");
    let message = [bytes(3), bytes(4)].concat();
    let payload = Payload { msg: &message, aad: parts[0].as_bytes() };
    let cipher = Aes256Gcm::new_from_slice(&key).expect("32 bytes");
    let inner = cipher.decrypt(Nonce::from_slice(&bytes(2)), payload).expect("authentic");
    let inner = String::from_utf8(inner).expect("a JWS");

    let (signed, signature) = inner.rsplit_once('.').expect("three parts");
    let authority = PublishedKey::from_certificate_pem(&read("authority/certificate.pem")).expect("a key");
    let signature =
        Signature::try_from(URL_SAFE_NO_PAD.decode(signature).expect("base64url").as_slice()).expect("a signature");
    VerifyingKey::<Sha256>::new(authority.public_key().clone()).verify(signed.as_bytes(), &signature).expect("signed");
    let part = |index: usize| -> Value {
        let text = signed.split('.').nth(index).expect("a part");
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).expect("base64url")).expect("JSON")
    };
    assert_eq!(part(0), json!({"alg": "RS256", "typ": "at+jwt", "kid": authority.kid()}));
    let mut claims = part(1);
    let (iat, exp) = (claims["iat"].take(), claims["exp"].take());
    assert!(exp.as_i64() == iat.as_i64().map(|iat| iat + 60) && iat.as_i64() <= Some(SystemClock.now().timestamp()));
    let expected = json!({"iss": ISSUER, "aud": AUDIENCE, "sub": "ann", "client_id": "site", "scope": "User.Read",
        "email": "ann@example.org", "iat": null, "exp": null});
    assert_eq!(claims, expected);
}

#[test]
fn every_combination_of_algorithms_opens_in_the_server() {
    let house = House::new();
    let mut server = AuthorizationServer::trusting(ISSUER, house.folder().join("authority/certificate.pem"));
    server.key_management_algorithms = vec!["RSA-OAEP-256".into(), "RSA-OAEP".into()];
    server.content_encryption_algorithms =
        ["A256GCM", "A128GCM", "A128CBC-HS256", "A256CBC-HS512"].map(Into::into).into();
    let all = server.clone();
    let keys = || KeyRing::load(&[house.folder().join("keys/private.pem")]).expect("a key");
    let opener = |server| {
        let trust = Trust::load(&[server], AUDIENCE).expect("trusted");
        Opener::new(keys(), trust, &Limits::default(), SystemClock::shared())
    };
    let everything = opener(all.clone());
    for alg in &all.key_management_algorithms {
        for enc in &all.content_encryption_algorithms {
            for signature in ["RS256", "PS256"] {
                let token = fine(&mint(&house, &["--alg", alg, "--enc", enc, "--signature-alg", signature]));
                let verified = everything.open_now(&token);
                assert!(verified.is_ok(), "{alg} {enc} {signature}: {verified:?}");
                // Its fault: the one algorithm that the token says it uses is not allowed.
                let mut without = all.clone();
                without.content_encryption_algorithms.retain(|name| name != enc);
                assert!(opener(without).open_now(&token).is_err(), "{alg} {enc} {signature}");
            }
        }
    }
}

#[test]
fn a_token_is_minted_for_a_jwk_set_too() {
    let house = House::new();
    let set = fine(&sharehold(&house.folder(), &["keys", "show", "keys/private.pem", "--jwks"]));
    let mut set: Value = serde_json::from_str(&set).expect("JSON");
    set["keys"][0]["kid"] = json!("named-otherwise");
    let signing = json!({"kty": "RSA", "use": "sig", "n": "AQAB", "e": "AQAB"});
    set["keys"].as_array_mut().expect("keys").insert(0, signing);
    house.write("set.json", &set.to_string(), 0o644);
    let token = fine(&mint(&house, &["--alg", "RSA-OAEP-256"])).replace('\n', "");
    let other = sharehold(
        &house.folder(),
        &[
            "token",
            "mint",
            "--authority",
            "authority",
            "--issuer",
            ISSUER,
            "--audience",
            "a",
            "--audience",
            "b",
            "--for",
            "set.json",
            "--sub",
            "ann",
            "--client",
            "site",
        ],
    );
    let kid = |token: &str| -> Value {
        let header = token.split('.').next().expect("a header");
        serde_json::from_slice::<Value>(&URL_SAFE_NO_PAD.decode(header).expect("base64url")).expect("JSON")["kid"]
            .clone()
    };
    assert_eq!(kid(&fine(&other)), "named-otherwise");
    assert_ne!(kid(&token), "named-otherwise");
}

#[test]
fn flags_come_by_environment_too() {
    let house = House::new();
    let mut command = Command::new(env!("CARGO_BIN_EXE_sharehold"));
    command.current_dir(house.folder()).env_clear().args(["token", "mint", "--scope", "User.Read"]);
    for (name, value) in [
        ("AUTHORITY", "authority"),
        ("ISSUER", ISSUER),
        ("AUDIENCE", AUDIENCE),
        ("FOR", "keys/certificate.pem"),
        ("SUB", "ann"),
        ("CLIENT", "site"),
    ] {
        command.env(format!("SHAREHOLD_{name}"), value);
    }
    assert_eq!(fine(&command.output().expect("runs")).split('.').count(), 5);
}
