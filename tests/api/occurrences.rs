//! One occurrence of a series, by its id: changed it is an exception, deleted it is none; the series is what was changed.

use actix_web::http::{Method, StatusCode};
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::on_both;
use crate::support::app::{Answer, Backend, Caller, TestApp};

on_both! {
    an_occurrence_becomes_an_exception an_occurrence_is_cancelled what_is_not_one_occurrences_is_refused
    ids_that_name_no_occurrence days_and_times_of_no_zone many_at_once_are_all_made
}

const ALL: &str = "/v1.0/me/events";

fn at(time: &str, zone: &str) -> Value {
    json!({"dateTime": time, "timeZone": zone})
}

fn id(answer: &Answer) -> String {
    answer.json()["id"].as_str().unwrap_or_else(|| panic!("no id: {}", answer.text())).to_owned()
}

/// Each Monday at nine in Berlin, from the second of March on: over the change of the clock on the 29th.
async fn series(caller: &Caller<'_>, rule: &str) -> Answer {
    let body = json!({"subject": "Team", "location": {"displayName": "Room 2"}, "rrule": rule,
        "start": at("2026-03-02T09:00:00", "Europe/Berlin"), "end": at("2026-03-02T10:00:00", "Europe/Berlin")});
    let made = caller.send_json(Method::POST, ALL, body).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
    made
}

async fn an_occurrence_becomes_an_exception(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Calendars.ReadWrite");
    let made = series(&ann, "FREQ=WEEKLY").await;
    let master = id(&made);
    let link = ann.get(&format!("{ALL}/delta")).await.json()["@odata.deltaLink"].as_str().expect("a link").to_owned();
    // Nine in Berlin, before and after the change.
    let (before, after) = (format!("{ALL}/{master}_20260323T080000Z"), format!("{ALL}/{master}_20260330T070000Z"));
    let seen = ann.get(&after).await.json();
    let sent_back = ann.patch(&after, seen.clone()).await;
    assert_eq!((&sent_back.json(), sent_back.header("etag")), (&seen, made.header("etag")), "it changes nothing");
    let change = json!({"subject": "Moved", "start": at("2026-03-30T15:00:00", "Europe/Berlin"), "end": at("2026-03-30T16:30:00", "Europe/Berlin")});
    let moved = ann.with("if-match", &made.header("etag")).patch(&after, change.clone()).await;
    assert_eq!(moved.status, StatusCode::OK, "{}", moved.text());
    let shown = moved.json();
    let expected = json!({"type": "exception", "subject": "Moved", "seriesMasterId": master, "originalStart": "2026-03-30T07:00:00Z",
        "start": at("2026-03-30T13:00:00.0000000", "UTC"), "end": at("2026-03-30T14:30:00.0000000", "UTC"), "recurrence": null, "rrule": null});
    for (name, value) in expected.as_object().expect("an object") {
        assert_eq!(&shown[name], value, "{name}: {shown}");
    }
    assert_eq!(shown["id"], format!("{master}_20260330T070000Z"));
    assert_eq!(shown["location"]["displayName"], "Room 2", "the rest is the series'");
    assert_eq!(ann.get(&after).await.json(), shown);
    assert_ne!(moved.header("etag"), made.header("etag"));
    let whole = ann.get(&format!("{ALL}/{master}")).await;
    assert_eq!((whole.header("etag"), &whole.json()["subject"]), (moved.header("etag"), &json!("Team")));
    assert_eq!(ann.get(&before).await.json()["type"], "occurrence");
    let old = ann.with("if-match", &made.header("etag"));
    assert_eq!(old.patch(&before, json!({"subject": "x"})).await.status, StatusCode::PRECONDITION_FAILED);
    assert_eq!(old.call(Method::DELETE, &before).await.status, StatusCode::PRECONDITION_FAILED);
    let again = ann.with("prefer", "return=minimal").patch(&after, json!({"subject": "Again"})).await;
    assert_eq!(again.status, StatusCode::NO_CONTENT);
    assert_eq!(ann.get(&after).await.json()["subject"], "Again");
    let round = ann.get(&link[link.find("/v1.0").expect("a path")..]).await.json();
    assert_eq!(round["value"].as_array().map(Vec::len), Some(1), "the series changed: {round}");
    assert_eq!(round["value"][0]["id"], master.as_str());
    // What is in one calendar is in it whole.
    let there =
        ann.with("prefer", "outlook.timezone=\"America/New_York\"").patch(&after, json!({"subject": "Seen"})).await;
    assert_eq!(there.json()["start"], at("2026-03-30T09:00:00.0000000", "America/New_York"));
    assert_eq!(app.event_rows()[0], 1);
}

async fn an_occurrence_is_cancelled(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Calendars.ReadWrite");
    let made = series(&ann, "FREQ=WEEKLY;COUNT=3").await;
    let one = |start: &str| format!("{ALL}/{}_{start}", id(&made));
    let middle = one("20260309T080000Z");
    assert_eq!(ann.patch(&middle, json!({"subject": "Other"})).await.status, StatusCode::OK);
    assert_eq!(ann.call(Method::DELETE, &middle).await.status, StatusCode::NO_CONTENT);
    assert_eq!(ann.get(&middle).await.status, StatusCode::NOT_FOUND);
    assert_eq!(ann.call(Method::DELETE, &middle).await.status, StatusCode::NOT_FOUND);
    assert_eq!(ann.patch(&middle, json!({"subject": "x"})).await.status, StatusCode::NOT_FOUND);
    assert_eq!(ann.call(Method::DELETE, &one("20260302T080000Z")).await.status, StatusCode::NO_CONTENT);
    let whole = format!("{ALL}/{}", id(&made));
    assert_eq!(
        ann.get(&whole).await.json()["start"]["dateTime"],
        "2026-03-02T08:00:00.0000000",
        "its rule counts from there"
    );
    assert_eq!(app.event_rows()[0], 1);
    assert_eq!(ann.call(Method::DELETE, &one("20260316T080000Z")).await.status, StatusCode::NO_CONTENT);
    assert_eq!(ann.get(&whole).await.status, StatusCode::NOT_FOUND, "with its last occurrence the series goes");
    assert_eq!(app.event_rows(), [0, 0, 0, 1]);
    assert_eq!(ann.get(&format!("{ALL}/$count")).await.text(), "0");
}

async fn what_is_not_one_occurrences_is_refused(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Calendars.ReadWrite");
    let made = series(&ann, "FREQ=WEEKLY").await;
    let one = format!("{ALL}/{}_20260309T080000Z", id(&made));
    let work = id(&ann.send_json(Method::POST, "/v1.0/me/calendars", json!({"name": "Work"})).await);
    let recurrence =
        json!({"pattern": {"type": "daily", "interval": 1}, "range": {"type": "noEnd", "startDate": "2026-03-09"}});
    for (change, target) in [
        (json!({"rrule": "FREQ=DAILY"}), "recurrence"),
        (json!({"recurrence": recurrence}), "recurrence"),
        (json!({"calendarId": work}), "calendarId"),
        (json!({"subject": 7}), "subject"),
        (json!({"end": at("2026-03-09T07:00:00", "UTC")}), "end"),
    ] {
        let refused = ann.patch(&one, change.clone()).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{change}: {}", refused.text());
        assert_eq!(refused.json()["error"]["target"], target, "{change}: {}", refused.text());
    }
    let unchanged = ann.get(&format!("{ALL}/{}", id(&made))).await;
    assert_eq!(unchanged.header("etag"), made.header("etag"));
    for option in ["$following=maybe", "$following=true&$following=true", "$select=id"] {
        for method in [Method::PATCH, Method::DELETE] {
            let refused = ann.send_json(method, &format!("{one}?{option}"), json!({})).await;
            assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{option}: {}", refused.text());
        }
    }
    let bob = app.caller("bob", "Calendars.ReadWrite");
    assert_eq!(bob.patch(&one, json!({"subject": "x"})).await.status, StatusCode::NOT_FOUND);
    assert_eq!(bob.call(Method::DELETE, &one).await.status, StatusCode::NOT_FOUND);
    let reads = app.caller("ann", "Calendars.Read");
    assert_eq!(reads.patch(&one, json!({"subject": "x"})).await.status, StatusCode::FORBIDDEN);
}

async fn ids_that_name_no_occurrence(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Calendars.ReadWrite");
    let made = series(&ann, "FREQ=WEEKLY").await;
    let single =
        json!({"subject": "a", "start": at("2026-03-02T09:00:00", "UTC"), "end": at("2026-03-02T10:00:00", "UTC")});
    let single = id(&ann.send_json(Method::POST, ALL, single).await);
    let master = id(&made);
    let mut ids = vec![format!("{single}_20260302T090000Z"), "_20260309T080000Z".to_owned()];
    for start in [
        "",
        "20260309",
        "20260309T080001Z",
        "20260309T080000",
        "20260310T080000Z",
        "20260223T080000Z",
        "99991231T235959Z",
        "00000101T000000Z",
        "20260330T080000Z",
        "20260309T080000Z_20260309T080000Z",
        "%2B0260309T080000Z",
        "20260309t080000z",
        "2026030%C3%A9T080000Z",
    ] {
        ids.push(format!("{master}_{start}"));
    }
    for id in ids {
        let one = format!("{ALL}/{id}");
        assert_eq!(ann.get(&one).await.status, StatusCode::NOT_FOUND, "{id}");
        for query in ["", "?$following=true"] {
            let path = format!("{one}{query}");
            assert_eq!(ann.patch(&path, json!({"subject": "x"})).await.status, StatusCode::NOT_FOUND, "{path}");
            assert_eq!(ann.call(Method::DELETE, &path).await.status, StatusCode::NOT_FOUND, "{path}");
        }
    }
    assert_eq!(ann.get(&format!("{ALL}/{master}")).await.header("etag"), made.header("etag"));
}

async fn days_and_times_of_no_zone(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Calendars.ReadWrite");
    let body = json!({"subject": "Day", "isAllDay": true, "rrule": "FREQ=DAILY;COUNT=5",
        "start": at("2026-03-27", "UTC"), "end": at("2026-03-28", "UTC")});
    let made = ann.send_json(Method::POST, ALL, body).await;
    let one = |day: u32| format!("{ALL}/{}_202603{day}", id(&made));
    let there = ann.with("prefer", "outlook.timezone=\"Pacific/Kiritimati\"");
    let changed = there.patch(&one(29), json!({"subject": "Other"})).await.json();
    assert_eq!((&changed["type"], &changed["subject"]), (&json!("exception"), &json!("Other")), "{changed}");
    assert_eq!(changed["start"], at("2026-03-29T00:00:00.0000000", "Pacific/Kiritimati"));
    assert_eq!(changed["end"]["dateTime"], "2026-03-30T00:00:00.0000000");
    assert_eq!(there.call(Method::DELETE, &one(30)).await.status, StatusCode::NO_CONTENT);
    for (day, expected) in [(27, "occurrence"), (28, "occurrence"), (29, "exception"), (31, "occurrence")] {
        assert_eq!(ann.get(&one(day)).await.json()["type"], expected, "{day}");
    }
    assert_eq!(ann.get(&one(30)).await.status, StatusCode::NOT_FOUND);
}

/// As often as they get in each other's way: none is lost.
async fn many_at_once_are_all_made(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Calendars.ReadWrite");
    let made = series(&ann, "FREQ=DAILY;COUNT=20").await;
    let one = |day: u32| format!("{ALL}/{}_202603{day:02}T080000Z", id(&made));
    let changes =
        join_all((2..12).map(async |day| ann.patch(&one(day), json!({"subject": day.to_string()})).await.status));
    let cancels = join_all((12..17).map(async |day| ann.call(Method::DELETE, &one(day)).await.status));
    let (patched, cancelled) = futures_util::future::join(changes, cancels).await;
    assert!(patched.iter().all(|status| *status == StatusCode::OK), "{patched:?}");
    assert!(cancelled.iter().all(|status| *status == StatusCode::NO_CONTENT), "{cancelled:?}");
    for day in 2..12 {
        assert_eq!(ann.get(&one(day)).await.json()["subject"], day.to_string());
    }
    for day in 12..17 {
        assert_eq!(ann.get(&one(day)).await.status, StatusCode::NOT_FOUND);
    }
    assert_eq!(ann.get(&one(17)).await.json()["type"], "occurrence");
}
