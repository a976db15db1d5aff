//! What programs write (`fixtures/icalendars`): kept to the property, and shown as their people see it.

use std::collections::BTreeMap;
use std::fs;

use serde_json::{Map, Value, json};
use sharehold::resources::calendar::record::{Record, body_as};

use crate::event::given::{lines, members, patch, read};

/// Each event of a file by its UID, with the head of its calendar and its zones.
fn events(name: &str) -> BTreeMap<String, String> {
    let path = format!("{}/fixtures/icalendars/{name}.ics", env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(path).expect("a fixture");
    assert!(text.lines().all(|line| text.contains(&format!("{line}\r\n"))));
    let (head, rest) = text.split_once("BEGIN:VEVENT\r\n").expect("an event");
    let rest = rest.trim_end_matches("END:VCALENDAR\r\n");
    let mut events = BTreeMap::<String, String>::new();
    for event in rest.split("BEGIN:VEVENT\r\n") {
        let unfolded = event.replace("\r\n ", "").replace("\r\n\t", "");
        let uid = unfolded.lines().find_map(|line| line.strip_prefix("UID:")).expect("a UID").to_owned();
        let whole = events.entry(uid).or_insert_with(|| head.to_owned());
        whole.extend(["BEGIN:VEVENT\r\n", event]);
    }
    events.into_iter().map(|(uid, text)| (uid, text + "END:VCALENDAR\r\n")).collect()
}

fn record(name: &str, uid: &str) -> (Record, Map<String, Value>) {
    let text = events(name).into_iter().find(|(known, _)| known.starts_with(uid)).expect("such an event").1;
    let record = Record::read(&text).expect("a record");
    let members = members(&record);
    (record, members)
}

#[test]
fn every_property_of_every_program_is_kept() {
    let mut seen = 0;
    for name in ["google", "apple", "outlook", "thunderbird", "fullcalendar"] {
        for (uid, text) in events(name) {
            let record = Record::read(&text).unwrap_or_else(|fault| panic!("{name}: {uid}: {fault}"));
            assert_eq!(record.uid(), Some(uid.as_str()), "{name}");
            assert_eq!(lines(&record.record()), read(&text), "{name}: {uid}");
            let mut same = record.clone();
            patch(&mut same, &Value::Object(members(&record))).expect("sent back");
            assert_eq!(same.record(), record.record(), "{name}: {uid}");
            seen += 1;
        }
    }
    assert_eq!(seen, 9);
}

#[test]
fn google() {
    let (record, all) = record("google", "0a1b");
    assert_eq!(all["start"], json!({"dateTime": "2026-03-16T09:00:00.0000000", "timeZone": "Europe/Berlin"}));
    assert_eq!(all["location"], json!({"displayName": "Room 3, 2nd floor"}));
    assert_eq!(all["rrule"], "FREQ=WEEKLY;WKST=MO;UNTIL=20260629T215959Z;BYDAY=MO");
    assert_eq!(all["reminderMinutesBeforeStart"], 10);
    assert_eq!(all["attendees"][1]["type"], "optional");
    assert_eq!((record.excluded().len(), record.overrides().count()), (1, 1));
    let (original, _) = record.overrides().next().expect("an override");
    assert_eq!(record.exceptions().project(&original).expect("a projection").subject, "team meeting (moved)");
    assert!(record.zone("Europe/Berlin").expect("a zone").write().contains("BEGIN:DAYLIGHT"));
}

#[test]
fn apple() {
    let (_, all) = record("apple", "7F0E");
    assert_eq!(all["location"]["displayName"], "Harbour House\n1 Example Pier, Springfield");
    assert_eq!((&all["isReminderOn"], &all["reminderMinutesBeforeStart"]), (&json!(true), &json!(60)));
    let (mut birthday, all) = record("apple", "8A1E");
    assert_eq!(
        (&all["isAllDay"], &all["showAs"], &all["rrule"]),
        (&json!(true), &json!("free"), &json!("FREQ=YEARLY"))
    );
    assert_eq!(all["end"]["dateTime"], "2026-06-03T00:00:00.0000000");
    patch(&mut birthday, &json!({"isReminderOn": false})).expect("merged");
    assert!(birthday.record().contains("ACTION:NONE") && !birthday.record().contains("ACTION:AUDIO"));
}

#[test]
fn outlook() {
    let (_, all) = record("outlook", "0400");
    assert_eq!(all["start"]["timeZone"], "W. Europe Standard Time");
    assert_eq!(all["subject"], "Budget; the last Friday");
    assert_eq!(
        (&all["showAs"], &all["importance"], &all["sensitivity"]),
        (&json!("oof"), &json!("high"), &json!("confidential"))
    );
    assert_eq!(
        (&all["attendees"][1]["type"], &all["categories"]),
        (&json!("resource"), &json!(["Blue category", "Budget"]))
    );
    let body = &all["body"];
    assert_eq!(body["contentType"], "html");
    let html = body["content"].as_str().expect("HTML");
    assert!(html.contains("<b>short</b>") && !html.contains("MsoNormal {") && !html.contains("cid:"), "{html}");
    let text = body_as(body, "text");
    assert_eq!(text["content"], "The figures, in short:\nincome\ncosts");
}

#[test]
fn thunderbird() {
    let (record, all) = record("thunderbird", "3c9d");
    assert_eq!(all["body"], json!({"contentType": "html", "content": "<p>Bring the <b>green</b> folder.</p>"}));
    assert_eq!(all["end"]["dateTime"], "2026-01-06T21:00:00.0000000");
    assert_eq!((&all["showAs"], &all["reminderMinutesBeforeStart"]), (&json!("tentative"), &json!(30)));
    assert_eq!((record.dates().len(), record.excluded().len(), record.overrides().count()), (1, 2, 1));
    let mut changed = record.clone();
    patch(&mut changed, &json!({"body": {"contentType": "text", "content": "Bring nothing."}})).expect("merged");
    assert!(!changed.record().contains("ALTREP"), "{}", changed.record());
    assert_eq!(members(&changed)["body"]["content"], "Bring nothing.");
}

#[test]
fn full_calendar() {
    let (_, all) = record("fullcalendar", "registration");
    assert_eq!(all["start"]["timeZone"], "");
    let (_, all) = record("fullcalendar", "concert");
    assert_eq!(all["start"], all["end"]);
    assert_eq!(all["location"], json!({"coordinates": {"latitude": 51.5072, "longitude": -0.1276}}));
    let (_, all) = record("fullcalendar", "half-term");
    assert_eq!((&all["isAllDay"], &all["end"]["dateTime"]), (&json!(true), &json!("2026-02-21T00:00:00.0000000")));
}
