//! A series begins with a day of its pattern if Graph's `recurrence` says what that is, and a start that is moved takes its day along.

use actix_web::http::StatusCode;
use serde_json::{Value, json};

use super::views::{ALL, event, make, window};
use super::views_paged::all;
use crate::on_both;
use crate::support::app::{Backend, Caller, TestApp};

on_both! { the_start_is_a_day_of_the_pattern what_is_moved_stays_a_day_of_its_pattern }

/// The days of its instances in the first half of 2026.
async fn days(caller: &Caller<'_>, id: &str) -> Vec<String> {
    let path = window(&format!("{ALL}/{id}/instances"), "2026-01-01", "2026-07-01");
    let (items, _) = all(caller, format!("{path}&$top=100")).await;
    let day = |item: &Value| item["start"]["dateTime"].as_str().expect("a time")[..10].to_owned();
    items.iter().map(day).collect()
}

fn at(day: &str) -> Value {
    json!({"dateTime": format!("{day}T09:00:00"), "timeZone": "Europe/Berlin"})
}

async fn the_start_is_a_day_of_the_pattern(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Calendars.ReadWrite");
    let mut body = event("rent", "2026-01-01T09:00:00", "2026-01-01T10:00:00", "Europe/Berlin", None);
    body["recurrence"] = json!({"pattern": {"type": "absoluteMonthly", "interval": 1, "dayOfMonth": 31},
        "range": {"type": "numbered", "numberOfOccurrences": 3, "startDate": "2026-01-01"}});
    let id = make(&ann, body.clone()).await;
    assert_eq!(days(&ann, &id).await, ["2026-01-31", "2026-02-28", "2026-03-31"]);
    let made = ann.get(&format!("{ALL}/{id}")).await.json();
    assert_eq!(made["end"]["dateTime"], "2026-01-31T09:00:00.0000000");
    // Given later, it moves the start as well.
    body["recurrence"] = Value::Null;
    let id = make(&ann, body).await;
    let weekly = json!({"pattern": {"type": "weekly", "interval": 1, "daysOfWeek": ["monday"]},
        "range": {"type": "endDate", "startDate": "2026-01-01", "endDate": "2026-01-12"}});
    let changed = ann.patch(&format!("{ALL}/{id}"), json!({"recurrence": weekly})).await;
    assert_eq!(changed.status, StatusCode::OK, "{}", changed.text());
    assert_eq!(days(&ann, &id).await, ["2026-01-05", "2026-01-12"]);
}

async fn what_is_moved_stays_a_day_of_its_pattern(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Calendars.ReadWrite");
    let series = |rule| event("team", "2026-01-05T09:00:00", "2026-01-05T10:00:00", "Europe/Berlin", Some(rule));
    let id = make(&ann, series("FREQ=WEEKLY;BYDAY=MO;COUNT=4")).await;
    let moved = |day: &str| json!({"start": at(day), "end": {"dateTime": format!("{day}T10:00:00"), "timeZone": "Europe/Berlin"}});
    let changed = ann.patch(&format!("{ALL}/{id}"), moved("2026-01-06")).await;
    assert_eq!(changed.json()["recurrence"]["pattern"]["daysOfWeek"], json!(["tuesday"]), "{}", changed.text());
    assert_eq!(days(&ann, &id).await, ["2026-01-06", "2026-01-13", "2026-01-20", "2026-01-27"]);
    // From one of them on.
    let third = format!("{ALL}/{id}_20260120T080000Z?$following=true");
    let late = ann.patch(&third, moved("2026-01-21")).await;
    assert_eq!(late.status, StatusCode::CREATED, "{}", late.text());
    assert_eq!(days(&ann, late.json()["id"].as_str().expect("an id")).await, ["2026-01-21", "2026-01-28"]);
    assert_eq!(days(&ann, &id).await, ["2026-01-06", "2026-01-13"]);
    // Of two days nobody can tell.
    let id = make(&ann, series("FREQ=WEEKLY;BYDAY=MO,TH;COUNT=4")).await;
    let refused = ann.patch(&format!("{ALL}/{id}"), moved("2026-01-06")).await;
    assert_eq!((refused.status, &refused.json()["error"]["target"]), (StatusCode::BAD_REQUEST, &json!("start")));
    assert_eq!(days(&ann, &id).await, ["2026-01-05", "2026-01-08", "2026-01-12", "2026-01-15"]);
}
