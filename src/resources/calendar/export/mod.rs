//! One VCALENDAR of many events, written as they come: each time zone once, before the first event that names it. Imports `record`,
//! `ical`, `zone`, `content_line`, `calendars`' rows.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher as _, RandomState};
use std::ops::RangeInclusive;

use chrono::Datelike as _;

use crate::resources::calendar::calendars::queries::Row as Calendar;
use crate::resources::calendar::ical::Component;
use crate::resources::calendar::record::{PRODID, Record, named_zones, rename_zone, vtimezone};
use crate::resources::content_line::{Property, escaped};
use crate::store::columns::Instant;

/// No zone's clocks were changed before this year.
const FIRST: i32 = 1800;
/// So many years of a zone's plans are written; after them it goes on by its last rule.
const YEARS: i32 = 10;
/// As many zones that are known by their names are written: of more, who reads it has to know them too.
const ZONES: usize = 1000;

/// The names of colours (RFC 7986 §5.9 has those of CSS) for Graph's.
const COLORS: [(&str, &str); 9] = [
    ("lightBlue", "lightblue"),
    ("lightGreen", "lightgreen"),
    ("lightOrange", "orange"),
    ("lightGray", "lightgray"),
    ("lightYellow", "khaki"),
    ("lightTeal", "mediumturquoise"),
    ("lightPink", "lightpink"),
    ("lightBrown", "tan"),
    ("lightRed", "lightcoral"),
];

/// An event of so many EXDATEs in lists has them written one by one.
const APART: usize = 1000;

/// What was written of it.
#[derive(Debug)]
pub struct Writer {
    years: RangeInclusive<i32>,
    /// Names are kept as their hashes: they may be long, and there may be many.
    hash: RandomState,
    known: HashSet<u64>,
    /// The rules, by hash, that zones of one name were written with, in the order of the names that they got.
    explained: HashMap<u64, Vec<u64>>,
}

impl Writer {
    /// Of events the first of which begins at `first`.
    pub fn new(first: Option<Instant>, now: Instant) -> Self {
        let this = now.datetime().year();
        let first = first.map_or(this, |first| first.datetime().year()).clamp(FIRST.min(this), this);
        let years = first..=this.saturating_add(YEARS).min(9999);
        Self { years, hash: RandomState::new(), known: HashSet::new(), explained: HashMap::new() }
    }

    /// How it begins. `calendar`: whose events they are, if they are of one.
    pub fn head(calendar: Option<&Calendar>) -> String {
        let mut head = Component::new("VCALENDAR");
        let mut put = |name: &str, value: String| head.properties.push(Property::new(name, value));
        put("VERSION", "2.0".into());
        put("PRODID", PRODID.into());
        if let Some(calendar) = calendar {
            let name = escaped(&calendar.name);
            put("NAME", name.clone());
            put("X-WR-CALNAME", name);
            if let Some((_, css)) = COLORS.iter().find(|(graphs, _)| *graphs == calendar.color) {
                put("COLOR", (*css).into());
            }
            if !calendar.hex_color.is_empty() {
                put("X-APPLE-CALENDAR-COLOR", calendar.hex_color.clone());
            }
        }
        let text = head.write();
        text.strip_suffix(Self::END).unwrap_or_default().to_owned()
    }

    /// How it ends.
    pub const END: &'static str = "END:VCALENDAR\r\n";

    /// An event, with what explains its time zones.
    pub fn event(&mut self, record: Record) -> String {
        let mut out = String::new();
        let (zones, mut events) = record.parts();
        for zone in zones {
            self.explained_zone(zone, &mut events, &mut out);
        }
        for tzid in events.iter().flat_map(named_zones) {
            if self.known.len() < ZONES && self.known.insert(self.hash.hash_one(tzid)) {
                out.extend(vtimezone(tzid, self.years.clone()).map(|zone| zone.write()));
            }
        }
        out.extend(events.into_iter().map(|event| apart(event).write()));
        out
    }

    /// A zone that only its VTIMEZONE explains. If another of its name was written with other rules, it gets another name.
    fn explained_zone(&mut self, mut zone: Component, events: &mut [Component], out: &mut String) {
        let tzid = zone.value("TZID").to_owned();
        if vtimezone(&tzid, self.years.clone()).is_some() {
            return;
        }
        let rules = self.hash.hash_one(zone.write());
        let mut name = tzid.clone();
        let written = self.explained.entry(self.hash.hash_one(&tzid)).or_default();
        let at = written.iter().position(|other| *other == rules);
        let number = at.unwrap_or(written.len());
        if at.is_none() {
            written.push(rules);
        }
        if number > 0 {
            name = format!("{tzid} ({})", number + 1);
            zone.set("TZID", Some(name.clone()));
            for event in events.iter_mut() {
                rename_zone(event, &tzid, &name);
            }
        }
        if at.is_none() {
            let text = zone.write();
            if number > 0 {
                let rules = self.hash.hash_one(&text);
                self.explained.entry(self.hash.hash_one(&name)).or_default().push(rules);
            }
            out.push_str(&text);
        }
    }
}

/// The event with each EXDATE by itself: `FullCalendar` sees the first of a list alone.
fn apart(mut event: Component) -> Component {
    let in_lists: usize = event.all("EXDATE").map(|list| list.value.split(',').count()).sum();
    if in_lists <= APART {
        let one_by_one = |property: Property| {
            let values = if property.is("EXDATE") { property.value.as_str() } else { "" };
            let one = |value: &str| Property { value: value.trim().to_owned(), ..property.clone() };
            let each: Vec<Property> = values.split(',').map(one).collect();
            if each.len() > 1 { each } else { vec![property] }
        };
        event.properties = event.properties.into_iter().flat_map(one_by_one).collect();
    }
    event
}
