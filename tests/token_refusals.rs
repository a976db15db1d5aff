//! One fault a token, and the reason it must be refused for: the envelope and the signature.
//! Each token is the good one but for its fault.

use rsa::rand_core::OsRng;
use rsa::{Oaep, Pkcs1v15Encrypt};
use serde_json::{Value, json};
use sha2::Sha256;
use sharehold::token::{Refusal, TokenError};

use crate::token_mint::{Draft, KEYS, Sign, b64};
use crate::token_server::opener;

/// What it must be refused for, what is wrong with it, and how it is made so.
pub(crate) type Fault = (Refusal, &'static str, fn(Draft) -> Draft);

/// The good token opens; each spoilt one is refused, for that reason.
pub(crate) fn check(faults: &[Fault]) {
    let opener = opener();
    assert!(opener.open_now(&Draft::good().mint()).is_ok());
    for (refusal, what, spoil) in faults {
        let answer = opener.open_now(&spoil(Draft::good()).mint());
        assert_eq!(answer, Err(TokenError::Refused(*refusal)), "{what}");
    }
}

const TWICE: &str = r#"{"alg":"RSA-OAEP-256","enc":"A256GCM","cty":"JWT","alg":"RSA-OAEP-256"}"#;

const OUTER_HEADER: &[Fault] = &[
    (Refusal::JweHeader, "not JSON", |d| d.raw(0, "{")),
    (Refusal::JweHeader, "an array", |d| d.raw(0, "[]")),
    (Refusal::JweHeader, "a member twice", |d| d.raw(0, TWICE)),
    (Refusal::JweHeader, "text after it", |d| d.raw(0, r#"{"alg":"RSA-OAEP-256","enc":"A256GCM","cty":"JWT"} x"#)),
    (Refusal::JweHeader, "too deep", |d| d.outer("aud", json!([[[[]]]]))),
    (Refusal::JweHeader, "typ a number", |d| d.outer("typ", json!(1))),
    (Refusal::JweHeaderMember, "zip", |d| d.outer("zip", json!("DEF"))),
    (Refusal::JweHeaderMember, "crit", |d| d.outer("crit", json!(["exp"]))),
    (Refusal::JweHeaderMember, "jwk", |d| d.outer("jwk", json!({}))),
    (Refusal::JweHeaderMember, "jku", |d| d.outer("jku", json!("https://evil.example"))),
    (Refusal::JweHeaderMember, "p2c", |d| d.outer("p2c", json!(1_000_000))),
    (Refusal::JweHeaderMember, "epk", |d| d.outer("epk", json!({}))),
    (Refusal::JweHeaderMember, "unknown", |d| d.outer("Alg", json!("RSA-OAEP-256"))),
    (Refusal::JweAlg, "alg absent", |d| d.outer("alg", None)),
    (Refusal::JweAlg, "alg not listed", |d| d.outer("alg", json!("RSA-OAEP"))),
    (Refusal::JweAlg, "alg in another case", |d| d.outer("alg", json!("rsa-oaep-256"))),
    (Refusal::JweAlg, "RSA1_5", |d| d.outer("alg", json!("RSA1_5"))),
    (Refusal::JweAlg, "dir", |d| d.outer("alg", json!("dir"))),
    (Refusal::JweAlg, "alg an array", |d| d.outer("alg", json!(["RSA-OAEP-256"]))),
    (Refusal::JweEnc, "enc absent", |d| d.outer("enc", None)),
    (Refusal::JweEnc, "enc unknown", |d| d.outer("enc", json!("A192GCM"))),
    (Refusal::JweCty, "cty absent", |d| d.outer("cty", None)),
    (Refusal::JweCty, "cty of something else", |d| d.outer("cty", json!("text/plain"))),
    (Refusal::JweCty, "cty null", |d| d.outer("cty", Value::Null)),
    (Refusal::JweKid, "kid unknown", |d| d.outer("kid", json!("../../etc/passwd"))),
    (Refusal::JweKid, "kid too long", |d| d.outer("kid", json!("k".repeat(129)))),
    (Refusal::JweKid, "kid a number", |d| d.outer("kid", json!(1))),
];

#[test]
fn outer_header() {
    check(OUTER_HEADER);
    let opener = opener();
    for (refusal, what, spoil) in OUTER_HEADER {
        assert_eq!(opener.open_now(&spoil(Draft::good()).mint()), Err(TokenError::Refused(*refusal)), "{what}");
    }
    assert_eq!(opener.decryptions(), 0, "all of these are refused before any private-key operation");
}

const ENCRYPTION: &[Fault] = &[
    (Refusal::Undecryptable, "to another key", |d| d.to(&KEYS.other)),
    (Refusal::Undecryptable, "a content key of another length", |d| d.wrapped(oaep(&[1; 16]))),
    (Refusal::Undecryptable, "another content key", |d| d.wrapped(oaep(&[1; 32]))),
    (Refusal::Undecryptable, "no key", |d| d.wrapped(Vec::new())),
    (Refusal::Undecryptable, "a key beyond the modulus", |d| d.wrapped(vec![0xff; 256])),
    (Refusal::Undecryptable, "a key of zeros", |d| d.wrapped(vec![0; 256])),
    (Refusal::Undecryptable, "a key one byte short", |d| d.wrapped(vec![1; 255])),
    (Refusal::Undecryptable, "RSA-OAEP under another name", |d| d.wrapped(wrapped(Oaep::new::<sha1::Sha1>()))),
    (Refusal::Undecryptable, "PKCS#1 v1.5", |d| d.wrapped(wrapped(Pkcs1v15Encrypt))),
    (Refusal::NotNested, "nothing inside", |d| d.content("")),
    (Refusal::NotNested, "claims inside", |d| {
        let text = d.claims.to_string();
        d.content(text)
    }),
    (Refusal::NotNested, "a JWE inside", |d| d.content(Draft::good().mint())),
    (Refusal::NotNested, "two parts inside", |d| {
        let text = cut(&d);
        d.content(text)
    }),
    (Refusal::NotNested, "four parts inside", |d| {
        let text = d.sign();
        d.content(format!("{text}.AA"))
    }),
    (Refusal::NotNested, "white space inside", |d| {
        let text = d.sign();
        d.content(format!("{text}\n"))
    }),
    (Refusal::NotNested, "the JSON form inside", |d| {
        let payload = b64(d.claims.to_string());
        d.content(json!({"payload": payload, "signatures": []}).to_string())
    }),
];

#[test]
fn encryption() {
    check(ENCRYPTION);
}

fn wrapped(padding: impl rsa::traits::PaddingScheme) -> Vec<u8> {
    KEYS.ours.to_public_key().encrypt(&mut OsRng, padding, &[1; 32]).expect("32 bytes fit")
}

fn oaep(cek: &[u8]) -> Vec<u8> {
    KEYS.ours.to_public_key().encrypt(&mut OsRng, Oaep::new::<Sha256>(), cek).expect("it fits")
}

/// The token without its signature.
fn cut(draft: &Draft) -> String {
    draft.sign().rsplit_once('.').expect("three parts").0.to_owned()
}

const INNER: &[Fault] = &[
    (Refusal::JwsHeader, "not JSON", |d| d.raw(1, "{}}")),
    (Refusal::JwsHeader, "a member twice", |d| d.raw(1, r#"{"alg":"RS256","typ":"at+jwt","kid":"rsa","kid":"rsa"}"#)),
    (Refusal::JwsHeaderMember, "crit", |d| d.inner("crit", json!(["exp"]))),
    (Refusal::JwsHeaderMember, "crit empty", |d| d.inner("crit", json!([]))),
    (Refusal::JwsHeaderMember, "b64", |d| d.inner("b64", json!(true))),
    (Refusal::JwsHeaderMember, "zip", |d| d.inner("zip", json!("DEF"))),
    (Refusal::JwsTyp, "typ absent", |d| d.inner("typ", None)),
    (Refusal::JwsTyp, "typ of an ID token", |d| d.inner("typ", json!("JWT"))),
    (Refusal::JwsTyp, "typ of a proof", |d| d.inner("typ", json!("dpop+jwt"))),
    (Refusal::JwsTyp, "typ a number", |d| d.inner("typ", json!(1))),
    (Refusal::JwsAlg, "none", |d| d.really(Sign::Nothing).inner("alg", json!("none"))),
    (Refusal::JwsAlg, "nOnE", |d| d.really(Sign::Nothing).inner("alg", json!("nOnE"))),
    (Refusal::JwsAlg, "alg absent", |d| d.inner("alg", None)),
    (Refusal::JwsAlg, "HS256", |d| d.inner("alg", json!("HS256"))),
    (Refusal::JwsAlg, "RS512", |d| d.inner("alg", json!("RS512"))),
    (Refusal::JwsAlg, "alg null", |d| d.inner("alg", Value::Null)),
    (Refusal::JwsKey, "kid unknown", |d| d.inner("kid", json!("gone"))),
    (Refusal::JwsKey, "kid of a key for something else", |d| d.inner("kid", json!("p256"))),
    (Refusal::JwsKey, "kid of a secret", |d| d.inner("kid", json!("secret"))),
    (Refusal::JwsKey, "kid too long", |d| d.inner("kid", json!("k".repeat(129)))),
    (Refusal::JwsKey, "kid a number", |d| d.inner("kid", json!(1))),
    (Refusal::JwsSignature, "by another key", |d| d.really(Sign::Other)),
    (Refusal::JwsSignature, "by another key, no kid", |d| d.really(Sign::Other).inner("kid", None)),
    (Refusal::JwsSignature, "empty", |d| d.really(Sign::Nothing)),
    (Refusal::JwsSignature, "PS256 called RS256", |d| d.really(Sign::Ps256)),
    (Refusal::JwsSignature, "RS256 called PS256", |d| d.inner("alg", json!("PS256"))),
    (Refusal::JwsSignature, "not base64url", |d| {
        let text = d.sign();
        d.content(format!("{text}A"))
    }),
    (Refusal::JwsSignature, "of other claims", |d| {
        let other = d.clone().claim("sub", json!("bob")).sign();
        let text = format!("{}.{}", cut(&d), other.rsplit_once('.').expect("three parts").1);
        d.content(text)
    }),
];

#[test]
fn inner_header_and_signature() {
    check(INNER);
}

#[test]
fn whole_token() {
    let opener = opener();
    let good = Draft::good().mint();
    let parts: Vec<&str> = good.split('.').collect();
    let with = |index: usize, part: &str| {
        let mut parts = parts.clone();
        parts[index] = part;
        parts.join(".")
    };
    let answer = |token: &str| opener.open_now(token).map(|_| ()).unwrap_err();
    assert_eq!(answer(&"a".repeat(8193)), TokenError::TooLong);
    assert_eq!(answer(&"a".repeat(8192)), TokenError::Refused(Refusal::NotCompact));
    for token in
        ["", ".", "a.b", &format!("{good}."), &format!("{good}="), &format!(" {good}"), &good.replace('.', ",")]
    {
        assert_eq!(answer(token), TokenError::Refused(Refusal::NotCompact), "{token}");
    }
    for (index, part) in
        [(1, "A"), (2, "A"), (2, ""), (2, &b64([0; 16])), (3, "A"), (4, ""), (4, &b64([0; 12])), (4, &b64([0; 32]))]
    {
        assert_eq!(answer(&with(index, part)), TokenError::Refused(Refusal::JwePart), "part {index} = {part}");
    }
    assert_eq!(opener.decryptions(), 0);
    assert_eq!(answer(&with(3, "")), TokenError::Refused(Refusal::Undecryptable));
    assert_eq!(answer(&with(4, &b64([0; 16]))), TokenError::Refused(Refusal::Undecryptable));
    assert_eq!(answer(&Draft::good().bare().mint()), TokenError::Refused(Refusal::Unencrypted));
    assert!(opener.open_now(&good).is_ok());
}
