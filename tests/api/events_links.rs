//! Links of pages and rounds: they go on as they began, whether the headers of the first request are repeated or not.

use actix_web::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::views::{ALL, VIEW, event, make, window};
use crate::on_both;
use crate::support::app::{Backend, Caller, TestApp};

on_both! { links_carry_what_was_preferred links_refuse_other_preferences a_round_of_all_has_no_window }

const BERLIN: &str = "outlook.timezone=\"Europe/Berlin\", outlook.body-content-type=\"text\"";

fn path(link: &Value) -> String {
    let link = link.as_str().expect("a link");
    link[link.find("/v1.0").expect("a path")..].to_owned()
}

/// The path of a list, a view, a round and a round over a window.
fn lists() -> [String; 4] {
    let [view, round] =
        [VIEW.to_owned(), format!("{VIEW}/delta")].map(|path| window(&path, "2026-03-01", "2026-04-01"));
    [format!("{ALL}?$top=2"), format!("{ALL}/delta?$top=2"), format!("{view}&$top=2"), format!("{round}&$top=2")]
}

async fn three(ann: &Caller<'_>) {
    for day in 2..5 {
        let at = |hour: u32| format!("2026-03-0{day}T{hour:02}:00:00");
        let mut event = event("a", &at(9), &at(10), "UTC", None);
        event["body"] = json!({"contentType": "html", "content": "<p>Hi</p>"});
        make(ann, event).await;
    }
}

async fn links_carry_what_was_preferred(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Calendars.ReadWrite");
    three(&ann).await;
    let there = ann.with("prefer", BERLIN);
    for list in lists() {
        let first = there.get(&list).await;
        let next = path(&first.json()["@odata.nextLink"]);
        let second = ann.get(&next).await;
        assert_eq!(second.status, StatusCode::OK, "{list}: {}", second.text());
        assert_eq!(second.json()["value"], there.get(&next).await.json()["value"], "{list}: repeated or not");
        assert_eq!(second.header("preference-applied"), BERLIN, "{list}");
        let item = second.json()["value"][0].clone();
        let start = json!({"dateTime": "2026-03-04T10:00:00.0000000", "timeZone": "Europe/Berlin"});
        assert_eq!((&item["start"], &item["body"]["content"]), (&start, &json!("Hi")), "{list}");
        let Some(round) = second.json().get("@odata.deltaLink").map(path) else { continue };
        make(&ann, event("b", "2026-03-09T09:00:00", "2026-03-09T10:00:00", "UTC", None)).await;
        let later = ann.get(&round).await.json();
        assert_eq!(later["value"][0]["start"]["dateTime"], "2026-03-09T10:00:00.0000000", "{list}");
        let id = later["value"][0]["id"].as_str().expect("an id").to_owned();
        ann.call(Method::DELETE, &format!("{ALL}/{id}")).await;
        let last = ann.get(&path(&later["@odata.deltaLink"])).await;
        assert_eq!(last.header("preference-applied"), BERLIN, "{list}: from round to round");
    }
}

async fn links_refuse_other_preferences(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Calendars.ReadWrite");
    three(&ann).await;
    let (there, utc) = (ann.with("prefer", BERLIN), ann.with("prefer", "outlook.timezone=\"UTC\""));
    for list in lists() {
        let next = path(&there.get(&list).await.json()["@odata.nextLink"]);
        for other in
            ["outlook.timezone=\"Asia/Tokyo\"", "outlook.timezone=\"UTC\"", "outlook.body-content-type=\"html\""]
        {
            let refused = ann.with("prefer", other).get(&next).await;
            assert_eq!(
                (refused.status, refused.json()["error"]["target"].clone()),
                (StatusCode::BAD_REQUEST, "Prefer".into()),
                "{list} {other}"
            );
            assert!(refused.text().contains("Europe/Berlin"), "{}", refused.text());
        }
        let zone = ann.with("prefer", "outlook.timezone=\"W. Europe Standard Time\"").get(&next).await;
        assert_eq!(zone.status, StatusCode::OK, "the zone by its other name: {}", zone.text());
        let plain = path(&ann.get(&list).await.json()["@odata.nextLink"]);
        assert_eq!(utc.get(&plain).await.status, StatusCode::OK, "it is UTC without a header: {list}");
        assert_eq!(there.get(&plain).await.status, StatusCode::BAD_REQUEST, "{list}");
    }
}

async fn a_round_of_all_has_no_window(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Calendars.ReadWrite");
    for path in [format!("{ALL}/delta"), "/v1.0/me/calendar/events/delta".to_owned()] {
        let refused = ann.get(&window(&path, "2026-03-01", "2026-04-01")).await;
        assert_eq!(
            (refused.status, refused.json()["error"]["target"].clone()),
            (StatusCode::BAD_REQUEST, "startDateTime".into())
        );
        assert!(refused.text().contains("calendarView/delta"), "{}", refused.text());
    }
}
