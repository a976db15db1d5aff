//! What comes in by import goes out by export with no property lost, by a reader that is not the server's: whole files of programs,
//! the calendars of the demonstration, and events of anything at all. What may differ: `event::given`; DTSTAMP, which every event
//! has that goes out; and whether EXDATEs stand in a list.

use std::fs;

use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::TestRunner;

use crate::api::events_import::{EVENTS, counts, import};
use crate::card::given::Line;
use crate::event::given::{self, Placed, lines, read};
use crate::on_both;
use crate::support::app::{Backend, Caller, TestApp};

on_both! { no_property_of_a_program_is_lost no_property_of_anything_is_lost }

/// The components of a name, each its properties, unfolded.
fn parts(text: &str, name: &str, read: impl Fn(&str) -> Vec<Placed>) -> Vec<Vec<Placed>> {
    let (begin, end) = (format!("BEGIN:{name}\n"), format!("END:{name}\n"));
    let text = text.replace("\r\n", "\n");
    let parts = text.split(&begin).skip(1).map(|part| {
        let within = part.split(&end).next().unwrap_or_default();
        let mut properties = read(&format!("{begin}{within}{end}").replace('\n', "\r\n"));
        let lists = |(path, line): Placed| {
            let values = if line.name == "EXDATE" { line.value.clone() } else { String::new() };
            let one = |value: &str| (path.clone(), Line { value: value.to_owned(), ..line.clone() });
            if values.contains(',') { values.split(',').map(one).collect() } else { vec![(path, line)] }
        };
        properties = properties.into_iter().flat_map(lists).collect();
        properties.sort();
        properties.retain(|(path, line)| line.name != "DTSTAMP" || path.contains('/'));
        properties
    });
    let mut parts: Vec<_> = parts.collect();
    parts.sort();
    parts
}

async fn compare(caller: &Caller<'_>, what: &str, file: &str) {
    let report = import(caller, EVENTS, file.to_owned()).await;
    let [created, updated, _, _, rejected] = counts(&report);
    assert!(created > 0 && (updated, rejected) == (0, 0), "{what}: {}", report.text());
    let out = caller.with("accept", "text/calendar").get(EVENTS).await.text();
    assert_eq!(parts(&out, "VEVENT", lines), parts(file, "VEVENT", read), "{what}");
    assert_eq!(counts(&import(caller, EVENTS, out).await), [0, 0, created, 0, 0], "{what}");
}

async fn no_property_of_a_program_is_lost(on: Backend) {
    let app = TestApp::on(on);
    let mut seen = 0;
    for folder in ["icalendars", "calendars"] {
        let folder = format!("{}/fixtures/{folder}", env!("CARGO_MANIFEST_DIR"));
        let paths = fs::read_dir(folder).expect("fixtures").map(|entry| entry.expect("a file").path());
        for path in paths.filter(|path| path.extension().is_some_and(|end| end == "ics")) {
            seen += 1;
            let person = app.caller(&format!("person-{seen}"), "Calendars.ReadWrite");
            compare(&person, &path.display().to_string(), &fs::read_to_string(&path).expect("a file")).await;
        }
    }
    assert!(seen >= 9, "{seen}");
}

async fn no_property_of_anything_is_lost(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Calendars.ReadWrite");
    let mut runner = TestRunner::deterministic();
    let each = (0..64).map(|number| {
        let given = given::event().new_tree(&mut runner).expect("an event").current();
        given.written("\r\n").replace("\r\nUID:one\r\n", &format!("\r\nUID:{number}\r\n"))
    });
    compare(&ann, "generated", &each.collect::<String>()).await;
    // Its zone is nobody's: kept as it came, and written once.
    let out = ann.with("accept", "text/calendar").get(EVENTS).await.text();
    assert_eq!(out.matches("BEGIN:VTIMEZONE\r\nTZID:Here\r\nX-LIC-LOCATION:Here\r\nEND:VTIMEZONE\r\n").count(), 1);
}
