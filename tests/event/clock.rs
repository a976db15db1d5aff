//! By which clock an event goes: that which is named when it is made, whatever zone its times are read and sent back in.

use serde_json::{Value, json};
use sharehold::resources::calendar::record::Record;

use crate::event::given::members;

const PACIFIC: &str = "America/Los_Angeles";

fn at(time: &str, zone: &str) -> Value {
    json!({"dateTime": time, "timeZone": zone})
}

fn weekly(day: &str, start: &str, zone: &str) -> Value {
    let pattern = json!({"type": "weekly", "interval": 1, "daysOfWeek": [day], "firstDayOfWeek": "sunday"});
    json!({"pattern": pattern, "range": {"type": "noEnd", "startDate": start, "recurrenceTimeZone": zone}})
}

fn create(event: &Value) -> Result<Record, String> {
    Record::create("u", event.as_object().expect("an object")).map_err(|problem| problem.to_string())
}

fn merge(record: &mut Record, change: &Value) -> Result<(), String> {
    record.merge(change.as_object().expect("an object")).map_err(|problem| problem.to_string())
}

/// The line of its event that begins so.
fn line(record: &Record, name: &str) -> String {
    let text = record.record();
    let event = &text[text.find("BEGIN:VEVENT").expect("an event")..];
    event.lines().find(|line| line.starts_with(name)).unwrap_or_default().to_owned()
}

/// Mondays at six in the evening, which are Tuesdays in UTC.
fn evening() -> Record {
    create(&json!({
        "start": at("2027-03-01T18:00:00", "Pacific Standard Time"), "end": at("2027-03-01T19:00:00", "Pacific Standard Time"),
        "recurrence": weekly("monday", "2027-03-01", "Pacific Standard Time"),
    }))
    .expect("an event")
}

#[test]
fn what_is_moved_in_utc_stays_on_its_clock() {
    let mut series = evening();
    let later = json!({"start": at("2027-03-02T03:00:00.0000000", "UTC"), "end": at("2027-03-02T04:00:00Z", "UTC")});
    merge(&mut series, &later).expect("merged");
    assert_eq!(line(&series, "DTSTART"), "DTSTART;TZID=America/Los_Angeles:20270301T190000");
    assert_eq!(line(&series, "DTEND"), "DTEND;TZID=America/Los_Angeles:20270301T200000");
    assert_eq!(line(&series, "RRULE"), line(&evening(), "RRULE"));
    // Another zone that is named is meant.
    merge(&mut series, &json!({"start": at("2027-03-01T19:30:00", "America/Denver")})).expect("merged");
    assert_eq!(line(&series, "DTSTART"), "DTSTART;TZID=America/Denver:20270301T193000");
}

#[test]
fn the_second_of_two_like_times_is_kept_in_utc() {
    let mut single =
        create(&json!({"start": at("2026-10-31T20:00:00", PACIFIC), "end": at("2026-11-02T20:00:00", PACIFIC)}));
    let single = single.as_mut().expect("an event");
    merge(single, &json!({"start": at("2026-11-01T09:30:00", "UTC")})).expect("merged");
    assert_eq!(line(single, "DTSTART"), "DTSTART:20261101T093000Z", "half past one, after the clock was put back");
    merge(single, &json!({"start": at("2026-10-31T20:00:00", PACIFIC)})).expect("merged");
    merge(single, &json!({"start": at("2026-11-01T08:30:00", "UTC")})).expect("merged");
    assert_eq!(line(single, "DTSTART"), "DTSTART;TZID=America/Los_Angeles:20261101T013000");
}

#[test]
fn the_zone_of_the_recurrence_is_the_clock_of_the_series() {
    let series = create(&json!({
        "start": at("2027-03-02T02:00:00", "UTC"), "end": at("2027-03-02T03:00:00", "UTC"),
        "recurrence": weekly("monday", "2027-03-01", "Pacific Standard Time"),
    }))
    .expect("an event");
    assert_eq!(series.record(), evening().record(), "as it would be read and copied");
    assert_eq!(members(&series)["recurrence"]["range"]["recurrenceTimeZone"], PACIFIC);
    let mut series = series;
    merge(&mut series, &json!({"recurrence": weekly("tuesday", "2027-03-02", "UTC")})).expect("merged");
    assert_eq!(line(&series, "DTSTART"), "DTSTART:20270302T020000Z");
    let unknown = json!({"recurrence": weekly("monday", "2027-03-01", "Nowhere")});
    assert!(merge(&mut series, &unknown).unwrap_err().contains("recurrence.range.recurrenceTimeZone"));
    // A day is the same day everywhere.
    let day = json!({
        "isAllDay": true, "start": at("2027-03-01T00:00:00", PACIFIC), "end": at("2027-03-02T00:00:00", PACIFIC),
        "recurrence": weekly("monday", "2027-03-01", "Tokyo Standard Time"),
    });
    assert_eq!(line(&create(&day).expect("an event"), "DTSTART"), "DTSTART;VALUE=DATE:20270301");
}

#[test]
fn z_beside_the_name_of_a_zone_is_the_instant_and_the_name_the_clock() {
    let event = |zone: &str| {
        create(&json!({"start": at("2026-03-02T17:00:00.000Z", zone), "end": at("2026-03-02T10:00:00", PACIFIC)}))
    };
    let made = event(PACIFIC).expect("an event");
    assert_eq!(line(&made, "DTSTART"), "DTSTART;TZID=America/Los_Angeles:20260302T090000");
    assert_eq!(line(&event("").expect("an event"), "DTSTART"), "DTSTART:20260302T170000Z");
    assert!(event("Nope").unwrap_err().contains("start.timeZone"));
}
