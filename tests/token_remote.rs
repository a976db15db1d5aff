//! An authorization server whose keys come by URI: rotation as clients live through it.

use std::sync::Arc;

use serde_json::{Value, json};
use sharehold::clock::FixedClock;
use sharehold::token::{Opener, Refusal, TokenError, Trust};

use crate::key_server::KeyServer;
use crate::token_mint::{AUDIENCE, Draft, ISSUER, KEYS, NOW, Sign, at, rsa_jwk};
use crate::token_server::{opener_of, ring, server};

fn set(keys: &[Value]) -> String {
    json!({ "keys": keys }).to_string()
}

fn trust(uri: &str) -> Trust {
    let mut server = server();
    server.jwks_uri = Some(uri.into());
    Trust::load(&[server], AUDIENCE).expect("as configured")
}

fn opener(keys: &KeyServer) -> Opener {
    opener_of(trust(&keys.uri()), FixedClock::at(at(NOW)))
}

fn first() -> Value {
    rsa_jwk(&KEYS.rsa.to_public_key(), "rsa")
}

fn second() -> Value {
    rsa_jwk(&KEYS.other.to_public_key(), "second")
}

fn by_second() -> Draft {
    Draft::good().inner("kid", json!("second")).really(Sign::Other)
}

fn wait_until_ready(opener: &Opener) {
    for _ in 0..2000 {
        if opener.has_keys_for_every_server() {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    panic!("no keys came");
}

#[tokio::test]
async fn a_new_key_is_fetched_and_the_one_that_is_gone_opens_nothing_more() {
    let keys = KeyServer::with(&set(&[first()]));
    let opener = opener(&keys);
    wait_until_ready(&opener);
    let (old, new) = (Draft::good().mint(), by_second().mint());
    assert!(opener.open(&old).await.is_ok());
    assert_eq!(keys.asked(), 1);

    keys.say(&set(&[second()]));
    assert!(opener.open(&old).await.is_ok(), "nobody has told us yet");
    assert!(opener.open(&new).await.is_ok());
    assert_eq!(keys.asked(), 2);
    assert_eq!(opener.open(&old).await, Err(TokenError::Refused(Refusal::JwsKey)), "though it was remembered");

    for kid in ["a", "b", "c"] {
        let unknown = Draft::good().inner("kid", json!(kid)).mint();
        assert_eq!(opener.open(&unknown).await, Err(TokenError::Refused(Refusal::JwsKey)));
        assert_eq!(opener.open_now(&unknown), Err(TokenError::Refused(Refusal::JwsKey)));
    }
    assert_eq!(keys.asked(), 2, "at most once in 30 seconds, however many ask");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_who_wait_for_a_new_key_get_it_from_one_fetch() {
    let keys = KeyServer::with(&set(&[first()]));
    let opener = Arc::new(opener(&keys));
    wait_until_ready(&opener);
    keys.say(&set(&[first(), second()]));
    let tasks: Vec<_> = (0..8)
        .map(|number| {
            let (opener, token) = (Arc::clone(&opener), by_second().claim("jti", json!(format!("{number}"))).mint());
            tokio::spawn(async move { opener.open(&token).await.map(|_| ()) })
        })
        .collect();
    for task in tasks {
        assert_eq!(task.await.expect("no panic"), Ok(()));
    }
    assert_eq!(keys.asked(), 2);
}

#[tokio::test]
async fn without_keys_it_is_not_ready_and_opens_nothing() {
    let keys = KeyServer::with("nothing yet");
    let opener = opener(&keys);
    assert_eq!(opener.issuers_without_keys(), [ISSUER]);
    assert_eq!(opener.open(&Draft::good().mint()).await, Err(TokenError::NoKeys), "nobody can say that it is bad");
    assert!(!opener.has_keys_for_every_server());
}

#[tokio::test]
async fn a_reload_keeps_the_set_that_was_fetched() {
    let keys = KeyServer::with(&set(&[first()]));
    let opener = opener(&keys);
    wait_until_ready(&opener);
    keys.say("gone wrong");
    opener.replace(ring(), trust(&keys.uri()));
    assert!(opener.has_keys_for_every_server());
    assert!(opener.open(&Draft::good().mint()).await.is_ok());
}
