//! `POST /v1.0/$batch`: each part is answered as if it were sent alone, in an order that its dependencies allow.

use std::collections::BTreeMap;

use actix_web::http::Method;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::on_both;
use crate::support::app::{Answer, Backend, Caller, TestApp};
use crate::support::pictures;

on_both! {
    parts_are_answered_as_if_sent_alone dependencies_decide_the_order what_depends_on_a_failure_is_not_done
    bodies_and_bytes a_scope_that_is_missing_is_one_parts_matter
}

pub(super) const BATCH: &str = "/v1.0/$batch";

pub(super) async fn send(who: &Caller<'_>, requests: Value) -> Answer {
    who.send_body(Method::POST, BATCH, "application/json", json!({"requests": requests}).to_string()).await
}

pub(super) fn get(id: &str, url: &str) -> Value {
    json!({"id": id, "method": "GET", "url": url})
}

pub(super) fn patch(id: &str, body: &Value, after: &[&str]) -> Value {
    let headers = json!({"Content-Type": "application/json"});
    json!({"id": id, "method": "PATCH", "url": "/me", "headers": headers, "body": body, "dependsOn": after})
}

pub(super) fn statuses(answer: &Answer) -> Vec<(String, u64)> {
    assert_eq!(answer.status, 200, "{}", answer.text());
    let responses = answer.json()["responses"].as_array().expect("responses").clone();
    let told =
        |part: &Value| (part["id"].as_str().expect("an id").to_owned(), part["status"].as_u64().expect("a status"));
    responses.iter().map(told).collect()
}

/// All that it says, but for the ids and the date of this very request.
fn comparable(answer: &Answer) -> (u16, BTreeMap<String, String>, String) {
    let mut headers: BTreeMap<String, String> =
        answer.names().into_iter().map(|name| (name.clone(), answer.values(&name).join(", "))).collect();
    headers.remove("request-id");
    let body = if answer.status.is_client_error() { answer.text_without_ids() } else { answer.text() };
    (answer.status.as_u16(), headers, body)
}

async fn parts_are_answered_as_if_sent_alone(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "User.ReadWrite");
    let tag = ann.patch("/v1.0/me", json!({"city": "Porto", "displayName": "Ann \u{1f600}"})).await.header("etag");
    let with = |url: &str, name: &str, value: &str| json!({"method": "GET", "url": url, "headers": {name: value}});
    let mut requests = vec![
        get("", "/me"),
        get("", "/me?$select=city"),
        with("/me", "If-None-Match", &tag),
        with("/me", "Accept", "text/html"),
        with("/me", "Accept", "application/problem+json, application/json;q=0"),
        with("/me", "client-request-id", "a-part"),
        get("", "/me?$filter=x"),
        get("", "/me/photo"),
        get("", "/me/nothing"),
        json!({"method": "POST", "url": "/me"}),
        json!({"method": "HEAD", "url": "/me"}),
        json!({"method": "PATCH", "url": "/me", "headers": {"If-Match": "W/\"1-0\""}, "body": {"city": "Faro"}}),
        json!({"method": "PATCH", "url": "/me", "body": {"town": "Faro"}}),
    ];
    for (at, request) in requests.iter_mut().enumerate() {
        request["id"] = json!(format!("r{at}"));
    }
    let batch = send(&ann, json!(requests)).await;
    let ids: Vec<String> = statuses(&batch).into_iter().map(|(id, _)| id).collect();
    assert_eq!(ids, (0..requests.len()).map(|at| format!("r{at}")).collect::<Vec<_>>());
    for (at, request) in requests.iter().enumerate() {
        let method: Method = request["method"].as_str().expect("a method").parse().expect("a method");
        let mut alone = ann.clone();
        for (name, value) in request["headers"].as_object().into_iter().flatten() {
            alone = alone.with(name, value.as_str().expect("text"));
        }
        let path = format!("/v1.0{}", request["url"].as_str().expect("a URL"));
        let alone = match request.get("body") {
            Some(body) => alone.send_body(method.clone(), &path, "application/json", body.to_string()).await,
            None => alone.call(method.clone(), &path).await,
        };
        let part = batch.part(at);
        let (mut expected, told) = (comparable(&alone), comparable(&part));
        if method == Method::HEAD {
            // The connection leaves it out; here there is none.
            expected.2 = String::new();
        }
        assert_eq!(told, expected, "{request}");
        for field in ["op", "route", "status", "deny_reason", "client_id", "sub_hash", "method"] {
            assert_eq!(part.logged(field), alone.logged(field), "{request} {field}");
        }
    }
    assert_eq!(batch.logged("op").as_deref(), Some("batch"));
    assert!(batch.json()["responses"][2].get("body").is_none(), "a body on 304");
}

async fn dependencies_decide_the_order(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "User.ReadWrite");
    // Backwards, and with the name that one SDK writes.
    let mut last = get("read", "/me?$select=city");
    last["depends_on"] = json!(["third"]);
    let [first, second, third] =
        [("first", "A", vec![]), ("second", "B", vec!["first"]), ("third", "C", vec!["second"])]
            .map(|(id, city, after)| patch(id, &json!({"city": city}), &after));
    let answer = send(&ann, json!([last, third, second, first])).await;
    let expected = ["read", "third", "second", "first"].map(|id| (id.to_owned(), 200));
    assert_eq!(statuses(&answer), expected, "in the order of the requests");
    assert_eq!(answer.part(0).json()["city"], "C", "{}", answer.text());
    // Without dependencies: one after the other, as they stand.
    let [a, b] = [("a", "X"), ("b", "Y")].map(|(id, city)| patch(id, &json!({"city": city}), &[]));
    let answer = send(&ann, json!([a, get("c", "/me?$select=city"), b])).await;
    assert_eq!(answer.part(1).json()["city"], "X");
    assert_eq!(ann.get("/v1.0/me").await.json()["city"], "Y");
}

async fn what_depends_on_a_failure_is_not_done(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "User.ReadWrite");
    let wrong = patch("wrong", &json!({"town": "Faro"}), &[]);
    let requests = json!([
        wrong,
        patch("after", &json!({"city": "Faro"}), &["wrong"]),
        patch("afterwards", &json!({"city": "Faro"}), &["after"]),
        patch("beside", &json!({"state": "Algarve"}), &[]),
    ]);
    let answer = send(&ann, requests).await;
    let expected = [("wrong", 400), ("after", 424), ("afterwards", 424), ("beside", 200)];
    assert_eq!(statuses(&answer), expected.map(|(id, status)| (id.to_owned(), status)));
    let part = answer.part(1);
    assert_eq!((part.code(), part.logged("op")), ("failedDependency".into(), Some("updateMe".into())));
    assert!(!part.header("request-id").is_empty() && part.header("request-id") != answer.header("request-id"));
    let me = ann.get("/v1.0/me").await.json();
    assert_eq!((&me["city"], &me["state"]), (&Value::Null, &json!("Algarve")));
}

async fn bodies_and_bytes(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "User.ReadWrite");
    let picture = STANDARD.encode(pictures::png(64, 64));
    let put = |body: Value| json!({"id": "put", "method": "PUT", "url": "/me/photo/$value", "headers": {"Content-Type": "image/png"}, "body": body});
    let mut read = get("get", "/me/photo/$value");
    read["dependsOn"] = json!(["put"]);
    let answer = send(&ann, json!([put(json!(picture.trim_end_matches('='))), read])).await;
    assert_eq!(statuses(&answer), [("put".to_owned(), 200), ("get".to_owned(), 200)], "{}", answer.text());
    let told = answer.json()["responses"][1]["body"].as_str().map(|text| STANDARD.decode(text).expect("base64"));
    assert_eq!(told.as_deref(), Some(ann.get("/v1.0/me/photo/$value").await.bytes()));
    assert_eq!(answer.part(1).header("content-type"), "image/jpeg");
    let minimal =
        json!({"id": "1", "method": "PATCH", "url": "me", "headers": {"prefer": "return=minimal"}, "body": {}});
    let text = json!({"id": "2", "method": "PATCH", "url": "me", "headers": {"content-type": "application/json"},
                      "body": STANDARD.encode("{\"city\": \"Beja\"}")});
    let removed = json!({"id": "3", "method": "DELETE", "url": "/me/photo/$value", "body": null, "headers": null});
    let answer = send(&ann, json!([minimal, text, removed])).await;
    assert_eq!(statuses(&answer), [("1", 204), ("2", 200), ("3", 204)].map(|(id, status)| (id.to_owned(), status)));
    assert!(answer.json()["responses"][0].get("body").is_none());
    assert_eq!(answer.part(1).json()["city"], "Beja");
    for bad in [json!({"a": 1}), json!("*"), json!([1])] {
        let answer = send(&ann, json!([put(bad.clone())])).await;
        assert_eq!(
            (answer.status.as_u16(), &answer.json()["error"]["target"]),
            (400, &json!("requests[0].body")),
            "{bad}"
        );
    }
}

async fn a_scope_that_is_missing_is_one_parts_matter(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "User.Read");
    let answer = send(&ann, json!([get("1", "/me"), patch("2", &json!({"city": "Faro"}), &[]), get("3", "/me")])).await;
    assert_eq!(statuses(&answer), [("1", 200), ("2", 403), ("3", 200)].map(|(id, status)| (id.to_owned(), status)));
    let part = answer.part(1);
    assert!(part.challenges()[0].contains("scope=\"User.ReadWrite\""), "{:?}", part.challenges());
    assert_eq!((part.reason().as_deref(), answer.reason()), (Some("insufficient_scope"), None));
}
