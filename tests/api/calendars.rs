//! The calendars that events lie in.

use actix_web::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::on_both;
use crate::support::app::{Answer, Backend, Caller, TestApp};

on_both! {
    made_read_changed_and_deleted names_are_unique the_default_calendar colors pages a_key_makes_one_calendar
    who_sees_calendars
}

const ALL: &str = "/v1.0/me/calendars";
const DEFAULT: &str = "/v1.0/me/calendar";

async fn make(caller: &Caller<'_>, name: &str) -> Answer {
    caller.send_json(Method::POST, ALL, json!({"name": name})).await
}

fn id(answer: &Answer) -> String {
    answer.json()["id"].as_str().unwrap_or_else(|| panic!("no id: {}", answer.text())).to_owned()
}

fn path(link: &Value) -> String {
    let link = link.as_str().expect("a link");
    link[link.find("/v1.0").expect("a path")..].to_owned()
}

async fn made_read_changed_and_deleted(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Calendars.ReadWrite");
    let made = make(&ann, " Work ").await;
    assert_eq!((made.status, made.json()["name"].as_str()), (StatusCode::CREATED, Some("Work")));
    let one = format!("{ALL}/{}", id(&made));
    assert!(made.header("location").ends_with(&one));
    assert_eq!(ann.get(&one).await.json(), made.json());
    assert_eq!(made.header("etag"), made.json()["@odata.etag"]);
    let unchanged = ann.with("if-none-match", &made.header("etag")).get(&one).await;
    assert_eq!(unchanged.status, StatusCode::NOT_MODIFIED);
    let renamed = ann.with("if-match", &made.header("etag")).patch(&one, json!({"name": "WORK"})).await;
    assert_eq!(renamed.json()["name"], "WORK", "its own name in other letters: {}", renamed.text());
    let old = ann.with("if-match", &made.header("etag"));
    assert_eq!(old.patch(&one, json!({"name": "x"})).await.status, StatusCode::PRECONDITION_FAILED);
    assert_eq!(old.call(Method::DELETE, &one).await.status, StatusCode::PRECONDITION_FAILED);
    let same = ann.patch(&one, json!({"name": "WORK", "@odata.type": "x"})).await;
    assert_eq!(same.header("etag"), renamed.header("etag"), "nothing changed");
    let mut whole = ann.get(&one).await.json();
    whole["isDefaultCalendar"] = json!(true);
    let back = ann.patch(&one, whole).await;
    assert_eq!((back.status, back.json()), (StatusCode::OK, renamed.json()), "sent back as it was read");
    let minimal = ann.with("prefer", "return=minimal").patch(&one, json!({"name": "W"})).await;
    assert_eq!((minimal.status, minimal.text()), (StatusCode::NO_CONTENT, String::new()));
    assert_eq!(minimal.header("preference-applied"), "return=minimal");
    for (body, named) in [
        (json!({}), "name"),
        (json!({"name": " "}), "name"),
        (json!({"name": "a\nb"}), "name"),
        (json!({"name": 1}), "name"),
        (json!({"name": "x", "nope": 1}), "nope"),
    ] {
        let refused = ann.send_json(Method::POST, ALL, body.clone()).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{body}");
        assert_eq!(refused.json()["error"]["target"], named, "{body}");
    }
    assert_eq!(ann.call(Method::DELETE, &one).await.status, StatusCode::NO_CONTENT);
    for method in [Method::GET, Method::DELETE] {
        assert_eq!(ann.call(method, &one).await.status, StatusCode::NOT_FOUND);
    }
    assert_eq!(ann.patch(&one, json!({"name": "x"})).await.status, StatusCode::NOT_FOUND);
}

async fn names_are_unique(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Calendars.ReadWrite");
    make(&ann, "Straße").await;
    let second = id(&make(&ann, "Work").await);
    for name in ["STRASSE", "straße", "calendar"] {
        let taken = make(&ann, name).await;
        assert_eq!((taken.status, taken.code()), (StatusCode::CONFLICT, "nameAlreadyExists".into()), "{name}");
    }
    for (at, name) in [(format!("{ALL}/{second}"), "strasse"), (DEFAULT.into(), "work")] {
        assert_eq!(ann.patch(&at, json!({"name": name})).await.status, StatusCode::CONFLICT, "{at}");
    }
    // The default one's first name is free once it has another.
    assert_eq!(ann.patch(DEFAULT, json!({"name": "Mine"})).await.status, StatusCode::OK);
    assert_eq!(make(&ann, "mine").await.status, StatusCode::CONFLICT);
    assert_eq!(make(&ann, "calendar").await.status, StatusCode::CREATED);
    assert_eq!(make(&app.caller("bob", "Calendars.ReadWrite"), "Work").await.status, StatusCode::CREATED);
}

async fn the_default_calendar(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Calendars.ReadWrite");
    let first = ann.get(DEFAULT).await;
    let shown = first.json();
    assert_eq!((&shown["name"], &shown["color"], &shown["hexColor"]), (&json!("Calendar"), &json!("auto"), &json!("")));
    assert_eq!((&shown["isDefaultCalendar"], &shown["isRemovable"]), (&json!(true), &json!(false)));
    let one = format!("{ALL}/{}", id(&first));
    assert_eq!(ann.get(&one).await.json(), shown);
    assert_eq!(ann.get(ALL).await.json()["value"], json!([shown]));
    let unchanged = ann.patch(DEFAULT, json!({"name": "Calendar"})).await;
    assert_eq!(unchanged.header("etag"), first.header("etag"), "nothing changed");
    assert_eq!(app.number("count(*) FROM calendars"), 0);
    let named =
        ann.with("if-match", &first.header("etag")).patch(&one, json!({"name": "Ann", "color": "lightRed"})).await;
    assert_eq!((named.status, &named.json()["name"]), (StatusCode::OK, &json!("Ann")));
    assert_ne!(named.header("etag"), first.header("etag"));
    let old = ann.with("if-match", &first.header("etag")).patch(DEFAULT, json!({"name": "x"})).await;
    assert_eq!(old.status, StatusCode::PRECONDITION_FAILED);
    let again = ann.patch(DEFAULT, json!({"hexColor": "#A0B1C2"})).await.json();
    let parts = [&again["name"], &again["color"], &again["hexColor"], &again["createdDateTime"]];
    assert_eq!(parts, [&json!("Ann"), &json!("lightRed"), &json!("#a0b1c2"), &shown["createdDateTime"]]);
    let work = id(&make(&ann, "Work").await);
    let listed = ann.get(ALL).await.json();
    assert_eq!((&listed["value"][0]["id"], &listed["value"][1]["id"]), (&shown["id"], &json!(work)));
    assert_eq!(listed["value"].as_array().map(Vec::len), Some(2));
    let refused = ann.call(Method::DELETE, &one).await;
    assert!(refused.status == StatusCode::BAD_REQUEST && refused.text().contains("default calendar"));
    assert_eq!(app.caller("bob", "Calendars.ReadWrite").get(&one).await.status, StatusCode::NOT_FOUND);
}

async fn colors(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Calendars.ReadWrite");
    let body = json!({"name": "a", "color": "LIGHTTEAL", "hexColor": "#00ff7F"});
    let made = ann.send_json(Method::POST, ALL, body).await;
    assert_eq!((&made.json()["color"], &made.json()["hexColor"]), (&json!("lightTeal"), &json!("#00ff7f")));
    let one = format!("{ALL}/{}", id(&made));
    let emptied = ann.patch(&one, json!({"color": null, "hexColor": null})).await.json();
    assert_eq!((&emptied["color"], &emptied["hexColor"]), (&json!("auto"), &json!("")));
    for (member, value) in [
        ("color", json!("teal")),
        ("color", json!(1)),
        ("hexColor", json!("#12345")),
        ("hexColor", json!("1234567")),
        ("hexColor", json!("#12345g")),
        ("hexColor", json!("#é234")),
        ("hexColor", json!([])),
    ] {
        let refused = ann.patch(&one, json!({member: value})).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{member} {value}");
        assert_eq!(refused.json()["error"]["target"], member, "{value}");
    }
}

/// The default calendar is of the pages, and stands on the first of them, with a row and without.
async fn pages(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Calendars.ReadWrite");
    let mut all = vec![id(&ann.get(DEFAULT).await)];
    for name in ["c", "a", "b", "d"] {
        all.push(id(&make(&ann, name).await));
    }
    for change in [None, Some(json!({"name": "Mine"}))] {
        if let Some(change) = change {
            assert_eq!(ann.patch(DEFAULT, change).await.status, StatusCode::OK);
        }
        for top in 1..=5 {
            let mut at = format!("{ALL}?$top={top}&$count=true&$select=name");
            let mut seen = Vec::new();
            loop {
                let page = ann.get(&at).await.json();
                let items = page["value"].as_array().expect("items");
                assert!(items.len() <= top && items.iter().all(|item| item["color"].is_null()));
                seen.extend(items.iter().map(|item| item["id"].as_str().expect("an id").to_owned()));
                if seen.len() <= top {
                    assert_eq!(page["@odata.count"], 5);
                }
                if page["@odata.nextLink"].is_null() {
                    break;
                }
                at = path(&page["@odata.nextLink"]);
            }
            assert_eq!(seen, all, "$top={top}");
        }
        for skip in 0..=5 {
            let page = ann.get(&format!("{ALL}?$skip={skip}")).await.json();
            let ids = page["value"].as_array().expect("items").iter().map(|item| item["id"].as_str().expect("an id"));
            assert_eq!(ids.collect::<Vec<_>>(), all[skip..], "$skip={skip}");
        }
    }
    assert_eq!(ann.get(&format!("{ALL}?$filter=x")).await.status, StatusCode::BAD_REQUEST);
}

async fn a_key_makes_one_calendar(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Calendars.ReadWrite");
    let keyed = ann.with("idempotency-key", "k");
    let (first, second) = (make(&keyed, "a").await, make(&keyed, "a").await);
    assert_eq!((first.status, second.status), (StatusCode::CREATED, StatusCode::CREATED));
    assert_eq!(id(&first), id(&second));
    assert_eq!(make(&keyed, "b").await.status, StatusCode::UNPROCESSABLE_ENTITY);
}

/// Free and busy is no calendar's name.
async fn who_sees_calendars(on: Backend) {
    let app = TestApp::on(on);
    let one = format!("{ALL}/{}", id(&make(&app.caller("ann", "Calendars.ReadWrite"), "A").await));
    for path in [ALL, DEFAULT, &one] {
        assert_eq!(app.caller("ann", "Calendars.ReadBasic").get(path).await.status, StatusCode::OK);
        let refused = app.caller("ann", "Calendars.ReadFreeBusy").get(path).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{path}");
        assert!(refused.challenges()[0].contains("scope=\"Calendars.ReadBasic\""), "{:?}", refused.challenges());
    }
    assert_eq!(make(&app.caller("ann", "Calendars.Read"), "B").await.status, StatusCode::FORBIDDEN);
}
