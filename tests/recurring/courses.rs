//! The instances of an event from its record: those of the series, and the exceptions where they were moved to.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use sharehold::resources::calendar::instances::{
    Cost, Course, Instance, Item, Key, Looked, Mark, Original, Page, Sought, Window,
};
use sharehold::resources::calendar::record::Record;
use sharehold::store::columns::{Instant, Uid};

use super::zone;

fn course(events: &[&str], seen_from: &str) -> Course {
    let within = |event: &&str| ["BEGIN:VEVENT\r\nUID:u\r\n", event, "\r\nEND:VEVENT\r\n"].concat();
    let events: String = events.iter().map(within).collect();
    let text = format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{}END:VCALENDAR\r\n", events.replace(' ', "\r\n"));
    let record = Record::read(&text).unwrap();
    let schedule = Record::stored(&record.schedule().record()).unwrap();
    let (course, scheduled) =
        (Course::of(&record, &zone(seen_from)).unwrap(), Course::of(&schedule, &zone(seen_from)).unwrap());
    assert_eq!((course.own(), course.exceptions()), (scheduled.own(), scheduled.exceptions()));
    scheduled
}

fn time(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(&format!("{text}:00Z")).unwrap().to_utc()
}

/// `original start end`, an exception with a star; in the order of time.
fn found(course: &Course, from: &str, to: &str, seen_from: &str) -> Vec<String> {
    let window = Window { from: time(from), to: time(to), zone: zone(seen_from) };
    let sought = Sought { after: None, before: window.to, most: 100 };
    let mut all = course.find(&window, sought).instances;
    all.sort_by_key(|instance| (instance.start.at, instance.original));
    for instance in &all {
        if let Some(original) = instance.original {
            assert_eq!(course.one(original).map(|(_, found)| found), Some(*instance), "{original}");
        }
    }
    all.iter().map(shown).collect()
}

fn shown(instance: &Instance) -> String {
    let original = instance.original.map(|original| original.to_string()).unwrap_or_default();
    let [start, end] = [instance.start, instance.end].map(|moment| moment.at.format("%dT%H:%M").to_string());
    format!("{original} {start} {end}{}", if instance.is_exception { " *" } else { "" })
}

const WEEKLY: &str = "DTSTART;TZID=Europe/Berlin:20260316T090000 DTEND;TZID=Europe/Berlin:20260316T100000 \
                      RRULE:FREQ=WEEKLY;COUNT=4 EXDATE;TZID=Europe/Berlin:20260323T090000";

#[test]
fn a_series_with_what_was_changed_about_it() {
    let moved = "RECURRENCE-ID;TZID=Europe/Berlin:20260330T090000 DTSTART:20260402T120000Z DTEND:20260402T150000Z";
    let course = course(&[WEEKLY, moved], "UTC");
    let all = [
        "20260316T080000Z 16T08:00 16T09:00",
        "20260330T070000Z 02T12:00 02T15:00 *",
        "20260406T070000Z 06T07:00 06T08:00",
    ];
    assert_eq!(found(&course, "2026-01-01T00:00", "2027-01-01T00:00", "UTC"), all, "the clock was changed on the 29th");
    // Out of the window where it would be, into the one where it is; at the edges.
    assert!(found(&course, "2026-03-30T00:00", "2026-04-02T12:00", "UTC").is_empty());
    assert_eq!(found(&course, "2026-04-02T14:59", "2026-04-06T07:00", "UTC"), all[1..2]);
    assert!(found(&course, "2026-04-02T15:00", "2026-04-06T07:00", "UTC").is_empty());
    let cancelled = Original::parse("20260323T080000Z").unwrap();
    for nothing in [cancelled, Original::parse("20260316T080001Z").unwrap(), Original::parse("20260316").unwrap()] {
        assert_eq!(course.one(nothing), None, "{nothing}");
    }
}

#[test]
fn days_and_times_of_no_zone_are_where_one_is() {
    let days = ["DTSTART;VALUE=DATE:20260328 DTEND;VALUE=DATE:20260330 RRULE:FREQ=WEEKLY;COUNT=2"];
    let berlin = "Europe/Berlin";
    let seen = found(&course(&days, berlin), "2026-03-29T21:59", "2026-04-03T22:00", berlin);
    assert_eq!(seen, ["20260328 27T23:00 29T22:00"], "two days, of which one has 23 hours");
    assert!(found(&course(&days, berlin), "2026-03-29T22:00", "2026-04-03T22:00", berlin).is_empty());
    assert_eq!(found(&course(&days, "UTC"), "2026-03-29T22:00", "2026-04-04T00:01", "UTC").len(), 2);
    let floating = [
        "DTSTART:20260328T090000 DURATION:PT1H RRULE:FREQ=DAILY;COUNT=2",
        "RECURRENCE-ID:20260329T090000 DTSTART:20260329T110000 DURATION:PT1H",
    ];
    let seen = found(&course(&floating, berlin), "2026-03-01T00:00", "2026-04-01T00:00", berlin);
    assert_eq!(seen, ["20260328T090000Z 28T08:00 28T09:00", "20260329T090000Z 29T09:00 29T10:00 *"]);
}

#[test]
fn what_is_not_expanded_has_its_start_and_what_it_lists() {
    let finer = [
        "DTSTART:20260301T090000Z DTEND:20260301T100000Z RRULE:FREQ=HOURLY RDATE;VALUE=PERIOD:20260302T000000Z/PT30M,junk,20260303T000000Z/20260303T020000Z",
    ];
    let seen = found(&course(&finer, "UTC"), "2026-01-01T00:00", "2027-01-01T00:00", "UTC");
    assert_eq!(
        seen,
        [
            "20260301T090000Z 01T09:00 01T10:00",
            "20260302T000000Z 02T00:00 02T00:30",
            "20260303T000000Z 03T00:00 03T02:00"
        ]
    );
    let once = ["DTSTART:20260301T090000Z"];
    assert_eq!(found(&course(&once, "UTC"), "2026-03-01T09:00", "2026-03-01T09:01", "UTC"), [" 01T09:00 01T09:00"]);
    assert!(course(&once, "UTC").one(Original::parse("20260301T090000Z").unwrap()).is_none());
    // The series of an occurrence that came alone is not known.
    let alone = [
        "RECURRENCE-ID:20260301T090000Z DTSTART:20260301T100000Z",
        "RECURRENCE-ID:20260308T090000Z DTSTART:20260308T100000Z",
    ];
    let seen = found(&course(&alone, "UTC"), "2026-03-01T00:00", "2026-04-01T00:00", "UTC");
    assert_eq!(seen, [" 01T10:00 01T10:00", "20260308T090000Z 08T10:00 08T10:00 *"]);
}

#[test]
fn it_is_as_long_on_the_wall_as_the_first_or_lasts_what_it_says() {
    for (end, seen_end) in [("DTEND;TZID=Europe/Berlin:20260328T070000", "29T05:00"), ("DURATION:PT8H", "29T06:00")] {
        let night = [&*format!("DTSTART;TZID=Europe/Berlin:20260327T230000 {end} RRULE:FREQ=DAILY;COUNT=3")];
        let seen = found(&course(&night, "UTC"), "2026-01-01T00:00", "2027-01-01T00:00", "UTC");
        assert_eq!(seen[1], format!("20260328T220000Z 28T22:00 {seen_end}"));
    }
    let flight = [
        "DTSTART;TZID=Europe/Berlin:20260327T090000 DTEND;TZID=America/New_York:20260327T120000 RRULE:FREQ=WEEKLY;COUNT=2",
    ];
    let seen = found(&course(&flight, "UTC"), "2026-01-01T00:00", "2027-01-01T00:00", "UTC");
    assert_eq!(seen, ["20260327T080000Z 27T08:00 27T16:00", "20260403T070000Z 03T07:00 03T16:00"]);
}

/// Some events, each a start, a length in hours, a rule, and whether it is of days.
fn events() -> impl Strategy<Value = Vec<(i64, i64, String, bool)>> {
    prop::collection::vec((0..200_i64, 0..60_i64, super::windows::rule(), any::<bool>()), 1..6)
}

fn course_of((start, hours, rule, days): &(i64, i64, String, bool), seen_from: &str) -> Course {
    let at = |hours: i64| time("2026-01-05T08:00") + TimeDelta::hours(hours);
    let event = if *days {
        let day = |hours: i64| at(hours).format("%Y%m%d").to_string();
        format!("DTSTART;VALUE=DATE:{} DTEND;VALUE=DATE:{} RRULE:{rule}", day(start * 11), day(start * 11 + hours))
    } else {
        let time = |hours: i64| at(hours).format("%Y%m%dT%H%M%S").to_string();
        let (from, to) = (time(start * 11), time(start * 11 + hours));
        format!("DTSTART;TZID=America/New_York:{from} DTEND;TZID=America/New_York:{to} RRULE:{rule}")
    };
    course(&[&event], seen_from)
}

fn paged(courses: &[Course], window: &Window, size: usize, cost: Cost) -> Vec<(Key, Item, ())> {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let mark = after.map(Mark::from);
        let mut page = Page::new(window.clone(), mark.as_ref(), size, cost);
        for (course, nth) in courses.iter().zip(1_u64..) {
            let id = format!("01890000-0000-7000-8000-{nth:012}");
            page.expand(Uid::parse(&id).unwrap(), course, ());
        }
        let (items, place) = page.end();
        assert!(items.len() <= size);
        all.extend(items);
        let Some(place) = place else { return all };
        assert!(after.is_none_or(|after| after < place), "a page goes on: {place:?}");
        after = Some(place);
    }
}

/// The same where no page looks at more than one series that those before it did not look at, and holds but one.
fn paged_by_one(courses: &[Course], window: &Window, size: usize, cost: Cost) -> Vec<(Key, Item, ())> {
    let id = |nth: usize| Uid::parse(&format!("01890000-0000-7000-8000-{:012}", nth + 1)).unwrap();
    let (mut all, mut mark, mut looked_at) = (Vec::new(), None, 0);
    loop {
        let mut page = Page::new(window.clone(), mark.as_ref(), size, cost);
        let held = mark.iter().filter_map(|mark: &Mark| mark.looked.as_ref()).flat_map(|looked| looked.held.clone());
        let held: Vec<Uid> = held.collect();
        for (nth, course) in courses.iter().enumerate().filter(|(nth, _)| *nth == looked_at || held.contains(&id(*nth)))
        {
            page.expand(id(nth), course, ());
        }
        looked_at += 1;
        if looked_at < courses.len() {
            let mut held = Vec::new();
            let until = page.hold(|id| {
                if held.is_empty() {
                    held.push(id);
                }
                held.contains(&id)
            });
            let (after, place) = (page.after().unwrap_or(Key::FIRST), (Instant::from_micros(0), Uid::FIRST));
            mark = Some(Mark { after, looked: Some(Looked { place, held, until }) });
            continue;
        }
        let (items, place) = page.end();
        all.extend(items);
        let Some(place) = place else { return all };
        assert!(mark.is_none_or(|mark| mark.after < place), "a page goes on: {place:?}");
        (mark, looked_at) = (Some(place.into()), 0);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// Pages are the window, however small and however poor; and the window is the whole cut to it.
    #[test]
    fn pages_are_the_window(events in events(), from in 0..2000_i64, length in 1..1500_i64, size in 1..9_usize, poor in 0..4_usize) {
        let zone_name = ["UTC", "America/New_York", "Pacific/Apia"][size % 3];
        let courses: Vec<_> = events.iter().map(|event| course_of(event, zone_name)).collect();
        let window = |from: i64, hours: i64| {
            let from = time("2026-01-01T00:00") + TimeDelta::hours(from);
            Window { from, to: from + TimeDelta::hours(hours), zone: zone(zone_name) }
        };
        let ample = Cost { instances: usize::MAX, time: Duration::from_mins(10) };
        let cut = window(from, length);
        let whole: Vec<_> = paged(&courses, &window(0, 4000), 1_000_000, ample)
            .into_iter()
            .filter(|(_, item, ())| item.is_some_and(|instance| cut.holds(instance.start.at, instance.end.at)))
            .collect();
        prop_assert_eq!(&paged(&courses, &cut, 1_000_000, ample), &whole);
        prop_assert_eq!(&paged(&courses, &cut, size, ample), &whole);
        prop_assert_eq!(&paged(&courses, &cut, size, Cost { instances: poor, ..ample }), &whole);
        prop_assert_eq!(&paged_by_one(&courses, &cut, size, ample), &whole);
        prop_assert_eq!(&paged_by_one(&courses, &cut, size, Cost { instances: poor, ..ample }), &whole);
    }
}

#[test]
fn what_the_clock_leaves_nothing_of_lasts_as_long_as_the_first() {
    let night = [
        "DTSTART;TZID=Europe/Berlin:20260328T023000 DTEND;TZID=Europe/Berlin:20260328T030000 RRULE:FREQ=DAILY;COUNT=3",
    ];
    let seen = found(&course(&night, "UTC"), "2026-03-01T00:00", "2026-04-01T00:00", "UTC");
    assert_eq!(
        seen,
        [
            "20260328T013000Z 28T01:30 28T02:00",
            "20260329T013000Z 29T01:30 29T02:00",
            "20260330T003000Z 30T00:30 30T01:00"
        ]
    );
}

#[test]
fn a_time_that_is_left_out_of_days_is_its_day() {
    let without = |date: &str| format!("DTSTART;VALUE=DATE:20260302 RRULE:FREQ=DAILY;COUNT=3 {date}");
    for date in ["EXDATE:20260303T000000Z", "EXDATE;TZID=Europe/Berlin:20260303T000000", "EXDATE;VALUE=DATE:20260303"] {
        let seen = found(&course(&[&without(date)], "UTC"), "2026-03-01T00:00", "2026-04-01T00:00", "UTC");
        assert_eq!(seen, ["20260302 02T00:00 03T00:00", "20260304 04T00:00 05T00:00"], "{date}");
    }
}
