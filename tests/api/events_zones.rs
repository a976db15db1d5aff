//! Zones that only a calendar file explains, on their way out and in again: each event keeps its own, whatever others are called.

use serde_json::Value;

use super::events_import::{EVENTS, calendar, counts, event, import};
use super::views::{VIEW, window};
use super::views_paged::all;
use crate::on_both;
use crate::support::app::{Backend, Caller, TestApp};

on_both! { each_event_keeps_its_own_zone }

fn zone(name: &str, offset: &str) -> String {
    format!(
        "BEGIN:VTIMEZONE\r\nTZID:{name}\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:{offset}\r\n\
         TZOFFSETTO:{offset}\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n"
    )
}

/// At nine by the clock of that zone.
fn at_nine(uid: &str, name: &str) -> String {
    event(uid, "DTSTART;TZID=ZONE:20260302T090000 DURATION:PT1H RRULE:FREQ=DAILY;COUNT=2").replace("ZONE", name)
}

/// What happens, and when.
async fn instances(caller: &Caller<'_>) -> Vec<(String, String)> {
    let (items, _) = all(caller, window(VIEW, "2026-03-01", "2026-03-05")).await;
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let mut all: Vec<_> = items.iter().map(|one| (text(&one["subject"]), text(&one["start"]["dateTime"]))).collect();
    all.sort();
    all
}

async fn each_event_keeps_its_own_zone(on: Backend) {
    let files = [
        calendar(&(zone("Office", "+0300") + &at_nine("three", "Office"))),
        calendar(&(zone("Office", "+0500") + &at_nine("five", "Office"))),
        calendar(&at_nine("unknown", "Office")),
        // It is called as another is that has to be called otherwise.
        calendar(&(zone("Office (2)", "+0700") + &at_nine("seven", "Office (2)"))),
    ];
    for order in [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1]] {
        let app = TestApp::on(on);
        let (ann, bea) = (app.caller("ann", "Calendars.ReadWrite"), app.caller("bea", "Calendars.ReadWrite"));
        for at in order {
            assert_eq!(counts(&import(&ann, EVENTS, files[at].clone()).await)[0], 1);
        }
        let seen = instances(&ann).await;
        let hours: Vec<&str> = seen.iter().map(|(_, start)| &start[11..13]).collect();
        assert_eq!(hours, ["04", "04", "02", "02", "06", "06", "09", "09"], "{seen:?}");
        let text = ann.with("accept", "text/calendar").get(EVENTS).await.text();
        assert_eq!(counts(&import(&bea, EVENTS, text.clone()).await)[0], 4);
        assert_eq!(instances(&bea).await, seen, "{order:?}: {text}");
        // What comes back has the names that it went out with, and goes out with them again.
        assert_eq!(counts(&import(&ann, EVENTS, text.clone()).await)[4], 0);
        assert_eq!(instances(&ann).await, seen);
        let again = ann.with("accept", "text/calendar").get(EVENTS).await.text();
        assert_eq!(counts(&import(&bea, EVENTS, again.clone()).await), [0, 0, 4, 0, 0], "{text}{again}");
    }
}
