//! Import of calendar files: by UID, event by event, the same in whichever order a file has what belongs together.

use actix_web::http::{Method, StatusCode};
use serde_json::Value;

use crate::on_both;
use crate::support::app::{Answer, Backend, Caller, TestApp};

on_both! {
    a_file_comes_in_and_once the_order_of_a_file_is_no_matter an_exception_that_the_file_lacks_goes
    what_is_no_event_is_passed_over what_cannot_be_expanded_is_kept_and_told zones_that_only_the_file_explains
    beyond_the_quota_the_rest_is_rejected a_calendar_gets_what_is_new what_is_no_calendar_is_refused
    what_was_told_before_a_file_broke_off_stands what_a_file_has_twice_is_told what_is_wrong_is_told_where_it_is
}

pub const EVENTS: &str = "/v1.0/me/events";

pub async fn import(caller: &Caller<'_>, path: &str, file: impl Into<Vec<u8>>) -> Answer {
    caller.send_body(Method::POST, path, "text/calendar", file.into()).await
}

/// Created, updated, unchanged, skipped, rejected.
pub fn counts(answer: &Answer) -> [u64; 5] {
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    let report = answer.json();
    let names = ["created", "updated", "unchanged", "skipped", "rejected"];
    let counts = names.map(|name| report[name].as_u64().unwrap_or(0));
    assert_eq!(counts.iter().sum::<u64>(), items(answer).len() as u64);
    counts
}

pub fn items(answer: &Answer) -> Vec<Value> {
    answer.json()["items"].as_array().expect("items").clone()
}

pub fn event(uid: &str, lines: &str) -> String {
    let lines = lines.replace(' ', "\r\n");
    format!("BEGIN:VEVENT\r\nUID:{uid}\r\nDTSTAMP:20260301T000000Z\r\nSUMMARY:{uid}\r\n{lines}\r\nEND:VEVENT\r\n")
}

pub fn calendar(within: &str) -> String {
    format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//A//B//EN\r\nMETHOD:PUBLISH\r\n{within}END:VCALENDAR\r\n")
}

pub const SINGLE: &str = "DTSTART:20260302T090000Z DURATION:PT1H";
pub const SERIES: &str = "DTSTART:20260302T090000Z DURATION:PT1H RRULE:FREQ=DAILY;COUNT=9";

pub fn moved(uid: &str, day: u32) -> String {
    event(uid, &format!("RECURRENCE-ID:202603{day:02}T090000Z DTSTART:202603{day:02}T120000Z DURATION:PT1H"))
}

/// The change numbers of all events, by UID.
async fn versions(caller: &Caller<'_>) -> Vec<(String, String)> {
    let list = caller.get(&format!("{EVENTS}?$select=iCalUId,changeKey&$orderby=subject&$top=100")).await.json();
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let all = list["value"].as_array().expect("events").iter();
    all.map(|event| (text(&event["iCalUId"]), text(&event["changeKey"]))).collect()
}

async fn a_file_comes_in_and_once(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Calendars.ReadWrite");
    let file = calendar(&[event("1", SINGLE), event("2", SERIES), moved("2", 3)].concat());
    let first = import(&ann, EVENTS, file.clone()).await;
    assert_eq!(counts(&first), [2, 0, 0, 0, 0], "{}", first.text());
    let shown = ann.get(&format!("{EVENTS}/{}", items(&first)[1]["id"].as_str().expect("an id"))).await.json();
    assert_eq!((&shown["iCalUId"], &shown["type"]), (&"2".into(), &"seriesMaster".into()));
    assert_eq!((items(&first)[1]["line"].clone(), items(&first)[1]["uid"].clone()), (12.into(), "2".into()));
    let before = versions(&ann).await;
    // When a file was written is no change.
    for file in [file.clone(), file.replace("DTSTAMP:20260301", "DTSTAMP:20260401"), file.replace('\r', "")] {
        assert_eq!(counts(&import(&ann, EVENTS, file).await), [0, 0, 2, 0, 0]);
    }
    assert_eq!(versions(&ann).await, before, "what is unchanged is no new version");
    let other = file.replace("SUMMARY:2", "SUMMARY:3");
    assert_eq!(counts(&import(&ann, EVENTS, other).await), [0, 1, 1, 0, 0]);
    let reader = app.caller("ann", "Calendars.Read");
    assert_eq!(import(&reader, EVENTS, calendar("")).await.status, StatusCode::FORBIDDEN);
    // Without a UID it is what it says.
    let nameless = calendar(&event("", SINGLE));
    assert_eq!(counts(&import(&ann, EVENTS, nameless.clone()).await), [1, 0, 0, 0, 0]);
    assert_eq!(counts(&import(&ann, EVENTS, nameless).await), [0, 0, 1, 0, 0]);
}

async fn the_order_of_a_file_is_no_matter(on: Backend) {
    let many = (0..700).map(|number| event(&format!("x{number}"), SINGLE)).collect::<String>();
    let (master, override_, other) = (event("s", SERIES), moved("s", 3), moved("s", 5));
    let mut seen = Vec::new();
    for file in [
        calendar(&[&*master, &override_, &other, &many].concat()),
        calendar(&[&*master, &many, &other, &override_].concat()),
        calendar(&[&*other, &many, &override_, &master].concat()),
        [calendar(&override_), calendar(&many), calendar(&master), calendar(&other)].concat(),
    ] {
        let app = TestApp::on(on);
        let ann = app.caller("ann", "Calendars.ReadWrite");
        let first = import(&ann, EVENTS, file.clone()).await;
        assert_eq!((counts(&first)[0], counts(&first)[4]), (701, 0), "{}", first.text());
        let record = app.text("record FROM event_records ORDER BY length(record) DESC LIMIT 1");
        assert_eq!(counts(&import(&ann, EVENTS, file).await), [0, 0, 701, 0, 0]);
        seen.push(record);
    }
    assert!(seen.iter().all(|record| record == &seen[0]), "{seen:#?}");
    assert_eq!(seen[0].matches("RECURRENCE-ID").count(), 2);
}

async fn an_exception_that_the_file_lacks_goes(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Calendars.ReadWrite");
    let exceptions = || app.text("record FROM event_records").matches("RECURRENCE-ID").count();
    let file = |days: &[u32]| {
        let moved = days.iter().map(|day| moved("s", *day));
        calendar(&std::iter::once(event("s", SERIES)).chain(moved).collect::<String>())
    };
    for (days, done, left) in [
        (&[3, 4][..], [1, 0, 0, 0, 0], 2),
        (&[3], [0, 1, 0, 0, 0], 1),
        (&[3], [0, 0, 1, 0, 0], 1),
        (&[], [0, 1, 0, 0, 0], 0),
        (&[5], [0, 1, 0, 0, 0], 1),
    ] {
        assert_eq!(counts(&import(&ann, EVENTS, file(days)).await), done, "{days:?}");
        assert_eq!(exceptions(), left, "{days:?}");
    }
    // A file of an exception alone is no word about the series.
    assert_eq!(counts(&import(&ann, EVENTS, calendar(&moved("s", 6))).await), [0, 1, 0, 0, 0]);
    assert_eq!((exceptions(), app.text("record FROM event_records").matches("RRULE").count()), (2, 1));
}

async fn what_is_no_event_is_passed_over(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Calendars.ReadWrite");
    let broken =
        "BEGIN:VEVENT\r\nUID:b\r\nDTSTART:soon\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:c\r\nno colon\r\nEND:VEVENT\r\n";
    let todo = "BEGIN:VTODO\r\nUID:t\r\nEND:VTODO\r\n";
    let answer =
        import(&ann, EVENTS, calendar(&[todo, &event("1", SINGLE), broken, "BEGIN:VEVENT\r\n"].concat())).await;
    assert_eq!(counts(&answer), [1, 0, 0, 1, 3], "{}", answer.text());
    let items = items(&answer);
    assert!(items[0]["reason"].as_str().is_some_and(|reason| reason.contains("VTODO")), "{}", answer.text());
    let no_colon = items.iter().find(|item| item["line"] == 19).expect("the item of that line");
    assert!(no_colon["reason"].as_str().is_some_and(|reason| reason.contains("Line 21")), "{no_colon}");
    for item in items {
        assert_eq!(item["result"] == "created", item["id"].is_string(), "{item}");
    }
}

async fn what_cannot_be_expanded_is_kept_and_told(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Calendars.ReadWrite");
    let rules = ["FREQ=HOURLY", "FREQ=DAILY;BYMOON=FULL", "FREQ=DAILY"];
    let each = rules.map(|rule| event(rule, &format!("DTSTART:20260302T090000Z RRULE:{rule}")));
    let answer = import(&ann, EVENTS, calendar(&each.concat())).await;
    assert_eq!(counts(&answer), [3, 0, 0, 0, 0], "{}", answer.text());
    let warned: Vec<bool> = items(&answer).iter().map(|item| item["warning"].is_string()).collect();
    assert_eq!(warned, [true, true, false], "{}", answer.text());
    let first = ann.get(&format!("{EVENTS}/{}", items(&answer)[0]["id"].as_str().expect("an id"))).await.json();
    assert_eq!(first["rrule"], "FREQ=HOURLY");
}

async fn zones_that_only_the_file_explains(on: Backend) {
    let zone = |id: &str, offset: &str| {
        format!(
            "BEGIN:VTIMEZONE\r\nTZID:{id}\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:{offset}\r\n\
             TZOFFSETTO:{offset}\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n"
        )
    };
    let at = |uid: &str, zone: &str| event(uid, &format!("DTSTART;TZID={zone}:20260302T090000 DURATION:PT1H"));
    let (office, known) = (zone("Office", "+0400"), zone("Europe/Berlin", "-0900"));
    let (one, two) = (at("1", "Office"), at("2", "Europe/Berlin"));
    for file in [
        calendar(&[&*office, &known, &one, &two].concat()),
        calendar(&[&*one, &two, &known, &office].concat()),
        [calendar(&[&*one, &office].concat()), calendar(&[&zone("Office", "-0800"), &*two].concat())].concat(),
    ] {
        let app = TestApp::on(on);
        let ann = app.caller("ann", "Calendars.ReadWrite");
        let answer = import(&ann, EVENTS, file).await;
        assert_eq!(counts(&answer), [2, 0, 0, 0, 0], "{}", answer.text());
        assert!(items(&answer).iter().all(|item| item.get("warning").is_none()), "{}", answer.text());
        let list = ann.get(&format!("{EVENTS}?$orderby=subject")).await.json();
        let starts = [0, 1].map(|at| list["value"][at]["start"]["dateTime"].as_str().map(|time| time[..16].to_owned()));
        assert_eq!(starts, ["2026-03-02T05:00", "2026-03-02T08:00"].map(|time| Some(time.to_owned())));
        // A zone that is known is not kept with every event.
        assert_eq!(app.number("count(*) FROM event_records WHERE record LIKE '%VTIMEZONE%'"), 1);
    }
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Calendars.ReadWrite");
    let answer = import(&ann, EVENTS, [calendar(&one), calendar(&office)].concat()).await;
    assert!(items(&answer)[0]["warning"].as_str().is_some_and(|text| text.contains("Office")), "{}", answer.text());
}

async fn beyond_the_quota_the_rest_is_rejected(on: Backend) {
    let app = TestApp::with(on, |config| config.limits.quota_events = 3);
    let ann = app.caller("ann", "Calendars.ReadWrite");
    let five: String = (1..=5).map(|number| event(&number.to_string(), SINGLE)).collect();
    let answer = import(&ann, EVENTS, calendar(&five)).await;
    assert_eq!(counts(&answer), [3, 0, 0, 0, 2]);
    assert!(items(&answer)[4]["reason"].as_str().is_some_and(|reason| reason.contains("no room for more than 3")));
    let again = calendar(&(event("2", SERIES) + &event("6", SINGLE)));
    assert_eq!(counts(&import(&ann, EVENTS, again).await), [0, 1, 0, 0, 1]);
    assert_eq!(ann.get(&format!("{EVENTS}/$count")).await.text(), "3");
}

async fn a_calendar_gets_what_is_new(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Calendars.ReadWrite");
    let missing = "/v1.0/me/calendars/01890000-0000-7000-8000-000000000000/events";
    assert_eq!(import(&ann, missing, calendar("")).await.status, StatusCode::NOT_FOUND);
    let made = ann.send_json(Method::POST, "/v1.0/me/calendars", serde_json::json!({"name": "Work"})).await.json();
    let work = format!("/v1.0/me/calendars/{}/events", made["id"].as_str().expect("an id"));
    assert_eq!(counts(&import(&ann, "/v1.0/me/calendar/events", calendar(&event("1", SINGLE))).await), [1, 0, 0, 0, 0]);
    // What is there already stays where it is.
    let both = calendar(&(event("1", SERIES) + &event("2", SINGLE)));
    let answer = import(&ann, &work, both).await;
    assert_eq!(counts(&answer), [1, 1, 0, 0, 0]);
    let warned: Vec<bool> = items(&answer).iter().map(|item| item["warning"].is_string()).collect();
    assert_eq!(warned, [true, false], "it is told that it stays: {}", answer.text());
    let there = ann.get(&work).await.json()["value"].as_array().map(Vec::len);
    assert_eq!(there, Some(1));
}

async fn what_is_no_calendar_is_refused(on: Backend) {
    let app = TestApp::with(on, |config| config.limits.import_bytes = 100_000);
    let ann = app.caller("ann", "Calendars.ReadWrite");
    for media in ["text/plain", "text/vcard", "application/calendar+json"] {
        let answer = ann.send_body(Method::POST, EVENTS, media, calendar("")).await;
        assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{media}");
        assert!(answer.text().contains("`text/calendar`"), "{}", answer.text());
    }
    assert_eq!(import(&ann, EVENTS, vec![b'x'; 100_001]).await.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(counts(&import(&ann, EVENTS, Vec::new()).await), [0; 5]);
    assert_eq!(counts(&import(&ann, EVENTS, "{}").await), [0, 0, 0, 0, 1]);
    assert_eq!(counts(&import(&ann, EVENTS, "\u{feff}".to_owned() + &calendar("")).await), [0; 5]);
    assert_eq!(ann.get(&format!("{EVENTS}/$count")).await.text(), "0");
}

async fn what_was_told_before_a_file_broke_off_stands(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Calendars.ReadWrite");
    let file = calendar(&(event("1", SINGLE) + &event("2", SINGLE)));
    let cut = &file[..file.len() - 40];
    let answer = import(&ann, EVENTS, cut).await;
    assert_eq!(counts(&answer), [1, 0, 0, 0, 2], "{}", answer.text());
    assert_eq!(counts(&import(&ann, EVENTS, file).await), [1, 0, 1, 0, 0]);
}

async fn what_a_file_has_twice_is_told(on: Backend) {
    let many = (0..700).map(|number| event(&format!("x{number}"), SINGLE)).collect::<String>();
    let later = "DTSTART:20260305T090000Z DURATION:PT1H";
    for (file, skipped, taken) in [
        (calendar(&[event("1", SINGLE), event("2", SINGLE), event("1", later)].concat()), (5, 0), (19, 2)),
        // Two of one occurrence, which wait for their master.
        (calendar(&[moved("1", 3), moved("1", 3), many, event("1", SERIES)].concat()), (5, 0), (13, 1)),
    ] {
        let app = TestApp::on(on);
        let ann = app.caller("ann", "Calendars.ReadWrite");
        let answer = import(&ann, EVENTS, file.clone()).await;
        let [created, updated, unchanged, passed, rejected] = counts(&answer);
        assert_eq!((updated, unchanged, passed, rejected), (0, 0, 1, 0), "{}", answer.text());
        assert_eq!(app.number("count(*) FROM events").unsigned_abs(), created);
        let items = items(&answer);
        let at = |(line, _): (u64, u64)| items.iter().find(|item| item["line"] == line).expect("an item");
        assert_eq!((&at(skipped)["result"], &at(skipped)["index"]), (&"skipped".into(), &skipped.1.into()));
        let reason = at(skipped)["reason"].as_str().expect("a reason").to_owned();
        assert!(reason.contains(&format!("again at line {}", taken.0)), "{reason}");
        assert_eq!((&at(taken)["result"], &at(taken)["index"]), (&"created".into(), &taken.1.into()));
        assert_eq!((&at(taken)["uid"], &at(skipped)["uid"]), (&"1".into(), &"1".into()));
        let again = counts(&import(&ann, EVENTS, file).await);
        assert_eq!(again, [0, 0, created, 1, 0]);
    }
}

async fn what_is_wrong_is_told_where_it_is(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Calendars.ReadWrite");
    let unread = "RECURRENCE-ID:20260303T090000Z DTSTART:20260231T120000Z";
    let turned = event("t", "DTSTART:20260302T090000Z DTEND:20260302T080000Z");
    let zone = event("z", "DTSTART;TZID=Nowhere:20260302T090000 DURATION:PT1H");
    let file = calendar(&[event("s", SERIES), event("s", unread), zone, turned, event("1", SINGLE)].concat());
    let answer = import(&ann, EVENTS, file).await;
    assert_eq!(counts(&answer), [3, 0, 0, 0, 1], "{}", answer.text());
    let items = items(&answer);
    let reason = items[0]["reason"].as_str().expect("a reason");
    assert!(reason.starts_with("Line 13: ") && reason.contains("`20260231T120000Z`"), "{reason}");
    // The event of a zone that may still be explained waits, and is told in its place.
    let places: Vec<&Value> = items.iter().map(|item| &item["index"]).collect();
    assert_eq!(places, [0, 1, 2, 3]);
    assert!(items[2]["warning"].as_str().is_some_and(|text| text.contains("before its DTSTART")), "{}", answer.text());
}
