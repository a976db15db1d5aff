//! What cannot be a batch is refused whole, with its place; and by a batch nobody reaches further than by requests.

use actix_web::http::Method;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sharehold::access::{Revocation, Revoked};
use sharehold::config::{Config, Rate};

use crate::api::batch::{BATCH, get, patch, send, statuses};
use crate::on_both;
use crate::support::app::{Backend, TestApp};
use crate::support::pictures;

on_both! {
    urls_as_clients_write_them what_is_no_batch_is_refused_whole nobody_comes_in_by_a_part
    big_answers_and_big_bodies changes_are_told_within_the_room
}

async fn urls_as_clients_write_them(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "User.ReadWrite");
    let id = ann.get("/v1.0/me").await.json()["id"].as_str().expect("an id").to_owned();
    let by_id = format!("/users/{id}");
    let good =
        ["/me", "me", "/v1.0/me", "v1.0/Me()", "http://127.0.0.1:8700/v1.0/me", "HTTP://127.0.0.1:8700/me", &by_id];
    let requests: Vec<Value> = good.iter().enumerate().map(|(at, url)| get(&at.to_string(), url)).collect();
    let answer = send(&ann, json!(requests)).await;
    for (at, url) in good.iter().enumerate() {
        assert_eq!(answer.part(at).json()["id"], json!(id), "{url}: {}", answer.part(at).text());
    }
    let strange = uuid::Uuid::now_v7();
    let others = [
        format!("/users/{strange}"),
        "/me?$select=displayName, city".into(),
        "/me?x=http://a/".into(),
        "openapi.json".into(),
    ];
    let requests: Vec<Value> = others.iter().enumerate().map(|(at, url)| get(&at.to_string(), url)).collect();
    let got = statuses(&send(&ann, json!(requests)).await).into_iter().map(|(_, status)| status);
    assert_eq!(got.collect::<Vec<_>>(), [404, 200, 200, 404]);
    let elsewhere = [
        "http://elsewhere.example/v1.0/me",
        "//elsewhere.example/me",
        "http://127.0.0.1:87001/me",
        "http:/me",
        "",
        "/",
    ];
    for url in elsewhere {
        let answer = send(&ann, json!([get("1", "/me"), get("2", url)])).await;
        assert_eq!(
            (answer.status.as_u16(), &answer.json()["error"]["target"]),
            (400, &json!("requests[1].url")),
            "{url}"
        );
    }
}

fn many(count: usize) -> Value {
    json!((0..count).map(|at| get(&at.to_string(), "/me")).collect::<Vec<_>>())
}

/// What is no batch, each with the place that is named.
fn wrong_batches() -> Vec<(Value, &'static str)> {
    let change = patch("1", &json!({"city": "Faro"}), &[]);
    let with = |name: &str, value: Value| {
        let mut request = get("2", "/me");
        request[name] = value;
        json!([change, request])
    };
    let own = |name: &str| with("headers", json!({name: "x"}));
    let circle = json!([change, patch("2", &json!({}), &["3"]), patch("3", &json!({}), &["2"])]);
    vec![
        (with("id", json!("1")), "requests[1].id"),
        (with("id", json!("")), "requests[1].id"),
        (with("id", json!(2)), "requests[1].id"),
        (with("dependsOn", json!(["1", "4"])), "requests[1].dependsOn[1]"),
        (with("dependsOn", json!(["2"])), "requests[1].dependsOn"),
        (circle, "requests[1].dependsOn"),
        (with("method", json!("TRACE")), "requests[1].method"),
        (with("method", json!("get")), "requests[1].method"),
        (with("body", json!({})), "requests[1].body"),
        (with("verb", json!("GET")), "requests[1].verb"),
        (with("url", json!("/$batch")), "requests[1].url"),
        (with("url", json!("/V1.0/%24Batch/?x")), "requests[1].url"),
        (own("Authorization"), "requests[1].headers.authorization"),
        (own("host"), "requests[1].headers.host"),
        (own("X-Forwarded-For"), "requests[1].headers.x-forwarded-for"),
        (own("forwarded"), "requests[1].headers.forwarded"),
        (own("transfer-encoding"), "requests[1].headers.transfer-encoding"),
        (with("headers", json!({"a": "1", "A": "2"})), "requests[1].headers"),
        (with("headers", json!({"a b": "1"})), "requests[1].headers"),
        (with("headers", json!({"a": "1\r\nb: 2"})), "requests[1].headers.a"),
        (many(21), "requests"),
        (many(0), "requests"),
        (json!({}), "requests"),
    ]
}

async fn what_is_no_batch_is_refused_whole(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "User.ReadWrite");
    for (requests, place) in wrong_batches() {
        let answer = send(&ann, requests.clone()).await;
        let told = answer.json();
        let target = told["error"]["target"].as_str().unwrap_or_default().to_lowercase();
        assert_eq!((answer.status.as_u16(), target), (400, place.to_lowercase()), "{requests}: {told}");
    }
    assert_eq!(statuses(&send(&ann, many(20)).await).len(), 20);
    for text in
        ["", "[]", "{}", "{\"requests\":[]}", "{\"requests\":[],\"requests\":[]}", "{\"requests\":[{}]} x", "{\"x\":1}"]
    {
        let answer = ann.send_body(Method::POST, BATCH, "application/json", text).await;
        assert_eq!((answer.status.as_u16(), answer.code()), (400, "invalidRequest".into()), "{text}");
    }
    // However it is spelt, a batch answers no batch.
    let hidden = json!({"id": "1", "method": "POST", "url": "/$batch()()", "body": {"requests": [get("1", "/me")]}});
    let answer = send(&ann, json!([hidden])).await;
    assert!(answer.status == 400 || answer.part(0).status.is_client_error(), "{}", answer.text());
    assert_eq!(ann.get("/v1.0/me").await.json()["city"], Value::Null, "nothing of it was done");
}

/// The token is opened, and asked after, for each part: what holds for requests holds for parts.
async fn nobody_comes_in_by_a_part(on: Backend) {
    let app = TestApp::on(on);
    let claims = app.claims("ann", "User.ReadWrite");
    let bearer = [app.bearer(&claims)];
    let body = || Some(("application/json", json!({"requests": [get("1", "/me")]}).to_string().into_bytes()));
    assert_eq!(app.send(Method::POST, BATCH, &bearer, body()).await.part(0).status, 200);
    let subject = Revoked::Subject("ann".into());
    app.revocations.replace(vec![Revocation { issuer: app.issuer().into(), scope: subject, until_auth_after: None }]);
    let answer = app.send(Method::POST, BATCH, &bearer, body()).await;
    assert_eq!((answer.status.as_u16(), answer.reason().as_deref()), (401, Some("revoked")));
    assert_eq!(app.send(Method::POST, BATCH, &[], body()).await.status, 401);
    // Each part counts, and so does the batch.
    let app = TestApp::with(on, |config| config.rate = Rate { client_rps: 1, client_burst: 4, ..Rate::default() });
    let ann = app.caller("ann", "User.ReadWrite");
    let requests: Vec<Value> = (0..8).map(|at| get(&at.to_string(), "/me")).collect();
    let answer = send(&ann, json!(requests)).await;
    let got: Vec<u64> = statuses(&answer).into_iter().map(|(_, status)| status).collect();
    assert_eq!(got[..3], [200; 3], "{got:?}");
    let limited = got.iter().position(|status| *status == 429).expect("a limit");
    assert_eq!(answer.part(limited).reason().as_deref(), Some("rate_client"));
    assert!(!answer.part(limited).header("retry-after").is_empty());
}

async fn big_answers_and_big_bodies(on: Backend) {
    let limits = |batch: u64, answer: u64| {
        move |config: &mut Config| {
            (config.limits.batch_body_bytes, config.limits.batch_answer_bytes) = (batch, answer);
            config.limits.json_body_bytes = 1000;
        }
    };
    let app = TestApp::with(on, limits(100_000, 2_000));
    let ann = app.caller("ann", "User.ReadWrite");
    assert_eq!(ann.patch("/v1.0/me", json!({"aboutMe": "a".repeat(800)})).await.status, 200);
    let requests: Vec<Value> = (0..20).map(|at| get(&at.to_string(), "/me")).collect();
    let answer = send(&ann, json!(requests)).await;
    let got: Vec<u64> = statuses(&answer).into_iter().map(|(_, status)| status).collect();
    assert!(
        got[0] == 200 && got[1..].contains(&413) && answer.bytes().len() < 40_000,
        "{got:?} {}",
        answer.bytes().len()
    );
    // A part is under its own limits; a change is told however little room there is, if not what it came to.
    let bodies = [patch("1", &json!({"aboutMe": "b".repeat(2000)}), &[]), patch("2", &json!({"city": "Faro"}), &[])];
    let mut requests: Vec<Value> = (0..10).map(|at| get(&format!("r{at}"), "/me")).collect();
    requests.extend(bodies);
    let answer = send(&ann, json!(requests)).await;
    assert_eq!(statuses(&answer)[10..], [("1".to_owned(), 413), ("2".to_owned(), 204)]);
    let now = ann.get("/v1.0/me").await;
    assert_eq!((&now.json()["city"], answer.part(11).header("etag")), (&json!("Faro"), now.header("etag")));
    let bombs: Vec<Value> =
        (0..20).map(|at| patch(&at.to_string(), &json!({"aboutMe": "b".repeat(6000)}), &[])).collect();
    assert_eq!(send(&ann, json!(bombs)).await.status, 413);
    // Deep and wide: looked at by nobody but the part, which refuses it.
    let deep = format!("{}{}", "[".repeat(400), "]".repeat(400));
    let text = format!(
        "{{\"requests\":[{{\"id\":\"1\",\"method\":\"PATCH\",\"url\":\"/me\",\"body\":{{\"city\":{deep}}}}}]}}"
    );
    let answer = ann.send_body(Method::POST, BATCH, "application/json", text).await;
    assert_eq!(answer.part(0).status, 400, "{}", answer.text());
}

async fn changes_are_told_within_the_room(on: Backend) {
    let app = TestApp::with(on, |config| config.limits.batch_answer_bytes = 4_000);
    let ann = app.caller("ann", "User.ReadWrite");
    let about = "a".repeat(800);
    assert_eq!(ann.patch("/v1.0/me", json!({"aboutMe": about})).await.status, 200);
    let changes = (0..20).map(|at| patch(&at.to_string(), &json!({"city": at.to_string()}), &[])).collect::<Vec<_>>();
    let answer = send(&ann, json!(changes)).await;
    let got: Vec<u64> = statuses(&answer).into_iter().map(|(_, status)| status).collect();
    assert_eq!((got[0], &got[2..]), (200, &[204; 18][..]));
    let bodies = answer.json()["responses"].clone();
    let bodies = bodies.as_array().expect("answers").iter().filter_map(|part| part.get("body"));
    let bytes = bodies.map(|body| body.to_string().len()).sum::<usize>();
    assert!(bytes <= 4_000, "{bytes}");
    // Base64 is longer than what it says.
    let picture = json!({"id": "put", "method": "PUT", "url": "/me/photo/$value", "headers": {"Content-Type": "image/png"},
                         "body": STANDARD.encode(pictures::png(64, 64))});
    assert_eq!(send(&ann, json!([picture])).await.part(0).status, 200);
    let length = ann.get("/v1.0/me/photo/$value").await.bytes().len();
    let most = u64::try_from(length + 8).expect("a number");
    let app = TestApp::with(on, |config| config.limits.batch_answer_bytes = most);
    let ann = app.caller("ann", "User.ReadWrite");
    send(&ann, json!([picture])).await;
    assert_eq!(send(&ann, json!([get("1", "/me/photo/$value")])).await.part(0).status, 413);
}
