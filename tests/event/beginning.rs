//! Where a series begins: by Graph's `recurrence` with the first day of its pattern, by `rrule` and in files with its start; and where
//! the pattern goes when the start is moved.

use serde_json::{Value, json};
use sharehold::resources::calendar::record::Record;

use crate::event::given::{members, patch};

fn at(time: &str, zone: &str) -> Value {
    json!({"dateTime": time, "timeZone": zone})
}

fn weekly(days: &[&str]) -> Value {
    json!({"pattern": {"type": "weekly", "interval": 1, "daysOfWeek": days, "firstDayOfWeek": "monday"}, "range": {"type": "noEnd"}})
}

fn monthly(day: u32) -> Value {
    json!({"pattern": {"type": "absoluteMonthly", "interval": 1, "dayOfMonth": day}, "range": {"type": "noEnd"}})
}

/// An event of Monday, the second of March, from nine to half past ten in Berlin.
fn event(mut more: Value) -> Record {
    let all = more.as_object_mut().expect("an object");
    all.entry("start").or_insert(at("2026-03-02T09:00:00", "Europe/Berlin"));
    all.entry("end").or_insert(at("2026-03-02T10:30:00", "Europe/Berlin"));
    Record::create("u", all).expect("an event")
}

/// Its DTSTART, DTEND and RRULE.
fn lines(record: &Record) -> [String; 3] {
    let text = record.record();
    ["DTSTART", "DTEND", "RRULE"].map(|name| {
        let line = text.lines().find(|line| line.starts_with(name)).unwrap_or_default();
        line.rsplit(':').next().unwrap_or_default().to_owned()
    })
}

#[test]
fn graphs_series_begins_with_a_day_of_its_pattern() {
    for (recurrence, start, end) in [
        (weekly(&["monday"]), "20260302T090000", "20260302T103000"),
        (weekly(&["friday", "sunday"]), "20260306T090000", "20260306T103000"),
        (monthly(31), "20260331T090000", "20260331T103000"),
        (monthly(1), "20260401T090000", "20260401T103000"),
    ] {
        let record = event(json!({"recurrence": recurrence}));
        assert_eq!(lines(&record)[..2], [start, end], "{recurrence}");
        let shown = members(&record);
        assert_eq!(
            shown["recurrence"]["range"]["startDate"].as_str().map(|day| day.replace('-', "")),
            Some(start[..8].to_owned())
        );
        // Sent back as it is, it stays.
        let mut same = record.clone();
        patch(&mut same, &Value::Object(shown.clone())).expect("merged");
        assert_eq!(same, record);
        assert_eq!(lines(&Record::create("u", &shown).expect("an event")), lines(&record));
    }
    // Days have no hours, and an end elsewhere goes as many days.
    let days = json!({"isAllDay": true, "start": at("2026-03-02T00:00:00", "UTC"), "end": at("2026-03-04T00:00:00", "UTC"), "recurrence": weekly(&["friday"])});
    assert_eq!(lines(&event(days))[..2], ["20260306", "20260308"]);
    let away = json!({"end": at("2026-03-02T12:00:00", "Asia/Tokyo").clone(), "start": at("2026-03-02T01:00:00", "UTC"), "recurrence": weekly(&["friday"])});
    assert_eq!(lines(&event(away))[..2], ["20260306T010000Z", "20260306T120000"]);
}

#[test]
fn a_written_rule_begins_with_its_start() {
    for rule in ["FREQ=WEEKLY;BYDAY=FR", "FREQ=MONTHLY;BYMONTHDAY=31"] {
        let record = event(json!({"rrule": rule}));
        assert_eq!(lines(&record), ["20260302T090000", "20260302T103000", rule]);
        // And stays there, whoever sends it back or moves it.
        let mut moved = record.clone();
        let [start, end] = ["2026-03-03T09:00:00", "2026-03-03T10:00:00"].map(|time| at(time, "Europe/Berlin"));
        patch(&mut moved, &json!({"start": start, "end": end})).expect("merged");
        assert_eq!((lines(&moved)[0].as_str(), lines(&moved)[2].as_str()), ("20260303T090000", rule));
    }
    // Until Graph's words are given for it.
    let mut record = event(json!({"rrule": "FREQ=WEEKLY;BYDAY=FR"}));
    patch(&mut record, &json!({"recurrence": weekly(&["friday"])})).expect("merged");
    assert_eq!(lines(&record)[..2], ["20260306T090000", "20260306T103000"]);
}

#[test]
fn the_one_day_of_a_pattern_goes_along() {
    for (rule, start, now) in [
        ("FREQ=WEEKLY;BYDAY=MO", "2026-03-03", "FREQ=WEEKLY;BYDAY=TU"),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO;COUNT=5", "2026-03-08", "FREQ=WEEKLY;INTERVAL=2;COUNT=5;BYDAY=SU"),
        ("FREQ=MONTHLY;BYMONTHDAY=2", "2026-03-05", "FREQ=MONTHLY;BYMONTHDAY=5"),
        ("FREQ=MONTHLY;BYMONTHDAY=2", "2026-03-30", "FREQ=MONTHLY;BYMONTHDAY=28,29,30;BYSETPOS=-1"),
        ("FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=2", "2026-04-01", "FREQ=YEARLY;BYMONTHDAY=1;BYMONTH=4"),
        // These have the day as it is.
        ("FREQ=WEEKLY;BYDAY=MO", "2026-03-09", "FREQ=WEEKLY;BYDAY=MO"),
        ("FREQ=WEEKLY", "2026-03-04", "FREQ=WEEKLY"),
        ("FREQ=DAILY", "2026-03-04", "FREQ=DAILY"),
        ("FREQ=WEEKLY;BYDAY=MO,TH", "2026-03-05", "FREQ=WEEKLY;BYDAY=MO,TH"),
        // Graph has no words for it.
        ("FREQ=MONTHLY;BYMONTHDAY=2,16", "2026-03-05", "FREQ=MONTHLY;BYMONTHDAY=2,16"),
    ] {
        let mut record = event(json!({"rrule": rule}));
        let mut all = Value::Object(members(&record));
        let (start, end) = (format!("{start}T09:00:00"), format!("{start}T10:00:00"));
        let change = json!({"start": at(&start, "Europe/Berlin"), "end": at(&end, "Europe/Berlin")});
        patch(&mut record, &change).expect("merged");
        let parts = |rule: &str| rule.split(';').map(str::to_owned).collect::<std::collections::BTreeSet<_>>();
        assert_eq!(parts(&lines(&record)[2]), parts(now), "{rule} on {start}");
        assert_eq!(lines(&record)[0], start.replace(['-', ':'], ""));
        // Whoever sends all of it back with another start means the same.
        let mut whole = event(json!({"rrule": rule}));
        all["start"] = change["start"].clone();
        all["end"] = change["end"].clone();
        patch(&mut whole, &all).expect("merged");
        assert_eq!(lines(&whole), lines(&record), "{rule} on {start}");
    }
}

#[test]
fn a_start_on_no_day_of_several_is_asked_about() {
    for rule in ["FREQ=WEEKLY;BYDAY=MO,WE", "FREQ=MONTHLY;BYDAY=1MO", "FREQ=YEARLY;BYMONTH=3;BYDAY=1MO"] {
        let record = event(json!({"rrule": rule}));
        let start = at("2026-03-03T09:00:00", "Europe/Berlin");
        let end = at("2026-03-03T10:00:00", "Europe/Berlin");
        let mut refused = record.clone();
        let fault = patch(&mut refused, &json!({"start": start, "end": end})).expect_err("which day?");
        assert!(fault.contains("`start`") && fault.contains("`recurrence`") && fault.contains("`rrule`"), "{fault}");
        assert_eq!(refused, record);
        // With the days, or the rule, that are meant it is taken.
        let mut clear = record.clone();
        patch(&mut clear, &json!({"start": start, "end": end, "recurrence": weekly(&["tuesday"])})).expect("merged");
        assert_eq!((lines(&clear)[0].as_str(), lines(&clear)[2].as_str()), ("20260303T090000", "FREQ=WEEKLY;BYDAY=TU"));
        let mut written = record.clone();
        patch(&mut written, &json!({"start": start, "end": end, "rrule": rule})).expect("merged");
        assert_eq!((lines(&written)[0].as_str(), lines(&written)[2].as_str()), ("20260303T090000", rule));
        // Another hour of the same day is no other day.
        let mut later = record.clone();
        patch(&mut later, &json!({"start": at("2026-03-02T10:00:00", "Europe/Berlin")})).expect("merged");
        assert_eq!(lines(&later)[2], rule);
    }
}

#[test]
fn exceptions_go_along_with_the_day() {
    let mut record = Record::read(
        "BEGIN:VCALENDAR\nVERSION:2.0\nBEGIN:VEVENT\nUID:u\nDTSTART:20260302T090000Z\nRRULE:FREQ=WEEKLY;BYDAY=MO\nEXDATE:20260316T090000Z\n\
         END:VEVENT\nBEGIN:VEVENT\nUID:u\nRECURRENCE-ID:20260309T090000Z\nDTSTART:20260309T120000Z\nEND:VEVENT\nEND:VCALENDAR\n",
    )
    .expect("a record");
    patch(&mut record, &json!({"start": at("2026-03-03T09:00:00", "UTC"), "end": at("2026-03-03T09:00:00", "UTC")}))
        .expect("merged");
    let text = record.record();
    for line in ["RRULE:FREQ=WEEKLY;BYDAY=TU", "EXDATE:20260317T090000Z", "RECURRENCE-ID:20260310T090000Z"] {
        assert!(text.contains(line), "{line}: {text}");
    }
}

/// A month or a leap year later is not always so many days later.
#[test]
fn exceptions_go_along_with_a_day_of_the_month_and_of_the_year() {
    for (rule, start, (cancelled, changed), to, (then_cancelled, then_changed)) in [
        ("FREQ=MONTHLY;BYMONTHDAY=28", "20260128", ("20260228", "20260328"), "2026-01-30", ("20260228", "20260330")),
        ("FREQ=MONTHLY;BYMONTHDAY=15", "20260115", ("20260215", "20260315"), "2026-02-16", ("20260316", "20260416")),
        (
            "FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=1",
            "20260301",
            ("20270301", "20280301"),
            "2026-02-28",
            ("20270228", "20280228"),
        ),
    ] {
        let mut record = Record::read(&format!(
            "BEGIN:VCALENDAR\nVERSION:2.0\nBEGIN:VEVENT\nUID:u\nDTSTART:{start}T090000Z\nRRULE:{rule}\nEXDATE:{cancelled}T090000Z\n\
             END:VEVENT\nBEGIN:VEVENT\nUID:u\nRECURRENCE-ID:{changed}T090000Z\nDTSTART:{changed}T120000Z\nEND:VEVENT\nEND:VCALENDAR\n"
        ))
        .expect("a record");
        let time = at(&format!("{to}T09:00:00"), "UTC");
        patch(&mut record, &json!({"start": time, "end": time})).expect("merged");
        let text = record.record();
        for line in [format!("EXDATE:{then_cancelled}T090000Z"), format!("RECURRENCE-ID:{then_changed}T090000Z")] {
            assert!(text.contains(&line), "{rule} to {to}: {line}: {text}");
        }
    }
}
