//! One VCALENDAR of many events, written as they come: each time zone once, before the first event that names it. Imports `record`,
//! `ical`, `zone`, `content_line`, `calendars`' rows.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::hash::{BuildHasher as _, RandomState};
use std::ops::RangeInclusive;

use chrono::Datelike as _;

use crate::resources::calendar::calendars::queries::Row as Calendar;
use crate::resources::calendar::ical::Component;
use crate::resources::calendar::record::{PRODID, Record, named_zones, rename_zone, unknown_zones, vtimezone};
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
    own: OwnNames,
}

impl Writer {
    /// Of events the first of which begins at `first`.
    pub fn new(first: Option<Instant>, now: Instant) -> Self {
        let this = now.datetime().year();
        let first = first.map_or(this, |first| first.datetime().year()).clamp(FIRST.min(this), this);
        let years = first..=this.saturating_add(YEARS).min(9999);
        Self { years, hash: RandomState::new(), known: HashSet::new(), own: OwnNames::default() }
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
        let named: BTreeSet<String> = events.iter().flat_map(unknown_zones).map(str::to_owned).collect();
        let of = |tzid: &str| zones.iter().find(|zone| zone.value("TZID") == tzid);
        let renamed: Vec<(String, String)> =
            named.into_iter().map(|tzid| (self.own_zone(&tzid, of(&tzid), &mut out), tzid)).collect();
        for (name, tzid) in renamed.into_iter().filter(|(name, tzid)| name != tzid) {
            for event in &mut events {
                rename_zone(event, &tzid, &name);
            }
        }
        for tzid in events.iter().flat_map(named_zones) {
            if self.known.len() < ZONES && self.known.insert(self.hash.hash_one(tzid)) {
                out.extend(vtimezone(tzid, self.years.clone()).map(|zone| zone.write()));
            }
        }
        out.extend(events.into_iter().map(|event| apart(event).write()));
        out
    }

    /// What a zone is called here that only its VTIMEZONE explains, or nothing. If another of its name is in the file, with other
    /// rules or none, it gets another name.
    fn own_zone(&mut self, tzid: &str, zone: Option<&Component>, out: &mut String) -> String {
        let text = |zone: Option<&Component>| zone.map(Component::write).unwrap_or_default();
        let (name, is_new) = self.own.name(&self.hash, tzid, &text(zone));
        if let Some(zone) = zone.filter(|_| is_new) {
            let mut zone = zone.clone();
            zone.set("TZID", Some(name.clone()));
            let text = text(Some(&zone));
            self.own.note(&self.hash, &name, &text);
            out.push_str(&text);
        }
        name
    }
}

/// What zones are called in a file that nobody knows by their names.
#[derive(Debug, Default)]
struct OwnNames {
    /// Which number a zone of these rules has among those of its name.
    numbers: HashMap<(u64, u64), usize>,
    /// The number that comes next of a name.
    next: HashMap<u64, usize>,
    taken: HashSet<u64>,
}

impl OwnNames {
    /// The name of a zone, and whether it is a new one.
    fn name(&mut self, hash: &RandomState, tzid: &str, rules: &str) -> (String, bool) {
        let named = |number: usize| if number == 0 { tzid.to_owned() } else { format!("{tzid} ({})", number + 1) };
        let (of, key) = (hash.hash_one(tzid), (hash.hash_one(tzid), hash.hash_one(rules)));
        if let Some(number) = self.numbers.get(&key) {
            return (named(*number), false);
        }
        let next = self.next.entry(of).or_default();
        while !self.taken.insert(hash.hash_one(named(*next).as_str())) {
            *next += 1;
        }
        self.numbers.insert(key, *next);
        (named(*next), true)
    }

    /// A zone that has this name already may come with it.
    fn note(&mut self, hash: &RandomState, name: &str, rules: &str) {
        self.numbers.entry((hash.hash_one(name), hash.hash_one(rules))).or_insert(0);
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
