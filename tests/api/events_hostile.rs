//! Hostile calendar files (security.md rows 31 to 33): each is answered, costs what its bytes cost, and does not stop what comes after it.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};
use serde_json::Value;
use sharehold::resources::calendar::import::gather::Gatherer;
use sharehold::resources::calendar::import::parse;
use sharehold::resources::calendar::import::split::Splitter;
use sharehold::resources::calendar::queries::Made;
use sharehold::resources::calendar::record::Record;

use crate::api::events_import::{EVENTS, calendar, counts, event, import, items};
use crate::on_both;
use crate::support::app::{Backend, TestApp};

on_both! { what_is_hostile_is_answered_and_stops_nothing }

const START: &str = "DTSTART:20260302T090000Z";

/// What the reading of a file costs this thread of the processor: all that an import does but for the database.
fn cost(file: &str) -> Duration {
    let spent = || Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).expect("a time");
    let before = spent();
    let (mut splitter, mut gatherer, mut found) = (Splitter::default(), Gatherer::default(), Vec::new());
    for piece in file.as_bytes().chunks(64 * 1024) {
        splitter.push(piece, &mut found);
    }
    splitter.finish(&mut found);
    let (sets, _) = gatherer.take(parse::all(found));
    for set in sets.into_iter().chain(gatherer.rest()) {
        if let Ok(record) = Record::gathered(set.zones, set.events.into_values().map(|(_, event)| event).collect()) {
            drop((record.warning(), Made::of(&record)));
        }
    }
    spent().saturating_sub(before)
}

fn lines(count: usize, line: impl Fn(usize) -> String) -> String {
    (0..count).map(|number| line(number) + "\r\n").collect()
}

fn with(more: &str) -> String {
    event("h", START).replace("END:VEVENT\r\n", &format!("{more}END:VEVENT\r\n"))
}

/// What it is, the file, and whether it is taken.
type Hostile = (&'static str, String, bool);

fn files() -> Vec<Hostile> {
    [large(), rules_and_zones(), exceptions()].concat()
}

fn large() -> Vec<Hostile> {
    vec![
        ("a line of 10 MB", with(&format!("X-LONG:{}\r\n", "x".repeat(10_000_000))), false),
        ("10 MB of one letter a line", with(&format!("DESCRIPTION:\r\n{}", lines(2_500_000, |_| " x".into()))), false),
        (
            "components in components",
            with(&["BEGIN:A\r\n".repeat(100_000), "END:A\r\n".repeat(100_000)].concat()),
            false,
        ),
        ("components that never end", with(&"BEGIN:A\r\n".repeat(100_000)), false),
        ("a flood of alarms", with(&lines(100_000, |_| "BEGIN:VALARM\r\nEND:VALARM".into())), false),
        (
            "as many alarms as are taken",
            with(&lines(9_000, |_| "BEGIN:VALARM\r\nTRIGGER:-PT5M\r\nEND:VALARM".into())),
            true,
        ),
    ]
}

fn rules_and_zones() -> Vec<Hostile> {
    let list = |begin: i32, end: i32| (begin..=end).map(|number| number.to_string()).collect::<Vec<_>>().join(",");
    let dense = format!(
        "RRULE:FREQ=YEARLY;BYMONTH={};BYMONTHDAY={};BYHOUR={};BYMINUTE={};BYSECOND={};BYSETPOS={}\r\n",
        list(1, 12),
        list(1, 31),
        list(0, 23),
        list(0, 59),
        list(0, 59),
        list(1, 366)
    );
    let zone = |number: usize| {
        let clock = "BEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0100\r\nRRULE:FREQ=DAILY\r\nEND:STANDARD\r\n";
        format!("BEGIN:VTIMEZONE\r\nTZID:z{number}\r\n{}END:VTIMEZONE\r\n", clock.repeat(20))
    };
    let bombs = (0..300).map(zone).collect::<String>();
    let named = event("h", "DTSTART;TZID=z299:20260302T090000").replace("z299", &"z".repeat(60_000));
    vec![
        ("100,000 EXDATEs", with(&lines(100_000, |_| "EXDATE:20260303T090000Z".into())), false),
        (
            "100,000 dates in lists",
            with(&lines(50, |_| format!("EXDATE:{}", vec!["20260303T090000Z"; 2000].join(",")))),
            true,
        ),
        ("a dense rule", with(&dense), true),
        (
            "a rule of thousands of days",
            with(&format!("RRULE:FREQ=DAILY;BYDAY={}\r\n", vec!["MO"; 10_000].join(","))),
            true,
        ),
        ("a rule that is never", with("RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=31\r\n"), true),
        ("a rule without end from the first year", with("RRULE:FREQ=DAILY\r\n").replace("20260302", "00010102"), true),
        ("a rule each second", with("RRULE:FREQ=SECONDLY\r\n"), true),
        ("a count beyond counting", with("RRULE:FREQ=DAILY;COUNT=4294967295\r\n"), true),
        ("a length beyond counting", with("DURATION:P99999999999999999W\r\n"), true),
        ("zones by the hundred", bombs + &event("h", "DTSTART;TZID=z299:20260302T090000 RRULE:FREQ=DAILY"), true),
        ("a zone with a long name", named, true),
    ]
}

fn exceptions() -> Vec<Hostile> {
    vec![
        (
            "5,000 exceptions",
            event("h", &format!("{START} RRULE:FREQ=DAILY"))
                + &(0..5000)
                    .map(|n| event("h", &format!("RECURRENCE-ID:{}0302T090000Z DTSTART:20260302T100000Z", 2000 + n)))
                    .collect::<String>(),
            true,
        ),
        (
            "20,000 exceptions without a series",
            (0..20_000)
                .map(|n| {
                    event(
                        "h",
                        &format!(
                            "RECURRENCE-ID:2026{:02}{:02}T{:02}{:02}00Z {START}",
                            n % 12 + 1,
                            n / 12 % 28 + 1,
                            n / 336 % 24,
                            n / 8064
                        ),
                    )
                })
                .collect(),
            false,
        ),
    ]
}

#[test]
fn what_is_hostile_costs_what_its_bytes_cost() {
    // What an honest file costs here and now.
    let one = |number| with(&format!("X-A:{}\r\n", "x".repeat(280))).replace("UID:h", &format!("UID:{number}"));
    let honest = calendar(&(0..500).map(one).collect::<String>());
    let (bytes, honest) = (honest.len(), cost(&honest));
    for (name, within, _) in files() {
        let file = calendar(&within);
        let times = u32::try_from(file.len() / bytes + 1).expect("a number");
        let cost = cost(&file);
        assert!(cost < honest * times * 8, "{name}: {cost:?} for {times} times the bytes that cost {honest:?}");
    }
}

async fn what_is_hostile_is_answered_and_stops_nothing(on: Backend) {
    for (name, within, taken) in files() {
        let app = TestApp::on(on);
        let ann = app.caller("ann", "Calendars.ReadWrite");
        let answer = import(&ann, EVENTS, calendar(&(within + &event("after", START)))).await;
        assert_eq!(counts(&answer)[0], 1 + u64::from(taken), "{name}: {}", shown(&items(&answer)));
        let of = |uid: &str| items(&answer).iter().any(|item| item["uid"] == uid && item["result"] == "created");
        assert!(of("after") && of("h") == taken, "{name}: {}", shown(&items(&answer)));
        // And what came in can be read.
        for path in [EVENTS.to_owned(), format!("{EVENTS}.ics")] {
            assert!(ann.get(&path).await.status.is_success(), "{name}: {path}");
        }
    }
}

fn shown(items: &[Value]) -> String {
    items.iter().take(5).map(ToString::to_string).collect::<Vec<_>>().join("\n")
}
