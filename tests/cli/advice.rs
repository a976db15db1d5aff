//! What `token inspect` says of headers that `token mint` does not write, as real servers do.

use serde_json::{Value, json};
use sharehold::cli::token_inspect::look;
use sharehold::clock::FixedClock;
use sharehold::config::Config;
use sharehold::token::{PublishedKey, Trust};

use crate::key_server::KeyServer;
use crate::token_mint::{AUDIENCE, Draft, KEYS, NOW, Sign, at, jwks, pem};
use crate::token_server::{opener_of, server};

/// What is said of `draft` where its issuer publishes its keys by URI.
fn said(draft: &Draft) -> String {
    let keys = KeyServer::with(&jwks().to_string());
    let mut server = server();
    server.jwks_uri = Some(keys.uri());
    server.audience = vec![AUDIENCE.into()];
    let config = Config { public_url: AUDIENCE.into(), authorization_servers: vec![server], ..Config::default() };
    let trust = Trust::load_for_one_look(&config.authorization_servers, AUDIENCE).expect("as configured");
    let opener = opener_of(trust, FixedClock::at(at(NOW)));
    let report = look(&draft.mint(), &opener, &config, at(NOW), false);
    assert!(keys.asked() <= 1, "fetched once at most");
    report.text(false)
}

/// Our key under its own name.
fn kid() -> String {
    PublishedKey::from_private_pem(&pem(&KEYS.ours)).expect("a key").kid().to_owned()
}

#[track_caller]
fn tells(draft: &Draft, words: &[&str]) {
    let said = said(draft);
    for word in words {
        assert!(said.contains(word), "{word}\n{said}");
    }
}

#[test]
fn a_good_draft_is_let_in() {
    tells(&Draft::good(), &["the token names no key: each of our 1 is tried", "verdict      LET IN"]);
}

#[test]
fn outer_headers() {
    let absent: Option<Value> = None;
    tells(&Draft::good().outer("cty", absent), &["has no cty", "authorization_servers.0.accept_missing_cty = true"]);
    tells(&Draft::good().outer("cty", json!("json")), &["the outer cty is \"json\"", "RFC 7519 §5.2", "[jwe_cty]"]);
    tells(
        &Draft::good().outer("x5t", json!("a")),
        &["the outer header has \"x5t\"", "[jwe_header_member]", "ok  audience"],
    );
    tells(&Draft::good().outer("aud", json!("other")), &["repeats \"aud\"", "[replicated_claims]"]);
    let renamed = Draft::good().outer("kid", json!("my-name-for-it"));
    let name = format!("name the key as it is published: kid \"{}\"", kid());
    tells(&renamed, &["It opens with", "only the name is wrong", &name, "ok  audience", "[jwe_kid]"]);
    tells(&Draft::good().to(&KEYS.other), &["none of our 1 keys opens it", "[undecryptable]"]);
    tells(&Draft::good().content("{\"sub\":\"ann\"}"), &["sign first, then encrypt", "[not_nested]"]);
    for (alg, words) in
        [("RSA1_5", "can be broken"), ("A256KW", "a secret shared"), ("ECDH-ES+A256KW", "elliptic-curve")]
    {
        tells(&Draft::good().outer("alg", json!(alg)), &[words, "encrypt with RSA-OAEP-256", "[jwe_alg]"]);
    }
}

#[test]
fn inner_headers() {
    let jwt = Draft::good().inner("typ", json!("JWT"));
    tells(&jwt, &["the inner typ is \"JWT\"", "accept_typ = [\"at+jwt\", \"JWT\"]", "ok  signature", "[jws_typ]"]);
    tells(&jwt.clone().claim("nonce", json!("n")), &["It looks like an ID token", "not `id_token`"]);
    tells(&jwt.claim("typ", json!("Refresh")), &["It looks like a refresh token", "not `refresh_token`"]);
    tells(&Draft::good().inner("typ", json!("dpop+jwt")), &["a DPoP proof is no token"]);
    tells(&Draft::good().inner("alg", json!("HS256")), &["whoever knows it can forge", "[jws_alg]"]);
    tells(&Draft::good().inner("alg", json!("none")), &["Unsigned tokens are never taken"]);
    tells(&Draft::good().inner("crit", json!(["x"])), &["`crit`, `b64` or `zip`", "[jws_header_member]"]);
    let unknown = Draft::good().inner("kid", json!("new"));
    tells(
        &unknown,
        &["the token names the key \"new\" for \"RS256\"", "\"rsa\" for RS256", "just fetched from", "[jws_key]"],
    );
    tells(
        &Draft::good().really(Sign::Other),
        &["was not made with a key of", "publish the key that signs", "[jws_signature]"],
    );
    tells(&Draft::good().raw(2, "{\"a\":1,\"a\":2}"), &["each member once", "[claims]"]);
}
