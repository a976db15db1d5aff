//! What an operator configures: keys and servers that are taken, and those that are refused with one clear line.

use std::path::PathBuf;

use serde_json::{Value, json};
use sharehold::clock::FixedClock;
use sharehold::config::AuthorizationServer;
use sharehold::token::{KeyRing, Opener, Refusal, TokenError, Trust};

use crate::token_mint::{AUDIENCE, Draft, KEYS, NOW, Sign, at, b64, jwks, pem, rsa_jwk};
use crate::token_server::{File, opener_of, server};

/// The line that `KeyRing` says, without the path of the file.
fn ring_says(files: &[&File]) -> String {
    let paths: Vec<_> = files.iter().map(|file| file.path()).collect();
    let line = KeyRing::load(&paths).unwrap_err().to_string();
    assert!(!line.contains('\n'), "{line}");
    paths.iter().fold(line, |line, path| line.replace(&path.display().to_string(), "FILE"))
}

fn private(text: &str) -> File {
    let file = File::with(text);
    file.restrict();
    file
}

#[test]
fn keys_that_are_refused() {
    let good = private(&pem(&KEYS.ours));
    assert_eq!(KeyRing::load(&[good.path()]).unwrap().published().len(), 1);
    for (files, says) in [
        (vec![], "no decryption key is listed"),
        (vec![&good, &good], "decryption key FILE is listed twice"),
        (vec![&good; 9], "9 decryption keys are listed; at most 8"),
        (vec![&File::with(pem(&KEYS.ours))], "may be read by others on this machine; `chmod 600 FILE`"),
        (vec![&private("")], "decryption key FILE holds no `BEGIN PRIVATE KEY` block"),
        (vec![&private("-----BEGIN RSA PRIVATE KEY-----\n")], "is not in PKCS#8 form"),
        (vec![&private("-----BEGIN ENCRYPTED PRIVATE KEY-----\n")], "is encrypted with a pass phrase"),
        (vec![&private("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")], "holds no valid RSA key"),
    ] {
        let line = ring_says(&files);
        assert!(line.contains(says), "{line}");
    }
    let line = KeyRing::load(&[PathBuf::from("no/such.pem")]).unwrap_err().to_string();
    assert!(line.contains("no/such.pem: cannot be read"), "{line}");
    assert_eq!(format!("{:?}", KeyRing::load(&[good.path()]).unwrap()).len(), 47, "kids only");
}

fn trust_says(change: impl FnOnce(&mut AuthorizationServer)) -> String {
    let keys = File::with(jwks().to_string());
    let mut server = AuthorizationServer { jwks_file: Some(keys.path()), ..server() };
    change(&mut server);
    let line = Trust::load(&[server], AUDIENCE).unwrap_err().to_string();
    assert!(line.starts_with("authorization server `") && !line.contains('\n'), "{line}");
    line
}

#[test]
fn servers_that_are_refused() {
    let [empty, useless, garbage] =
        [r#"{"keys":[]}"#, r#"{"keys":[{"kty":"oct","k":"AA"}]}"#, "garbage"].map(File::with);
    let certificate = |file: &File| {
        let path = file.path();
        move |server: &mut AuthorizationServer| (server.jwks_file, server.certificate) = (None, Some(path))
    };
    let set = |file: &File| {
        let path = file.path();
        move |server: &mut AuthorizationServer| server.jwks_file = Some(path)
    };
    let lines = [
        (trust_says(|s| s.issuer = "http://as.example".into()), "issuer `http://as.example` must be an https URL"),
        (trust_says(|s| s.issuer = "as".into()), "must be an https URL"),
        (trust_says(|s| s.jwks_file = None), "give exactly one of `certificate`, `jwks_file` and `jwks_uri`"),
        (trust_says(|s| s.jwks_uri = Some("https://as.example/jwks".into())), "give exactly one"),
        (
            trust_says(|s| (s.jwks_file, s.jwks_uri) = (None, Some("http://as.example/jwks".into()))),
            "jwks_uri `http://as.example/jwks` must be an https URL",
        ),
        (
            trust_says(|s| s.signature_algorithms.push("HS256".into())),
            "`HS256` is not supported; choose from RS256, PS256",
        ),
        (trust_says(|s| s.key_management_algorithms.push("RSA1_5".into())), "`RSA1_5` is not supported"),
        (trust_says(|s| s.content_encryption_algorithms.clear()), "must not be empty"),
        (trust_says(|s| s.accept_typ.clear()), "`accept_typ` must not be empty"),
        (trust_says(|s| s.audience = vec![String::new()]), "`audience` must not be empty"),
        (trust_says(|s| s.jwks_file = Some("no/such.json".into())), "no/such.json: cannot be read"),
        (trust_says(set(&empty)), "holds no key that can verify"),
        (trust_says(set(&useless)), "holds no key that can verify"),
        (trust_says(set(&garbage)), "is not a JWK set"),
        (trust_says(certificate(&garbage)), "holds no readable `BEGIN CERTIFICATE` block"),
    ];
    for (line, says) in lines {
        assert!(line.contains(says), "{line}");
    }
    let keys = File::with(jwks().to_string());
    let server = AuthorizationServer { jwks_file: Some(keys.path()), ..server() };
    let line = Trust::load(&[server.clone(), server], AUDIENCE).unwrap_err().to_string();
    assert!(line.contains("is configured twice"), "{line}");
}

/// An opener that trusts what is in `file`, as a certificate or as a set.
fn trusting(file: &File, is_certificate: bool) -> Opener {
    let mut server = server();
    *(if is_certificate { &mut server.certificate } else { &mut server.jwks_file }) = Some(file.path());
    opener_of(Trust::load(&[server], AUDIENCE).unwrap(), FixedClock::at(at(NOW)))
}

/// A certificate says nothing of `kid`: whatever the server calls its key, it is that one.
#[test]
fn a_certificate_of_every_kind_of_key() {
    let rsa = rcgen::KeyPair::from_pem_and_sign_algo(&pem(&KEYS.rsa), &rcgen::PKCS_RSA_SHA256).unwrap();
    let p256 = rcgen::KeyPair::try_from(KEYS.p256.to_pkcs8v1().unwrap().as_ref()).unwrap();
    let ed25519 = rcgen::KeyPair::try_from(KEYS.ed25519.to_pkcs8().unwrap().as_ref()).unwrap();
    for (key, signs) in [
        (rsa, vec![(Sign::Rs256, "RS256"), (Sign::Ps256, "PS256")]),
        (p256, vec![(Sign::Es256, "ES256")]),
        (ed25519, vec![(Sign::EdDsa, "EdDSA")]),
    ] {
        let opener = trusting(&File::with(rcgen::CertificateParams::default().self_signed(&key).unwrap().pem()), true);
        for (sign, alg) in
            [(Sign::Rs256, "RS256"), (Sign::Ps256, "PS256"), (Sign::Es256, "ES256"), (Sign::EdDsa, "EdDSA")]
        {
            let answer = opener.open_now(&Draft::good().signed_by(sign, alg, "whatever").mint());
            if signs.contains(&(sign, alg)) {
                assert!(answer.is_ok(), "{alg}: {answer:?}");
            } else {
                assert_eq!(answer, Err(TokenError::Refused(Refusal::JwsKey)), "{alg}");
            }
        }
        let forged = opener.open_now(&Draft::good().really(Sign::Other).mint()).unwrap_err();
        assert!(matches!(forged, TokenError::Refused(Refusal::JwsSignature | Refusal::JwsKey)));
    }
}

/// The key that signs, in forms that servers publish: with it the good token opens, or there is no key for it.
#[test]
fn what_a_published_key_is_good_for() {
    let key = || rsa_jwk(&KEYS.rsa.to_public_key(), "rsa");
    let with = |name: &str, value: Value| {
        let mut key = key();
        key[name] = value;
        key
    };
    let without_kid = || {
        let mut key = key();
        key.as_object_mut().unwrap().remove("kid");
        key
    };
    let zeros = {
        let n = [vec![0], rsa::traits::PublicKeyParts::n(&KEYS.rsa).to_bytes_be()].concat();
        with("n", json!(b64(n)))
    };
    let cases = [
        (vec![key()], true),
        (vec![with("use", json!("sig")), with("use", json!("enc"))], true),
        (vec![with("use", json!("enc"))], false),
        (vec![with("use", json!(1))], false),
        (vec![with("key_ops", json!(["verify"]))], true),
        (vec![with("key_ops", json!(["encrypt"]))], false),
        (vec![with("key_ops", json!("verify"))], false),
        (vec![with("alg", json!("RS256"))], true),
        (vec![with("alg", json!("PS256"))], false),
        (vec![with("alg", json!("RSA-OAEP-256"))], false),
        (vec![with("d", json!("AQAB"))], false),
        (vec![with("kty", json!("EC"))], false),
        (vec![with("e", json!("AQ"))], false),
        (vec![with("e", json!("AQAA"))], false),
        (vec![with("n", json!("AQAB"))], false),
        (vec![with("kid", json!(7))], false),
        (vec![with("kid", json!("other"))], false),
        (vec![with("x5t#S256", json!("unknown members do not matter"))], true),
        (vec![zeros], true),
        (vec![without_kid()], true),
        (vec![rsa_jwk(&KEYS.other.to_public_key(), "other"), without_kid()], true),
        (vec![rsa_jwk(&KEYS.other.to_public_key(), "rsa"), key()], true),
        (vec![json!(null), json!({}), json!({"kty": 1}), json!({"kty": "RSA"}), key()], true),
    ];
    let spare = json!({"kty": "OKP", "crv": "Ed25519", "kid": "spare", "x": b64([9; 32])});
    for (keys, opens) in cases {
        let set = json!({ "keys": ([keys.clone(), vec![spare.clone()]].concat()) });
        let answer = trusting(&File::with(set.to_string()), false).open_now(&Draft::good().mint());
        let expected = if opens { Ok(()) } else { Err(TokenError::Refused(Refusal::JwsKey)) };
        assert_eq!(answer.map(|_| ()), expected, "{keys:?}");
    }
}
