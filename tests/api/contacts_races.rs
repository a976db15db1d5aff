//! A change over what was changed since is not made, and what a contact is found by follows every change.

use actix_web::http::{Method, StatusCode};
use futures_util::future::{join, join_all};
use serde_json::json;
use sharehold::access::{Grant, Write};
use sharehold::problem::Problem;
use sharehold::resources::collection;
use sharehold::resources::contacts::card::Card;
use sharehold::resources::contacts::{Contacts, queries};
use sharehold::store::{Halt, Owned, StoreError};

use crate::on_both;
use crate::support::app::{Backend, Caller, ISSUER, TestApp};

on_both! { what_was_changed_since_stays two_changes_at_once_are_both_made
many_changes_at_once_are_all_made many_at_once_may_delete_one words_follow_the_change }

const ALL: &str = "/v1.0/me/contacts";

async fn make(caller: &Caller<'_>) -> String {
    let made = caller.send_json(Method::POST, ALL, json!({"displayName": "Quentin"})).await;
    made.json()["id"].as_str().expect("an id").to_owned()
}

async fn what_was_changed_since_stays(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Contacts.ReadWrite");
    let made = make(&ann).await;
    let id = collection::id(&made).unwrap_or_else(|_| panic!("an id"));
    let grant: Grant<Contacts, Write> = Grant::operator(ISSUER, "ann");
    let load = move |on: &mut Owned<'_, Contacts, Write>| queries::load(on, id);
    let old = app.store.read(&grant, load).await.unwrap_or_else(|fault: StoreError| panic!("{fault}"));
    let changed = ann.patch(&format!("{ALL}/{made}"), json!({"displayName": "Zoe"})).await.json();
    let card = queries::Made::of(&Card::new()).unwrap_or_else(|problem| panic!("{problem}"));
    let late = move |on: &mut Owned<'_, Contacts, Write>| {
        let replaced = queries::replace(on, &old, old.row.folder, &card)?.is_some();
        Ok((replaced, queries::delete(on, &old)?))
    };
    let done =
        app.store.write(&grant, late).await.unwrap_or_else(|_: Halt<Problem>| panic!("neither made nor refused"));
    assert_eq!(done, (false, false), "replaced, deleted");
    assert_eq!(ann.get(&format!("{ALL}/{made}")).await.json(), changed);
    assert_eq!(app.contact_rows(), [1, 1, 1, 1]);
}

async fn two_changes_at_once_are_both_made(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Contacts.ReadWrite");
    let one = format!("{ALL}/{}", make(&ann).await);
    for round in 0..8 {
        let (given, surname) = (format!("G{round}"), format!("S{round}"));
        let changes = [json!({"givenName": given}), json!({"surname": surname})];
        let [first, second] = changes.map(|change| ann.patch(&one, change));
        let (first, second) = join(first, second).await;
        assert_eq!((first.status, second.status), (StatusCode::OK, StatusCode::OK), "{}", second.text());
        let now = ann.get(&one).await.json();
        assert_eq!((&now["givenName"], &now["surname"]), (&json!(given), &json!(surname)));
    }
}

const MEMBERS: [&str; 16] = [
    "givenName",
    "surname",
    "middleName",
    "nickName",
    "title",
    "generation",
    "companyName",
    "department",
    "jobTitle",
    "officeLocation",
    "assistantName",
    "manager",
    "spouseName",
    "profession",
    "yomiSurname",
    "personalNotes",
];

async fn many_changes_at_once_are_all_made(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Contacts.ReadWrite");
    let one = format!("{ALL}/{}", make(&ann).await);
    for round in 0..3 {
        let value = |member: &str| format!("{member} {round}");
        let change = |member: &&'static str| ann.patch(&one, json!({*member: value(member)}));
        for answer in join_all(MEMBERS.iter().map(change)).await {
            assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        }
        let now = ann.get(&one).await.json();
        for member in MEMBERS {
            assert_eq!(now[member], value(member));
        }
    }
}

async fn many_at_once_may_delete_one(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Contacts.ReadWrite");
    let one = format!("{ALL}/{}", make(&ann).await);
    let delete = join_all((0..4).map(|_| ann.call(Method::DELETE, &one)));
    let change = join_all((0..12).map(|at| ann.patch(&one, json!({"surname": at.to_string()}))));
    let (deleted, changed) = join(delete, change).await;
    let gone = deleted.iter().filter(|answer| answer.status == StatusCode::NO_CONTENT).count();
    assert_eq!(gone, 1);
    let missing = deleted.iter().filter(|answer| answer.status == StatusCode::NOT_FOUND).count();
    assert_eq!(missing, 3);
    let told = |status: StatusCode| status == StatusCode::OK || status == StatusCode::NOT_FOUND;
    assert!(changed.iter().all(|answer| told(answer.status)), "a change is made, or there is nothing to change");
    assert_eq!(app.contact_rows(), [0, 0, 0, 1]);
}

async fn words_follow_the_change(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Contacts.ReadWrite");
    let one = format!("{ALL}/{}", make(&ann).await);
    ann.patch(&one, json!({"displayName": "Zoe", "categories": ["club"]})).await;
    ann.patch(&one, json!({"categories": ["choir"]})).await;
    for (query, found) in [
        ("$search=quentin", "0"),
        ("$search=zoe", "1"),
        ("$filter=categories/any(c:c%20eq%20'club')", "0"),
        ("$filter=categories/any(c:c%20eq%20'choir')", "1"),
    ] {
        assert_eq!(ann.get(&format!("{ALL}/$count?{query}")).await.text(), found, "{query}");
    }
    ann.call(Method::DELETE, &one).await;
    assert_eq!(app.contact_rows(), [0, 0, 0, 1], "of a contact that is gone there is its tombstone alone");
}
