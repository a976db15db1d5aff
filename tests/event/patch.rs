//! PATCH: the member named changes, and reads back as it was written; whatever else the record holds stays as it is.

use proptest::prelude::*;
use serde_json::{Value, json};
use sharehold::resources::calendar::record::Record;

use crate::event::given::{Placed, event, lines, members, patch};

/// A member, a value for it, and the properties and components that it may touch.
fn changes() -> Vec<(&'static str, Value, &'static [&'static str])> {
    let time = |at: &str, zone: &str| json!({"dateTime": at, "timeZone": zone});
    let person = |address: &str, name: Value| {
        json!({"type": "optional", "status": {"response": "declined", "time": "0001-01-01T00:00:00Z"},
               "emailAddress": {"name": name, "address": address}})
    };
    let place = json!({"displayName": "Hall; 2", "address": {"city": "Tōwn"}, "coordinates": {"latitude": 1.5, "longitude": -2.25}});
    let places = &["LOCATION", "GEO", "X-SHAREHOLD-LOCATIONS", "X-APPLE-STRUCTURED-LOCATION"];
    let body = &["DESCRIPTION", "X-ALT-DESC", "STYLED-DESCRIPTION"];
    vec![
        ("subject", json!("Ann; Bea, \\ C\nD"), &["SUMMARY"]),
        ("body", json!({"contentType": "html", "content": "<p>Hi; <b>you</b>, &amp; you</p>"}), body),
        ("body", json!({"contentType": "text", "content": "one\ntwo <b>\t\u{1F469}"}), body),
        ("body", json!(null), body),
        ("start", time("2026-03-01T08:30:00.0000000", "Here"), &["DTSTART"]),
        ("end", time("2026-03-01T23:30:00.0000000", "Here"), &["DTEND"]),
        ("location", place.clone(), places),
        ("locations", json!([place, {"displayName": "Yard"}]), places),
        ("locations", json!([]), places),
        ("attendees", json!([person("x@y.z", json!("X, \"Y\"")), person("a@b.example", json!(null))]), &["ATTENDEE"]),
        ("attendees", json!([]), &["ATTENDEE"]),
        ("organizer", json!({"emailAddress": {"name": "O", "address": "o@p.q"}}), &["ORGANIZER"]),
        ("importance", json!("high"), &["PRIORITY"]),
        ("importance", json!("normal"), &["PRIORITY"]),
        ("sensitivity", json!("personal"), &["CLASS"]),
        ("sensitivity", json!("normal"), &["CLASS"]),
        ("showAs", json!("workingElsewhere"), &["TRANSP", "X-MICROSOFT-CDO-BUSYSTATUS"]),
        ("showAs", json!("busy"), &["TRANSP", "X-MICROSOFT-CDO-BUSYSTATUS"]),
        ("categories", json!(["a", "b,c"]), &["CATEGORIES"]),
        ("reminderMinutesBeforeStart", json!(45), &["VALARM"]),
        ("isReminderOn", json!(false), &["VALARM"]),
        ("isReminderOn", json!(true), &["VALARM"]),
        ("rrule", json!("FREQ=WEEKLY;BYDAY=MO,TU"), &["RRULE"]),
        ("somethingElse", json!({"a": [1, null, "\u{2028}"]}), &["X-SHAREHOLD-MEMBER"]),
    ]
}

/// Members that show the same lines from another side.
const TOGETHER: [&[&str]; 5] = [
    &["body", "bodyPreview"],
    &["location", "locations"],
    &["isReminderOn", "reminderMinutesBeforeStart"],
    &["rrule", "recurrence"],
    &["start", "originalStartTimeZone"],
];

fn others(record: &Record, names: &[&str]) -> Vec<Placed> {
    let mut lines = lines(&record.record());
    lines.retain(|(path, line)| {
        let here = names.contains(&line.name.as_str()) || names.iter().any(|name| path.contains(name));
        // Exceptions follow the clock of their series.
        let follows = names.contains(&"DTSTART") && line.name == "RECURRENCE-ID";
        !(path.contains("/VEVENT0") && here || follows)
    });
    lines
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_change_changes_what_it_names(given in event()) {
        let record = given.record();
        let before = members(&record);
        for (member, value, names) in changes() {
            let mut changed = record.clone();
            prop_assert_eq!(patch(&mut changed, &json!({member: value})), Ok(()));
            prop_assert_eq!(others(&changed, names), others(&record, names), "{}", member);
            let after = members(&changed);
            prop_assert_eq!(&after[member], &value, "{}", record.record());
            let together = TOGETHER.iter().find(|group| group.contains(&member)).copied().unwrap_or_default();
            for (name, was) in before.iter().filter(|(name, _)| *name != member && !together.contains(&name.as_str())) {
                prop_assert_eq!(&after[name], was, "{} after {}", name, member);
            }
            prop_assert_eq!(Record::stored(&changed.record()).expect("a record"), changed);
        }
    }

    #[test]
    fn what_is_sent_back_unchanged_changes_nothing(given in event()) {
        let record = given.record();
        let mut same = record.clone();
        prop_assert_eq!(patch(&mut same, &Value::Object(members(&record))), Ok(()));
        prop_assert_eq!(same.record(), record.record());
    }
}

fn event_of(lines: &str) -> Record {
    let text = format!("BEGIN:VCALENDAR\nVERSION:2.0\nBEGIN:VEVENT\nUID:u\n{lines}\nEND:VEVENT\nEND:VCALENDAR\n");
    Record::read(&text).expect("a record")
}

#[test]
fn a_name_of_two_lines_is_shown_on_one_and_stays() {
    let mut record = event_of("DTSTART:20260302T090000Z\nATTENDEE;CN=Ann^n Lee:mailto:ann@example.org\nSUMMARY:S");
    let (before, people) = (record.record(), members(&record)["attendees"].clone());
    assert_eq!(people[0]["emailAddress"]["name"], "Ann Lee");
    patch(&mut record, &json!({"attendees": people})).expect("merged");
    assert_eq!(record.record(), before);
}

#[test]
fn an_attendee_who_stays_keeps_place_and_parameters() {
    let mut record = event_of(
        "DTSTART:20260302T090000Z\nATTENDEE;CN=Ann;X-A=1;RSVP=TRUE:mailto:Ann@example.org\nSUMMARY:S\n\
         ATTENDEE;ROLE=CHAIR;X-B=2:mailto:bob@example.org",
    );
    let mut people = members(&record)["attendees"].clone();
    people[0]["emailAddress"]["name"] = json!("Ann E.");
    people.as_array_mut().expect("a list").push(json!({"emailAddress": {"address": "c@example.org"}}));
    patch(&mut record, &json!({"attendees": people})).expect("merged");
    let written = record.record().replace("\r\n ", "");
    let expected = "DTSTART:20260302T090000Z\r\nATTENDEE;CN=Ann E.;X-A=1;RSVP=TRUE:mailto:Ann@example.org\r\n\
                    ATTENDEE;ROLE=CHAIR;X-B=2:mailto:bob@example.org\r\n\
                    ATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:c@example.org\r\nSUMMARY:S\r\n";
    assert!(written.contains(expected), "{written}");
}

#[test]
fn times_move_together_and_are_checked() {
    let timed = "DTSTART;TZID=Europe/Berlin:20260302T090000\nDURATION:PT1H";
    for (change, expected) in [
        (
            json!({"start": {"dateTime": "2026-03-02T08:00:00"}}),
            "DTSTART;TZID=Europe/Berlin:20260302T080000\r\nDTEND;TZID=Europe/Berlin:20260302T100000",
        ),
        (
            json!({"start": {"dateTime": "2026-03-03T08:00:00"}, "end": {"dateTime": "2026-03-03T09:00:00"}}),
            "DTSTART;TZID=Europe/Berlin:20260303T080000\r\nDURATION:PT1H",
        ),
        (
            json!({"start": {"dateTime": "2026-03-02T07:00:00Z"}}),
            "DTSTART;TZID=Europe/Berlin:20260302T080000\r\nDURATION:PT1H\r\n",
        ),
        (
            json!({"isAllDay": true, "start": {"dateTime": "2026-03-02", "timeZone": "UTC"}, "end": {"dateTime": "2026-03-04T00:00:00.0000000"}}),
            "DTSTART;VALUE=DATE:20260302\r\nDTEND;VALUE=DATE:20260304",
        ),
    ] {
        let mut record = event_of(timed);
        if change["start"]["dateTime"] == "2026-03-02T07:00:00Z" {
            let both = json!({"start": change["start"], "end": {"dateTime": "2026-03-02T08:00:00", "timeZone": "UTC"}});
            patch(&mut record, &both).expect("merged");
        } else {
            patch(&mut record, &change).unwrap_or_else(|fault| panic!("{change}: {fault}"));
        }
        assert!(record.record().contains(expected), "{change}: {}", record.record());
    }
    for (change, target) in [
        (json!({"end": {"dateTime": "2026-03-02T08:00:00"}}), "`end`"),
        (json!({"isAllDay": true}), "midnight"),
        (json!({"start": {"dateTime": "noon"}}), "`start.dateTime`"),
        (json!({"start": {"dateTime": "2026-03-02T08:00:00", "timeZone": "\u{7}"}}), "`start.timeZone`"),
        (json!({"start": "2026-03-02T08:00:00"}), "`start`"),
        (json!({"isAllDay": true, "start": {"dateTime": "2026-03-02"}, "end": {"dateTime": "2026-03-02"}}), "all-day"),
    ] {
        let mut record = event_of(timed);
        let before = record.clone();
        let fault = patch(&mut record, &change).expect_err("refused");
        assert!(fault.contains(target), "{change}: {fault}");
        assert_eq!(record, before);
    }
}

/// Whatever reads the record next must not take the old end for the new one's.
#[test]
fn no_end_of_another_kind_or_day_is_left() {
    let timed = "DTSTART;TZID=Europe/Berlin:20260301T100000\nDTEND;TZID=Europe/Berlin:20260301T110000";
    let time = |at: &str| json!({"dateTime": at, "timeZone": "Europe/Berlin"});
    for (all_day, end, expected) in [
        (true, "2026-06-06T00:00:00", "DTSTART;VALUE=DATE:20260605\r\nDTEND;VALUE=DATE:20260606\r\n"),
        (
            false,
            "2026-06-05T00:00:00",
            "DTSTART;TZID=Europe/Berlin:20260605T000000\r\nDTEND;TZID=Europe/Berlin:20260605T000000\r\n",
        ),
    ] {
        let mut record = event_of(timed);
        let change = json!({"isAllDay": all_day, "start": time("2026-06-05T00:00:00"), "end": time(end)});
        patch(&mut record, &change).expect("merged");
        assert!(record.record().contains(expected), "{}", record.record());
    }
}

#[test]
fn refusals_name_the_member_and_change_nothing() {
    let before = event_of("DTSTART:20260302T090000Z\nSUMMARY:A");
    for (bad, target) in [
        (json!({"subject": "B", "attendees": [7]}), "attendees[0]"),
        (json!({"subject": "B", "attendees": [{"emailAddress": {"name": "x"}}]}), "attendees"),
        (json!({"subject": "B", "location": {"planet": "x"}}), "location.planet"),
        (json!({"subject": "B", "Subject": "C"}), "`subject`"),
        (json!({"subject": "B", "ID": "C"}), "`id`"),
        (json!({"subject": "B", "showAs": "asleep"}), "showAs"),
        (json!({"subject": "B", "isReminderOn": "yes"}), "isReminderOn"),
        (json!({"subject": "B", "reminderMinutesBeforeStart": 1.5}), "reminderMinutesBeforeStart"),
        (json!({"subject": "B", "rrule": "FREQ=DAILY\nX:y"}), "rrule"),
        (json!({"subject": "B", "body": {"contentType": "rtf", "content": ""}}), "body.contentType"),
        (json!({"subject": "B", "more": "x".repeat(70_000)}), "at most 100 members"),
    ] {
        let mut record = before.clone();
        let fault = patch(&mut record, &bad).expect_err("refused");
        assert!(fault.contains(target), "{fault}");
        assert_eq!(record, before);
    }
}

/// An attendee whom no address names is shown with an empty one.
#[test]
fn what_is_longer_than_a_client_may_write_is_sent_back_beside_an_empty_address() {
    let mut record = event_of(&format!("DTSTART:20260302T090000Z\nATTENDEE;CN={}:", "x".repeat(300)));
    let before = record.record();
    let all = Value::Object(members(&record));
    patch(&mut record, &all).expect("merged");
    assert_eq!(record.record(), before);
}
