//! Who pays for requests, and what happens when there is nothing left: by client and person, and by address.

use std::time::{Duration, Instant};

use actix_web::http::Method;
use actix_web::test::TestRequest;
use chrono::TimeDelta;
use futures_util::future::join_all;
use serde_json::json;
use sharehold::access::{Revocation, Revoked};
use sharehold::config::{Config, Rate};

use crate::support::app::{Answer, Backend, Caller, TestApp, peer};

const ME: &str = "/v1.0/me";
pub const HERE: &str = "192.0.2.1";
pub const ELSEWHERE: &str = "192.0.2.2";

/// One a second, so many of them at once.
pub fn rates(client: u64, anonymous: u64) -> impl FnOnce(&mut Config) {
    move |config| {
        config.rate =
            Rate { enabled: true, client_rps: 1, client_burst: client, anonymous_rps: 1, anonymous_burst: anonymous };
    }
}

fn app(client: u64, anonymous: u64) -> TestApp {
    TestApp::with(Backend::Sqlite, rates(client, anonymous))
}

pub async fn anonymous(app: &TestApp, address: &str) -> Answer {
    app.answer(TestRequest::with_uri("/.well-known/jwks.json").peer_addr(peer(address))).await
}

async fn with_token(app: &TestApp, address: &str, token: &str) -> Answer {
    let request = TestRequest::with_uri(ME).peer_addr(peer(address));
    app.answer(request.insert_header(("authorization", format!("Bearer {token}")))).await
}

/// A token that nobody can decrypt; each another.
fn junk(app: &TestApp) -> String {
    let token = app.mint(&app.claims("ann", "User.Read"));
    let (head, tag) = token.rsplit_once('.').expect("parts");
    format!("{head}.{}", if tag.starts_with('A') { tag.replacen('A', "B", 1) } else { format!("A{}", &tag[1..]) })
}

pub fn status(answer: &Answer) -> u16 {
    answer.status.as_u16()
}

/// Its status, and why the log says that it got it.
fn told(answer: &Answer) -> (u16, Option<String>) {
    (status(answer), answer.reason())
}

fn refused(reason: &str) -> (u16, Option<String>) {
    (429, Some(reason.to_owned()))
}

async fn get_until_refused(caller: &Caller<'_>) -> (u64, Answer) {
    let mut passed = 0;
    loop {
        let answer = caller.get(ME).await;
        if status(&answer) != 200 {
            return (passed, answer);
        }
        passed += 1;
    }
}

#[actix_web::test]
async fn a_burst_passes_then_the_client_is_told_when_to_come_back() {
    let app = app(5, 1);
    let ann = app.caller("ann", "User.Read");
    let begun = Instant::now();
    let (passed, answer) = get_until_refused(&ann).await;
    assert!((5..=6 + begun.elapsed().as_secs()).contains(&passed), "{passed} in {:?}", begun.elapsed());
    assert_eq!(told(&answer), refused("rate_client"));
    assert_eq!((answer.code().as_str(), answer.header("retry-after").as_str()), ("TooManyRequests", "1"));
    assert!(answer.text().contains("1 a second, 5 of them at once"), "{}", answer.text());
    assert_eq!(answer.logged("client_id").as_deref(), Some("site"), "the operator sees who");
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(status(&ann.get(ME).await), 200);
}

#[actix_web::test]
async fn clients_and_people_do_not_pay_for_each_other() {
    let app = app(2, 1);
    let ann = app.claims("ann", "User.Read");
    let other = |name: &str, value: &str| {
        let mut claims = ann.clone();
        claims[name] = json!(value);
        claims
    };
    let (_, answer) = get_until_refused(&app.caller("ann", "User.Read")).await;
    assert_eq!(told(&answer), refused("rate_client"));
    for claims in [other("client_id", "app"), other("sub", "bob"), other("iss", app.other_issuer())] {
        assert_eq!(status(&with_token(&app, HERE, &app.mint(&claims)).await), 200, "{claims}");
    }
    // Nor does another token, or another address, give the same client more.
    let again = app.mint(&app.claims("ann", "User.Read"));
    assert_eq!(status(&with_token(&app, ELSEWHERE, &again).await), 429);
}

#[actix_web::test]
async fn every_request_of_a_good_token_is_paid_for() {
    let app = app(2, 1);
    let ann = app.caller("ann", "Contacts.Read");
    assert_eq!(told(&ann.get(ME).await), (403, Some("insufficient_scope".into())));
    assert_eq!(told(&ann.get(ME).await), (403, Some("insufficient_scope".into())));
    assert_eq!(told(&ann.get(ME).await), refused("rate_client"));
}

#[actix_web::test]
async fn whoever_brings_no_good_token_pays_by_their_address() {
    let app = app(1000, 3);
    let from = |path: &str, method: Method| TestRequest::with_uri(path).method(method).peer_addr(peer(HERE));
    assert_eq!(status(&with_token(&app, HERE, &junk(&app)).await), 401, "junk");
    assert_eq!(status(&with_token(&app, HERE, "abc").await), 401, "no token in form");
    assert_eq!(status(&app.answer(from(ME, Method::GET)).await), 401, "no token");
    assert_eq!(told(&with_token(&app, HERE, "abc").await), refused("rate_address"), "also instead of 401");
    // Out of a purse of its own: what needs no token.
    assert_eq!(status(&anonymous(&app, HERE).await), 200, "what anyone may read");
    assert_eq!(status(&app.answer(from("/nothing", Method::GET)).await), 404);
    assert_eq!(status(&app.answer(from(ME, Method::PUT)).await), 405);
    let answer = anonymous(&app, HERE).await;
    assert_eq!(told(&answer), refused("rate_address"));
    assert_eq!((answer.code().as_str(), answer.header("retry-after").as_str()), ("TooManyRequests", "1"));
    assert!(answer.text().contains("than 1 a second, 3 of them at once"), "{}", answer.text());
    assert_eq!(status(&app.answer(from("/nothing", Method::GET)).await), 429);
    assert_eq!(status(&app.answer(from(ME, Method::PUT)).await), 429);
    assert_eq!(status(&anonymous(&app, ELSEWHERE).await), 200);
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(status(&anonymous(&app, HERE).await), 200);
}

#[actix_web::test]
async fn an_ipv6_network_pays_as_one() {
    let app = app(1, 2);
    assert_eq!(status(&anonymous(&app, "2001:db8:1:2::1").await), 200);
    assert_eq!(status(&anonymous(&app, "2001:db8:1:2:ffff::2").await), 200);
    assert_eq!(status(&anonymous(&app, "2001:db8:1:2::3").await), 429);
    assert_eq!(status(&anonymous(&app, "2001:db8:1:3::1").await), 200);
}

#[actix_web::test]
async fn a_flood_of_junk_is_not_decrypted_and_holds_back_nobody_who_is_known() {
    let app = app(1000, 3);
    let ann = app.caller("ann", "User.Read");
    assert_eq!(status(&ann.get_from(HERE, ME).await), 200);
    let tokens: Vec<String> = (0..40).map(|_| junk(&app)).collect();
    let (before, begun) = (app.decryptions(), Instant::now());
    let mut answers = Vec::new();
    for token in &tokens {
        answers.push(told(&with_token(&app, HERE, token).await));
        assert_eq!(status(&ann.get_from(HERE, ME).await), 200, "remembered, so it passes");
    }
    let decrypted = app.decryptions() - before;
    assert!((3..=4 + begun.elapsed().as_secs()).contains(&decrypted), "{decrypted} in {:?}", begun.elapsed());
    assert_eq!(answers[0], (401, Some("undecryptable".into())));
    assert_eq!(answers[39], refused("rate_address"));
    // Who is not known yet waits with the flood there, and not elsewhere.
    let bob = app.caller("bob", "User.Read");
    assert_eq!(told(&bob.get_from(HERE, ME).await), refused("rate_address"));
    assert_eq!(status(&bob.get_from(ELSEWHERE, ME).await), 200);
}

/// Who shares an address with a flood is not out as soon as its token is no longer remembered.
#[actix_web::test]
async fn who_was_let_in_before_is_opened_again_whatever_the_address_owes() {
    let app = TestApp::with(Backend::Sqlite, |config| {
        config.rate = Rate { anonymous_rps: 1, anonymous_burst: 3, ..config.rate.clone() };
        config.limits.token_cache_s = 0;
    });
    let (ann, bob) = (app.caller("ann", "User.Read"), app.caller("bob", "User.Read"));
    assert_eq!(status(&ann.get_from(HERE, ME).await), 200);
    let all: Vec<String> = (0..20).map(|_| junk(&app)).collect();
    join_all(all.iter().map(|token| with_token(&app, HERE, token))).await;
    let before = app.decryptions();
    assert_eq!(status(&ann.get_from(HERE, ME).await), 200);
    assert_eq!(app.decryptions(), before + 1, "it was opened again");
    assert_eq!(told(&bob.get_from(HERE, ME).await), refused("rate_address"));
    // Once it was refused, it is a stranger's.
    app.clock.set(app.clock_now() + TimeDelta::hours(2));
    app.revocations.refreshed();
    assert_eq!(status(&ann.get_from(HERE, ME).await), 401);
    assert_eq!(told(&ann.get_from(HERE, ME).await), refused("rate_address"));
}

#[actix_web::test]
async fn junk_that_came_at_once_is_owed_for() {
    // On a busy machine they may come one after the other, which shows nothing: then once more.
    for _ in 0..50 {
        let app = app(1000, 3);
        let tokens: Vec<String> = (0..20).map(|_| junk(&app)).collect();
        let begun = Instant::now();
        join_all(tokens.iter().map(|token| with_token(&app, HERE, token))).await;
        let decrypted = app.decryptions();
        if decrypted > 6 {
            let answer = with_token(&app, HERE, "abc").await;
            let wait: u64 = answer.header("retry-after").parse().expect("seconds");
            assert!(wait + begun.elapsed().as_secs() + 1 >= decrypted - 2, "{wait} s for {decrypted}");
            return;
        }
    }
    panic!("they never came at once, so that nothing is shown");
}

#[actix_web::test]
async fn who_goes_away_in_the_middle_pays_too() {
    let app = app(1000, 1);
    let token = junk(&app);
    let mut call = Box::pin(with_token(&app, HERE, &token));
    assert!(futures_util::poll!(call.as_mut()).is_pending());
    drop(call);
    assert_eq!(status(&with_token(&app, HERE, "abc").await), 429);
    assert_eq!(status(&with_token(&app, ELSEWHERE, "abc").await), 401);
}

#[actix_web::test]
async fn first_tokens_of_many_people_cost_their_address_nothing() {
    let app = app(1, 1);
    let callers: Vec<_> = (0..20).map(|person| app.caller(&format!("person {person}"), "User.Read")).collect();
    for answer in join_all(callers.iter().map(|caller| caller.get_from(HERE, ME))).await {
        assert_eq!(status(&answer), 200, "{}", answer.text());
    }
    assert_eq!(status(&anonymous(&app, HERE).await), 200);
}

/// Whoever holds a token that was taken back cannot use up what its client may.
#[actix_web::test]
async fn a_revoked_token_is_paid_for_by_its_address() {
    let app = app(1, 2);
    let ann = app.caller("ann", "User.Read");
    let scope = Revoked::Subject("ann".into());
    app.revocations.replace(
        vec![Revocation { issuer: app.issuer().into(), scope, until_auth_after: None, own: false }],
        Vec::new(),
    );
    let revoked = (401, Some("revoked".to_owned()));
    assert_eq!(told(&ann.get_from(HERE, ME).await), revoked);
    assert_eq!(told(&ann.get_from(HERE, ME).await), revoked);
    assert_eq!(told(&ann.get_from(HERE, ME).await), refused("rate_address"));
    app.revocations.replace(Vec::new(), Vec::new());
    assert_eq!(status(&ann.get_from(HERE, ME).await), 200);
}

/// What is our fault costs nobody anything.
#[actix_web::test]
async fn failures_of_ours_are_not_paid_for() {
    let app = TestApp::with_unknown_revocations_and(Backend::Sqlite, rates(1, 1));
    let ann = app.caller("ann", "User.Read");
    for _ in 0..3 {
        assert_eq!(told(&ann.get_from(HERE, ME).await), (503, Some("revocations_stale".into())));
    }
    app.revocations.replace(Vec::new(), Vec::new());
    assert_eq!(status(&ann.get_from(HERE, ME).await), 200);
    assert_eq!(status(&anonymous(&app, HERE).await), 200);
}

#[actix_web::test]
async fn switched_off_nobody_is_held_back() {
    let app = TestApp::with(Backend::Sqlite, |config| {
        rates(1, 1)(config);
        config.rate.enabled = false;
    });
    let ann = app.caller("ann", "User.Read");
    for _ in 0..5 {
        assert_eq!(status(&ann.get_from(HERE, ME).await), 200);
        assert_eq!(status(&anonymous(&app, HERE).await), 200);
        assert_eq!(status(&with_token(&app, HERE, "abc").await), 401);
    }
}
