//! The explorer's files and their policy, and the examples that it offers: each is what the server takes and answers.
//! How it looks and works in a browser: `tests/clients/browser.sh`.

use std::collections::BTreeSet;

use actix_web::http::Method;
use serde_json::{Value, json};
use sharehold::router::openapi;

use crate::on_both;
use crate::support::app::{Answer, Backend, TestApp};

on_both! { files_reach_this_server_only examples_work_as_they_stand cards_to_begin_from_are_taken the_fields_that_are_told_are_taken }

async fn get(app: &TestApp, path: &str) -> Answer {
    app.send(Method::GET, path, &[], None).await
}

async fn files_reach_this_server_only(on: Backend) {
    let app = TestApp::on(on);
    let page = get(&app, "/docs").await;
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    let text = page.text();
    let links: Vec<&str> = ["src=\"", "href=\""]
        .iter()
        .flat_map(|attribute| text.split(attribute).skip(1))
        .filter_map(|rest| rest.split('"').next())
        .filter(|link| !link.starts_with("data:"))
        .collect();
    assert!(links.len() >= 4 && links.iter().all(|link| link.starts_with('/')), "{links:?}");
    for link in links.into_iter().chain(["/docs", "/docs/"]) {
        let file = get(&app, link).await;
        assert_eq!(file.status, 200, "{link}");
        if !link.starts_with("/docs") {
            continue;
        }
        let policy = file.header("content-security-policy");
        for part in ["default-src 'none'", "script-src 'self';", "connect-src 'self';", "frame-ancestors 'none'"] {
            assert!(policy.contains(part), "{link}: {policy}");
        }
        assert!(!policy.contains("unsafe") && !policy.contains("http") && !policy.contains('*'), "{policy}");
        assert_eq!(file.header("x-frame-options"), "DENY");
        assert_eq!(file.header("x-content-type-options"), "nosniff");
        assert_eq!(file.header("referrer-policy"), "no-referrer");
        assert_eq!(file.header("cache-control"), "public, no-cache");
        let known = app.caller("ann", "User.Read").with("if-none-match", &file.header("etag")).get(link).await;
        assert_eq!((known.status.as_u16(), known.text()), (304, String::new()), "{link}");
        let changed = app.caller("ann", "User.Read").with("if-none-match", "\"another\"").get(link).await;
        assert_eq!(changed.status, 200, "{link}");
    }
    for absent in
        ["/docs/index.html.bak", "/docs/..%2fsecret", "/docs/%2e%2e", "/docs/swagger-initializer.js", "/docs/a/b"]
    {
        assert_eq!(get(&app, absent).await.status, 404, "{absent}");
    }
    assert_eq!(app.send(Method::POST, "/docs", &[], None).await.status, 405);
}

/// Members of an object.
fn members(object: &Value) -> BTreeSet<&String> {
    object.as_object().expect("an object").keys().collect()
}

async fn examples_work_as_they_stand(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "User.ReadWrite");
    let document = openapi::document("http://127.0.0.1:8700");
    let (mut sent, mut answered) = (0, 0);
    for (path, operations) in document["paths"].as_object().expect("paths") {
        for (method, operation) in operations.as_object().expect("operations") {
            let example = |content: &Value| content["content"]["application/json"].get("example").cloned();
            let body = example(&operation["requestBody"]);
            sent += usize::from(body.is_some());
            let Some(shown) = example(&operation["responses"]["200"]) else { continue };
            answered += 1;
            let answer = match (method.as_str(), body.clone()) {
                ("get", None) => ann.get(path).await,
                ("patch", Some(change)) => ann.patch(path, change).await,
                (method, _) => panic!("{method} {path}: say here how its example is sent"),
            };
            assert_eq!(answer.status, 200, "{path}: {}", answer.text());
            assert_eq!(members(&shown), members(&answer.json()), "{path}");
            for (name, value) in body.iter().filter_map(Value::as_object).flatten() {
                assert_eq!(&answer.json()[name], value, "{path}: {name}");
            }
        }
    }
    assert!(sent >= 1 && answered >= 2, "{sent} bodies and {answered} answers have an example");
    // As the description of `$select` says.
    let selected = app.caller("ann", "User.Read").get("/v1.0/me?$select=displayName,mail").await;
    assert_eq!(selected.status, 200);
    assert_eq!(members(&selected.json()).len(), 4, "{}", selected.text());
}

async fn cards_to_begin_from_are_taken(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Contacts.ReadWrite");
    let document = openapi::document("http://127.0.0.1:8700");
    let contacts = "/v1.0/me/contacts";
    let made = ann.send_json(Method::POST, contacts, json!({"displayName": "A"})).await.json();
    let one = format!("{contacts}/{}", made["id"].as_str().expect("an id"));
    for media in ["text/vcard", "application/jscontact+json"] {
        let example = |path: &str, method: &str| {
            let content = &document["paths"][path][method]["requestBody"]["content"];
            match &content[media]["example"] {
                Value::String(text) => text.clone(),
                json => json.to_string(),
            }
        };
        let card = example(contacts, "post");
        let report = ann.send_body(Method::POST, contacts, media, card.clone()).await;
        assert_eq!((report.status.as_u16(), &report.json()["rejected"]), (200, &json!(0)), "{}", report.text());
        let card = example("/v1.0/me/contacts/{contact}", "put");
        let put = ann.with("If-Match", "*").send_body(Method::PUT, &one, media, card).await;
        assert_eq!(put.status, 200, "{}", put.text());
        let put = put.json();
        let shown = (&put["displayName"], &put["mobilePhone"], &put["emailAddresses"][0]["address"]);
        assert_eq!(shown, (&json!("Zoë Okafor"), &json!("+1 555 0100"), &json!("zoe@example.org")), "{media}");
    }
}

async fn the_fields_that_are_told_are_taken(on: Backend) {
    let app = TestApp::on(on);
    let (read, basic) = (app.caller("ann", "Contacts.Read"), app.caller("ann", "Contacts.ReadBasic"));
    let document = openapi::document("http://127.0.0.1:8700");
    for path in ["/v1.0/me/contacts", "/v1.0/me/contacts/$count"] {
        let parameters = document["paths"][path]["get"]["parameters"].as_array().expect("parameters");
        for option in parameters.iter().filter(|one| one["name"] == "$filter" || one["name"] == "$orderby") {
            let (name, told) =
                (option["name"].as_str().expect("a name"), option["description"].as_str().expect("text"));
            let (all, few) = told.split_once("It takes ").and_then(|(_, told)| told.split_once(';')).expect(told);
            let fields = |told: &str| told.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>();
            let (all, few) = (fields(all), fields(few).split_off(1));
            assert!(all.len() > few.len() && few.len() >= 3, "{told}");
            for field in &all {
                let is_text = name == "$orderby" || field.ends_with("any()");
                let value = if is_text { field.clone() } else { format!("{field} eq null") };
                let asked = format!("{path}?{name}={}", value.replace(' ', "%20"));
                assert_eq!(read.get(&asked).await.status, 200, "{asked}");
                let expected = if few.contains(field) { 200 } else { 403 };
                assert_eq!(basic.get(&asked).await.status, expected, "{asked}");
            }
        }
    }
}
