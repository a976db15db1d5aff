//! What is sent back as it was seen changes nothing, in whichever zone and form it was seen; and what is refused of a rule, in words
//! that say what would be right.

use serde_json::{Value, json};
use sharehold::resources::calendar::record::{Record, When};

use crate::event::given::{members, patch};

fn event_of(lines: &str) -> Record {
    let text = format!("BEGIN:VCALENDAR\nVERSION:2.0\nBEGIN:VEVENT\nUID:u\n{lines}\nEND:VEVENT\nEND:VCALENDAR\n");
    Record::read(&text).expect("a record")
}

fn at(time: &str, zone: &str) -> Value {
    json!({"dateTime": time, "timeZone": zone})
}

fn created(mut more: Value) -> Result<Record, String> {
    let times = [("start", at("2026-03-02T09:00:00", "UTC")), ("end", at("2026-03-02T10:00:00", "UTC"))];
    let all = more.as_object_mut().expect("an object");
    for (name, value) in times {
        all.entry(name).or_insert(value);
    }
    Record::create("u", all).map_err(|problem| problem.to_string())
}

#[test]
fn times_as_they_were_seen_elsewhere() {
    let berlin = |time: &str| at(time, "Europe/Berlin");
    for (lines, start, end) in [
        ("DTSTART:20260310T120000\nDTEND:20260310T130000", "2026-03-10T12:00:00", "2026-03-10T13:00:00"),
        (
            "DTSTART;TZID=Nowhere:20260310T120000\nDTEND;TZID=Nowhere:20260310T130000",
            "2026-03-10T12:00:00",
            "2026-03-10T13:00:00",
        ),
        // The second of the two half past two.
        ("DTSTART:20261025T013000Z\nDTEND:20261025T014500Z", "2026-10-25T02:30:00", "2026-10-25T02:45:00"),
    ] {
        let mut record = event_of(lines);
        let before = record.clone();
        patch(&mut record, &json!({"start": berlin(start), "end": berlin(end)})).expect("merged");
        assert_eq!(record, before, "{lines}");
        patch(&mut record, &json!({"start": berlin("2026-03-01T08:00:00")})).expect("merged");
        assert!(record.record().contains("DTSTART;TZID=Europe/Berlin:20260301T080000"), "{}", record.record());
    }
}

#[test]
fn who_turns_the_reminder_off_means_off() {
    let off = json!({"isReminderOn": false, "reminderMinutesBeforeStart": 15});
    let mut record = created(off.clone()).expect("made");
    assert_eq!(members(&record)["isReminderOn"], false);
    patch(&mut record, &off).expect("merged");
    assert_eq!(members(&record)["isReminderOn"], false);
    patch(&mut record, &json!({"reminderMinutesBeforeStart": 15})).expect("merged");
    assert_eq!(members(&record)["isReminderOn"], true);
    patch(&mut record, &off).expect("merged");
    assert_eq!(members(&record)["isReminderOn"], false);
}

#[test]
fn a_body_as_it_was_seen_in_the_other_form() {
    let html = json!({"contentType": "html", "content": "<p>Hi <b>you</b></p>"});
    let text = json!({"contentType": "text", "content": "one <b>\ntwo"});
    for (body, seen) in [
        (&html, json!({"contentType": "text", "content": "Hi you"})),
        (&text, json!({"contentType": "html", "content": "one &lt;b&gt;<br>\ntwo"})),
    ] {
        let mut record = created(json!({"body": body})).expect("made");
        let before = record.clone();
        patch(&mut record, &json!({"body": seen})).expect("merged");
        assert_eq!(record, before, "{seen}");
        patch(&mut record, &json!({"body": {"contentType": "text", "content": "other"}})).expect("merged");
        assert_eq!(members(&record)["body"], json!({"contentType": "text", "content": "other"}));
    }
}

fn daily() -> Value {
    json!({"pattern": {"type": "daily", "interval": 1}, "range": {"type": "noEnd", "startDate": "2026-03-02"}})
}

#[test]
fn a_rule_in_both_its_forms() {
    let made = created(json!({"rrule": "FREQ=DAILY", "recurrence": daily()})).expect("one rule");
    assert_eq!(made.rules(), ["FREQ=DAILY"]);
    for rule in
        ["FREQ=WEEKLY", "FREQ=MONTHLY;COUNT=4", "FREQ=DAILY;UNTIL=20260401T090000Z", "FREQ=MONTHLY;BYMONTHDAY=1,2"]
    {
        let first = created(json!({"rrule": rule})).expect("made");
        let again = Record::create("u", &members(&first)).expect("as it was given");
        assert_eq!(again.rules(), [rule]);
    }
    let fault = created(json!({"rrule": "FREQ=WEEKLY", "recurrence": daily()})).expect_err("two rules");
    assert!(fault.contains("another rule"), "{fault}");
}

#[test]
fn null_ends_a_series_that_graph_has_no_words_for() {
    let record = event_of("DTSTART:20260302T090000Z\nRRULE:FREQ=MONTHLY;BYMONTHDAY=1,15");
    assert_eq!(members(&record)["recurrence"], Value::Null);
    let mut same = record.clone();
    patch(&mut same, &json!({"recurrence": null, "rrule": "FREQ=MONTHLY;BYMONTHDAY=1,15"})).expect("merged");
    assert_eq!(same, record, "as it was seen");
    for end in [json!({"recurrence": null}), json!({"rrule": null}), json!({"rrule": null, "recurrence": null})] {
        let mut ended = record.clone();
        patch(&mut ended, &end).expect("merged");
        assert!(!ended.recurs(), "{end}");
    }
}

#[test]
fn what_is_wrong_with_a_rule_or_zone_and_what_would_be_right() {
    let pattern = |kind: &str| json!({"pattern": {"type": kind, "interval": 1}, "range": {"type": "noEnd"}});
    for (given, words) in [
        (json!({"rrule": "RRULE:FREQ=DAILY"}), &["`rrule`", "`RRULE:`"] as &[_]),
        (json!({"rrule": "FREQ=HORLY"}), &["FREQ", "`HORLY`", "WEEKLY"]),
        (json!({"rrule": "FREQ=MONTHLY;BYMONTHDAY=32"}), &["BYMONTHDAY", "`32`", "-31 to 31"]),
        (json!({"rrule": "FREQ=DAILY;COUNT=3;UNTIL=20260401"}), &["COUNT", "UNTIL"]),
        (json!({"rrule": "FREQ=MONTHLY;BYDAY=6MO"}), &["BYDAY", "1 to 5"]),
        (json!({"rrule": "FREQ=YEARLY;BYMONTH=3;BYDAY=6MO"}), &["BYDAY", "1 to 5"]),
        (json!({"rrule": "FREQ=WEEKLY;BYDAY=1MO"}), &["BYDAY", "MONTHLY or YEARLY"]),
        (json!({"rrule": "FREQ=YEARLY;BYWEEKNO=3;BYDAY=1MO"}), &["BYDAY", "BYWEEKNO"]),
        (json!({"rrule": "FREQ=DAILY;UNTIL=20260301T000000Z"}), &["`rrule`", "before `start`"]),
        (json!({"rrule": "FREQ=DAILY;UNTIL=20260301"}), &["`rrule`", "before `start`"]),
        (json!({"recurrence": pattern("hourly")}), &["`recurrence.pattern.type`", "absoluteMonthly", "hourly"]),
        (
            json!({"start": at("2026-03-02T09:00:00", "Europe/Berlim")}),
            &["`start.timeZone`", "Europe/Berlim", "`Europe/Berlin`"],
        ),
    ] {
        let fault = created(given.clone()).expect_err("refused");
        for word in words {
            assert!(fault.contains(word), "{given}: {fault}");
        }
    }
    created(json!({"rrule": "FREQ=YEARLY;BYDAY=20MO"})).expect("the twentieth Monday of a year");
    created(json!({"rrule": "FREQ=DAILY;UNTIL=20260302"})).expect("the first day is the last");
    // A start that leaves nothing of the series is refused, and what was imported like that may be changed otherwise.
    let mut record = event_of("DTSTART:20260302T090000Z\nRRULE:FREQ=DAILY;UNTIL=20260310T090000Z");
    let late = json!({"start": at("2026-04-02T09:00:00", "UTC"), "end": at("2026-04-02T10:00:00", "UTC")});
    patch(&mut record, &late).expect_err("nothing is left");
    let mut odd = event_of("DTSTART:20260302T090000Z\nRRULE:FREQ=DAILY;UNTIL=20260201T090000Z");
    assert!(odd.warning().is_some_and(|warning| warning.contains("UNTIL")));
    patch(&mut odd, &json!({"subject": "Odd"})).expect("merged");
}

#[test]
fn an_occurrence_that_the_clock_leaves_nothing_of_lasts_as_long_as_the_first() {
    let mut record = event_of(
        "DTSTART;TZID=Europe/Berlin:20260328T023000\nDTEND;TZID=Europe/Berlin:20260328T030000\nRRULE:FREQ=DAILY",
    );
    let start = record.project().expect("a projection").start;
    let gap = When { local: start.local + chrono::TimeDelta::days(1), ..start };
    record.override_at(&gap, json!({"subject": "Early"}).as_object().expect("an object")).expect("merged");
    assert!(record.record().contains("DTEND;TZID=Europe/Berlin:20260329T040000"), "{}", record.record());
}
