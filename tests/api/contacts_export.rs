//! Export: what came in goes out again, in the form that was asked for, and no more of it than the scope shows.

use actix_web::http::{Method, StatusCode};
use serde_json::Value;

use crate::api::contacts_import::{CONTACTS, card, counts, fixtures, import};
use crate::on_both;
use crate::support::app::{Answer, Backend, Caller, TestApp};

on_both! {
    what_came_in_goes_out_and_in_again
    one_contact_in_each_form
    names_alone_where_no_more_is_granted
    the_selection_and_nothing_else
    many_steps_give_all
}

async fn export(caller: &Caller<'_>, path: &str, accept: &str) -> Answer {
    let answer = caller.with("Accept", accept).get(path).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    answer
}

/// The cards, each its lines in order; the cards in order too.
fn cards(text: &str) -> Vec<Vec<String>> {
    let ends = text.split_inclusive("END:VCARD\r\n");
    let mut cards: Vec<Vec<String>> = ends
        .map(|card| {
            let mut lines: Vec<String> = card.replace("\r\n ", "").lines().map(str::to_owned).collect();
            lines.sort();
            lines
        })
        .collect();
    cards.sort();
    cards
}

async fn what_came_in_goes_out_and_in_again(on: Backend) {
    let app = TestApp::on(on);
    for (number, (name, file)) in fixtures().into_iter().enumerate() {
        let first = app.caller(&format!("first-{number}"), "Contacts.ReadWrite");
        let second = app.caller(&format!("second-{number}"), "Contacts.ReadWrite");
        let third = app.caller(&format!("third-{number}"), "Contacts.ReadWrite");
        let [created, ..] = counts(&import(&first, CONTACTS, file).await);
        let out = export(&first, CONTACTS, "text/vcard").await;
        assert_eq!(out.header("content-type"), "text/vcard; version=4.0; charset=utf-8");
        assert_eq!(out.text().matches("BEGIN:VCARD").count() as u64, created, "{name}");
        // What went out in 4.0 is the same contact, to its owner and to another.
        assert_eq!(counts(&import(&first, CONTACTS, out.text()).await), [0, 0, created, 0], "{name}");
        assert_eq!(counts(&import(&second, CONTACTS, out.text()).await), [created, 0, 0, 0], "{name}");
        assert_eq!(
            cards(&export(&second, CONTACTS, "text/vcard;version=4.0").await.text()),
            cards(&out.text()),
            "{name}"
        );
        let json = export(&first, CONTACTS, "application/jscontact+json").await;
        let back = first.send_body(Method::POST, CONTACTS, "application/jscontact+json", json.text()).await;
        assert_eq!(counts(&back), [0, 0, created, 0], "{name}: {}", back.text());
        let older = export(&first, CONTACTS, "text/vcard;version=3.0").await;
        assert_eq!(older.header("content-type"), "text/vcard; version=3.0; charset=utf-8");
        assert_eq!(older.text().matches("VERSION:3.0").count() as u64, created, "{name}");
        assert_eq!(counts(&import(&first, CONTACTS, older.text()).await), [0, 0, created, 0], "{name}");
        assert_eq!(counts(&import(&third, CONTACTS, older.text()).await), [created, 0, 0, 0], "{name}");
    }
}

async fn one_contact_in_each_form(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Contacts.ReadWrite");
    let answer = import(&ann, CONTACTS, card("1", "José")).await;
    let one = format!("{CONTACTS}/{}", answer.json()["items"][0]["id"].as_str().expect("an id"));
    assert_eq!(export(&ann, &one, "text/vcard").await.text(), card("1", "José"));
    assert!(export(&ann, &one, "text/vcard;version=3.0").await.text().contains("VERSION:3.0\r\n"));
    for (accept, version) in [("text/x-vcard", "4.0"), ("text/vcard;version=2.1, text/x-vcard;version=3.0", "3.0")] {
        let answer = export(&ann, &one, accept).await;
        assert!(answer.header("content-type").contains(version), "{accept}: {}", answer.header("content-type"));
    }
    for accept in ["text/vcard;version=2.1", "text/vcard; version=\"5.0\"", "text/x-vcard;version=2.1"] {
        let refused = ann.with("Accept", accept).get(&one).await;
        assert_eq!(refused.status, StatusCode::NOT_ACCEPTABLE, "{accept}");
        assert!(refused.text().contains("3.0 and 4.0"), "{}", refused.text());
    }
    let json = export(&ann, &one, "text/vcard;version=2.1, application/json;q=0.5").await;
    assert_eq!(json.json()["displayName"], "José");
    let json = export(&ann, &one, "application/jscontact+json").await;
    assert_eq!((&json.json()["@type"], &json.json()["uid"]), (&Value::from("Card"), &Value::from("1")));
    let all = export(&ann, CONTACTS, "application/jscontact+json").await;
    assert_eq!(all.json(), Value::from(vec![json.json()]));
    assert_eq!(export(&ann, &one, "*/*").await.json()["displayName"], "José");
    assert_eq!(ann.with("Accept", "text/html").get(&one).await.status, StatusCode::NOT_ACCEPTABLE);
    let bob = app.caller("bob", "Contacts.ReadWrite");
    assert_eq!(bob.with("Accept", "text/vcard").get(&one).await.status, StatusCode::NOT_FOUND);
    assert_eq!(export(&bob, CONTACTS, "text/vcard").await.text(), "");
    assert_eq!(export(&bob, CONTACTS, "application/jscontact+json").await.text(), "[]");
}

async fn names_alone_where_no_more_is_granted(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Contacts.ReadWrite");
    let file = "BEGIN:VCARD\r\nVERSION:4.0\r\nUID:hidden-uid\r\nFN:Grace Hopper\r\nN:Hopper;Grace;;;\r\nBDAY:19061209\r\n\
                TEL:+1 555 0100\r\nEMAIL:grace@example.org\r\nNOTE:a secret\r\nORG:Navy\r\nX-MINE:secret\r\n\
                PHOTO:https://example.org/secret.jpg\r\nEND:VCARD\r\n\
                BEGIN:VCARD\r\nVERSION:4.0\r\nFN:secret@example.org\r\nEND:VCARD\r\n";
    assert_eq!(counts(&import(&ann, CONTACTS, file).await), [2, 0, 0, 0]);
    let basic = app.caller("ann", "Contacts.ReadBasic");
    for accept in ["text/vcard", "text/vcard;version=3.0", "application/jscontact+json"] {
        let text = export(&basic, CONTACTS, accept).await.text();
        assert!(text.contains("Grace"), "{text}");
        assert!(text.contains("12"), "{text}");
        for hidden in ["555", "example.org", "secret", "Navy", "1906", "hidden-uid"] {
            assert!(!text.contains(hidden), "{hidden}: {text}");
        }
    }
    let none = app.caller("ann", "Contacts.Create");
    assert_eq!(none.with("Accept", "text/vcard").get(CONTACTS).await.status, StatusCode::FORBIDDEN);
}

async fn the_selection_and_nothing_else(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Contacts.ReadWrite");
    import(&ann, CONTACTS, card("1", "Ann") + &card("2", "Bob") + &card("3", "Cid")).await;
    for option in ["$top=1", "$skip=1", "$select=id", "$count=true"] {
        let answer = ann.with("Accept", "text/vcard").get(&format!("{CONTACTS}?{option}")).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{option}");
    }
    let missing = "/v1.0/me/contactFolders/01890000-0000-7000-8000-000000000000/contacts";
    assert_eq!(ann.with("Accept", "text/vcard").get(missing).await.status, StatusCode::NOT_FOUND);
    assert_eq!(ann.with("Accept", "text/vcard").call(Method::HEAD, CONTACTS).await.status, StatusCode::OK);
}

async fn many_steps_give_all(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Contacts.ReadWrite");
    let note = "x".repeat(3000);
    let file: String = (0..250)
        .map(|number| card(&format!("uid-{number:03}"), "A").replace("END", &format!("NOTE:{note}\r\nEND")))
        .collect();
    assert_eq!(counts(&import(&ann, CONTACTS, file.clone()).await), [250, 0, 0, 0]);
    assert_eq!(cards(&export(&ann, CONTACTS, "text/vcard").await.text()), cards(&file));
    let array = export(&ann, CONTACTS, "application/jscontact+json").await.json();
    assert_eq!(array.as_array().map(Vec::len), Some(250));
}
