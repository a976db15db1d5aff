//! The VTIMEZONEs that a calendar names and does not have, made for whoever reads it (RFC 5545 §3.2.19: there must be one for every
//! TZID). Imports `ical`, `times`, `content_line`, `calendar::zone`.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use chrono::Datelike;

use crate::resources::calendar::ical::Component;
use crate::resources::calendar::record::times;
use crate::resources::calendar::zone::Zone;
use crate::resources::content_line::{Source, escaped};

/// So many years of a zone's past and plans are written, from the first event on; after them it goes on by its last rule.
const YEARS: i32 = 10;
/// Of a TZID that means UTC: there may be one, although UTC needs none.
const UTC: &str = "BEGIN:VTIMEZONE\r\nTZID:X\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:+0000\r\n\
    TZOFFSETTO:+0000\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n";
/// As many zones are written.
const MOST: usize = 50;

/// The calendar with them, before its events.
pub(super) fn completed(calendar: &Component) -> Component {
    let events = || calendar.components.iter().filter(|component| component.is("VEVENT"));
    let known: Vec<&str> =
        calendar.components.iter().filter(|zone| zone.is("VTIMEZONE")).map(|zone| zone.value("TZID")).collect();
    let mut named = BTreeSet::new();
    events().for_each(|event| names(event, &mut named));
    let year = events().filter_map(times::start).map(|start| start.local.year()).min().unwrap_or_default();
    let missing = named.into_iter().filter(|tzid| !known.contains(tzid)).take(MOST);
    let years = year..=year.saturating_add(YEARS).min(9999);
    let zones = missing.filter_map(|tzid| written(tzid, years.clone()));
    let mut whole = calendar.clone();
    let first = whole.components.iter().position(|component| component.is("VEVENT")).unwrap_or_default();
    whole.components.splice(first..first, zones);
    whole
}

fn names<'a>(component: &'a Component, named: &mut BTreeSet<&'a str>) {
    named.extend(component.properties.iter().flat_map(|property| property.param("TZID")).map(str::trim));
    component.components.iter().for_each(|inner| names(inner, named));
}

/// The TZIDs that an event names.
pub fn named(event: &Component) -> BTreeSet<&str> {
    let mut named = BTreeSet::new();
    names(event, &mut named);
    named
}

/// Gives a zone that it names another name.
pub fn renamed(event: &mut Component, from: &str, to: &str) {
    for (name, value) in event.properties.iter_mut().flat_map(|property| &mut property.params) {
        if name.eq_ignore_ascii_case("TZID") && value.trim() == from {
            to.clone_into(value);
        }
    }
    event.components.iter_mut().for_each(|inner| renamed(inner, from, to));
}

/// The VTIMEZONE of a zone over some years, and as in the last ones after that. None for a name that nobody knows.
pub fn written(tzid: &str, years: RangeInclusive<i32>) -> Option<Component> {
    // Whatever the name holds, it is put into the tree, not into the text.
    let text = match Zone::named(tzid)? {
        Zone::Utc => UTC.to_owned(),
        zone => zone.vtimezone("X", years)?,
    };
    let mut zone = Component::read(&text, Source::Record).ok()?;
    zone.set("TZID", Some(escaped(tzid)));
    Some(zone)
}
