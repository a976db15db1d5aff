//! Contacts: what a client sees of the list and of one contact.

use actix_web::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::on_both;
use crate::support::app::{Backend, Caller, TestApp};
use crate::support::pictures;

on_both! {
    made_read_changed_and_deleted pages_go_on_where_they_ended a_whole_contact_is_sent_back names_are_derived
    tokens_of_pages_are_for_their_request hostile_patterns_are_plain_text
}

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

const ALL: &str = "/v1.0/me/contacts";

async fn make(caller: &Caller<'_>, body: Value) -> Value {
    let made = caller.send_json(Method::POST, ALL, body).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
    made.json()
}

fn id(contact: &Value) -> &str {
    contact["id"].as_str().expect("an id")
}

/// As SDKs do: what the server set comes along and says nothing.
async fn a_whole_contact_is_sent_back(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Contacts.ReadWrite");
    let body = json!({
        "@odata.type": "#microsoft.graph.contact", "displayName": "Zoë", "emailAddresses": [{"address": "z@example.org"}],
        "birthdayDate": "1990-02-28", "shoeSize": 38,
    });
    let one = format!("{ALL}/{}", id(&make(&ann, body).await));
    ann.send_body(Method::PUT, &format!("{one}/photo/$value"), "image/png", pictures::png(100, 70)).await;
    let whole = ann.get(&one).await.json();
    let same = ann.patch(&one, whole.clone()).await;
    assert_eq!((same.status, same.json()), (StatusCode::OK, whole.clone()), "nothing changed: no new version");
    let hashes = ann.get(&format!("{one}?$select=emailHashes,displayName")).await.json();
    assert_eq!(ann.patch(&one, hashes).await.json(), whole);
    let mut other = whole.clone();
    for (name, said) in [("id", json!("x")), ("changeKey", json!("1")), ("photo", json!({"id": "1x1"}))] {
        other[name] = said;
    }
    (other["createdDateTime"], other["lastModifiedDateTime"]) = (json!(7), json!(null));
    (other["displayName"], other["@odata.etag"]) = (json!("Zoe"), json!("W/\"1\""));
    let changed = ann.patch(&one, other.clone()).await.json();
    let mut expected = whole.clone();
    for name in ["@odata.etag", "changeKey", "displayName", "lastModifiedDateTime"] {
        expected[name] = changed[name].clone();
    }
    assert_eq!((&changed, &changed["displayName"]), (&expected, &json!("Zoe")));
    assert_ne!(changed["changeKey"], whole["changeKey"]);
    let copy = make(&ann, other).await;
    assert_ne!(id(&copy), id(&whole));
    assert_eq!((&copy["photo"], &copy["shoeSize"]), (&Value::Null, &json!(38)), "{copy}");
    assert_eq!(ann.get(&format!("{one}/photo")).await.status, StatusCode::OK);
    assert_eq!(ann.patch(&one, json!({"parentFolderId": 7})).await.status, StatusCode::BAD_REQUEST);
}

async fn names_are_derived(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Contacts.ReadWrite");
    for (body, name) in [
        (json!({"givenName": "Ann", "surname": "O'Neil; Jr.", "companyName": "Acme"}), json!("Ann O'Neil; Jr.")),
        (json!({"displayName": "", "companyName": "Acme", "emailAddresses": [{"address": "a@b"}]}), json!("Acme")),
        (json!({"emailAddresses": [{"address": "a@example.org"}]}), json!("a@example.org")),
        (json!({"displayName": "Z", "givenName": "Ann"}), json!("Z")),
        (json!({"personalNotes": "x"}), Value::Null),
    ] {
        let made = make(&ann, body.clone()).await;
        assert_eq!(made["displayName"], name, "{body}");
        let found = ann.get(&format!("{ALL}/{}", id(&made))).await.json();
        assert_eq!(found["displayName"], name, "{body}");
    }
    // A change derives none: who empties the name wants it empty.
    let made = make(&ann, json!({"givenName": "Ann"})).await;
    let emptied = ann.patch(&format!("{ALL}/{}", id(&made)), json!({"displayName": null})).await.json();
    assert_eq!((&emptied["displayName"], &emptied["givenName"]), (&Value::Null, &json!("Ann")));
}

/// Of another person, level, collection or question they are none.
async fn tokens_of_pages_are_for_their_request(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Contacts.ReadWrite");
    for name in ["a", "b", "c"] {
        make(&ann, json!({"displayName": name})).await;
    }
    let place = ann.send_json(Method::POST, "/v1.0/me/contactFolders", json!({"displayName": "A"})).await.json();
    let next = ann.get(&format!("{ALL}?$top=1&$orderby=displayName")).await.json();
    let next = next["@odata.nextLink"].as_str().expect("a link");
    let next = &next[next.find("/v1.0").expect("a path")..];
    let of_folder = next.replace("me/contacts", &format!("me/contactFolders/{}/contacts", id(&place)));
    let (bob, basic) = (app.caller("bob", "Contacts.ReadWrite"), app.caller("ann", "Contacts.ReadBasic"));
    let other_issuer = app.caller_of(app.other_issuer(), "ann", "Contacts.ReadWrite");
    for (caller, path) in [
        (&bob, next.to_owned()),
        (&other_issuer, next.to_owned()),
        (&basic, next.to_owned()),
        (&ann, of_folder),
        (&ann, next.replace("top=1", "top=2")),
        (&ann, next.replace("=displayName", "=surname")),
        (&ann, format!("{next}&$filter=displayName%20ne%20'a'")),
        (&ann, format!("{next}&$select=id")),
    ] {
        let refused = caller.get(&path).await;
        assert_eq!((refused.status, refused.code()), (StatusCode::BAD_REQUEST, "invalidQueryOption".into()), "{path}");
        assert!(refused.text().contains("$skiptoken"), "{}", refused.text());
    }
    let twin = ann.get(next).await;
    assert_eq!(
        (twin.status, &twin.json()["value"][0]["displayName"]),
        (StatusCode::OK, &json!("b")),
        "{}",
        twin.text()
    );
}

/// What `LIKE` would take for wildcards is text: 1 KiB of it finds what holds it, and the database has nothing to try.
async fn hostile_patterns_are_plain_text(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Contacts.ReadWrite");
    let wild = make(&ann, json!({"displayName": "%_".repeat(128)})).await;
    make(&ann, json!({"displayName": "ab".repeat(128)})).await;
    make(&ann, json!({"displayName": "a".repeat(256), "categories": ["a".repeat(60)]})).await;
    for (times, found) in [(512, 0), (129, 0), (128, 1), (1, 1)] {
        let hostile = "%25_".repeat(times);
        for filter in ["contains", "startswith", "endswith"] {
            let filter = format!("$count=true&$filter={filter}(displayName,'{hostile}')");
            let page = ann.get(&format!("{ALL}?{filter}")).await;
            assert_eq!(page.status, StatusCode::OK, "{}", page.text());
            assert_eq!(page.json()["@odata.count"], json!(found), "{times} {filter}");
            assert!(found == 0 || page.json()["value"][0]["id"] == wild["id"]);
        }
        let any = format!("{ALL}/$count?$filter=categories/any(c:contains(c,'{hostile}'))");
        assert_eq!(ann.get(&any).await.text(), "0");
    }
}
