//! The photo of a contact: set, seen, removed, and gone with its contact or folder; and the one that came within a card.

use actix_web::http::{Method, StatusCode};
use serde_json::{Value, json};
use sharehold::access::{Grant, Write};
use sharehold::resources::contacts::card::Card;
use sharehold::resources::contacts::{Contacts, queries};
use sharehold::store::Owned;

use crate::on_both;
use crate::support::app::{Backend, Caller, ISSUER, TestApp};
use crate::support::pictures;

on_both! { set_seen_and_removed blobs_go_with_their_contact_and_folder one_that_came_within_a_card one_that_is_broken }

const ALL: &str = "/v1.0/me/contacts";

async fn make(caller: &Caller<'_>, at: &str) -> String {
    let made = caller.send_json(Method::POST, at, json!({"displayName": "a"})).await.json();
    format!("{ALL}/{}", made["id"].as_str().expect("an id"))
}

async fn set(caller: &Caller<'_>, one: &str) -> Value {
    let set = caller.send_body(Method::PUT, &format!("{one}/photo/$value"), "image/png", pictures::png(100, 70)).await;
    assert_eq!(set.status, StatusCode::OK, "{}", set.text());
    set.json()
}

async fn set_seen_and_removed(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Contacts.ReadWrite");
    let one = make(&ann, ALL).await;
    let (photo, value) = (format!("{one}/photo"), format!("{one}/photo/$value"));
    for absent in [ann.get(&photo).await, ann.get(&value).await, ann.call(Method::DELETE, &value).await] {
        assert_eq!((absent.status, absent.code()), (StatusCode::NOT_FOUND, "ImageNotFound".into()));
    }
    let before = ann.get(&one).await.json();
    let delta = ann.get("/v1.0/me/contacts/delta").await.json()["@odata.deltaLink"].as_str().map(str::to_owned);
    let told = set(&ann, &one).await;
    assert_eq!((&told["id"], &told["width"]), (&json!("64x64"), &json!(64)));
    let after = ann.get(&one).await.json();
    assert_eq!(after["photo"], told);
    assert_ne!(after["@odata.etag"], before["@odata.etag"], "a change of the photo is one of the contact");
    let delta = delta.expect("a link");
    let round = ann.get(&delta[delta.find("/v1.0").expect("a path")..]).await.json();
    assert_eq!(round["value"], json!([after]));
    let basic = app.caller("ann", "Contacts.ReadBasic");
    let seen = basic.get(&value).await;
    assert_eq!((seen.status, seen.header("content-type").as_str()), (StatusCode::OK, "image/jpeg"));
    assert_eq!(basic.get(&photo).await.json(), told);
    assert_eq!(basic.with("if-none-match", &seen.header("etag")).get(&value).await.status, StatusCode::NOT_MODIFIED);
    let stale = ann.with("if-match", "W/\"1-40\"");
    assert_eq!(stale.call(Method::DELETE, &value).await.status, StatusCode::PRECONDITION_FAILED);
    let not_there = ann.with("if-none-match", "*");
    let again = not_there.send_body(Method::PUT, &value, "image/png", pictures::png(100, 70)).await;
    assert_eq!(again.status, StatusCode::PRECONDITION_FAILED);
    assert_eq!(app.blob_files().len(), 1);
    set(&ann, &one).await;
    assert_eq!(app.blob_files().len(), 1, "the one before went");
    assert_eq!(ann.call(Method::DELETE, &value).await.status, StatusCode::NO_CONTENT);
    assert_eq!(ann.get(&one).await.json()["photo"], Value::Null);
    assert_eq!(app.blob_files().len(), 0);
    let bob = app.caller("bob", "Contacts.ReadWrite");
    let theirs = bob.send_body(Method::PUT, &value, "image/png", pictures::png(100, 70)).await;
    assert_eq!((theirs.status, theirs.code()), (StatusCode::NOT_FOUND, "ErrorItemNotFound".into()));
    assert_eq!(app.blob_files().len(), 0);
}

async fn blobs_go_with_their_contact_and_folder(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Contacts.ReadWrite");
    let folder = ann.send_json(Method::POST, "/v1.0/me/contactFolders", json!({"displayName": "A"})).await.json();
    let folder = format!("/v1.0/me/contactFolders/{}", folder["id"].as_str().expect("an id"));
    let (one, other) = (make(&ann, ALL).await, make(&ann, &format!("{folder}/contacts")).await);
    set(&ann, &one).await;
    set(&ann, &other).await;
    ann.patch(&other, json!({"displayName": "b"})).await;
    assert_eq!(ann.get(&format!("{other}/photo")).await.status, StatusCode::OK, "a change of else leaves it");
    assert_eq!(app.blob_files().len(), 2);
    ann.call(Method::DELETE, &one).await;
    assert_eq!(app.blob_files().len(), 1);
    ann.call(Method::DELETE, &folder).await;
    assert_eq!(app.blob_files().len(), 0);
}

/// A contact of Ann's with this card.
async fn with_card(app: &TestApp, card: &str) -> String {
    let made = queries::Made::of(&Card::read(card).expect("a card")).expect("kept");
    let grant: Grant<Contacts, Write> = Grant::operator(ISSUER, "ann");
    let id = app.store.new_id();
    let insert = move |on: &mut Owned<'_, Contacts, Write>| {
        let folder = queries::default_folder(on);
        queries::insert(on, id, folder, &made, 10)
    };
    let row = app.store.write(&grant, insert).await.unwrap_or_else(|_| panic!("not inserted: {card}"));
    format!("{ALL}/{}", row.id)
}

fn card(picture: &[u8]) -> String {
    use base64::Engine as _;
    let text = base64::engine::general_purpose::STANDARD.encode(picture);
    format!("BEGIN:VCARD\r\nVERSION:3.0\r\nUID:u\r\nFN:a\r\nPHOTO;ENCODING=b;TYPE=PNG:{text}\r\nEND:VCARD\r\n")
}

async fn one_that_came_within_a_card(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Contacts.ReadWrite");
    let one = with_card(&app, &card(&pictures::png(100, 70))).await;
    let (photo, value) = (format!("{one}/photo"), format!("{one}/photo/$value"));
    let inline = json!({"@odata.mediaContentType": "image/jpeg"});
    assert_eq!(ann.get(&one).await.json()["photo"], inline, "that there is one is told without its being decoded");
    assert_eq!(
        ann.patch(&one, json!({"displayName": "b"})).await.json()["photo"],
        inline,
        "a change of else leaves it"
    );
    let told = ann.get(&photo).await;
    assert_eq!(told.json()["id"], "64x64", "{}", told.text());
    let seen = ann.get(&value).await;
    assert_eq!((seen.header("content-type").as_str(), seen.header("etag")), ("image/jpeg", told.header("etag")));
    assert!(seen.bytes().starts_with(&[0xff, 0xd8]), "made anew");
    assert_eq!(ann.with("if-none-match", &seen.header("etag")).get(&value).await.status, StatusCode::NOT_MODIFIED);
    assert_eq!(app.blob_files().len(), 0);
    let uploaded = set(&ann, &one).await;
    assert_eq!(ann.get(&one).await.json()["photo"], uploaded);
    assert_eq!(ann.call(Method::DELETE, &value).await.status, StatusCode::NO_CONTENT);
    assert_eq!(ann.get(&one).await.json()["photo"], Value::Null);
    assert_eq!(ann.get(&value).await.status, StatusCode::NOT_FOUND, "the one in the card went when another was set");
    let small = with_card(&app, &card(&pictures::png(32, 24)).replace("UID:u", "UID:w")).await;
    let shown = ann.get(&format!("{small}/photo")).await;
    assert_eq!(shown.json()["id"], "24x24", "a small one is shown as large as it is: {}", shown.text());
    let other = with_card(&app, &card(&pictures::png(100, 70)).replace("UID:u", "UID:v")).await;
    assert_eq!(ann.call(Method::DELETE, &format!("{other}/photo/$value")).await.status, StatusCode::NO_CONTENT);
    assert_eq!(ann.get(&format!("{other}/photo")).await.code(), "ImageNotFound");
}

async fn one_that_is_broken(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Contacts.ReadWrite");
    let one = with_card(&app, &card(b"no picture")).await;
    for path in [format!("{one}/photo"), format!("{one}/photo/$value")] {
        let absent = ann.get(&path).await;
        assert_eq!((absent.status, absent.code()), (StatusCode::NOT_FOUND, "ImageNotFound".into()));
    }
}
