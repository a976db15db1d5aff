//! Export: what came in goes out again, in the form that was asked for, and no more of it than the scope shows.

use std::time::Duration;

use actix_web::http::{Method, StatusCode};
use actix_web::test::TestRequest;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sharehold::access::{Revocation, Revoked};
use sharehold::resources::contacts::card::Card;

use crate::api::contacts_import::{CONTACTS, card, counts, fixtures, import};
use crate::on_both;
use crate::support::app::{Answer, Backend, Caller, TestApp};
use crate::support::pictures;

on_both! {
    what_came_in_goes_out_and_in_again
    one_contact_in_each_form
    names_alone_where_no_more_is_granted
    the_selection_and_nothing_else
    many_steps_give_all
    nothing_goes_out_once_access_is_taken_back
    an_uploaded_photo_goes_out_and_comes_in_again
    another_picture_of_an_import_is_the_photo
    what_was_asked_for_in_that_order
    whatever_was_imported_goes_out_to_the_least_scope
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

async fn an_uploaded_photo_goes_out_and_comes_in_again(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Contacts.ReadWrite");
    let own = "PHOTO:https://example.org/a.jpg\r\nEND";
    for (uid, end) in [("1", "END"), ("2", own)] {
        let with_name = card(uid, "Ann").replace("END", &format!("N:;Ann;;;\r\n{end}"));
        let answer = import(&ann, CONTACTS, with_name).await;
        let one = format!("{CONTACTS}/{}", answer.json()["items"][0]["id"].as_str().expect("an id"));
        let photo = format!("{one}/photo/$value");
        let set = ann.send_body(Method::PUT, &photo, "image/png", pictures::png(100, 70)).await;
        assert_eq!(set.status, StatusCode::OK, "{}", set.text());
        let jpeg = ann.get(&photo).await.bytes().to_vec();
        let before = ann.get(&one).await.json();
        for (version, words) in [("4.0", "PHOTO:data:image/jpeg;base64,"), ("3.0", "PHOTO;ENCODING=b;TYPE=JPEG:")] {
            let text = export(&ann, &one, &format!("text/vcard;version={version}")).await.text();
            assert!(text.replace("\r\n ", "").contains(words) && text.matches("\nPHOTO").count() == 1, "{text}");
            assert_eq!(Card::read(&text).expect("a card").photo(), Some(jpeg.clone()), "{version}");
            assert_eq!(counts(&import(&ann, CONTACTS, text.clone()).await), [0, 0, 1, 0], "{version}: {text}");
            assert_eq!(ann.get(&one).await.json(), before, "{version}");
        }
        let text = export(&ann, &one, "text/vcard").await.text();
        assert_eq!(counts(&import(&ann, CONTACTS, text.replace("FN:Ann", "FN:Anna")).await), [0, 1, 0, 0]);
        assert_eq!(ann.get(&one).await.json()["displayName"], "Anna");
    }
}

/// However slowly the client reads: what is left is not for it any longer.
async fn nothing_goes_out_once_access_is_taken_back(on: Backend) {
    let app = TestApp::on(on);
    let claims = app.claims("ann", "Contacts.ReadWrite");
    let ann = app.caller_with(&claims);
    import(&ann, CONTACTS, card("1", "Ann")).await;
    let asked = || {
        let request = TestRequest::with_uri(CONTACTS).insert_header(("Accept", "text/vcard"));
        request.insert_header(("Authorization", app.bearer(&claims)))
    };
    let whole = app.body_after(asked(), || {}).await.expect("all of it");
    assert!(whole.ends_with(b"END:VCARD\r\n"));
    let scope = Revoked::Subject("ann".into());
    let revoked = Revocation { issuer: app.issuer().into(), scope, until_auth_after: None, own: false };
    let told = app.body_after(asked(), || app.revocations.replace(vec![revoked], Vec::new())).await;
    assert!(told.is_err(), "{told:?}");
    app.revocations.replace(Vec::new(), Vec::new());
    let told = app.body_after(asked(), || app.clock.set(app.clock_now() + Duration::from_hours(2))).await;
    assert!(told.is_err(), "{told:?}");
}

async fn another_picture_of_an_import_is_the_photo(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Contacts.ReadWrite");
    let answer = import(&ann, CONTACTS, card("1", "Ann")).await;
    let one = format!("{CONTACTS}/{}", answer.json()["items"][0]["id"].as_str().expect("an id"));
    let photo = format!("{one}/photo/$value");
    ann.send_body(Method::PUT, &photo, "image/png", pictures::png(100, 70)).await;
    let uploaded = ann.get(&photo).await.bytes().to_vec();
    // Without a picture it says nothing of the photo.
    assert_eq!(counts(&import(&ann, CONTACTS, card("1", "Anna")).await), [0, 1, 0, 0]);
    assert_eq!(ann.get(&photo).await.bytes(), uploaded);
    let other = STANDARD.encode(pictures::png(64, 64));
    let file = card("1", "Anna").replace("END", &format!("PHOTO:data:image/png;base64,{other}\r\nEND"));
    assert_eq!(counts(&import(&ann, CONTACTS, file.clone()).await), [0, 1, 0, 0]);
    let now = ann.get(&photo).await;
    assert!(now.status == StatusCode::OK && now.bytes() != uploaded, "{}", now.status);
    assert_eq!(export(&ann, &one, "text/vcard").await.text().matches("\nPHOTO").count(), 1);
    assert_eq!(counts(&import(&ann, CONTACTS, file).await), [0, 0, 1, 0]);
}

async fn what_was_asked_for_in_that_order(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Contacts.ReadWrite");
    for (given, surname) in [("Ada", "Young"), ("Bo", "Xu"), ("Cyd", "Young"), ("Dee", "Wu")] {
        let body = json!({"givenName": given, "surname": surname, "displayName": format!("{given} {surname}")});
        assert_eq!(ann.send_json(Method::POST, CONTACTS, body).await.status, StatusCode::CREATED);
    }
    for (asked, expected) in [
        ("$filter=surname%20eq%20'young'&$orderby=givenName", &["Ada Young", "Cyd Young"][..]),
        ("$orderby=givenName%20desc", &["Dee Wu", "Cyd Young", "Bo Xu", "Ada Young"]),
        ("$search=%22you%22&$orderby=givenName%20desc", &["Cyd Young", "Ada Young"]),
        ("$filter=surname%20eq%20'nobody'", &[]),
    ] {
        let path = format!("{CONTACTS}?{asked}");
        let text = export(&ann, &path, "text/vcard").await.text();
        let names: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("FN:")).collect();
        assert_eq!(names, expected, "{asked}");
        let json = export(&ann, &path, "application/jscontact+json").await.json();
        assert_eq!(json.as_array().map(Vec::len), Some(expected.len()), "{asked}");
    }
}

async fn whatever_was_imported_goes_out_to_the_least_scope(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Contacts.ReadWrite");
    let long = "x".repeat(300);
    let file = ["A\\nB", "A\tB", &long].map(|name| card(name.get(..3).unwrap_or(name), name)).concat();
    let [created, ..] = counts(&import(&ann, CONTACTS, file).await);
    assert_eq!(created, 3);
    let text = export(&app.caller("ann", "Contacts.ReadBasic"), CONTACTS, "text/vcard").await.text();
    assert_eq!(text.matches("BEGIN:VCARD").count(), 3, "{text}");
    assert!(text.replace("\r\n ", "").contains(&long));
}
