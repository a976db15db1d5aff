//! Delta rounds of contacts: what a client that walks them knows is what there is, whoever writes meanwhile.

use std::cell::Cell;

use actix_web::http::{Method, StatusCode};
use futures_util::future::{join, join_all};
use serde_json::json;

use crate::on_both;
use crate::support::app::{Backend, Caller, TestApp};
use crate::support::rounds::{Picture, listed, path};

on_both! {
    a_client_knows_what_there_is_whoever_writes_meanwhile rounds_tell_what_changed_and_no_more
    what_leaves_a_folder_has_changed tokens_that_lead_nowhere tombstones_go_after_their_tokens
}

const ALL: &str = "/v1.0/me/contacts";
const DELTA: &str = "/v1.0/me/contacts/delta";

async fn create(caller: &Caller<'_>, at: &str, name: &str) -> String {
    let made = caller.send_json(Method::POST, at, json!({"displayName": name})).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
    made.json()["id"].as_str().expect("an id").to_owned()
}

async fn folder(caller: &Caller<'_>, name: &str) -> String {
    create(caller, "/v1.0/me/contactFolders", name).await
}

async fn a_client_knows_what_there_is_whoever_writes_meanwhile(on: Backend) {
    const WRITERS: usize = 8;
    const STEPS: usize = 24;
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Contacts.ReadWrite");
    let folders = [folder(&ann, "A").await, folder(&ann, "B").await];
    let of_a = format!("/v1.0/me/contactFolders/{}/contacts", folders[0]);
    let working = Cell::new(WRITERS);
    let writer = async |number: usize| {
        let mut mine: Vec<String> = Vec::new();
        for step in 0..STEPS {
            let (kind, some) = ((step * 7 + number * 3) % 6, mine.get(step % mine.len().max(1)).cloned());
            let one = some.as_ref().map(|id| format!("{ALL}/{id}"));
            let answer = match (kind, one) {
                (0, Some(one)) => {
                    mine.retain(|id| Some(id) != some.as_ref());
                    ann.call(Method::DELETE, &one).await
                }
                (1 | 2, Some(one)) => ann.patch(&one, json!({"displayName": format!("{number} {step}")})).await,
                (3, Some(one)) => ann.patch(&one, json!({"parentFolderId": folders[step % 2]})).await,
                _ => {
                    mine.push(create(&ann, if step % 2 == 0 { ALL } else { &of_a }, &format!("{number} {step}")).await);
                    continue;
                }
            };
            assert!(answer.status.is_success(), "{}", answer.text());
        }
        working.set(working.get() - 1);
    };
    let (mut all, mut of_folder) = (Picture::default(), Picture::default());
    let walker = async {
        while working.get() > 0 {
            all.round(&ann, &format!("{DELTA}?$top=3")).await;
            of_folder.round(&ann, &format!("{of_a}/delta?$top=2")).await;
        }
    };
    join(join_all((0..WRITERS).map(writer)), walker).await;
    all.round(&ann, DELTA).await;
    of_folder.round(&ann, DELTA).await;
    let there = listed(&ann, ALL).await;
    assert!(there.len() > WRITERS, "{}", there.len());
    assert_eq!(all.known, there);
    assert_eq!(of_folder.known, listed(&ann, &of_a).await);
    all.round(&ann, DELTA).await;
    of_folder.round(&ann, DELTA).await;
    assert_eq!((all.items, of_folder.items), (0, 0), "nothing changed since");
}

async fn rounds_tell_what_changed_and_no_more(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Contacts.ReadWrite");
    let mut ids = Vec::new();
    for name in ["a", "b", "c", "d"] {
        ids.push(create(&ann, ALL, name).await);
    }
    ann.call(Method::DELETE, &format!("{ALL}/{}", ids[0])).await;
    let mut picture = Picture::default();
    // The first page, then a deletion of what it told, and a change of what it did not tell yet.
    let first = ann.get(&format!("{DELTA}?$top=1")).await.json();
    assert_eq!(first["value"][0]["id"], ids[1], "what is gone already is not told: {first}");
    picture.take(&first["value"][0]);
    ann.call(Method::DELETE, &format!("{ALL}/{}", ids[1])).await;
    ann.patch(&format!("{ALL}/{}", ids[2]), json!({"displayName": "C"})).await;
    picture.next = path(&first["@odata.nextLink"]);
    picture.round(&ann, "").await;
    assert_eq!(picture.items, 1, "one is as it was when the round began");
    picture.round(&ann, "").await;
    assert_eq!(picture.removed, [(ids[1].clone(), "deleted".to_owned())]);
    assert_eq!((picture.items, &picture.known), (2, &listed(&ann, ALL).await));
    picture.round(&ann, "").await;
    assert_eq!(picture.items, 0);
    // The members asked for, however the function's call is written.
    let some = ann.get("/v1.0/me/contacts/delta%28%29?%24select=displayName&$top=1").await.json();
    let members: Vec<&String> = some["value"][0].as_object().expect("a contact").keys().collect();
    assert_eq!(members, ["@odata.etag", "displayName", "id"]);
    assert_eq!(ann.get("/v1.0/me/contacts/delta()").await.status, StatusCode::OK);
    let preferred = ann.with("prefer", "odata.maxpagesize=1").get(DELTA).await;
    assert_eq!(preferred.json()["value"].as_array().map(Vec::len), Some(1));
    assert_eq!(preferred.header("preference-applied"), "odata.maxpagesize=1");
    let basic = app.caller("ann", "Contacts.ReadBasic").get(DELTA).await;
    assert!(!basic.text().contains("mobilePhone") && basic.text().contains("displayName"), "{}", basic.text());
    assert_eq!(ann.get(&format!("{DELTA}?$filter=x")).await.status, StatusCode::BAD_REQUEST);
}

async fn what_leaves_a_folder_has_changed(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Contacts.ReadWrite");
    let [a, b] = [folder(&ann, "A").await, folder(&ann, "B").await];
    let of = |folder: &str| format!("/v1.0/me/contactFolders/{folder}/contacts");
    let id = create(&ann, &of(&a), "x").await;
    let (mut all, mut of_a, mut of_b) = (Picture::default(), Picture::default(), Picture::default());
    all.round(&ann, DELTA).await;
    of_a.round(&ann, &format!("{}/delta", of(&a))).await;
    of_b.round(&ann, &format!("{}/delta", of(&b))).await;
    assert_eq!((all.items, of_a.items, of_b.items), (1, 1, 0));
    ann.patch(&format!("{ALL}/{id}"), json!({"parentFolderId": b})).await;
    all.round(&ann, "").await;
    of_a.round(&ann, "").await;
    of_b.round(&ann, "").await;
    assert_eq!((all.items, all.removed.len()), (1, 0), "of everything it left nothing");
    assert_eq!(of_a.removed, [(id.clone(), "changed".to_owned())]);
    assert_eq!((of_b.items, of_b.removed.len()), (1, 0));
    ann.call(Method::DELETE, &format!("{ALL}/{id}")).await;
    of_b.round(&ann, "").await;
    assert_eq!(of_b.removed, [(id, "deleted".to_owned())]);
    of_a.round(&ann, "").await;
    assert_eq!(of_a.items, 0, "it was gone from here before");
}

async fn tokens_that_lead_nowhere(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Contacts.ReadWrite");
    for name in ["a", "b", "c"] {
        create(&ann, ALL, name).await;
    }
    let next = path(&ann.get(&format!("{DELTA}?$top=1")).await.json()["@odata.nextLink"]).expect("a link");
    let delta = path(&ann.get(DELTA).await.json()["@odata.deltaLink"]).expect("a link");
    let lost = async |caller: &Caller<'_>, at: &str| {
        let answer = caller.get(at).await;
        assert_eq!((answer.status, answer.code()), (StatusCode::GONE, "syncStateNotFound".into()), "{at}");
    };
    // Others who have changes of these numbers too.
    for other in
        [app.caller("bob", "Contacts.ReadWrite"), app.caller_of(app.other_issuer(), "ann", "Contacts.ReadWrite")]
    {
        for name in ["a", "b", "c", "d"] {
            create(&other, ALL, name).await;
        }
        lost(&other, &delta).await;
        lost(&other, &next).await;
    }
    lost(&app.caller("ann", "Contacts.ReadBasic"), &delta).await;
    lost(&app.caller("ann", "Contacts.ReadBasic"), &next).await;
    lost(&ann, &format!("{delta}&$select=id")).await;
    lost(&ann, &next.replace("top=1", "top=2")).await;
    lost(&ann, &delta.replace("deltatoken", "skiptoken")).await;
    lost(&ann, &format!("{DELTA}?$deltatoken=abc")).await;
    let place = folder(&ann, "A").await;
    lost(&ann, &delta.replace("contacts/delta", &format!("contactFolders/{place}/contacts/delta"))).await;
    let both = format!("{next}&$deltatoken=x");
    assert_eq!(ann.get(&both).await.status, StatusCode::BAD_REQUEST);
    // Twins: they lead somewhere.
    assert_eq!(ann.get(&next).await.status, StatusCode::OK);
    assert_eq!(ann.get(&delta).await.status, StatusCode::OK);
    pass(&app, chrono::TimeDelta::days(90));
    let late = late(&app);
    assert_eq!(late.get(&delta).await.status, StatusCode::OK);
    assert_eq!(late.get(&next).await.status, StatusCode::OK);
    pass(&app, chrono::TimeDelta::seconds(1));
    lost(&late, &delta).await;
    lost(&late, &next).await;
}

fn pass(app: &TestApp, time: chrono::TimeDelta) {
    app.clock.set(app.clock_now() + time);
}

/// Ann, with a token of now.
fn late(app: &TestApp) -> Caller<'_> {
    let now = app.clock_now().timestamp();
    let mut claims = app.claims("ann", "Contacts.ReadWrite");
    (claims["iat"], claims["exp"]) = (json!(now), json!(now + 3600));
    app.caller_with(&claims)
}

async fn tombstones_go_after_their_tokens(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Contacts.ReadWrite");
    let id = create(&ann, ALL, "a").await;
    let place = folder(&ann, "A").await;
    create(&ann, ALL, "stays").await;
    let deltas = [DELTA, "/v1.0/me/contactFolders/delta"];
    let mut links = Vec::new();
    for delta in deltas {
        links.push(path(&ann.get(delta).await.json()["@odata.deltaLink"]).expect("a link"));
    }
    ann.call(Method::DELETE, &format!("{ALL}/{id}")).await;
    ann.call(Method::DELETE, &format!("/v1.0/me/contactFolders/{place}")).await;
    pass(&app, chrono::TimeDelta::days(90));
    assert_eq!(sharehold::resources::forget_old(&app.store, &sharehold::config::Retention::default()).await, Ok(0));
    let late = late(&app);
    for (link, gone) in links.iter().zip([&id, &place]) {
        assert_eq!(late.get(link).await.json()["value"], json!([{"id": gone, "@removed": {"reason": "deleted"}}]));
    }
    pass(&app, chrono::TimeDelta::seconds(86_401));
    assert_eq!(sharehold::resources::forget_old(&app.store, &sharehold::config::Retention::default()).await, Ok(2));
    assert_eq!(sharehold::resources::forget_old(&app.store, &sharehold::config::Retention::default()).await, Ok(0));
}
