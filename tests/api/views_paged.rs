//! Pages of a window: whatever their size, together they are the window; and one that would be too dear ends before.

use actix_web::http::StatusCode;
use serde_json::{Value, json};

use super::views::{VIEW, event, make, window};
use crate::on_both;
use crate::support::app::{Backend, Caller, TestApp};

on_both! { pages_of_any_size_are_the_window a_page_that_is_dear_ends_before what_costs_nothing }

/// The items of all pages, and how many pages there were.
pub async fn all(caller: &Caller<'_>, path: String) -> (Vec<Value>, usize) {
    let (mut items, mut pages, mut next) = (Vec::new(), 0, Some(path));
    while let Some(path) = next {
        let page = caller.get(&path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}: {}", page.text());
        items.extend(page.json()["value"].as_array().expect("items").iter().cloned());
        pages += 1;
        assert!(pages < 500, "it goes on and on: {path}");
        next =
            page.json()["@odata.nextLink"].as_str().map(|link| link[link.find("/v1.0").expect("a path")..].to_owned());
    }
    (items, pages)
}

async fn pages_of_any_size_are_the_window(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Calendars.ReadWrite");
    for day in 1..8 {
        let at = |hour: u32| format!("2026-03-0{day}T{hour:02}:00:00");
        // Several at once, some of which began before the window or last for long.
        make(&ann, event("once", &at(9), &at(10), "UTC", None)).await;
        make(&ann, event("once more", &at(9), &at(9), "America/New_York", None)).await;
        let mut whole = event("day", &at(0)[..10], &format!("2026-03-1{day}"), "UTC", Some("FREQ=WEEKLY"));
        whole["isAllDay"] = json!(true);
        make(&ann, whole.clone()).await;
        whole.as_object_mut().expect("an object").remove("rrule");
        make(&ann, whole).await;
        make(&ann, event("series", &at(9), &at(11), "UTC", Some("FREQ=DAILY;COUNT=9"))).await;
    }
    make(&ann, event("long", "2025-01-01T00:00:00", "2027-01-01T00:00:00", "UTC", None)).await;
    for zone in ["UTC", "America/Los_Angeles"] {
        let there = ann.with("prefer", &format!("outlook.timezone=\"{zone}\""));
        let asked = window(VIEW, "2026-03-04T09:30:00Z", "2026-03-16T09:00:01Z");
        let (whole, pages) = all(&there, format!("{asked}&$top=1000")).await;
        assert_eq!(pages, 1);
        let keys: Vec<_> = whole.iter().map(|item| (item["start"]["dateTime"].as_str(), item["id"].as_str())).collect();
        assert!(keys.is_sorted() && keys.len() > 60, "{keys:?}");
        for size in [1, 2, 3, 7, 50] {
            let (parts, pages) = all(&there, format!("{asked}&$top={size}")).await;
            assert_eq!(parts, whole, "{size} {zone}");
            assert_eq!(pages, whole.len().div_ceil(size));
        }
    }
    let seen = ann.get(&window(VIEW, "2026-03-04", "2026-03-16")).await;
    let again = ann.with("if-none-match", &seen.header("etag")).get(&window(VIEW, "2026-03-04", "2026-03-16")).await;
    assert_eq!(again.status, StatusCode::NOT_MODIFIED);
    let first = ann.get(&format!("{}&$top=1", window(VIEW, "2026-03-04", "2026-03-16"))).await.json();
    let next = first["@odata.nextLink"].as_str().expect("a link");
    let next = &next[next.find("/v1.0").expect("a path")..];
    let other = next.replace("2026-03-16", "2026-03-17");
    assert_eq!(ann.get(&other).await.status, StatusCode::BAD_REQUEST, "a token is of one window");
    let zone = ann.with("prefer", "outlook.timezone=\"Asia/Tokyo\"");
    assert_eq!(zone.get(next).await.status, StatusCode::BAD_REQUEST, "and of one zone");
}

async fn a_page_that_is_dear_ends_before(on: Backend) {
    let app = TestApp::with(on, |config| config.limits.expansion_instances = 300);
    let ann = app.caller("ann", "Calendars.ReadWrite");
    let hours = (0..24).map(|hour| hour.to_string()).collect::<Vec<_>>().join(",");
    for day in 10..22 {
        let at = |hour: &str| format!("1990-01-{day}T{hour}:00");
        make(&ann, event("hourly", &at("00:00"), &at("00:30"), "UTC", Some(&format!("FREQ=DAILY;BYHOUR={hours}"))))
            .await;
    }
    let (items, pages) = all(&ann, format!("{}&$top=1000&$select=id", window(VIEW, "2026-03-01", "2026-03-04"))).await;
    assert_eq!(items.len(), 12 * 72);
    let mut ids: Vec<_> = items.iter().map(|item| item["id"].as_str().expect("an id")).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 12 * 72);
    assert!(pages > 3, "{pages}: more instances than a page may expand, though not more than it may have");
}

async fn what_costs_nothing(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Calendars.ReadWrite");
    for rule in [
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;COUNT=10",
        "FREQ=YEARLY;INTERVAL=4000000000",
        "FREQ=DAILY;COUNT=100000",
        "FREQ=DAILY;UNTIL=19700101T000000Z",
    ] {
        make(&ann, event(rule, "1800-01-01T00:00:00", "1800-01-01T00:30:00", "UTC", Some(rule))).await;
    }
    let (items, _) = all(&ann, window(VIEW, "2026-03-01", "2026-03-04")).await;
    let subjects: Vec<_> = items.iter().map(|item| item["subject"].as_str().expect("text")).collect();
    assert_eq!(subjects, ["FREQ=DAILY;COUNT=100000"; 3]);
}
