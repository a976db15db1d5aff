//! Hostile calendars (security.md rows 31 to 33): refused with a reason, or read in time that their size bounds.

use proptest::prelude::*;
use serde_json::json;
use sharehold::resources::calendar::record::Record;

use crate::event::given::{lines, members, patch};

fn event(lines: &str) -> String {
    format!(
        "BEGIN:VCALENDAR\nVERSION:2.0\nBEGIN:VEVENT\nUID:u\nDTSTART:20260302T090000Z\n{lines}\nEND:VEVENT\nEND:VCALENDAR\n"
    )
}

#[test]
fn what_is_no_event_is_refused_with_its_line() {
    for (text, line, reason) in [
        (String::new(), 0, "does not end"),
        ("x".into(), 1, "no colon"),
        ("SUMMARY:x".into(), 1, "does not begin"),
        ("BEGIN:VCALENDAR\nEND:VEVENT".into(), 2, "another name"),
        ("BEGIN:VCALENDAR\nBEGIN:VEVENT\nEND:VCALENDAR".into(), 3, "another name"),
        ("BEGIN:VCALENDAR\nEND:VCALENDAR".into(), 0, "no event"),
        ("BEGIN:VEVENT\nDTSTART:20260302\nEND:VEVENT".into(), 0, "VCALENDAR"),
        ("BEGIN:VCALENDAR\nBEGIN:VEVENT\nEND:VEVENT\nEND:VCALENDAR".into(), 0, "DTSTART"),
        (event("").replace("20260302T090000Z", "20260332"), 0, "DTSTART"),
        (event("").replace("VERSION:2.0", "VERSION:1.0"), 0, "version"),
        (event("RECURRENCE-ID:never"), 0, "RECURRENCE-ID"),
        (event("END:VEVENT\nBEGIN:VEVENT\nUID:u\nDTSTART:20260302"), 0, "RECURRENCE-ID"),
        (event("END:VEVENT\nBEGIN:VEVENT\nUID:v\nDTSTART:20260302"), 0, "several UIDs"),
        (event("") + "X:y", 9, "follows"),
        (event("SUM MARY:x"), 6, "letters"),
        (event("SUMMARY;A B=c:x"), 6, "letters"),
        (event("BEGIN:A:B"), 6, "letters"),
        (event(&format!("SUMMARY:{}", "x".repeat(70_000))), 6, "64 KiB"),
        (event(&format!("DESCRIPTION:{}", "x".repeat(2_000_000))), 6, "1 MiB"),
        (event(&format!("SUMMARY{}:x", ";A=b".repeat(300))), 6, "256"),
        (event(&"X:y\n".repeat(10_001)), 10_003, "10000 properties"),
        (event(&"BEGIN:X\nEND:X\n".repeat(10_001)), 20_002, "10000 components"),
        (event(&"BEGIN:X\n".repeat(100_000)), 12, "8 deep"),
        (event(&format!("SUMMARY:x{}", "\n ".repeat(100_000))), 6, "too many lines"),
        ("x".repeat(11 * 1024 * 1024), 0, "10 MiB"),
    ] {
        let fault = Record::read(&text).expect_err(reason);
        let start: String = text.chars().take(80).collect();
        assert!(fault.reason.contains(reason), "{start}: {fault}");
        assert_eq!(fault.line, line, "{start}: {fault}");
    }
}

#[test]
fn our_own_record_is_read_whatever_its_size() {
    let mut record = Record::read(&event("")).expect("a record");
    let content = "\\;,漢".repeat(32 * 1024);
    patch(&mut record, &json!({"body": {"contentType": "text", "content": content}})).expect("merged");
    assert_eq!(Record::stored(&record.record()), Ok(record.clone()));
    // And what a client may write, a client may send back.
    assert_eq!(Record::read(&record.write()), Ok(record));
}

#[test]
fn no_value_becomes_a_line() {
    let evil = "x\r\nATTENDEE:mailto:evil@e.example\nEND:VEVENT\u{2028}y\u{0}";
    let mut record = Record::read(&event("")).expect("a record");
    let before = lines(&record.record()).len();
    record.set_uid(evil);
    let address = json!({"emailAddress": {"name": "a\"\n;:b^n", "address": "a@b"}});
    for change in [
        json!({"subject": "x\r\nATTENDEE:mailto:evil@e.example\nEND:VEVENT"}),
        json!({"body": {"contentType": "html", "content": "x\r\nEND:VEVENT\n&#10;END:VEVENT"}}),
        json!({"location": {"displayName": "x\nEND:VEVENT", "locationUri": "a\u{2028}END:VEVENT"}}),
        json!({"location": {"displayName": "x\nEND:VEVENT"}}),
        json!({"categories": ["x\nEND:VEVENT"]}),
        json!({"attendees": [address]}),
        json!({"organizer": {"emailAddress": {"name": "a\"b^n;:", "address": "a:b;c\"d"}}}),
        json!({"odd": evil, "o\ndd\u{2029}": evil}),
    ] {
        // Refused, or written in one line.
        let _ = patch(&mut record, &change);
    }
    let all = lines(&record.record());
    assert!(all.iter().all(|(path, line)| line.name != "ATTENDEE" && path.matches("VEVENT").count() <= 1), "{all:?}");
    assert!(all.len() <= before + 8, "{all:?}");
    assert_eq!(Record::stored(&record.record()), Ok(record));
}

/// Where this takes the square of the length, it takes minutes.
#[test]
fn html_nested_or_broken_without_end_costs_little() {
    for html in ["<div>", "<a><b><i>", "<table><b>", "<p><b></p>", "<style><!--", "<", "&#", "&amp;"] {
        let html = html.repeat(128 * 1024 / html.len());
        let mut record = Record::read(&event("")).expect("a record");
        patch(&mut record, &json!({"body": {"contentType": "html", "content": html}})).expect("merged");
        let shown = members(&record)["body"].clone();
        patch(&mut record, &json!({"subject": "x", "body": shown})).expect("sent back");
        assert_eq!(members(&record)["body"], shown);
        assert!(record.project().is_some());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_breaks_the_reader(text in "(BEGIN:|END:|VEVENT|VCALENDAR|DTSTART|RDATE|EXDATE|:|;|=|,|\"|\r\n|\n|\n |[0-9TZ]{1,16}|\\PC){0,40}") {
        for text in [text.clone(), event(&text)] {
            if let Ok(record) = Record::read(&text) {
                prop_assert!(record.project().is_some());
                prop_assert_eq!(Record::stored(&record.record()), Ok(record));
            }
        }
    }
}
