//! Tokens that open: every algorithm, every form that servers write, the cache, the ring, reloading.

use std::sync::Arc;

use serde_json::json;
use sharehold::clock::FixedClock;
use sharehold::config::Limits;
use sharehold::token::{KeyRing, Opener, Refusal, TokenError};

use crate::token_mint::{AUDIENCE, Draft, ISSUER, KEYS, NOW, Sign, at, pem};
use crate::token_server::{opener, opener_at, opener_with, ring, server, trust};

#[test]
fn every_combination_of_algorithms() {
    let opener = opener_with(|server| server.key_management_algorithms.push("RSA-OAEP".into()));
    let mut count = 0;
    for alg in ["RSA-OAEP-256", "RSA-OAEP"] {
        for enc in ["A256GCM", "A128GCM", "A128CBC-HS256", "A256CBC-HS512"] {
            for (sign, name, kid) in [
                (Sign::Rs256, "RS256", "rsa"),
                (Sign::Ps256, "PS256", "rsa"),
                (Sign::Es256, "ES256", "p256"),
                (Sign::EdDsa, "EdDSA", "ed"),
            ] {
                for kid in [Some(kid), None] {
                    let draft = Draft::good().outer("alg", json!(alg)).outer("enc", json!(enc));
                    let token = draft.signed_by(sign, name, "").inner("kid", kid.map(|kid| json!(kid))).mint();
                    assert_eq!(opener.open_now(&token).unwrap().subject(), "ann", "{alg} {enc} {name} {kid:?}");
                    count += 1;
                }
            }
        }
    }
    assert_eq!(count, 2 * 4 * 4 * 2);
    assert_eq!(opener.decryptions(), count);
}

#[test]
fn says_what_the_token_said() {
    let draft = Draft::good()
        .claim("auth_time", json!(NOW - 100))
        .claim("email", json!("ann@example.org"))
        .claim("email_verified", json!(true))
        .claim("aud", json!(["https://other.example", AUDIENCE]))
        .claim("unknown", json!({"a": {"b": ["c"]}}))
        .inner("jku", json!("https://evil.example"));
    let token = opener().open_now(&draft.mint()).unwrap();
    assert_eq!(token.issuer(), ISSUER);
    assert_eq!(token.subject(), "ann");
    assert_eq!(token.client_id(), "site");
    assert_eq!(token.token_id(), "1");
    assert_eq!(token.scopes(), ["User.Read", "Contacts.Read"]);
    assert_eq!(token.issued_at(), at(NOW - 10));
    assert_eq!(token.expires_at(), at(NOW + 600));
    assert_eq!(token.auth_time(), Some(at(NOW - 100)));
    assert_eq!(token.verified_email(), Some("ann@example.org"));
}

#[test]
fn forms_that_servers_write() {
    let opener = opener();
    let kid = opener.published()[0].kid().to_owned();
    let forms: &[Draft] = &[
        Draft::good().outer("kid", json!(kid)),
        Draft::good().outer("cty", json!("at+jwt")),
        Draft::good().outer("cty", json!("application/AT+JWT")),
        Draft::good().outer("typ", json!("JWT")),
        Draft::good().inner("typ", json!("application/at+jwt")),
        Draft::good().inner("typ", json!("AT+JWT")),
        Draft::good().outer("iss", json!(ISSUER)).outer("aud", json!(AUDIENCE)).outer("sub", json!("ann")),
        Draft::good().claim("exp", json!(1_800_000_000.5)).claim("iat", json!(1_799_999_999.5)),
        Draft::good().claim("exp", json!(NOW - 29)),
        Draft::good().claim("nbf", json!(NOW + 30)),
        Draft::good().claim("iat", json!(NOW + 30)),
        Draft::good().claim("scope", None),
        Draft::good().claim("sub", json!("site")),
    ];
    for draft in forms {
        assert!(opener.open_now(&draft.mint()).is_ok(), "{draft:?}");
    }
}

#[test]
fn scopes_in_every_form() {
    let opener = opener();
    let scopes = |draft: Draft| opener.open_now(&draft.mint()).unwrap().scopes().to_vec();
    let none = || Draft::good().claim("scope", None);
    assert_eq!(scopes(none()), Vec::<String>::new());
    assert_eq!(scopes(none().claim("scope", json!(" a  b\tc\u{a0}d "))), ["a", "b\tc\u{a0}d"]);
    assert_eq!(scopes(none().claim("scp", json!("a b"))), ["a", "b"]);
    assert_eq!(scopes(none().claim("scp", json!(["a", "b c"]))), ["a", "b c"]);
    assert_eq!(scopes(Draft::good().claim("scp", json!("more"))), ["User.Read", "Contacts.Read"]);
}

#[test]
fn an_address_counts_only_when_verified() {
    let opener = opener();
    for verified in [None, Some(json!(false)), Some(json!("true")), Some(json!(1))] {
        let draft = Draft::good().claim("email", json!("ann@example.org")).claim("email_verified", verified.clone());
        assert_eq!(opener.open_now(&draft.mint()).unwrap().verified_email(), None, "{verified:?}");
    }
}

#[tokio::test]
async fn the_cache_saves_decryptions_but_not_time_checks() {
    let clock = FixedClock::at(at(NOW));
    let opener = opener_at(&[server()], clock.clone());
    let token = Draft::good().claim("nbf", json!(NOW)).mint();
    let first = opener.open(&token).await.unwrap();
    let again = opener.open(&token).await.unwrap();
    assert!(Arc::ptr_eq(&first, &again));
    assert_eq!(opener.decryptions(), 1);
    clock.set(at(NOW + 629));
    assert!(opener.open(&token).await.is_ok());
    clock.set(at(NOW + 630));
    assert_eq!(opener.open(&token).await, Err(TokenError::Refused(Refusal::Expired)));
    clock.set(at(NOW - 31));
    assert_eq!(opener.open(&token).await, Err(TokenError::Refused(Refusal::NotYetValid)));
    assert_eq!(opener.decryptions(), 1);
}

#[tokio::test]
async fn a_cached_token_is_forgotten_in_time() {
    let limits = Limits { token_cache_s: 0, negative_cache_s: 0, ..Limits::default() };
    let opener = Opener::new(ring(), trust(&[server()]), &limits, FixedClock::at(at(NOW)));
    let (good, junk) = (Draft::good().mint(), Draft::good().to(&KEYS.other).mint());
    for round in 1..=3 {
        assert!(opener.open(&good).await.is_ok());
        assert_eq!(opener.open(&junk).await, Err(TokenError::Refused(Refusal::Undecryptable)));
        assert_eq!(opener.decryptions(), 2 * round);
    }
}

#[tokio::test]
async fn junk_is_remembered_for_a_moment_and_other_refusals_are_not() {
    let opener = opener();
    let junk = Draft::good().to(&KEYS.other).mint();
    let forged = Draft::good().really(Sign::Other).mint();
    for _ in 0..3 {
        assert_eq!(opener.open(&junk).await, Err(TokenError::Refused(Refusal::Undecryptable)));
    }
    assert_eq!(opener.decryptions(), 1);
    for _ in 0..3 {
        assert_eq!(opener.open(&forged).await, Err(TokenError::Refused(Refusal::JwsSignature)));
    }
    assert_eq!(opener.decryptions(), 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_token_is_opened_once_however_many_ask() {
    let opener = Arc::new(opener());
    let token = Draft::good().mint();
    let tasks: Vec<_> = (0..64)
        .map(|_| {
            let (opener, token) = (Arc::clone(&opener), token.clone());
            tokio::spawn(async move { opener.open(&token).await.map(|_| ()) })
        })
        .collect();
    for task in tasks {
        assert_eq!(task.await.unwrap(), Ok(()));
    }
    assert_eq!(opener.decryptions(), 1);
}

#[tokio::test]
async fn too_many_at_once_are_told_to_come_again() {
    let limits = Limits { decrypt_queue: 1, parallel_decrypts: 1, ..Limits::default() };
    let opener = Arc::new(Opener::new(ring(), trust(&[server()]), &limits, FixedClock::at(at(NOW))));
    let tokens: Vec<_> = (0..40).map(|n| Draft::good().claim("jti", json!(format!("{n}"))).mint()).collect();
    let tasks: Vec<_> = tokens
        .into_iter()
        .map(|token| {
            let opener = Arc::clone(&opener);
            tokio::spawn(async move { opener.open(&token).await.map(|_| ()) })
        })
        .collect();
    let mut answers = Vec::new();
    for task in tasks {
        answers.push(task.await.unwrap());
    }
    assert!(answers.contains(&Ok(())));
    assert!(answers.contains(&Err(TokenError::Busy)), "{answers:?}");
    assert!(opener.open(&Draft::good().mint()).await.is_ok(), "and afterwards all is well");
}

#[tokio::test]
async fn replacing_keys_forgets_what_was_found_under_the_former() {
    let opener = opener();
    let token = Draft::good().mint();
    assert!(opener.open(&token).await.is_ok());
    opener.replace(KeyRing::from_pems(&[&pem(&KEYS.other)]).unwrap(), trust(&[server()]));
    assert_eq!(opener.open(&token).await, Err(TokenError::Refused(Refusal::Undecryptable)));
    let both = KeyRing::from_pems(&[&pem(&KEYS.other), &pem(&KEYS.ours)]).unwrap();
    opener.replace(both, trust(&[server()]));
    assert!(opener.open(&token).await.is_ok(), "junk is forgotten too, and without a kid the ring is tried");
    let mut elsewhere = server();
    elsewhere.issuer = "https://elsewhere.example".into();
    opener.replace(ring(), trust(&[elsewhere]));
    assert_eq!(opener.open(&token).await, Err(TokenError::Refused(Refusal::Issuer)));
}

#[test]
fn the_named_key_alone_is_tried() {
    let both = KeyRing::from_pems(&[&pem(&KEYS.other), &pem(&KEYS.ours)]).unwrap();
    let opener = Opener::new(both, trust(&[server()]), &Limits::default(), FixedClock::at(at(NOW)));
    let kids: Vec<_> = opener.published().iter().map(|key| key.kid().to_owned()).collect();
    assert!(opener.open_now(&Draft::good().outer("kid", json!(kids[1])).mint()).is_ok());
    assert_eq!(opener.decryptions(), 1);
    let wrong = opener.open_now(&Draft::good().outer("kid", json!(kids[0])).mint());
    assert_eq!(wrong, Err(TokenError::Refused(Refusal::Undecryptable)));
    assert_eq!(opener.decryptions(), 2);
    assert!(opener.open_now(&Draft::good().mint()).is_ok());
    assert_eq!(opener.decryptions(), 4);
}
