//! Events to try, and a second reader of iCalendar text: what is compared is not what the code under test believes to have read.
//!
//! What a calendar may differ in after it was read and written again, and why; nothing else may: folding, blank lines, the case of
//! names, quotes where none are needed, whether a parameter's values stand in one list or apart: form, not content. Control
//! characters but the tab, and U+2028/2029 (which some readers take for line ends), become `\n` or nothing.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Map, Value};
use sharehold::resources::calendar::record::Record;

use crate::card::given::{self, Line, escaped};

/// A property and the components that it stands in, outermost first, each with its place among those of its name.
pub type Placed = (String, Line);

/// The properties of a calendar as it was written by us: folded, with CRLF.
pub fn lines(text: &str) -> Vec<Placed> {
    for line in text.split("\r\n") {
        assert!(line.len() <= 75 && !line.contains(['\r', '\n']), "not folded: {line:?}");
    }
    read(text)
}

/// The properties of anybody's calendar, sorted within each component.
pub fn read(text: &str) -> Vec<Placed> {
    let text = text.replace("\r\n", "\n").replace("\n ", "").replace("\n\t", "");
    let (mut path, mut counts, mut all) = (Vec::<String>::new(), vec![BTreeMap::new()], Vec::new());
    for line in text.lines().filter(|line| !line.is_empty()) {
        let property = given::read(line, true);
        match property.name.as_str() {
            "BEGIN" => {
                let name = property.value.to_ascii_uppercase();
                let count = counts.last_mut().expect("a level").entry(name.clone()).or_insert(0);
                path.push(format!("{name}{count}"));
                *count += 1;
                counts.push(BTreeMap::new());
            }
            "END" => {
                path.pop().expect("a BEGIN");
                counts.pop();
            }
            _ => all.push((path.join("/"), property)),
        }
    }
    assert!(path.is_empty());
    all.sort();
    all
}

/// Names of every kind, but those that say when and which.
const NAMES: [&str; 30] = [
    "SUMMARY",
    "DESCRIPTION",
    "LOCATION",
    "CATEGORIES",
    "CLASS",
    "TRANSP",
    "STATUS",
    "PRIORITY",
    "GEO",
    "ATTENDEE",
    "ORGANIZER",
    "ATTACH",
    "COMMENT",
    "CONTACT",
    "RELATED-TO",
    "RESOURCES",
    "URL",
    "SEQUENCE",
    "CREATED",
    "LAST-MODIFIED",
    "REQUEST-STATUS",
    "X-ALT-DESC",
    "STYLED-DESCRIPTION",
    "X-MICROSOFT-CDO-BUSYSTATUS",
    "X-APPLE-STRUCTURED-LOCATION",
    "X-SHAREHOLD-LOCATIONS",
    "CONFERENCE",
    "IMAGE",
    "COLOR",
    "X-SOMETHING-OF-NOBODY",
];

fn text() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        4 => "[ -~]{0,12}",
        2 => "[áßжΩ漢字\u{1F469}\u{200d}]{1,6}",
        1 => Just("\n".to_owned()),
        1 => Just("\\".to_owned()),
        1 => Just(",;:\"^=<b>&".to_owned()),
        1 => Just("x".repeat(200)),
    ];
    proptest::collection::vec(part, 0..6).prop_map(|parts| parts.concat())
}

fn property() -> impl Strategy<Value = Line> {
    let known = prop_oneof![
        Just("PRIVATE"),
        Just("TRANSPARENT"),
        Just("TENTATIVE"),
        Just("7"),
        Just("mailto:a@b.example"),
        Just("51.5;-0.12"),
        Just("OOF"),
        Just("<p>a</p>"),
    ];
    let value = prop_oneof![3 => text(), 1 => known.prop_map(str::to_owned)];
    let param = prop_oneof![Just("CN"), Just("LANGUAGE"), Just("ALTREP"), Just("FMTTYPE"), Just("ROLE"), Just("X-ODD")];
    let params = proptest::collection::vec((param.prop_map(str::to_owned), text()), 0..4);
    (proptest::sample::select(&NAMES[..]), params, value)
        .prop_map(|(name, params, value)| Line::of(None, name, params, value))
}

/// A component that is not a VEVENT, within one.
#[derive(Debug, Clone)]
pub struct Inner(&'static str, Vec<Line>);

/// The properties of each VEVENT, the first of which is the series, and what stands in it.
#[derive(Debug, Clone)]
pub struct Given(Vec<(Vec<Line>, Vec<Inner>)>);

pub fn event() -> impl Strategy<Value = Given> {
    let names = prop_oneof![Just("VALARM"), Just("PARTICIPANT"), Just("X-OF-NOBODY")];
    let inner = (names, proptest::collection::vec(property(), 0..4)).prop_map(|(name, lines)| Inner(name, lines));
    let one = (proptest::collection::vec(property(), 0..10), proptest::collection::vec(inner, 0..3));
    proptest::collection::vec(one, 1..4).prop_map(Given)
}

impl Given {
    /// As some program would write it.
    pub fn written(&self, break_at: &str) -> String {
        let mut out = vec!["BEGIN:VCALENDAR".into(), "VERSION:2.0".into(), "X-WR-CALNAME:Of\\, mine".into()];
        out.extend(["BEGIN:VTIMEZONE", "TZID:Here", "X-LIC-LOCATION:Here", "END:VTIMEZONE"].map(String::from));
        for (at, (properties, inner)) in self.0.iter().enumerate() {
            out.extend(["BEGIN:VEVENT".into(), "UID:one".into()]);
            out.push(format!("DTSTART;X-A=b;TZID=Here:2026030{}T090000", at + 1));
            out.push(format!("DTEND;TZID=Here:2026030{}T100000", at + 1));
            out.push(match at {
                0 => "RRULE:FREQ=DAILY;COUNT=9".into(),
                at => format!("RECURRENCE-ID;TZID=Here:2026030{}T080000", at + 1),
            });
            out.extend(properties.iter().map(line));
            for Inner(name, properties) in inner {
                out.push(format!("BEGIN:{name}"));
                out.extend(properties.iter().map(line));
                out.push(format!("END:{name}"));
            }
            out.push("END:VEVENT".into());
        }
        out.push("END:VCALENDAR".into());
        out.iter().map(|line| folded(line, break_at)).collect()
    }

    pub fn record(&self) -> Record {
        Record::read(&self.written("\r\n")).expect("a record")
    }
}

fn line(line: &Line) -> String {
    let mut text = line.name.clone();
    for (name, value) in &line.params {
        let value = value.replace('^', "^^").replace('\n', "^n").replace('"', "^'");
        text.extend([";", name, "=\"", &value, "\""]);
    }
    text + ":" + &escaped(&line.value)
}

fn folded(line: &str, break_at: &str) -> String {
    let odd: Vec<char> = line.chars().collect();
    let pieces: Vec<String> = odd.chunks(31).map(|chunk| chunk.iter().collect()).collect();
    pieces.join(&format!("{break_at}\t")) + break_at
}

/// The members that a record shows.
pub fn members(record: &Record) -> Map<String, Value> {
    serde_json::from_str(&record.project().expect("a projection").json).expect("an object")
}

pub fn patch(record: &mut Record, change: &Value) -> Result<(), String> {
    record.merge(change.as_object().expect("an object")).map_err(|problem| problem.to_string())
}
