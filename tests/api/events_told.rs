//! What an import tells of what it takes otherwise than it was meant; and years that nobody can write.

use actix_web::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::events_import::{EVENTS, SERIES, SINGLE, calendar, counts, event, import, items, moved};
use super::views::{ALL, VIEW, make, window};
use super::views_paged::all;
use crate::on_both;
use crate::support::app::{Answer, Backend, TestApp};

on_both! {
    an_event_in_parts_far_apart_is_told_once a_length_that_there_is_not_is_told two_names_of_one_occurrence_are_told
    no_year_is_answered_that_nobody_can_write
}

fn warning(answer: &Answer, at: usize) -> String {
    items(answer)[at]["warning"].as_str().unwrap_or_default().to_owned()
}

async fn an_event_in_parts_far_apart_is_told_once(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Calendars.ReadWrite");
    let many = (0..600).map(|number| event(&format!("x{number}"), SINGLE)).collect::<String>();
    let file = |days: &[u32]| {
        let moved = days.iter().map(|day| moved("s", *day)).collect::<String>();
        calendar(&[&*event("s", SERIES), &many, &moved].concat())
    };
    for (days, told) in [(&[3, 4][..], [601, 0, 0, 0, 0]), (&[3, 4], [0, 0, 601, 0, 0]), (&[4, 5], [0, 1, 600, 0, 0])] {
        let answer = import(&ann, EVENTS, file(days)).await;
        assert_eq!(counts(&answer), told, "{days:?}");
        let of_series = items(&answer).into_iter().filter(|item| item["uid"] == "s").count();
        assert_eq!(of_series, 1, "{days:?}");
        assert_eq!(
            app.text("record FROM event_records ORDER BY length(record) DESC LIMIT 1").matches("RECURRENCE-ID").count(),
            2
        );
    }
    // What is refused of the rest is told as well.
    let wrong = event("s", "RECURRENCE-ID:20260303T090000Z DTSTART:00010101T000000Z");
    let answer = import(&ann, EVENTS, calendar(&[&*event("s", SERIES), &many, &wrong].concat())).await;
    assert_eq!(counts(&answer)[4], 1, "{}", answer.text());
}

async fn a_length_that_there_is_not_is_told(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Calendars.ReadWrite");
    let lengths = ["P99999999999D", "P9999999D", "soon", "PT1H", "P1D"];
    let each = lengths.map(|length| event(length, &format!("DTSTART:20260302T090000Z DURATION:{length}")));
    let answer = import(&ann, EVENTS, calendar(&each.concat())).await;
    assert_eq!(counts(&answer), [5, 0, 0, 0, 0], "{}", answer.text());
    for (at, length) in lengths.iter().enumerate() {
        let told = warning(&answer, at).contains(&format!("`{length}`"));
        assert_eq!(told, at < 3, "{}", answer.text());
    }
}

async fn two_names_of_one_occurrence_are_told(on: Backend) {
    let zone = "BEGIN:VTIMEZONE\r\nTZID:Office\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:+0300\r\n\
                TZOFFSETTO:+0300\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n";
    let series = event("s", "DTSTART;TZID=Office:20260302T090000 DURATION:PT1H RRULE:FREQ=DAILY;COUNT=9");
    let one =
        |id: &str, hour: u32| event("s", &format!("RECURRENCE-ID{id} DTSTART:20260303T{hour:02}0000Z DURATION:PT1H"));
    let (utc, local) = (one(":20260303T060000Z", 11), one(";TZID=Office:20260303T090000", 12));
    for (first, last, hour) in [(&utc, &local, 12), (&local, &utc, 11)] {
        let app = TestApp::on(on);
        let ann = app.caller("ann", "Calendars.ReadWrite");
        let answer = import(&ann, EVENTS, calendar(&[zone, &*series, first, last].concat())).await;
        assert_eq!(counts(&answer), [1, 0, 0, 0, 0], "{}", answer.text());
        assert!(warning(&answer, 0).contains("one occurrence"), "{}", answer.text());
        let (items, _) = all(&ann, window(VIEW, "2026-03-03", "2026-03-04")).await;
        let starts: Vec<&Value> = items.iter().map(|one| &one["start"]["dateTime"]).collect();
        assert_eq!(starts, [&json!(format!("2026-03-03T{hour}:00:00.0000000"))], "the last of the file");
    }
}

async fn no_year_is_answered_that_nobody_can_write(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Calendars.ReadWrite");
    let at = |time: &str, zone: &str| json!({"dateTime": time, "timeZone": zone});
    for (start, end, zone) in [
        ("0001-01-01T10:00:00", "0001-01-01T11:00:00", "UTC"),
        ("0000-05-01T10:00:00", "2026-01-01T11:00:00", "UTC"),
        ("0001-01-02T01:00:00", "0001-01-03T02:00:00", "Asia/Tokyo"),
        ("9999-12-30T22:00:00", "9999-12-31T00:00:00", "UTC"),
        ("9999-12-30T21:00:00", "9999-12-30T22:00:00", "America/New_York"),
    ] {
        let body = json!({"subject": "far", "start": at(start, zone), "end": at(end, zone)});
        let refused = ann.send_json(Method::POST, ALL, body).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{start}: {}", refused.text());
        assert!(refused.text().contains("9999-12-30"), "{}", refused.text());
    }
    let file = [
        event("0", "DTSTART:00000101T000000Z"),
        event("1", "DTSTART:20260302T090000Z DTEND:99991231T090000Z"),
        event("2", "RECURRENCE-ID:00010101T090000Z DTSTART:20260302T090000Z"),
        event("3", "DTSTART:99991230T220000Z"),
    ];
    assert_eq!(counts(&import(&ann, EVENTS, calendar(&file.concat())).await), [1, 0, 0, 0, 3]);
    // A series goes on until a zone has the start or the end of one in the year 10000.
    for hour in ["17", "20"] {
        let new_york = |hour: &str| at(&format!("9999-12-27T{hour}:00:00"), "America/New_York");
        let body = json!({"subject": "daily", "start": new_york(hour), "end": new_york("23"), "rrule": "FREQ=DAILY"});
        let id = make(&ann, body).await;
        for zone in ["UTC", "Pacific/Kiritimati", "Etc/GMT+12"] {
            let there = ann.with("prefer", &format!("outlook.timezone=\"{zone}\""));
            let asked = window(&format!("{ALL}/{id}/instances"), "9999-12-27", "9999-12-31T23:59:59");
            let (items, _) = all(&there, asked).await;
            assert_eq!(items.len(), 3, "{items:?}");
            for one in items {
                for time in [&one["start"], &one["end"]] {
                    assert!(time["dateTime"].as_str().is_some_and(|time| time.starts_with("9999-12-")), "{one}");
                }
            }
        }
        for gone in ["99991230T220000Z", "99991231T010000Z"] {
            assert_eq!(ann.get(&format!("{ALL}/{id}_{gone}")).await.status, StatusCode::NOT_FOUND);
        }
    }
}
