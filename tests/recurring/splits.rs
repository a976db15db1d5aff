//! A series cut in two at any of its occurrences happens when it did: no occurrence is lost, none is twice, and none is on the wrong
//! side.

use std::fmt::Write as _;

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use proptest::prelude::*;
use sharehold::resources::calendar::instances::{Course, Instance, Sought, Split, Window};
use sharehold::resources::calendar::record::Record;

use super::zone;

fn record(lines: &str) -> Record {
    let text =
        format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:u\r\n{lines}END:VEVENT\r\nEND:VCALENDAR\r\n");
    Record::read(&text).unwrap()
}

/// The first of the instances, in the order in which the series has them.
fn all(record: &Record) -> Vec<Instance> {
    let (from, to) = (DateTime::<Utc>::MIN_UTC, "2032-01-01T00:00:00Z".parse().unwrap());
    let window = Window { from, to, zone: zone("UTC") };
    let found =
        Course::of(record, &zone("UTC")).unwrap().find(&window, Sought { after: None, before: to, most: 10_000 });
    let mut all = found.instances;
    assert!(found.reached.is_none());
    all.sort_by_key(|instance| (instance.original, instance.start.at));
    all
}

/// When they are; whether they are of a series is another matter.
fn times(all: &[Instance]) -> Vec<[DateTime<Utc>; 2]> {
    all.iter().map(|instance| [instance.start.at, instance.end.at]).collect()
}

fn check(record: &Record, at: usize) -> Result<bool, TestCaseError> {
    let before = all(record);
    prop_assume!(!before.is_empty());
    let at = at % before.len();
    let original = before[at].original.unwrap();
    let (first, _) = Course::of(record, &zone("UTC")).unwrap().one(original).unwrap();
    let Ok(split) = Split::of(record, original, &first, "new") else { return Ok(false) };
    let Some(Split { early, late, .. }) = split else {
        prop_assert_eq!(at, 0, "something is before it");
        return Ok(true);
    };
    prop_assert_eq!(times(&all(&early)), times(&before[..at]), "{}\n{}", record.record(), early.record());
    prop_assert_eq!(times(&all(&late)), times(&before[at..]), "{}\n{}", record.record(), late.record());
    prop_assert_eq!(late.uid(), Some("new"));
    prop_assert_eq!(Record::stored(&late.record()).unwrap(), late);
    Ok(true)
}

const RULES: [&str; 10] = [
    "FREQ=DAILY",
    "FREQ=DAILY;BYHOUR=2,14",
    "FREQ=WEEKLY",
    "FREQ=WEEKLY;BYDAY=SU,TU,FR",
    "FREQ=WEEKLY;WKST=SU;BYDAY=MO,SU",
    "FREQ=MONTHLY",
    "FREQ=MONTHLY;BYDAY=-1SU",
    "FREQ=MONTHLY;BYDAY=MO,TU,WE;BYSETPOS=1,-1",
    "FREQ=YEARLY;BYMONTH=3,10;BYDAY=-1SU",
    "FREQ=YEARLY;BYWEEKNO=1;BYDAY=MO,SU",
];
const ZONES: [&str; 4] = ["Europe/Berlin", "America/New_York", "", "DATE"];

/// A time of a zone, of none or a date, as what follows the name of a property.
fn written(kind: &str, local: NaiveDateTime) -> String {
    match kind {
        "DATE" => format!(";VALUE=DATE:{}", local.format("%Y%m%d")),
        "" => format!(":{}", local.format("%Y%m%dT%H%M%S")),
        zone => format!(";TZID={zone}:{}", local.format("%Y%m%dT%H%M%S")),
    }
}

fn series() -> impl Strategy<Value = Record> {
    let ends = prop_oneof![
        Just(String::new()),
        (1_u32..40).prop_map(|count| format!(";COUNT={count}")),
        (0_u32..20).prop_map(|month| format!(";UNTIL=20{:02}{:02}15T120000Z", 26 + month / 12, 1 + month % 12))
    ];
    let exceptions = prop::collection::vec((0_usize..30, 0_u32..3), 0..5);
    let start = (prop::sample::select(&ZONES[..]), 1_u32..29, 0_u32..24);
    (prop::sample::select(&RULES[..]), 1_u32..4, ends, start, exceptions).prop_map(|(rule, interval, end, (kind, day, hour), exceptions)| {
        let start = NaiveDate::from_ymd_opt(2026, 3, day).unwrap().and_hms_opt(hour, 30, 0).unwrap();
        let start = written(kind, start);
        let end = if kind == "DATE" { end.replace("T120000Z", "") } else { end };
        let mut lines = format!("DTSTART{start}\r\nDURATION:{}\r\nRRULE:{rule};INTERVAL={interval}{end}\r\n", if kind == "DATE" { "P1D" } else { "PT1H" });
        let known = all(&record(&lines));
        let mut others = String::new();
        for (which, how) in exceptions {
            let Some(instance) = known.get(which) else { continue };
            let value = written(kind, instance.start.local);
            match how {
                0 => write!(lines, "EXDATE{value}\r\n").unwrap(),
                _ if others.contains(&format!("RECURRENCE-ID{value}\r\n")) => {}
                _ => write!(others, "END:VEVENT\r\nBEGIN:VEVENT\r\nUID:u\r\nRECURRENCE-ID{value}\r\nDTSTART:20260601T120000Z\r\nSUMMARY:x\r\n").unwrap(),
            }
        }
        record(&format!("{lines}{others}"))
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn both_halves_happen_when_the_whole_did(record in series(), at in 0_usize..60) {
        check(&record, at)?;
    }
}

#[test]
fn what_a_split_cannot_say_is_refused_or_right() {
    for (lines, at, is_done) in [
        ("DTSTART:20260302T090000Z\r\nRRULE:FREQ=WEEKLY;COUNT=4\r\nRDATE:20260304T150000Z\r\n", 2, true),
        // It would move the rule's own to another time of the day.
        ("DTSTART:20260302T090000Z\r\nRRULE:FREQ=WEEKLY;COUNT=4\r\nRDATE:20260304T150000Z\r\n", 1, false),
        (
            "DTSTART:20260302T090000Z\r\nRRULE:FREQ=WEEKLY;COUNT=4\r\nRDATE:20260904T150000Z,20260905T150000Z\r\n",
            4,
            true,
        ),
        ("DTSTART:20260302T090000Z\r\nRDATE;VALUE=PERIOD:20260304T090000Z/PT2H,20260305T090000Z/PT3H\r\n", 2, true),
        ("DTSTART:20260302T090000Z\r\nRRULE:FREQ=WEEKLY\r\nRRULE:FREQ=MONTHLY;BYMONTHDAY=2\r\n", 4, true),
        ("DTSTART:20260302T090000Z\r\nRRULE:FREQ=WEEKLY;INTERVAL=2\r\nRRULE:FREQ=DAILY;INTERVAL=3\r\n", 1, false),
        // The start that its rule does not give counts.
        ("DTSTART:20260302T090000Z\r\nRRULE:FREQ=WEEKLY;BYDAY=TU;COUNT=4\r\n", 1, true),
        // What is before its start would be all that is left of the first.
        ("DTSTART:20260302T090000Z\r\nRDATE:20260201T090000Z\r\nRRULE:FREQ=WEEKLY;COUNT=4\r\n", 1, false),
        ("DTSTART;TZID=Europe/Berlin:20260322T023000\r\nRRULE:FREQ=WEEKLY\r\n", 1, true),
    ] {
        let done = check(&record(lines), at).unwrap();
        assert_eq!(done, is_done, "{lines}");
    }
}
