//! The log's line about a request: its fields, and what is never in it.

use actix_web::HttpResponse;
use actix_web::http::Method;
use actix_web::test::TestRequest;
use actix_web::web::{self, Bytes};
use serde_json::{Value, json};

use crate::support::app::{Answer, Backend, TestApp, peer};
use crate::support::log;
use crate::support::process::Process;

const ME: &str = "/v1.0/me";
const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";

/// These fields of the line about it; what is not there is `-`.
fn fields<const N: usize>(answer: &Answer, names: [&str; N]) -> [String; N] {
    names.map(|name| answer.logged(name).unwrap_or_else(|| "-".into()))
}

#[actix_web::test]
async fn a_request_is_told_in_full_and_nobody_by_name() {
    let app = TestApp::on(Backend::Sqlite);
    let subject = "subject-that-is-nobodys-business";
    let ann = app.caller(subject, "User.ReadWrite").with("traceparent", &format!("00-{TRACE}-b7ad6b7169203331-01"));
    let path = format!("{ME}?$select=id&$comment");
    let read = ann.get_from("2001:db8::7", ME).await;
    assert_eq!(
        fields(&read, ["level", "op", "method", "route", "status", "bytes_in", "client_id", "remote", "trace_id"]),
        ["INFO", "getMe", "GET", ME, "200", "0", "site", "2001:db8::7", TRACE]
    );
    assert_eq!(fields(&read, ["bytes_out", "deny_reason"]), [read.text().len().to_string(), "-".into()]);
    let millis: f64 = read.logged("dur_ms").expect("a duration").parse().expect("a number");
    assert!(millis > 0.0 && millis < 20_000.0, "{millis}");
    assert_eq!(ann.get(&path).await.logged("route").as_deref(), Some(ME), "without the query");
    let body = json!({"city": "Coimbra"});
    let changed = ann.patch(ME, body.clone()).await;
    assert_eq!(fields(&changed, ["op", "bytes_in"]), ["updateMe".into(), body.to_string().len().to_string()]);
    // One person has one name, others another.
    let names = ["iss_hash", "sub_hash"];
    let [issuer, person] = fields(&read, names);
    assert_eq!(fields(&changed, names), [issuer.clone(), person.clone()]);
    assert!([&issuer, &person].iter().all(|name| name.len() == 16 && u64::from_str_radix(name, 16).is_ok()));
    let [same_issuer, bob] = fields(&app.caller("bob", "User.Read").get(ME).await, names);
    assert!(same_issuer == issuer && bob != person);
    let elsewhere = app.caller_of(app.other_issuer(), subject, "User.Read").get(ME).await;
    let [other_issuer, namesake] = fields(&elsewhere, names);
    assert!(other_issuer != issuer && namesake != person);
    let everything = log::everything();
    for secret in [subject, ann.token(), "$comment", "Coimbra"] {
        assert!(!everything.contains(secret), "{secret} is in the log");
    }
}

#[actix_web::test]
async fn a_denial_is_a_warning_with_its_reason() {
    let app = TestApp::on(Backend::Sqlite);
    let names = ["level", "op", "status", "deny_reason", "client_id"];
    let refused = app.send(Method::GET, ME, &["Bearer abc".into()], None).await;
    assert_eq!(fields(&refused, names), ["WARN", "getMe", "401", "not_compact", "-"]);
    let too_little = app.caller("ann", "Contacts.Read").get(ME).await;
    assert_eq!(fields(&too_little, names), ["WARN", "getMe", "403", "insufficient_scope", "site"]);
    assert_eq!(too_little.logged("sub_hash").map(|name| name.len()), Some(16));
    let nothing = app.send(Method::GET, "/v1.0/path-that-may-hold-anything", &[], None).await;
    assert_eq!(fields(&nothing, names), ["INFO", "-", "404", "-", "-"]);
    assert_eq!(fields(&nothing, ["route", "remote", "iss_hash"]), ["-", "-", "-"]);
    assert!(!log::everything().contains("path-that-may-hold"), "the path is in the log");
    for bad in ["00-0-0-00".into(), format!("00-{TRACE}-0000000000000000-01")] {
        let answer = app.caller("ann", "User.Read").with("traceparent", &bad).get(ME).await;
        assert_eq!(answer.logged("trace_id"), None, "{bad}");
    }
}

/// How much a streamed answer was is known when it was sent: then the line is written.
#[actix_web::test]
async fn the_bytes_of_an_answer_are_those_that_were_sent() {
    let app = TestApp::on(Backend::Sqlite);
    let stream = |routes: &mut web::ServiceConfig| {
        let parts =
            || futures_util::stream::iter(["some", "thing"].map(|part| Ok::<_, actix_web::Error>(Bytes::from(part))));
        let route = web::get().to(move || async move { HttpResponse::Ok().streaming(parts()) });
        routes.route("/stream", route);
    };
    let answer = app.answer_with(stream, TestRequest::with_uri("/stream").peer_addr(peer("192.0.2.1"))).await;
    assert_eq!(answer.text(), "something");
    assert_eq!(fields(&answer, ["status", "bytes_out", "route"]), ["200", "9", "/stream"]);
    let head = app.send(Method::HEAD, "/openapi.json", &[], None).await;
    assert_eq!(fields(&head, ["status", "op", "bytes_out"]), ["200", "getOpenApi", "0"]);
}

/// As it is written: one JSON object a line, in this order.
#[test]
fn the_line_is_json_with_the_fields_in_order() {
    let server = Process::start(&[]);
    let mut connection = server.connect();
    let trace = format!("traceparent: 00-{TRACE}-b7ad6b7169203331-01");
    connection.send(&format!("GET {ME}?a=b HTTP/1.1\r\nHost: a\r\n{trace}\r\nAuthorization: Bearer abc\r\n\r\n"));
    let (status, answer) = connection.answer();
    assert_eq!(status, 401);
    let id = answer["error"]["innerError"]["request-id"].as_str().expect("an id");
    let line = server.says(id).pop().expect("a line");
    let told: Value = serde_json::from_str(&line).expect("JSON");
    assert_eq!(
        (&told["event"], &told["level"], &told["deny_reason"], &told["trace_id"], &told["remote"]),
        (&json!("request"), &json!("WARN"), &json!("not_compact"), &json!(TRACE), &json!("127.0.0.1"))
    );
    assert!(told["dur_ms"].is_number() && told["status"].is_u64() && told["bytes_out"].is_u64(), "{line}");
    let order = ["ts", "level", "target", "event", "req_id", "trace_id", "op", "method", "route", "status", "dur_ms"];
    let order = order.iter().chain(&["bytes_in", "bytes_out", "remote", "deny_reason"]);
    let places: Vec<_> = order.map(|name| line.find(&format!("\"{name}\":")).expect(name)).collect();
    assert!(places.is_sorted(), "{line}");
}
