//! Addresses of renditions for `<img>`: they need no token, and stand for less than an hour for the one that they were made under.

use actix_web::http::{Method, StatusCode};
use actix_web::test::TestRequest;
use chrono::TimeDelta;
use serde_json::json;
use sharehold::access::{Revocation, Revoked};

use super::photos::{ALL, WRITE, made};
use crate::on_both;
use crate::support::app::{Answer, Backend, Caller, ISSUER, TestApp, peer};

on_both! {
    whoever_has_it_sees_the_picture what_is_not_ours_is_nothing what_is_over_is_over they_count_as_the_clients
}

const PUBLIC: &str = "http://127.0.0.1:8700";

/// The path of the address of a rendition.
async fn address(caller: &Caller<'_>, photo: &str, size: &str) -> String {
    let told = caller.get(&format!("{ALL}/{photo}/thumbnails/0/{size}")).await.json();
    told["url"].as_str().and_then(|url| url.strip_prefix(PUBLIC)).expect("an address").to_owned()
}

async fn get(app: &TestApp, at: &str) -> Answer {
    app.send(Method::GET, at, &[], None).await
}

async fn whoever_has_it_sees_the_picture(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", WRITE);
    let photo = made(&ann, "a.png", 900).await;
    for size in ["small", "large"] {
        let at = address(&app.caller("ann", "Photos.Read"), &photo, size).await;
        let seen = get(&app, &at).await;
        assert_eq!(
            (seen.status, seen.header("content-type")),
            (StatusCode::OK, "image/jpeg".into()),
            "{}",
            seen.text()
        );
        let own = ann.get(&format!("{ALL}/{photo}/thumbnails/0/{size}/content")).await;
        assert!(seen.bytes() == own.bytes() && seen.header("etag") == own.header("etag"));
        let kept = seen.header("cache-control");
        let seconds: i64 = kept.strip_prefix("private, max-age=").and_then(|age| age.parse().ok()).expect("an age");
        assert!((3300..=3600).contains(&seconds), "{kept}");
        let current = app.send_with(Method::GET, &at, &[], &[("if-none-match", &seen.header("etag"))], None).await;
        assert_eq!((current.status, current.header("cache-control")), (StatusCode::NOT_MODIFIED, kept));
        assert_eq!(app.send(Method::HEAD, &at, &[], None).await.status, StatusCode::OK);
        // It says nothing of whose it is.
        assert!(!at.contains("ann") && !at.contains(&photo));
    }
}

async fn what_is_not_ours_is_nothing(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", WRITE);
    let photo = made(&ann, "a.png", 60).await;
    let at = address(&ann, &photo, "small").await;
    let (last, rest) = (at.chars().last().expect("a letter"), &at[..at.len() - 1]);
    let flipped = format!("{rest}{}", if last == 'A' { 'E' } else { 'A' });
    // A place in a list is sealed by the same key.
    made(&ann, "b.png", 61).await;
    let next = ann.get(&format!("{ALL}?$top=1")).await.json()["@odata.nextLink"].as_str().expect("a link").to_owned();
    let place = next.split("skiptoken=").last().expect("a token");
    for other in [flipped, format!("/v1.0/renditions/{place}"), "/v1.0/renditions/x".into(), format!("{at}{at}")] {
        let none = get(&app, &other).await;
        assert_eq!((none.status, none.challenges().len()), (StatusCode::NOT_FOUND, 0), "{other}");
    }
    assert_eq!(get(&app, &format!("{at}?$x=1")).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(app.send(Method::DELETE, &at, &[], None).await.status, StatusCode::METHOD_NOT_ALLOWED);
    ann.call(Method::DELETE, &format!("{ALL}/{photo}")).await;
    let gone = get(&app, &at).await;
    assert_eq!((gone.status, gone.code()), (StatusCode::NOT_FOUND, "ErrorItemNotFound".into()));
}

async fn what_is_over_is_over(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", WRITE);
    let photo = made(&ann, "a.png", 60).await;
    let at = address(&ann, &photo, "small").await;
    let revoke = |client: &str| {
        let scope = Revoked::ClientOfSubject { subject: "ann".into(), client: client.into() };
        let all = vec![Revocation { issuer: ISSUER.into(), scope, until_auth_after: None, own: true }];
        app.revocations.replace(all, Vec::new());
    };
    revoke("another");
    assert_eq!(get(&app, &at).await.status, StatusCode::OK);
    revoke("site");
    let over = get(&app, &at).await;
    assert_eq!((over.status, over.code()), (StatusCode::GONE, "linkExpired".into()));
    assert_eq!(over.reason().as_deref(), Some("revoked"));
    app.revocations.replace(Vec::new(), Vec::new());
    assert_eq!(get(&app, &at).await.status, StatusCode::OK);
    app.clock.set(app.clock_now() + TimeDelta::minutes(54));
    assert_eq!(get(&app, &at).await.status, StatusCode::OK);
    app.clock.set(app.clock_now() + TimeDelta::minutes(6));
    let over = get(&app, &at).await;
    assert_eq!((over.status, over.code()), (StatusCode::GONE, "linkExpired".into()));
}

async fn they_count_as_the_clients(on: Backend) {
    let app = TestApp::with(on, crate::rates::rates(6, 1));
    let ann = app.caller("ann", WRITE);
    let photo = made(&ann, "a.png", 60).await;
    let at = address(&ann, &photo, "small").await;
    let from = |at: &str| TestRequest::with_uri(at).peer_addr(peer("192.0.2.7"));
    // However long it takes: more come in than one a second.
    let mut seen = 0;
    let much = loop {
        let answer = app.answer(from(&at)).await;
        if answer.status != StatusCode::OK {
            break answer;
        }
        seen += 1;
        assert!(seen < 1000, "its client pays");
    };
    assert_eq!((much.status, much.reason()), (StatusCode::TOO_MANY_REQUESTS, Some("rate_client".into())));
    // Whoever guesses pays by their address.
    let guess = async || app.answer(from("/v1.0/renditions/guess")).await;
    let mut guessed = guess().await;
    assert_eq!(guessed.status, StatusCode::NOT_FOUND);
    for _ in 0..1000 {
        guessed = guess().await;
        if guessed.status != StatusCode::NOT_FOUND {
            break;
        }
    }
    assert_eq!(guessed.reason().as_deref(), Some("rate_address"));
    app.store.log_uses().await.expect("written down");
    let log = app.client("owner", "ann", "Privacy.Read").get(super::access_log::LOG).await;
    let rows = super::access_log::values(&log);
    let read = rows.iter().find(|row| row["clientId"] == "site" && row["operation"] == "read").expect("a row");
    // What was told of it, and each time that it was seen.
    assert_eq!((&read["kind"], &read["items"]), (&json!("photos"), &json!(1 + seen)));
}
