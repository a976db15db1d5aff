//! One occurrence of a series is changed or taken out; the series and the other exceptions stay as they are.

use chrono::NaiveDate;
use serde_json::{Value, json};
use sharehold::resources::calendar::record::{Record, Wall, When};

use crate::event::given::{lines, patch};

const SERIES: &str = "BEGIN:VCALENDAR\nVERSION:2.0\nBEGIN:VEVENT\nUID:u\nRECURRENCE-ID;TZID=Europe/Berlin:20260309T090000\n\
    DTSTART;TZID=Europe/Berlin:20260309T110000\nSUMMARY:Later\nEND:VEVENT\nBEGIN:VEVENT\nUID:u\nX-A:b\n\
    DTSTART;X-P=q;TZID=Europe/Berlin:20260302T090000\nDTEND;TZID=Europe/Berlin:20260302T100000\nRRULE:FREQ=WEEKLY\n\
    EXDATE;TZID=Europe/Berlin:20260316T090000\nSUMMARY:Team\nBEGIN:VALARM\nACTION:DISPLAY\nTRIGGER:-PT5M\nEND:VALARM\nEND:VEVENT\n\
    END:VCALENDAR\n";

fn series() -> Record {
    Record::read(SERIES).expect("a record")
}

fn at(day: u32) -> When {
    let local = NaiveDate::from_ymd_opt(2026, 3, day).expect("a day").and_hms_opt(9, 0, 0).expect("a time");
    When { local, all_day: false, wall: Wall::Zone("Europe/Berlin".into()) }
}

#[test]
fn the_series_is_what_has_no_recurrence_id() {
    let record = series();
    assert!(record.recurs());
    assert_eq!(record.rules(), ["FREQ=WEEKLY"]);
    assert_eq!(record.excluded(), [at(16)]);
    assert_eq!(record.overrides().map(|(when, _)| when).collect::<Vec<_>>(), [at(9)]);
    assert_eq!(record.project().expect("a projection").subject, "team");
    assert_eq!(record.exceptions().project(&at(9)).expect("an override").subject, "later");
    assert_eq!(record.exceptions().project(&at(23)), None);
}

#[test]
fn an_occurrence_becomes_an_override_and_is_changed_again() {
    let mut record = series();
    let before = lines(&record.record());
    let change = json!({"subject": "Moved", "start": {"dateTime": "2026-03-23T15:00:00"}, "end": {"dateTime": "2026-03-23T16:30:00"}});
    record.override_at(&at(23), change.as_object().expect("an object")).expect("merged");
    let written = record.record();
    let all = lines(&written);
    assert_eq!(all.iter().filter(|(path, _)| !path.contains("VEVENT2")).cloned().collect::<Vec<_>>(), before);
    let last = written.rsplit("BEGIN:VEVENT\r\n").next().expect("an event");
    for line in [
        "UID:u",
        "X-A:b",
        "DTSTART;X-P=q;TZID=Europe/Berlin:20260323T150000",
        "DTEND;TZID=Europe/Berlin:20260323T163000",
        "RECURRENCE-ID;TZID=Europe/Berlin:20260323T090000",
        "SUMMARY:Moved",
        "TRIGGER:-PT5M",
    ] {
        assert!(last.contains(&format!("{line}\r\n")), "{line}: {last}");
    }
    assert!(!last.contains("RRULE") && !last.contains("EXDATE"), "{last}");
    record.override_at(&at(23), json!({"subject": "Again"}).as_object().expect("an object")).expect("merged");
    assert_eq!(record.overrides().count(), 2);
    let projection = record.exceptions().project(&at(23)).expect("an override");
    assert_eq!((projection.subject.as_str(), projection.recurs), ("again", false));
    assert_eq!(Record::stored(&record.record()), Ok(record.clone()));
    let unchanged = record.clone();
    for bad in [json!({"rrule": "FREQ=DAILY"}), json!({"subject": 7})] {
        assert!(record.override_at(&at(30), bad.as_object().expect("an object")).is_err());
        assert_eq!(record, unchanged);
    }
}

#[test]
fn an_occurrence_keeps_the_length_of_the_first() {
    let mut record = series();
    record.override_at(&at(30), json!({"subject": "x"}).as_object().expect("an object")).expect("merged");
    let projection = record.exceptions().project(&at(30)).expect("an override");
    assert_eq!(
        (projection.start.value(), projection.end.value()),
        ("20260330T090000".into(), "20260330T100000".into())
    );
}

#[test]
fn a_cancelled_occurrence_is_excluded_once_and_its_override_goes() {
    let mut record = series();
    for _ in 0..2 {
        assert!(record.cancel_at(&at(9)).expect("room"));
    }
    assert!(record.cancel_at(&at(16)).expect("room"));
    assert_eq!(record.excluded(), [at(16), at(9)]);
    assert_eq!(record.overrides().count(), 0);
    assert!(record.record().contains("SUMMARY:Team"));
}

#[test]
fn of_overrides_alone_the_first_is_shown_and_the_last_leaves_nothing() {
    let text = SERIES.replace("RRULE:FREQ=WEEKLY\n", "RECURRENCE-ID;TZID=Europe/Berlin:20260302T090000\n");
    let mut record = Record::read(&text).expect("a record");
    assert_eq!(record.project().expect("a projection").subject, "later");
    assert!(record.cancel_at(&at(9)).expect("room"));
    assert_eq!(record.project().expect("a projection").subject, "team");
    assert!(!record.cancel_at(&at(2)).expect("room"));
}

#[test]
fn without_its_rule_a_series_has_no_exceptions() {
    let mut record = series();
    patch(&mut record, &json!({"rrule": null})).expect("merged");
    assert!(!record.recurs());
    for gone in ["RRULE", "EXDATE", "RECURRENCE-ID", "Later"] {
        assert!(!record.record().contains(gone), "{gone}: {}", record.record());
    }
}

#[test]
fn the_exceptions_of_a_series_follow_its_clock() {
    let exceptions = |record: &Record| {
        let all = record.excluded().into_iter().chain(record.overrides().map(|(when, _)| when));
        all.map(|when| format!("{} {}", when.value(), when.zone())).collect::<Vec<_>>()
    };
    let time = |at: &str, zone: &str| json!({"dateTime": at, "timeZone": zone});
    for (change, expected) in [
        (json!({"subject": "x"}), ["20260316T090000 Europe/Berlin", "20260309T090000 Europe/Berlin"]),
        (
            json!({"start": time("2026-03-02T08:15:00", "Europe/Berlin")}),
            ["20260316T081500 Europe/Berlin", "20260309T081500 Europe/Berlin"],
        ),
        (
            json!({"start": time("2026-03-03T09:30:00", "Asia/Tokyo"), "end": time("2026-03-03T10:30:00", "Asia/Tokyo")}),
            ["20260317T093000 Asia/Tokyo", "20260310T093000 Asia/Tokyo"],
        ),
        (
            json!({"isAllDay": true, "start": time("2026-03-02", "UTC"), "end": time("2026-03-03", "UTC")}),
            ["20260316 UTC", "20260309 UTC"],
        ),
    ] {
        let mut record = series();
        patch(&mut record, &change).expect("merged");
        assert_eq!(exceptions(&record), expected, "{change}");
        assert_eq!(
            record.exceptions().project(&record.overrides().next().expect("one").0).expect("an override").subject,
            "later"
        );
    }
}

#[test]
fn the_exceptions_of_a_series_move_with_its_pattern_or_go_with_their_days() {
    let start = |day: u32| json!({"dateTime": format!("2026-03-{day:02}T09:00:00"), "timeZone": "Europe/Berlin"});
    let until = |start: &Value| json!({"dateTime": start["dateTime"].as_str().expect("a time").replace("T09", "T10"), "timeZone": "Europe/Berlin"});
    for (rule, change, excluded, overridden) in [
        // A week without days takes its start's; so all of it moves.
        ("FREQ=WEEKLY", json!({"start": start(3)}), vec![17], vec![10]),
        ("FREQ=WEEKLY;BYDAY=MO", json!({"start": start(3), "rrule": "FREQ=WEEKLY;BYDAY=TU"}), vec![17], vec![10]),
        ("FREQ=WEEKLY;BYDAY=MO,WE", json!({"start": start(4), "rrule": "FREQ=WEEKLY;BYDAY=WE,FR"}), vec![18], vec![11]),
        ("FREQ=WEEKLY;INTERVAL=1;BYDAY=MO", json!({"rrule": "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO"}), vec![16], vec![]),
        // It begins later, with the days that it had.
        ("FREQ=WEEKLY", json!({"start": start(9)}), vec![16], vec![9]),
        ("FREQ=DAILY", json!({"start": start(10)}), vec![16], vec![]),
        ("FREQ=DAILY", json!({"rrule": "FREQ=DAILY;COUNT=9"}), vec![], vec![9]),
        ("FREQ=WEEKLY;BYDAY=MO", json!({"rrule": "FREQ=WEEKLY;BYDAY=MO,FR;UNTIL=20270101T000000Z"}), vec![16], vec![9]),
        ("FREQ=WEEKLY", json!({"start": start(3), "rrule": "FREQ=MONTHLY"}), vec![], vec![]),
        // Nobody knows when.
        ("FREQ=HOURLY", json!({"start": start(3)}), vec![16], vec![9]),
    ] {
        let mut record = Record::read(&SERIES.replace("FREQ=WEEKLY", rule)).expect("a record");
        let mut change = change.clone();
        if change["start"].is_object() {
            change["end"] = until(&change["start"]);
        }
        patch(&mut record, &change).expect("merged");
        assert_eq!(record.excluded(), excluded.into_iter().map(at).collect::<Vec<_>>(), "{rule} {change}");
        let overrides: Vec<_> = record.overrides().map(|(when, _)| when).collect();
        assert_eq!(overrides, overridden.into_iter().map(at).collect::<Vec<_>>(), "{rule} {change}");
    }
}

#[test]
fn an_override_that_was_not_moved_itself_moves_with_the_series() {
    let mut record = series();
    record.override_at(&at(23), json!({"subject": "x"}).as_object().expect("an object")).expect("merged");
    let time = |at: &str| json!({"dateTime": at, "timeZone": "Europe/Berlin"});
    let change = json!({"start": time("2026-03-03T08:30:00"), "end": time("2026-03-03T09:30:00")});
    patch(&mut record, &change).expect("merged");
    let when = |day: u32| When { local: at(day).local - chrono::TimeDelta::minutes(30), ..at(day) };
    let times = |day: u32| {
        let projection = record.exceptions().project(&when(day)).expect("an override");
        [projection.start.value(), projection.end.value()]
    };
    assert_eq!(times(24), ["20260324T083000", "20260324T093000"], "it has the time of the series, and its own length");
    assert_eq!(times(10), ["20260309T110000", "20260309T110000"], "that one was moved to where it is");
}

#[test]
fn a_change_says_when_it_was_made_and_which_revision_it_makes() {
    let now = When::utc(NaiveDate::from_ymd_opt(2026, 3, 1).expect("a day").and_hms_opt(8, 0, 0).expect("a time"));
    let revised = |before: &Record, change: &dyn Fn(&mut Record)| {
        let mut record = before.clone();
        change(&mut record);
        record.revise(before, &now);
        record
    };
    let says = |record: &Record| record.events().map(|event| event.value("SEQUENCE").to_owned()).collect::<Vec<_>>();
    let before = series();
    let nothing = revised(&before, &|_| {});
    assert_eq!(nothing, before);
    let named = revised(&before, &|record| patch(record, &json!({"subject": "x"})).expect("merged"));
    assert_eq!(says(&named), ["", ""], "another name is no other time");
    assert_eq!(named.record().matches("LAST-MODIFIED:20260301T080000Z\r\nDTSTAMP").count(), 0);
    assert_eq!(named.record().matches("LAST-MODIFIED:20260301T080000Z").count(), 1, "of what was changed alone");
    let cancelled = revised(&named, &|record| assert!(record.cancel_at(&at(23)).expect("room")));
    assert_eq!(says(&cancelled), ["", "1"]);
    let moved = json!({"start": {"dateTime": "2026-03-30T10:00:00", "timeZone": "Europe/Berlin"}});
    let change =
        |record: &mut Record| record.override_at(&at(30), moved.as_object().expect("an object")).expect("merged");
    assert_eq!(says(&revised(&cancelled, &change)), ["", "1", "2"]);
}

#[test]
fn a_series_has_room_for_so_many_exceptions() {
    let day = |by: usize| When {
        local: at(23).local + chrono::TimeDelta::days(7 * i64::try_from(by).expect("a number")),
        ..at(23)
    };
    let many = (0..1_999).map(|by| day(by).value()).collect::<Vec<_>>().join(",");
    let text = SERIES.replace("20260316T090000", &many);
    let mut record = Record::read(&text).expect("a record");
    record.cancel_at(&day(2_000)).expect("room for one more");
    let full = record.clone();
    let refused = record.cancel_at(&day(2_001)).expect_err("no room");
    assert!(refused.to_string().contains("recurrence"), "{refused}");
    assert_eq!(record, full);
    patch(&mut record, &json!({"subject": "x"})).expect("what is there does not matter to another change");
}
