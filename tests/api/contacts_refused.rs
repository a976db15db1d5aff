//! Contacts that are too large as they are kept, and records that cannot be read: each costs only itself.

use actix_web::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::api::contacts_import::{CONTACTS, card, counts, import};
use crate::on_both;
use crate::support::app::{Backend, TestApp};

on_both! { what_grows_too_large_is_refused an_export_leaves_out_what_cannot_be_read }

/// A card that is let in, and takes twice the room as it is kept: each comma needs an escape.
fn growing(uid: &str) -> String {
    let note = format!("NOTE:{}\r\n", ",".repeat(60_000));
    format!("BEGIN:VCARD\r\nVERSION:3.0\r\nUID:{uid}\r\nFN:A\r\n{}END:VCARD\r\n", note.repeat(150))
}

async fn what_grows_too_large_is_refused(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Contacts.ReadWrite");
    let report = import(&ann, CONTACTS, growing("big") + &card("small", "A")).await;
    assert_eq!(counts(&report), [1, 0, 0, 1], "{}", report.text());
    let items = report.json()["items"].clone();
    assert!(items[0]["reason"].as_str().is_some_and(|reason| reason.contains("16 MiB")), "{items}");
    let one = format!("{CONTACTS}/{}", items[1]["id"].as_str().expect("an id"));
    let before = ann.get(&one).await;
    let known = ann.with("If-Match", &before.header("etag"));
    let answer = known.send_body(Method::PUT, &one, "text/vcard", growing("small")).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE, "{}", answer.text());
    assert!(answer.json()["error"]["message"].as_str().is_some_and(|message| message.contains("16 MiB")));
    assert_eq!(ann.get(&one).await.json(), before.json());
    for body in ["", "x", "BEGIN:VCARD\r\nVERSION:4.0\r\nFN:A\r\nUID:small\r\nnonsense\r\nEND:VCARD\r\n"] {
        let answer = known.send_body(Method::PUT, &one, "text/vcard", body).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{body}: {}", answer.text());
    }
    assert_eq!(ann.get(&one).await.json(), before.json());
}

async fn an_export_leaves_out_what_cannot_be_read(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Contacts.ReadWrite");
    // At each place: the array's commas must fit whichever it is.
    for broken in ["1", "2", "3"] {
        let file = ["1", "2", "3"].map(|uid| card(uid, &format!("Name {uid}"))).concat();
        counts(&import(&ann, CONTACTS, file).await);
        let damaged = format!("id IN (SELECT id FROM contacts WHERE uid = '{broken}')");
        app.execute(&format!("UPDATE contact_cards SET card = 'x' || card WHERE {damaged}"));
        let vcards = ann.with("Accept", "text/vcard").get(CONTACTS).await;
        let jscontact = ann.with("Accept", "application/jscontact+json").get(CONTACTS).await;
        let (vcards, array) = (vcards.text(), jscontact.json());
        assert_eq!((vcards.matches("BEGIN:VCARD").count(), array.as_array().map(Vec::len)), (2, Some(2)), "{vcards}");
        for uid in ["1", "2", "3"] {
            let named = |card: &Value| card["uid"] == json!(uid);
            let there = array.as_array().is_some_and(|cards| cards.iter().any(named));
            assert_eq!((vcards.contains(&format!("UID:{uid}\r\n")), there), (uid != broken, uid != broken), "{uid}");
        }
        app.execute(&format!("UPDATE contact_cards SET card = substr(card, 2) WHERE {damaged}"));
    }
}
