//! Export of events as calendar files, and the feeds that programs subscribe to.

use std::collections::BTreeSet;

use actix_web::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::events_import::{EVENTS, calendar, counts, event, import};
use crate::on_both;
use crate::support::app::{Answer, Backend, Caller, TestApp};

on_both! {
    what_goes_out_comes_in_unchanged each_zone_is_written_once zones_of_one_name_with_other_rules_are_both_right
    feeds_need_no_accept_and_are_asked_again_for_little the_basics_see_when_and_no_more a_selection_goes_out
    one_event_goes_out
}

const BUSY: &str = "DTSTART;TZID=Europe/Berlin:20260302T090000 DURATION:PT1H";

async fn exported(caller: &Caller<'_>, path: &str) -> Answer {
    let answer = caller.with("accept", "text/calendar").get(path).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    assert_eq!(answer.header("content-type"), "text/calendar; charset=utf-8");
    let text = answer.text();
    assert!(
        text.starts_with("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:") && text.ends_with("END:VCALENDAR\r\n"),
        "{text}"
    );
    assert_eq!(text.matches("BEGIN:VCALENDAR").count(), 1);
    answer
}

pub fn fixtures() -> Vec<(String, String)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/icalendars");
    let files = std::fs::read_dir(folder).expect("fixtures").map(|entry| entry.expect("a file").path());
    let files = files.filter(|path| path.extension().is_some_and(|end| end == "ics"));
    files.map(|path| (path.display().to_string(), std::fs::read_to_string(&path).expect("a file"))).collect()
}

/// The VEVENTs of a file, their lines unfolded, without DTSTAMP.
fn events(text: &str) -> BTreeSet<String> {
    let unfolded = text.replace("\r\n ", "").replace("\r\n\t", "");
    let parts =
        unfolded.split("BEGIN:VEVENT\r\n").skip(1).map(|part| part.split("END:VEVENT").next().unwrap_or_default());
    let stamped = |line: &&str| !line.starts_with("DTSTAMP");
    parts.map(|part| part.lines().filter(stamped).collect::<Vec<_>>().join("\n")).collect()
}

/// Each instance of some years: when it begins and ends, and what it is.
async fn what_happens(caller: &Caller<'_>) -> Vec<String> {
    let (mut all, mut next) = (Vec::new(), Some(String::new()));
    while let Some(token) = next {
        let window =
            "startDateTime=2025-06-01T00:00:00Z&endDateTime=2027-06-01T00:00:00Z&$select=subject,start,end&$top=500";
        let page = caller.get(&format!("/v1.0/me/calendarView?{window}{token}")).await.json();
        let shown = |event: &Value| format!("{} {} {}", event["start"], event["end"], event["subject"]);
        all.extend(page["value"].as_array().expect("instances").iter().map(shown));
        let link = page["@odata.nextLink"].as_str();
        next = link.and_then(|link| link.find("&$skiptoken=").map(|at| link[at..].to_owned()));
    }
    all.sort();
    all
}

async fn what_goes_out_comes_in_unchanged(on: Backend) {
    let files = fixtures();
    assert!(files.len() >= 5);
    for (name, file) in files {
        let app = TestApp::on(on);
        let (ann, bob) = (app.caller("ann", "Calendars.ReadWrite"), app.caller("bob", "Calendars.ReadWrite"));
        let first = import(&ann, EVENTS, file.clone()).await;
        let [made, _, _, _, rejected] = counts(&first);
        assert!(made > 0 && rejected == 0, "{name}: {}", first.text());
        assert_eq!(counts(&import(&ann, EVENTS, file.clone()).await)[..3], [0, 0, made], "{name}");
        let out = exported(&ann, EVENTS).await.text();
        assert_eq!(counts(&import(&ann, EVENTS, out.clone()).await), [0, 0, made, 0, 0], "{name}: {out}");
        // And to another person, who sees and gives the same.
        assert_eq!(counts(&import(&bob, EVENTS, out.clone()).await), [made, 0, 0, 0, 0], "{name}");
        assert_eq!(events(&exported(&bob, EVENTS).await.text()), events(&out), "{name}");
        let seen = what_happens(&ann).await;
        assert!(!seen.is_empty(), "{name}");
        assert_eq!(what_happens(&bob).await, seen, "{name}");
    }
}

async fn each_zone_is_written_once(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Calendars.ReadWrite");
    let zones = ["Europe/Berlin", "America/New_York", "W. Europe Standard Time", "Europe/Berlin", "UTC"];
    let file: String = (1..)
        .zip(zones)
        .map(|(uid, zone)| {
            event(&format!("{uid}"), &format!("DTSTART;TZID={}:20260302T090000", zone.replace(' ', "~")))
        })
        .collect();
    assert_eq!(counts(&import(&ann, EVENTS, calendar(&file.replace('~', " "))).await), [5, 0, 0, 0, 0]);
    let text = exported(&ann, EVENTS).await.text();
    for zone in zones {
        let written = format!("BEGIN:VTIMEZONE\r\nTZID:{zone}\r\n");
        assert_eq!(text.matches(&written).count(), 1, "{zone}: {text}");
        let used = format!("DTSTART;TZID={zone}:");
        assert!(text.find(&written) < text.find(&used), "{text}");
    }
}

async fn zones_of_one_name_with_other_rules_are_both_right(on: Backend) {
    let app = TestApp::on(on);
    let (ann, bob) = (app.caller("ann", "Calendars.ReadWrite"), app.caller("bob", "Calendars.ReadWrite"));
    let of = |uid: &str, offset: &str| {
        let zone = format!(
            "BEGIN:VTIMEZONE\r\nTZID:Office\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:{offset}\r\n\
             TZOFFSETTO:{offset}\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n"
        );
        calendar(&(zone + &event(uid, "DTSTART;TZID=Office:20260302T090000 DURATION:PT1H")))
    };
    let file = [of("1", "+0400"), of("2", "-0800"), of("3", "+0400"), of("4", "-0800")].concat();
    assert_eq!(counts(&import(&ann, EVENTS, file).await), [4, 0, 0, 0, 0]);
    let text = exported(&ann, EVENTS).await.text();
    assert_eq!(
        (text.matches("TZID:Office\r\n").count(), text.matches("TZID:Office (2)\r\n").count()),
        (1, 1),
        "{text}"
    );
    assert_eq!(counts(&import(&bob, EVENTS, text).await), [4, 0, 0, 0, 0]);
    let starts = async |who: &Caller<'_>| {
        let list = who.get(&format!("{EVENTS}?$orderby=subject&$select=start")).await.json();
        list["value"].as_array().expect("events").iter().map(|event| event["start"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(starts(&bob).await, starts(&ann).await);
}

async fn feeds_need_no_accept_and_are_asked_again_for_little(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Calendars.ReadWrite");
    let made =
        ann.send_json(Method::POST, "/v1.0/me/calendars", json!({"name": "Wörk; 1", "color": "lightBlue"})).await;
    let work = format!("/v1.0/me/calendars/{}", made.json()["id"].as_str().expect("an id"));
    import(&ann, EVENTS, calendar(&event("1", BUSY))).await;
    import(&ann, &format!("{work}/events"), calendar(&event("2", BUSY))).await;
    for (path, uids) in [
        ("/v1.0/me/events.ics".to_owned(), &["UID:1", "UID:2"][..]),
        ("/v1.0/me/calendar/events.ics".to_owned(), &["UID:1"]),
        (format!("{work}/events.ics"), &["UID:2"]),
    ] {
        for accept in ["*/*", "text/calendar,text/plain;q=0.8,*/*;q=0.5"] {
            let feed = ann.with("accept", accept).get(&path).await;
            assert_eq!(
                (feed.status, feed.header("content-type")),
                (StatusCode::OK, "text/calendar; charset=utf-8".into())
            );
            let text = feed.text();
            let found: Vec<&str> = text.lines().filter(|line| line.starts_with("UID:")).collect();
            assert_eq!(found, uids, "{path}");
            assert_eq!(text.contains("X-WR-CALNAME:Wörk\\; 1\r\n"), path.starts_with(&work), "{text}");
            assert_eq!(text.contains("COLOR:lightblue\r\n"), path.starts_with(&work), "{text}");
            let again = ann.with("if-none-match", &feed.header("etag")).get(&path).await;
            assert_eq!(again.status, StatusCode::NOT_MODIFIED);
            // The JSON of the same events is not what the client has.
            let list = ann.with("if-none-match", &feed.header("etag")).get(EVENTS).await;
            assert_eq!(list.status, StatusCode::OK);
        }
        let feed = ann.get(&path).await;
        ann.patch(&work, json!({"hexColor": "#aabbcc"})).await;
        let after = ann.with("if-none-match", &feed.header("etag")).get(&path).await;
        assert_eq!(after.status, StatusCode::OK);
        ann.patch(&work, json!({"hexColor": ""})).await;
        assert_eq!(ann.with("accept", "application/json").get(&path).await.status, StatusCode::NOT_ACCEPTABLE);
    }
    let missing = "/v1.0/me/calendars/01890000-0000-7000-8000-000000000000/events";
    for path in [missing.to_owned(), format!("{missing}.ics")] {
        assert_eq!(ann.with("accept", "text/calendar").get(&path).await.status, StatusCode::NOT_FOUND);
    }
}

/// Events with a word that must not be seen wherever the basics see nothing.
fn canaries() -> String {
    let canary = |lines: &str| {
        format!(
            "{lines} DESCRIPTION:canary1 COMMENT:canary2 ATTENDEE;CN=canary3:mailto:canary4@example.org ORGANIZER:mailto:canary5@e.org \
             X-CANARY6;X-A=canary7:canary8 ATTACH:https://e.org/canary9 URL:https://e.org/canary10 CONTACT:canary11 X-ALT-DESC:canary12 \
             BEGIN:VALARM ACTION:DISPLAY DESCRIPTION:canary13 TRIGGER:-PT5M END:VALARM BEGIN:X-CANARY14 SUMMARY:canary15 END:X-CANARY14"
        )
    };
    let zone = "BEGIN:VTIMEZONE\r\nTZID:Office\r\nCOMMENT:canary16\r\nX-LIC-LOCATION:canary17\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\n\
                TZNAME:canary18\r\nTZOFFSETFROM:+0400\r\nTZOFFSETTO:+0400\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n";
    let open = event(
        "open",
        &canary(
            "DTSTART;TZID=Office;X-B=canary19:20260302T090000 DURATION:PT1H RRULE:FREQ=DAILY LOCATION;ALTREP=canary20:Room",
        ),
    );
    let moved = event(
        "open",
        &canary(
            "RECURRENCE-ID;TZID=Office:20260303T090000 DTSTART:20260303T100000Z CLASS:CONFIDENTIAL LOCATION:canary21",
        ),
    );
    let private =
        event("canary-uid", &canary("DTSTART:20260302T090000Z CLASS:PRIVATE LOCATION:canary22 CATEGORIES:canary23"));
    // An exception of a private series says nothing of its own.
    let of_private = event("canary-uid", "RECURRENCE-ID:20260303T090000Z DTSTART:20260303T100000Z");
    calendar(&[zone, &*open, &moved.replace("SUMMARY:open", "SUMMARY:canary24"), &private, &of_private].concat())
}

async fn the_basics_see_when_and_no_more(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Calendars.ReadWrite");
    let file = canaries();
    assert_eq!(counts(&import(&ann, EVENTS, file).await), [2, 0, 0, 0, 0]);
    let basic = app.caller("ann", "Calendars.ReadBasic");
    let ids = ann.get(&format!("{EVENTS}?$select=id")).await.json();
    let ids =
        ids["value"].as_array().expect("events").iter().map(|event| event["id"].as_str().expect("an id").to_owned());
    let paths: Vec<String> = [EVENTS.to_owned(), format!("{EVENTS}.ics")]
        .into_iter()
        .chain(ids.map(|id| format!("{EVENTS}/{id}")))
        .collect();
    let mut all = String::new();
    for path in paths {
        let text = exported(&basic, &path).await.text();
        assert!(!text.to_lowercase().contains("canary"), "{path}: {text}");
        all.push_str(&text);
        let full = exported(&ann, &path).await;
        assert!(full.text().contains("canary"));
        let tag = basic.with("accept", "text/calendar").with("if-none-match", &full.header("etag")).get(&path).await;
        assert_eq!(tag.status, StatusCode::OK, "what others see has another tag");
    }
    for seen in [
        "SUMMARY:open",
        "LOCATION:Room",
        "RRULE:FREQ=DAILY",
        "DTSTART;TZID=Office:2026",
        "RECURRENCE-ID;TZID=Office:2026",
        "SUMMARY:Busy",
        "TZOFFSETTO:+0400",
    ] {
        assert!(all.contains(seen), "{seen}: {all}");
    }
    // What cannot be seen cannot be searched for.
    let searched = exported(&basic, &format!("{EVENTS}?$search=canary1")).await.text();
    assert!(!searched.contains("VEVENT"), "{searched}");
    let free_busy = app.caller("ann", "Calendars.ReadFreeBusy");
    assert_eq!(free_busy.get(&format!("{EVENTS}.ics")).await.status, StatusCode::FORBIDDEN);
}

async fn a_selection_goes_out(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Calendars.ReadWrite");
    let many: String = (0..350).map(|number| event(&format!("u{number}"), BUSY)).collect();
    assert_eq!(counts(&import(&ann, EVENTS, calendar(&many)).await), [350, 0, 0, 0, 0]);
    let all = exported(&ann, EVENTS).await.text();
    assert_eq!((all.matches("BEGIN:VEVENT").count(), all.matches("BEGIN:VTIMEZONE").count()), (350, 1));
    let some = exported(&ann, &format!("{EVENTS}.ics?$filter=subject%20eq%20'u7'")).await.text();
    assert_eq!((some.matches("BEGIN:VEVENT").count(), some.contains("UID:u7\r\n")), (1, true));
    let refused = ann.with("accept", "text/calendar").get(&format!("{EVENTS}?$top=1")).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
}

async fn one_event_goes_out(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Calendars.ReadWrite");
    let made = ann.send_json(Method::POST, EVENTS, json!({"subject": "A", "start": {"dateTime": "2026-03-02T09:00:00", "timeZone": "Europe/Berlin"}, "end": {"dateTime": "2026-03-02T10:00:00", "timeZone": "Europe/Berlin"}})).await.json();
    let path = format!("{EVENTS}/{}", made["id"].as_str().expect("an id"));
    let one = exported(&ann, &path).await;
    assert!(one.text().contains("SUMMARY:A\r\n") && one.text().contains("TZID:Europe/Berlin\r\n"), "{}", one.text());
    assert_eq!(
        ann.with("accept", "text/calendar").with("if-none-match", &one.header("etag")).get(&path).await.status,
        StatusCode::NOT_MODIFIED
    );
    assert_eq!(
        ann.with("accept", "text/calendar").get(&format!("{path}?$select=id")).await.status,
        StatusCode::BAD_REQUEST
    );
    assert_eq!(
        app.caller("bob", "Calendars.Read").with("accept", "text/calendar").get(&path).await.status,
        StatusCode::NOT_FOUND
    );
}
