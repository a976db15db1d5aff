//! An event by the paths of its calendar, counts by calendar, and members of which an event says nothing.

use actix_web::http::{Method, StatusCode};
use futures_util::future::join;
use serde_json::{Value, json};

use super::views::{ALL, event, make, window};
use crate::on_both;
use crate::support::app::{Backend, TestApp};

on_both! { an_event_by_the_path_of_its_calendar what_is_moved_meanwhile_is_not_changed_by_its_old_path counts_by_calendar what_is_empty_is_an_empty_text whose_calendars_are }

const CALENDARS: &str = "/v1.0/me/calendars";
const DEFAULT: &str = "/v1.0/me/calendar/events";

async fn an_event_by_the_path_of_its_calendar(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Calendars.ReadWrite");
    let work = ann.send_json(Method::POST, CALENDARS, json!({"name": "Work"})).await.json()["id"].clone();
    let work = work.as_str().expect("an id");
    let own = ann.get("/v1.0/me/calendar").await.json()["id"].as_str().expect("an id").to_owned();
    let series = || event("a", "2026-03-02T09:00:00", "2026-03-02T10:00:00", "UTC", Some("FREQ=DAILY;COUNT=9"));
    let here = make(&ann, series()).await;
    let mut body = series();
    body["calendarId"] = json!(work);
    let there = make(&ann, body).await;
    let of = |calendar: &str| format!("{CALENDARS}/{calendar}/events");
    for (right, wrong, id) in [
        (DEFAULT.to_owned(), of(work), &here),
        (of(&own), of(work), &here),
        (of(work), DEFAULT.to_owned(), &there),
        (of(work), of(&own), &there),
    ] {
        let day = format!("{id}_20260303T090000Z");
        let asked = |path: &str| window(&format!("{path}/{id}/instances"), "2026-03-01", "2026-03-04");
        for id in [id, &day] {
            assert_eq!(ann.get(&format!("{right}/{id}")).await.json(), ann.get(&format!("{ALL}/{id}")).await.json());
            assert_eq!(ann.get(&format!("{wrong}/{id}")).await.status, StatusCode::NOT_FOUND);
            let changed = ann.patch(&format!("{right}/{id}"), json!({"subject": right})).await;
            assert_eq!((changed.status, &changed.json()["subject"]), (StatusCode::OK, &json!(right)));
            let not = ann.patch(&format!("{wrong}/{id}"), json!({"subject": "no"})).await;
            assert_eq!(not.status, StatusCode::NOT_FOUND);
        }
        assert_eq!(ann.get(&asked(&right)).await.json()["value"].as_array().map(Vec::len), Some(2));
        assert_eq!(ann.get(&asked(&wrong)).await.status, StatusCode::NOT_FOUND);
        let text = ann.with("accept", "text/calendar");
        assert!(text.get(&format!("{right}/{id}")).await.text().contains("RRULE"));
        assert_eq!(text.get(&format!("{wrong}/{id}")).await.status, StatusCode::NOT_FOUND);
        assert_eq!(ann.call(Method::DELETE, &format!("{wrong}/{id}")).await.status, StatusCode::NOT_FOUND);
        assert_eq!(ann.get(&format!("{ALL}/{id}")).await.json()["subject"], json!(right), "as it was");
    }
    let nowhere = format!("{}/{here}", of(&here));
    assert_eq!(ann.get(&nowhere).await.status, StatusCode::NOT_FOUND);
    for one in [format!("{DEFAULT}/{here}"), format!("{}/{there}", of(work))] {
        assert_eq!(ann.call(Method::DELETE, &one).await.status, StatusCode::NO_CONTENT);
        assert_eq!(ann.get(&one).await.status, StatusCode::NOT_FOUND);
    }
}

/// It is there when it is read, or it is not there: never is it changed where the path does not lead.
async fn what_is_moved_meanwhile_is_not_changed_by_its_old_path(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Calendars.ReadWrite");
    let work = ann.send_json(Method::POST, CALENDARS, json!({"name": "Work"})).await.json()["id"].clone();
    let own = ann.get("/v1.0/me/calendar").await.json()["id"].clone();
    let id = make(&ann, event("a", "2026-03-02T09:00:00", "2026-03-02T10:00:00", "UTC", None)).await;
    let (by_id, by_path) = (format!("{ALL}/{id}"), format!("{DEFAULT}/{id}"));
    for round in 0..40 {
        let there = ann.patch(&by_id, json!({"calendarId": own})).await;
        assert_eq!(there.status, StatusCode::OK, "{}", there.text());
        let change = ann.patch(&by_path, json!({"subject": format!("{round}")}));
        let (moved, changed) = join(ann.patch(&by_id, json!({"calendarId": work})), change).await;
        assert_eq!(moved.status, StatusCode::OK, "{}", moved.text());
        match changed.status {
            StatusCode::OK => assert_eq!(changed.json()["calendarId"], own, "round {round}"),
            status => assert_eq!(status, StatusCode::NOT_FOUND, "{}", changed.text()),
        }
    }
}

async fn counts_by_calendar(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Calendars.ReadWrite");
    let work = ann.send_json(Method::POST, CALENDARS, json!({"name": "Work"})).await.json()["id"].clone();
    for calendar in [Value::Null, work.clone(), work.clone()] {
        let mut body = event("a", "2026-03-02T09:00:00", "2026-03-02T10:00:00", "UTC", None);
        body["calendarId"] = calendar;
        make(&ann, body).await;
    }
    let of_work = format!("{CALENDARS}/{}/events/$count", work.as_str().expect("an id"));
    for (path, count) in [
        (format!("{ALL}/$count"), "3"),
        (format!("{DEFAULT}/$count"), "1"),
        (format!("{of_work}?$filter=subject%20eq%20'a'"), "2"),
        (of_work, "2"),
        (format!("{CALENDARS}/$count"), "2"),
    ] {
        let counted = ann.get(&path).await;
        assert_eq!((counted.status, counted.text()), (StatusCode::OK, count.to_owned()), "{path}");
    }
    let nowhere = format!("{CALENDARS}/01a2b3c4-d5e6-7f80-9a1b-2c3d4e5f6071/events/$count");
    assert_eq!(ann.get(&nowhere).await.status, StatusCode::NOT_FOUND);
}

async fn what_is_empty_is_an_empty_text(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Calendars.ReadWrite");
    let id = make(&ann, event("a", "2026-03-02T09:00:00", "2026-03-02T10:00:00", "UTC", None)).await;
    let one = format!("{ALL}/{id}");
    for (prefer, kind) in [("x", "html"), ("outlook.body-content-type=\"text\"", "text")] {
        let seen = ann.with("prefer", prefer).get(&one).await.json();
        assert_eq!(seen["body"], json!({"contentType": kind, "content": ""}));
        assert_eq!((&seen["bodyPreview"], &seen["location"]), (&json!(""), &json!({"displayName": ""})));
        let back = ann.with("prefer", prefer).patch(&one, seen.clone()).await;
        assert_eq!(back.json(), seen, "sent back it is no change");
    }
    let basic = app.caller("ann", "Calendars.ReadBasic").get(&one).await.json();
    assert_eq!((basic.get("body"), &basic["location"]), (None, &json!({"displayName": ""})));
}

async fn whose_calendars_are(on: Backend) {
    let app = TestApp::on(on);
    let whole = app.caller("ann", "Calendars.Read User.ReadWrite");
    whole.patch("/v1.0/me", json!({"displayName": "Ann Example"})).await;
    let mut claims = app.claims("ann", "Calendars.Read");
    claims["email"] = json!("ann@example.com");
    claims["email_verified"] = json!(true);
    let told = app.caller_with(&claims).get("/v1.0/me/calendar").await;
    assert_eq!(told.json()["owner"], json!({"name": null, "address": "ann@example.com"}), "what the token says");
    for (scopes, name, address) in [
        ("Calendars.Read", Value::Null, Value::Null),
        ("Calendars.Read User.ReadBasic", json!("Ann Example"), Value::Null),
        ("Calendars.Read User.Email.Read", json!("Ann Example"), json!("ann@example.com")),
    ] {
        let ann = app.caller("ann", scopes);
        let one = ann.get("/v1.0/me/calendar").await;
        assert_eq!(one.json()["owner"], json!({"name": name, "address": address}), "{scopes}");
        assert_eq!(ann.get(CALENDARS).await.json()["value"][0]["owner"], one.json()["owner"], "{scopes}");
    }
    let seen = app.caller("ann", "Calendars.Read User.ReadBasic");
    let before = seen.get("/v1.0/me/calendar").await.header("etag");
    whole.patch("/v1.0/me", json!({"displayName": "Ann Other"})).await;
    let after = seen.with("if-none-match", &before).get("/v1.0/me/calendar").await;
    assert_eq!(after.status, StatusCode::OK, "the profile has versions of its own");
}
