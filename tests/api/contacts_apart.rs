//! Two people's address books, alike in all but their words: whatever one asks, of the other's there is nothing in the answer.

use actix_web::http::{Method, StatusCode};
use serde_json::{Value, json};
use sharehold::access::{Grant, Read};
use sharehold::resources::contacts::{Contacts, queries};
use sharehold::store::{Owned, StoreError};

use crate::api::contacts_import::{card, counts, import};
use crate::on_both;
use crate::support::app::{Backend, Caller, ISSUER, TestApp};
use crate::support::pictures;

on_both! {
    what_is_asked_is_answered_of_ones_own what_is_anothers_is_not_there tokens_of_folders_are_a_persons
    a_folder_is_named_among_ones_own the_year_of_birth_is_not_for_the_least_scope
}

const ALL: &str = "/v1.0/me/contacts";
const FOLDERS: &str = "/v1.0/me/contactFolders";

/// A folder, a contact in it and one beside it, with a photo: the folder and the first contact.
async fn furnished(caller: &Caller<'_>, whose: &str) -> (String, String) {
    let folder = caller.send_json(Method::POST, FOLDERS, json!({"displayName": "Friends"})).await;
    assert_eq!(folder.status, StatusCode::CREATED, "a name is taken by one's own alone: {}", folder.text());
    let folder = format!("{FOLDERS}/{}", folder.json()["id"].as_str().expect("an id"));
    let mut made = String::new();
    for at in [ALL.to_owned(), format!("{folder}/contacts")] {
        let body = json!({
            "displayName": format!("Zoe {whose}"), "categories": ["club"], "birthdayDate": "1990-02-28",
            "emailAddresses": [{"address": format!("zoe@{whose}.example")}],
        });
        let contact = caller.send_json(Method::POST, &at, body).await.json();
        made = format!("{ALL}/{}", contact["id"].as_str().expect("an id"));
        let photo = format!("{made}/photo/$value");
        let set = caller.send_body(Method::PUT, &photo, "image/png", pictures::png(100, 70)).await;
        assert_eq!(set.status, StatusCode::OK);
    }
    (folder, made)
}

async fn what_is_asked_is_answered_of_ones_own(on: Backend) {
    let app = TestApp::on(on);
    let (ann, bob) = (app.caller("ann", "Contacts.ReadWrite"), app.caller("bob", "Contacts.ReadWrite"));
    let others = app.caller_of(app.other_issuer(), "ann", "Contacts.ReadWrite");
    let mut own = Vec::new();
    for (caller, whose) in [(&ann, "ann"), (&bob, "bob"), (&others, "other")] {
        own.push((caller, whose, furnished(caller, whose).await.0));
    }
    for (caller, whose, folder) in &own {
        let of_folder = format!("{folder}/contacts");
        for (path, items) in [
            (ALL.to_owned(), 2),
            (format!("{ALL}?$skip=0&$orderby=displayName&$count=true"), 2),
            (format!("{ALL}?$filter=startswith(displayName,'zoe')&$count=true"), 2),
            (format!("{ALL}?$filter=not(displayName%20eq%20'x')&$count=true"), 2),
            (format!("{ALL}?$filter=categories/any(c:c%20eq%20'club')&$count=true"), 2),
            (format!("{ALL}?$search=zoe&$count=true"), 2),
            (of_folder.clone(), 1),
            (format!("{of_folder}?$orderby=surname&$count=true"), 1),
            (format!("{ALL}/delta"), 2),
            (format!("{of_folder}/delta"), 1),
            (format!("{FOLDERS}?$count=true"), 1),
            (format!("{FOLDERS}/delta"), 1),
        ] {
            let page = caller.get(&path).await.json();
            let found = page["value"].as_array().expect("items");
            assert_eq!(found.len(), items, "{whose} {path}: {page}");
            assert!(page["@odata.count"].is_null() || page["@odata.count"] == items, "{whose} {path}: {page}");
            let foreign = |item: &Value| item["displayName"] != format!("Zoe {whose}");
            assert!(path.starts_with(FOLDERS) && items == 1 || !found.iter().any(foreign), "{whose} {path}: {page}");
        }
        for query in ["", "?$search=zoe", "?$filter=displayName%20ne%20'x'", "?$filter=categories/any()"] {
            assert_eq!(caller.get(&format!("{ALL}/$count{query}")).await.text(), "2", "{whose} {query}");
        }
        let cards = caller.with("accept", "text/vcard").get(ALL).await.text();
        assert!(cards.matches("BEGIN:VCARD").count() == 2 && cards.matches(&format!("Zoe {whose}")).count() == 2);
    }
}

async fn what_is_anothers_is_not_there(on: Backend) {
    let app = TestApp::on(on);
    let (ann, bob) = (app.caller("ann", "Contacts.ReadWrite"), app.caller("bob", "Contacts.ReadWrite"));
    let (folder, one) = furnished(&ann, "ann").await;
    furnished(&bob, "bob").await;
    let before = (ann.get(&one).await.json(), ann.get(&folder).await.json());
    let (photo, value) = (format!("{one}/photo"), format!("{one}/photo/$value"));
    let (of_folder, round) = (format!("{folder}/contacts"), format!("{folder}/contacts/delta"));
    for path in [&one, &photo, &value, &folder, &of_folder, &round] {
        let absent = bob.get(path).await;
        assert_eq!((absent.status, absent.code()), (StatusCode::NOT_FOUND, "ErrorItemNotFound".into()), "{path}");
    }
    for path in [&one, &of_folder] {
        assert_eq!(bob.with("accept", "text/vcard").get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    for path in [&one, &value, &folder] {
        assert_eq!(bob.call(Method::DELETE, path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    for path in [&one, &folder] {
        assert_eq!(bob.patch(path, json!({"displayName": "x"})).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    let whole = bob.with("if-match", "*").send_body(Method::PUT, &one, "text/vcard", card("1", "x")).await;
    assert_eq!(whole.status, StatusCode::NOT_FOUND);
    // Into another's folder nothing is put: by a create, an import or a move.
    let made = bob.send_json(Method::POST, &of_folder, json!({"displayName": "x"})).await;
    assert_eq!(made.status, StatusCode::NOT_FOUND);
    let own = format!("{ALL}/{}", bob.get(ALL).await.json()["value"][0]["id"].as_str().expect("an id"));
    let folder_id = folder.rsplit('/').next().expect("an id");
    let place = json!({"displayName": "x", "parentFolderId": folder_id});
    assert_eq!(bob.send_json(Method::POST, ALL, place.clone()).await.status, StatusCode::NOT_FOUND);
    assert_eq!(bob.patch(&own, place).await.status, StatusCode::NOT_FOUND);
    assert_eq!(import(&bob, &of_folder, card("1", "x")).await.status, StatusCode::NOT_FOUND);
    // A UID is a person's: it is neither found nor taken.
    assert_eq!(counts(&import(&ann, ALL, card("u", "Ann's")).await), [1, 0, 0, 0]);
    assert_eq!(counts(&import(&bob, ALL, card("u", "Bob's")).await), [1, 0, 0, 0]);
    let adder = app.caller("cid", "Contacts.Create");
    assert_eq!(counts(&import(&adder, ALL, card("u", "Cid's")).await), [1, 0, 0, 0]);
    assert_eq!((ann.get(&one).await.json(), ann.get(&folder).await.json()), before);
    assert_eq!(ann.get(&value).await.status, StatusCode::OK);
    assert_eq!(ann.get(&format!("{ALL}/$count")).await.text(), "3");
}

async fn tokens_of_folders_are_a_persons(on: Backend) {
    let app = TestApp::on(on);
    let (ann, bob) = (app.caller("ann", "Contacts.ReadWrite"), app.caller("bob", "Contacts.ReadWrite"));
    for caller in [&ann, &bob] {
        for name in ["a", "b"] {
            caller.send_json(Method::POST, FOLDERS, json!({"displayName": name})).await;
        }
    }
    for (first, link, refused) in [
        (format!("{FOLDERS}?$top=1"), "@odata.nextLink", StatusCode::BAD_REQUEST),
        (format!("{FOLDERS}/delta?$top=1"), "@odata.nextLink", StatusCode::GONE),
        (format!("{FOLDERS}/delta"), "@odata.deltaLink", StatusCode::GONE),
    ] {
        let page = ann.get(&first).await.json();
        let next = page[link].as_str().expect("a link");
        let next = &next[next.find("/v1.0").expect("a path")..];
        assert_eq!(bob.get(next).await.status, refused, "{next}");
        assert_eq!(ann.get(next).await.status, StatusCode::OK, "{next}");
    }
}

/// As `sharehold import` names it, for the operator.
async fn a_folder_is_named_among_ones_own(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Contacts.ReadWrite");
    let made = ann.send_json(Method::POST, FOLDERS, json!({"displayName": "Friends"})).await.json();
    let named = async |subject: &str| {
        app.caller(subject, "Contacts.ReadWrite").get(ALL).await;
        let grant: Grant<Contacts, Read> = Grant::operator(ISSUER, subject);
        let find = |on: &mut Owned<'_, Contacts, Read>| queries::folder_named(on, "FRIENDS");
        app.store.read(&grant, find).await.unwrap_or_else(|fault: StoreError| panic!("{fault}"))
    };
    assert_eq!(named("ann").await.map(|id| id.to_string()).as_deref(), made["id"].as_str());
    assert_eq!(named("bob").await, None);
    let bob = app.caller("bob", "Contacts.ReadWrite");
    let own = bob.send_json(Method::POST, FOLDERS, json!({"displayName": "Friends"})).await;
    assert_eq!(own.status, StatusCode::CREATED, "another's name is no conflict: {}", own.text());
    assert_eq!(named("bob").await.map(|id| id.to_string()).as_deref(), own.json()["id"].as_str());
}

async fn the_year_of_birth_is_not_for_the_least_scope(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Contacts.ReadWrite");
    let body = json!({"displayName": "Zoe", "birthday": "1979-05-31T00:00:00Z"});
    let made = ann.send_json(Method::POST, ALL, body).await.json();
    assert_eq!(made["birthday"], "1979-05-31T00:00:00Z");
    let basic = app.caller("ann", "Contacts.ReadBasic");
    let one = format!("{ALL}/{}", made["id"].as_str().expect("an id"));
    let select = "$select=birthday,birthdayDate";
    for path in [ALL.to_owned(), format!("{ALL}/delta"), one] {
        for path in [path.clone(), format!("{path}?{select}")] {
            let answer = basic.get(&path).await;
            assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
            let json = answer.json();
            let item = json["value"].get(0).unwrap_or(&json);
            assert_eq!(item["birthdayDate"], "--05-31", "{path}: {item}");
            assert_eq!(item.get("birthday"), Some(&Value::Null), "{path}: {item}");
            assert!(!answer.text().contains("1979"), "{path}: {item}");
        }
    }
}
