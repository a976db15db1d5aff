//! The folders of an address book.

use actix_web::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::on_both;
use crate::support::app::{Answer, Backend, Caller, TestApp};

on_both! {
    made_read_renamed_and_deleted names_are_unique the_default_folder contacts_go_with_their_folder pages_and_rounds
    who_sees_folders
}

const ALL: &str = "/v1.0/me/contactFolders";

async fn make(caller: &Caller<'_>, name: &str) -> Answer {
    caller.send_json(Method::POST, ALL, json!({"displayName": name})).await
}

fn id(answer: &Answer) -> String {
    answer.json()["id"].as_str().unwrap_or_else(|| panic!("no id: {}", answer.text())).to_owned()
}

fn path(link: &Value) -> String {
    let link = link.as_str().expect("a link");
    link[link.find("/v1.0").expect("a path")..].to_owned()
}

async fn made_read_renamed_and_deleted(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Contacts.ReadWrite");
    let made = make(&ann, " Friends ").await;
    assert_eq!((made.status, made.json()["displayName"].as_str()), (StatusCode::CREATED, Some("Friends")));
    let one = format!("{ALL}/{}", id(&made));
    assert!(made.header("location").ends_with(&one));
    assert_eq!(ann.get(&one).await.json(), made.json());
    assert_eq!(made.header("etag"), made.json()["@odata.etag"]);
    let unchanged = ann.with("if-none-match", &made.header("etag")).get(&one).await;
    assert_eq!(unchanged.status, StatusCode::NOT_MODIFIED);
    let renamed = ann.with("if-match", &made.header("etag")).patch(&one, json!({"displayName": "FRIENDS"})).await;
    assert_eq!(renamed.json()["displayName"], "FRIENDS", "its own name in other letters: {}", renamed.text());
    let old = ann.with("if-match", &made.header("etag"));
    assert_eq!(old.patch(&one, json!({"displayName": "x"})).await.status, StatusCode::PRECONDITION_FAILED);
    assert_eq!(old.call(Method::DELETE, &one).await.status, StatusCode::PRECONDITION_FAILED);
    let same = ann.patch(&one, json!({"displayName": "FRIENDS"})).await;
    assert_eq!(same.header("etag"), renamed.header("etag"), "nothing changed");
    let minimal = ann.with("prefer", "return=minimal").patch(&one, json!({"displayName": "F"})).await;
    assert_eq!((minimal.status, minimal.text()), (StatusCode::NO_CONTENT, String::new()));
    assert_eq!(minimal.header("preference-applied"), "return=minimal");
    for body in [json!({}), json!({"displayName": ""}), json!({"displayName": " "}), json!({"displayName": "a\nb"})] {
        assert_eq!(ann.send_json(Method::POST, ALL, body).await.status, StatusCode::BAD_REQUEST);
    }
    let other = ann.send_json(Method::POST, ALL, json!({"displayName": "x", "nope": 1})).await;
    assert!(other.text().contains("nope"), "{}", other.text());
    assert_eq!(ann.call(Method::DELETE, &one).await.status, StatusCode::NO_CONTENT);
    for method in [Method::GET, Method::DELETE] {
        assert_eq!(ann.call(method, &one).await.status, StatusCode::NOT_FOUND);
    }
    let whatever = ann.with("if-none-match", "*");
    assert_eq!(whatever.get(&format!("{one}/contacts")).await.status, StatusCode::NOT_FOUND);
}

async fn names_are_unique(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Contacts.ReadWrite");
    make(&ann, "Straße").await;
    let second = id(&make(&ann, "Work").await);
    for name in ["STRASSE", "straße", "contacts"] {
        let taken = make(&ann, name).await;
        assert_eq!((taken.status, taken.code()), (StatusCode::CONFLICT, "nameAlreadyExists".into()), "{name}");
    }
    let taken = ann.patch(&format!("{ALL}/{second}"), json!({"displayName": "strasse"})).await;
    assert_eq!(taken.status, StatusCode::CONFLICT);
    assert_eq!(make(&app.caller("bob", "Contacts.ReadWrite"), "Work").await.status, StatusCode::CREATED);
}

async fn the_default_folder(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Contacts.ReadWrite");
    let contact = ann.send_json(Method::POST, "/v1.0/me/contacts", json!({"displayName": "a"})).await.json();
    let one = format!("{ALL}/{}", contact["parentFolderId"].as_str().expect("a folder"));
    let shown = ann.get(&one).await.json();
    assert_eq!((&shown["displayName"], &shown["parentFolderId"]), (&json!("Contacts"), &Value::Null));
    assert_eq!(ann.get(ALL).await.json()["value"], json!([]));
    let contact_path = format!("/v1.0/me/contacts/{}", contact["id"].as_str().expect("an id"));
    for nowhere in [contact["id"].clone(), json!("x")] {
        let refused = ann.patch(&contact_path, json!({"parentFolderId": nowhere})).await;
        assert_eq!(refused.json()["error"]["target"], "parentFolderId", "{}", refused.text());
        assert_eq!((refused.status, refused.code()), (StatusCode::NOT_FOUND, "ErrorItemNotFound".into()));
    }
    for refused in [ann.patch(&one, json!({"displayName": "x"})).await, ann.call(Method::DELETE, &one).await] {
        assert_eq!(refused.status, StatusCode::BAD_REQUEST);
        assert!(refused.text().contains("default folder"), "{}", refused.text());
    }
    assert_eq!(ann.get(&format!("{one}/contacts")).await.json()["value"][0]["id"], contact["id"]);
    assert_eq!(app.caller("bob", "Contacts.ReadWrite").get(&one).await.status, StatusCode::NOT_FOUND);
}

/// More of them than go in one turn.
async fn contacts_go_with_their_folder(on: Backend) {
    const CONTACTS: usize = 251;
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Contacts.ReadWrite");
    let made = make(&ann, "A").await;
    let one = format!("{ALL}/{}", id(&made));
    for number in 0..CONTACTS {
        let contact = json!({"displayName": format!("Contact {number}")});
        ann.send_json(Method::POST, &format!("{one}/contacts"), contact).await;
    }
    let stays = id(&ann.send_json(Method::POST, "/v1.0/me/contacts", json!({"displayName": "Contact"})).await);
    let link = path(&ann.get("/v1.0/me/contacts/delta?$top=1000").await.json()["@odata.deltaLink"]);
    let current = ann.with("if-match", &made.header("etag"));
    assert_eq!(current.call(Method::DELETE, &one).await.status, StatusCode::NO_CONTENT);
    assert_eq!(ann.get("/v1.0/me/contacts/$count").await.text(), "1");
    assert_eq!(ann.get("/v1.0/me/contacts").await.json()["value"][0]["id"], stays.as_str());
    let gone = ann.get(&link).await.json();
    let gone = gone["value"].as_array().expect("items");
    assert!(gone.len() == CONTACTS && gone.iter().all(|item| item["@removed"]["reason"] == "deleted"));
    assert_eq!(app.contact_rows(), [1, 1, 1, CONTACTS + 1], "contacts, cards, terms' contacts, changes");
}

async fn pages_and_rounds(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Contacts.ReadWrite");
    let mut made = Vec::new();
    for name in ["c", "a", "b"] {
        made.push(id(&make(&ann, name).await));
    }
    let first = ann.get(&format!("{ALL}?$top=2&$count=true&$select=displayName")).await.json();
    assert_eq!((&first["@odata.count"], first["value"].as_array().map(Vec::len)), (&json!(3), Some(2)));
    let second = ann.get(&path(&first["@odata.nextLink"])).await.json();
    assert_eq!(second["value"].as_array().map(Vec::len), Some(1));
    assert!(second["@odata.nextLink"].is_null() && second["value"][0]["createdDateTime"].is_null());
    let first = ann.get(&format!("{ALL}/delta?$top=2")).await.json();
    assert_eq!(first["value"].as_array().map(Vec::len), Some(2));
    let second = ann.get(&path(&first["@odata.nextLink"])).await.json();
    assert_eq!(second["value"].as_array().map(Vec::len), Some(1));
    ann.call(Method::DELETE, &format!("{ALL}/{}", made[0])).await;
    ann.patch(&format!("{ALL}/{}", made[1]), json!({"displayName": "A"})).await;
    let round = ann.get(&path(&second["@odata.deltaLink"])).await.json();
    assert_eq!(round["value"][0], json!({"id": made[0], "@removed": {"reason": "deleted"}}));
    assert_eq!((&round["value"][1]["displayName"], round["value"].as_array().map(Vec::len)), (&json!("A"), Some(2)));
    let round = ann.get(&path(&round["@odata.deltaLink"])).await.json();
    assert_eq!(round["value"], json!([]));
}

/// `Contacts.ReadBasic` gives neither names nor ids of folders, nor which contacts are in one.
async fn who_sees_folders(on: Backend) {
    let app = TestApp::on(on);
    let one = format!("{ALL}/{}", id(&make(&app.caller("ann", "Contacts.ReadWrite"), "A").await));
    let basic = app.caller("ann", "Contacts.ReadBasic");
    let delta = format!("{ALL}/delta");
    let (inside, changed) = (format!("{one}/contacts"), format!("{one}/contacts/delta"));
    for path in [ALL, &one, &delta, &inside, &changed] {
        let refused = basic.get(path).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{path}");
        assert!(refused.challenges()[0].contains("scope=\"Contacts.Read\""), "{:?}", refused.challenges());
        assert_eq!(app.caller("ann", "Contacts.Read").get(path).await.status, StatusCode::OK);
    }
    assert_eq!(app.caller("ann", "Contacts.Create").get(ALL).await.status, StatusCode::FORBIDDEN);
    assert_eq!(make(&app.caller("ann", "Contacts.Create"), "B").await.status, StatusCode::FORBIDDEN);
}
