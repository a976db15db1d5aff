//! A whole contact in place of what it was.

use actix_web::http::{Method, StatusCode};
use serde_json::json;

use crate::on_both;
use crate::support::app::{Answer, Backend, Caller, TestApp};
use crate::support::pictures;

on_both! { a_whole_card_takes_the_place what_is_refused the_photo_stays_if_it_is_sent_back }

const ALL: &str = "/v1.0/me/contacts";

async fn make(caller: &Caller<'_>) -> (String, Answer) {
    let contact = json!({"displayName": "Ann", "mobilePhone": "+1 555 0100"});
    let made = caller.send_json(Method::POST, ALL, contact).await;
    (format!("{ALL}/{}", made.json()["id"].as_str().expect("an id")), made)
}

async fn put(caller: &Caller<'_>, one: &str, card: &str) -> Answer {
    caller.send_body(Method::PUT, one, "text/vcard", card.to_owned()).await
}

const CARD: &str = "BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Zoë\r\nX-KEPT;X-P=1:whatever\r\nEND:VCARD\r\n";

async fn a_whole_card_takes_the_place(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Contacts.ReadWrite");
    let (one, made) = make(&ann).await;
    let vcard = ann.with("accept", "text/vcard");
    let uid = vcard.get(&one).await.text().lines().find(|line| line.starts_with("UID")).expect("a UID").to_owned();
    let current = ann.with("if-match", &made.header("etag"));
    let replaced = put(&current, &one, CARD).await;
    assert_eq!(replaced.status, StatusCode::OK, "{}", replaced.text());
    assert_eq!((&replaced.json()["displayName"], &replaced.json()["mobilePhone"]), (&json!("Zoë"), &json!(null)));
    let kept = vcard.get(&one).await.text();
    assert!(kept.contains("X-KEPT;X-P=1:whatever") && kept.contains(&uid), "{kept}");
    assert_eq!(put(&current, &one, CARD).await.status, StatusCode::PRECONDITION_FAILED);
    // What is served goes back as it is, and makes no new version.
    let any = ann.with("if-match", "*");
    let same = put(&any, &one, &kept).await;
    assert_eq!(same.header("etag"), replaced.header("etag"));
    // Nor a change at all: a list that a client has is still current.
    let listed = ann.get(ALL).await.header("etag");
    put(&any, &one, &kept).await;
    assert_eq!(ann.get(ALL).await.header("etag"), listed);
    let card = ann.with("accept", "application/jscontact+json").get(&one).await.text().replace("Zoë", "Zoé");
    let json = any.send_body(Method::PUT, &one, "application/jscontact+json", card).await;
    assert_eq!((json.status, &json.json()["displayName"]), (StatusCode::OK, &json!("Zoé")), "{}", json.text());
    let minimal = put(&any.with("prefer", "return=minimal"), &one, CARD).await;
    assert_eq!((minimal.status, minimal.text()), (StatusCode::NO_CONTENT, String::new()));
}

async fn what_is_refused(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Contacts.ReadWrite");
    let (one, made) = make(&ann).await;
    let without = put(&ann, &one, CARD).await;
    assert_eq!((without.status.as_u16(), without.code()), (428, "preconditionRequired".into()));
    let any = ann.with("if-match", "*");
    let other_uid = CARD.replace("FN", "UID:other\r\nFN");
    let two = put(&any, &one, &format!("{CARD}{CARD}")).await;
    assert_eq!(two.status.as_u16(), 400);
    assert!(two.text().contains("POST"), "{}", two.text());
    let stray = format!("{CARD}stray");
    for (card, status) in [("no card", 400), ("", 400), (stray.as_str(), 400), (other_uid.as_str(), 400)] {
        assert_eq!(put(&any, &one, card).await.status.as_u16(), status, "{card}");
    }
    for json in ["{}", "[]", r#"{"@type":"Card","version":"1.0","name":{"full":"Ann"},"phones":{"k1":{"number":5}}}"#] {
        let refused = any.send_body(Method::PUT, &one, "application/jscontact+json", json.to_owned()).await;
        assert_eq!(refused.status.as_u16(), 400, "{json}");
        assert!(json.len() < 3 || refused.text().contains("phones/k1/number"), "{}", refused.text());
    }
    assert_eq!(any.send_json(Method::PUT, &one, json!({})).await.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert_eq!(ann.get(&one).await.json(), made.json(), "nothing was changed");
    let bob = app.caller("bob", "Contacts.ReadWrite").with("if-match", "*");
    assert_eq!(put(&bob, &one, CARD).await.status, StatusCode::NOT_FOUND);
}

async fn the_photo_stays_if_it_is_sent_back(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Contacts.ReadWrite");
    let (one, _) = make(&ann).await;
    let value = format!("{one}/photo/$value");
    ann.send_body(Method::PUT, &value, "image/png", pictures::png(100, 70)).await;
    let any = ann.with("if-match", "*");
    let served = ann.with("accept", "text/vcard").get(&one).await.text();
    assert!(served.contains("PHOTO:data:image/jpeg;base64,"), "{served}");
    let renamed = put(&any, &one, &served.replace("FN:Ann", "FN:Zoë")).await;
    assert_eq!(renamed.json()["displayName"], "Zoë", "{}", renamed.text());
    assert_eq!((renamed.json()["photo"]["id"].as_str(), app.blob_files().len()), (Some("64x64"), 1));
    let without = put(&any, &one, CARD).await;
    assert_eq!((&without.json()["photo"], app.blob_files().len()), (&json!(null), 0), "{}", without.text());
    assert_eq!(ann.get(&value).await.code(), "ImageNotFound");
}
