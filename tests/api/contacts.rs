//! Contacts: what a client sees of the list and of one contact.

use actix_web::http::{Method, StatusCode};
use serde_json::json;

use crate::on_both;
use crate::support::app::{Backend, TestApp};

on_both! { made_read_changed_and_deleted pages_go_on_where_they_ended }

async fn made_read_changed_and_deleted(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Contacts.ReadWrite");
    let made = ann.send_json(Method::POST, "/v1.0/me/contacts", json!({"displayName": "José"})).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
    let id = made.json()["id"].as_str().expect("an id").to_owned();
    assert!(made.header("location").ends_with(&format!("/v1.0/me/contacts/{id}")));
    let one = format!("/v1.0/me/contacts/{id}");
    assert_eq!(ann.get(&one).await.json(), made.json());
    let changed = ann.patch(&one, json!({"mobilePhone": "+1 555 0100"})).await;
    assert_eq!(changed.json()["displayName"], "José", "{}", changed.text());
    assert_eq!(changed.json()["mobilePhone"], "+1 555 0100");
    assert_eq!(ann.get("/v1.0/me/contacts/$count").await.text(), "1");
    assert_eq!(ann.call(Method::DELETE, &one).await.status, StatusCode::NO_CONTENT);
    assert_eq!(ann.get(&one).await.status, StatusCode::NOT_FOUND);
    assert_eq!(ann.get("/v1.0/me/contacts/$count").await.text(), "0");
}

async fn pages_go_on_where_they_ended(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Contacts.ReadWrite");
    for number in 0..7 {
        let contact = json!({"displayName": format!("Contact {number}")});
        ann.send_json(Method::POST, "/v1.0/me/contacts", contact).await;
    }
    let mut seen = Vec::new();
    let mut next = Some("/v1.0/me/contacts?$top=3&$count=true".to_owned());
    while let Some(path) = next {
        let page = ann.get(&path).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.text());
        let page = page.json();
        seen.extend(page["value"].as_array().expect("items").iter().map(|item| item["displayName"].to_string()));
        let link = page["@odata.nextLink"].as_str();
        next = link.map(|link| link[link.find("/v1.0").expect("a path")..].to_owned());
    }
    assert_eq!(seen, (0..7).map(|number| format!("\"Contact {number}\"")).collect::<Vec<_>>());
}
