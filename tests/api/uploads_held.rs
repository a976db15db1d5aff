//! Whose an upload's address is: it stands for the person and the client that it was made for, and nobody else's word opens it.

use actix_web::http::{Method, StatusCode};
use chrono::{DateTime, TimeDelta};
use serde_json::json;
use sharehold::access::{Revocation, Revoked};

use super::photos::{ALL, WRITE, id};
use super::uploads::picture;
use crate::on_both;
use crate::support::app::{Backend, NOW, TestApp};
use crate::support::uploads::Upload;

on_both! {
    it_needs_no_token_and_takes_any it_ends_with_its_client_its_token_and_its_time no_other_address_is_one it_is_cancelled
    its_client_pays what_it_shows_is_what_its_maker_sees
}

async fn it_needs_no_token_and_takes_any(on: Backend) {
    let app = TestApp::on(on);
    let (ann, bob) = (app.caller("ann", WRITE), app.caller("bob", WRITE));
    let whole = picture();
    let upload = Upload::begin(&app, &ann, json!({})).await;
    let sent = [String::new(), "Bearer".into(), "Bearer nonsense".into(), format!("Bearer {}", bob.token())];
    for (at, authorization) in sent.iter().enumerate() {
        let taken = upload.authorized(authorization).part(&whole, at, at + 1).await;
        assert_eq!(taken.status, StatusCode::ACCEPTED, "{authorization}: {}", taken.text());
    }
    // The token that it was made with is over long before it is.
    app.clock.set(DateTime::from_timestamp(NOW + 2 * 3600, 0).expect("an instant"));
    assert_eq!(ann.get(ALL).await.status, StatusCode::UNAUTHORIZED);
    let last = upload.authorized(&format!("Bearer {}", ann.token())).part(&whole, sent.len(), whole.len()).await;
    assert_eq!(last.status, StatusCode::CREATED, "{}", last.text());
    let owner = app.number("count(*) FROM photos JOIN people ON people.id = person WHERE subject = 'ann'");
    assert_eq!((owner, app.number("count(*) FROM photos")), (1, 1));
}

async fn it_ends_with_its_client_its_token_and_its_time(on: Backend) {
    let app = TestApp::on(on);
    let claims = app.claims("ann", WRITE);
    let whole = picture();
    let upload = Upload::begin(&app, &app.caller_with(&claims), json!({})).await;
    let text = |name: &str| claims[name].as_str().expect("text").to_owned();
    let both = Revoked::ClientOfSubject { subject: text("sub"), client: text("client_id") };
    let revoked =
        [Revoked::Token(text("jti")), Revoked::Client(text("client_id")), Revoked::Subject(text("sub")), both];
    for scope in revoked {
        let revocation = Revocation { issuer: app.issuer().into(), scope, until_auth_after: None, own: false };
        app.revocations.replace(vec![revocation], Vec::new());
        for method in [Method::GET, Method::PUT, Method::DELETE] {
            let refused = upload.call(method).await;
            assert_eq!((refused.status.as_u16(), refused.reason().as_deref()), (410, Some("revoked")));
        }
        app.revocations.replace(Vec::new(), Vec::new());
    }
    assert_eq!(upload.part(&whole, 0, 10).await.status, StatusCode::ACCEPTED);
    for (hours, status, reason) in [(24, 404, None), (26, 410, Some("link_expired"))] {
        app.clock.set(DateTime::from_timestamp(NOW, 1).expect("an instant") + TimeDelta::hours(hours));
        for method in [Method::GET, Method::PUT, Method::DELETE] {
            let over = upload.call(method).await;
            assert_eq!((over.status.as_u16(), over.reason().as_deref()), (status, reason), "{hours}");
        }
    }
}

async fn no_other_address_is_one(on: Backend) {
    // Whoever guesses pays for it.
    let app = TestApp::with(on, |config| config.rate.enabled = false);
    let (ann, bob) = (app.caller("ann", WRITE), app.caller("bob", WRITE));
    let upload = Upload::begin(&app, &ann, json!({})).await;
    let (before, sealed) = upload.address.rsplit_once('/').expect("parts");
    let mut addresses = vec![format!("{before}/x"), format!("{before}/{}", "A".repeat(5000)), before.to_owned()];
    for at in [0, sealed.len() / 2, sealed.len() - 1] {
        let other = if &sealed[at..=at] == "A" { "B" } else { "A" };
        addresses.push(format!("{before}/{}{other}{}", &sealed[..at], &sealed[at + 1..]));
    }
    // What was sealed for something else.
    bob.send_json(Method::POST, "/v1.0/me/albums", json!({"name": "a"})).await;
    let round = bob.get("/v1.0/me/albums/delta").await.json();
    let link = round["@odata.deltaLink"].as_str().expect("a link").rsplit_once('=').expect("a token").1.to_owned();
    addresses.push(format!("{before}/{link}"));
    for address in addresses {
        let other = Upload::at(&app, address);
        for method in [Method::GET, Method::PUT, Method::DELETE] {
            // What a person may do is not what brings an address about.
            let authorized = other.authorized(&format!("Bearer {}", ann.token())).call(method.clone()).await;
            assert_eq!(authorized.status, StatusCode::NOT_FOUND, "{}: {}", other.address, authorized.text());
            assert_eq!(other.call(method).await.status, StatusCode::NOT_FOUND, "{}", other.address);
        }
    }
    assert_eq!(upload.awaited().await, json!(["0-"]));
}

async fn it_is_cancelled(on: Backend) {
    let app = TestApp::on(on);
    let whole = picture();
    let upload = Upload::begin(&app, &app.caller("ann", WRITE), json!({})).await;
    assert_eq!(upload.part(&whole, 0, 10).await.status, StatusCode::ACCEPTED);
    assert_eq!(upload.call(Method::DELETE).await.status, StatusCode::NO_CONTENT);
    for method in [Method::GET, Method::PUT, Method::DELETE] {
        assert_eq!(upload.call(method).await.status, StatusCode::NOT_FOUND);
    }
    assert_eq!(upload.part(&whole, 10, 20).await.status, StatusCode::NOT_FOUND);
    assert_eq!((app.number("count(*) FROM upload_sessions"), app.number("count(*) FROM upload_chunks")), (0, 0));
}

async fn its_client_pays(on: Backend) {
    let app = TestApp::with(on, |config| (config.rate.client_rps, config.rate.client_burst) = (1, 1));
    let upload = Upload::begin(&app, &app.caller("ann", WRITE), json!({})).await;
    for _ in 0..100 {
        let answer = upload.call(Method::GET).await;
        if answer.status != StatusCode::OK {
            assert_eq!((answer.status.as_u16(), answer.reason().as_deref()), (429, Some("rate_client")));
            return;
        }
    }
    panic!("a hundred requests, and one a second is allowed");
}

async fn what_it_shows_is_what_its_maker_sees(on: Backend) {
    let app = TestApp::on(on);
    let whole = picture();
    for (scope, shows) in [("Photos.ReadWrite Photos.Location.Read", true), (WRITE, false)] {
        let upload = Upload::begin(&app, &app.caller("ann", scope), json!({})).await;
        let made = upload.part(&whole, 0, whole.len()).await;
        assert_eq!(made.json().get("location").is_some(), shows, "{}", made.text());
        let read = app.caller("ann", scope).get(&format!("{ALL}/{}", id(&made.json()))).await;
        assert_eq!(read.json(), made.json());
    }
}
