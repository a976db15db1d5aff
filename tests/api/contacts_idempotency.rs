//! `Idempotency-Key`: a create that is sent again makes nothing twice.

use actix_web::http::{Method, StatusCode};
use chrono::TimeDelta;
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::on_both;
use crate::support::app::{Answer, Backend, Caller, TestApp};

on_both! {
    what_is_sent_again_is_made_once keys_are_a_persons_and_a_clients malformed_keys keys_are_forgotten_after_a_day
    many_at_once who_may_only_add_does_not_see_what_became_of_it
}

const ALL: &str = "/v1.0/me/contacts";
const FOLDERS: &str = "/v1.0/me/contactFolders";

async fn make(caller: &Caller<'_>, key: &str, body: Value) -> Answer {
    caller.with("idempotency-key", key).send_json(Method::POST, ALL, body).await
}

fn id(answer: &Answer) -> String {
    answer.json()["id"].as_str().unwrap_or_else(|| panic!("no id: {}", answer.text())).to_owned()
}

async fn what_is_sent_again_is_made_once(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Contacts.ReadWrite");
    for (all, other) in [(ALL, FOLDERS), (FOLDERS, ALL)] {
        let key = format!("key of {all}").replace(' ', "-");
        let keyed = ann.with("idempotency-key", &key);
        let first = keyed.send_json(Method::POST, all, json!({"displayName": "Zoë"})).await;
        let again = keyed.send_json(Method::POST, all, json!({"displayName": "Zoë"})).await;
        assert_eq!((first.status, again.status), (StatusCode::CREATED, StatusCode::CREATED), "{}", again.text());
        assert_eq!((first.json(), first.header("location")), (again.json(), again.header("location")));
        let counted = ann.get(&format!("{all}?$count=true")).await.json();
        assert_eq!(counted["@odata.count"], 1);
        for (path, body) in [(all, json!({"displayName": "Zoe"})), (other, json!({"displayName": "Zoë"}))] {
            let reused = keyed.send_json(Method::POST, path, body).await;
            assert_eq!(reused.status, StatusCode::UNPROCESSABLE_ENTITY);
            assert_eq!(reused.code(), "idempotencyKeyReused");
        }
        let one = format!("{all}/{}", id(&first));
        ann.patch(&one, json!({"displayName": "Z"})).await;
        let now = keyed.send_json(Method::POST, all, json!({"displayName": "Zoë"})).await;
        assert_eq!(now.json(), ann.get(&one).await.json(), "as it is now");
        ann.call(Method::DELETE, &one).await;
        let gone = keyed.send_json(Method::POST, all, json!({"displayName": "Zoë"})).await;
        assert_eq!(gone.status, StatusCode::NOT_FOUND);
        assert!(gone.text().contains("deleted since"), "{}", gone.text());
    }
}

async fn keys_are_a_persons_and_a_clients(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Contacts.ReadWrite");
    let mut claims = app.claims("ann", "Contacts.ReadWrite");
    claims["client_id"] = json!("another site");
    let made = [
        id(&make(&ann, "k", json!({"displayName": "a"})).await),
        id(&make(&app.caller("bob", "Contacts.ReadWrite"), "k", json!({"displayName": "a"})).await),
        id(&make(&app.caller_with(&claims), "k", json!({"displayName": "a"})).await),
    ];
    assert!(made[0] != made[1] && made[0] != made[2] && made[1] != made[2]);
    // What was refused is not remembered: mended, it is made.
    assert_eq!(make(&ann, "m", json!({"displayName": 7})).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(make(&ann, "m", json!({"displayName": "7"})).await.status, StatusCode::CREATED);
}

async fn malformed_keys(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Contacts.ReadWrite");
    for key in ["", "a b", "a\tb", &"k".repeat(256)] {
        let refused = make(&ann, key, json!({"displayName": "a"})).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{key}");
        assert!(refused.text().contains("Idempotency-Key"));
    }
    let twice = ann.with("idempotency-key", "a");
    assert_eq!(make(&twice, "b", json!({"displayName": "a"})).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(make(&ann, &"k".repeat(255), json!({"displayName": "a"})).await.status, StatusCode::CREATED);
}

async fn keys_are_forgotten_after_a_day(on: Backend) {
    let app = TestApp::on(on);
    let mut claims = app.claims("ann", "Contacts.ReadWrite");
    claims["exp"] = json!(claims["iat"].as_i64().expect("a time") + 86_400);
    let ann = app.caller_with(&claims);
    let first = id(&make(&ann, "k", json!({"displayName": "a"})).await);
    app.clock.set(app.clock_now() + TimeDelta::days(1));
    assert_eq!(id(&make(&ann, "k", json!({"displayName": "a"})).await), first);
    app.clock.set(app.clock_now() + TimeDelta::seconds(1));
    // Whether or not it was swept: it is not heeded any longer.
    let second = id(&make(&ann, "k", json!({"displayName": "b"})).await);
    assert_ne!(second, first);
    assert_eq!(id(&make(&ann, "k", json!({"displayName": "b"})).await), second);
    app.clock.set(app.clock_now() + TimeDelta::days(1) + TimeDelta::seconds(1));
    assert_eq!(sharehold::resources::forget_old(&app.store, &sharehold::config::Retention::default()).await, Ok(1));
    assert_eq!(app.number("count(*) FROM idempotency_keys"), 0);
}

async fn many_at_once(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Contacts.ReadWrite");
    let answers = join_all((0..8).map(|_| make(&ann, "k", json!({"displayName": "a"})))).await;
    let made: Vec<String> = answers.iter().filter(|answer| answer.status == StatusCode::CREATED).map(id).collect();
    assert!(!made.is_empty() && made.iter().all(|id| *id == made[0]), "{made:?}");
    for answer in answers.iter().filter(|answer| answer.status != StatusCode::CREATED) {
        assert_eq!((answer.status, answer.header("retry-after").as_str()), (StatusCode::CONFLICT, "1"));
    }
    assert!(made.len() < 8, "none was told that another is in flight");
    assert_eq!(ann.get(&format!("{ALL}/$count")).await.text(), "1");
    assert_eq!(id(&make(&ann, "k", json!({"displayName": "a"})).await), made[0]);
}

async fn who_may_only_add_does_not_see_what_became_of_it(on: Backend) {
    let app = TestApp::on(on);
    let adder = app.caller("ann", "Contacts.Create");
    let first = make(&adder, "k", json!({"displayName": "a"})).await;
    assert_eq!(make(&adder, "k", json!({"displayName": "a"})).await.json(), first.json());
    let one = format!("{ALL}/{}", id(&first));
    app.clock.set(app.clock_now() + TimeDelta::seconds(1));
    app.caller("ann", "Contacts.ReadWrite").patch(&one, json!({"displayName": "secret"})).await;
    let again = make(&adder, "k", json!({"displayName": "a"})).await;
    assert_eq!((again.status, id(&again)), (StatusCode::CREATED, id(&first)));
    assert!(!again.text().contains("secret"), "{}", again.text());
}
