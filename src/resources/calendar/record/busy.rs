//! What `Calendars.ReadBasic` sees of a record as a record: when things happen, and of what is not private where and what. Nothing is
//! copied that is not known to be harmless. Imports `ical`, `occurrences`, `project`, `rules`, `status`, `when`, `content_line`,
//! `recurrence`, `zone`.

use crate::resources::calendar::ical::Component;
use crate::resources::calendar::record::when::When;
use crate::resources::calendar::record::{Record, project, rules, status};
use crate::resources::calendar::recurrence::{Rule, Span};
use crate::resources::calendar::zone::Zone;
use crate::resources::content_line::Property;

/// What a private event is called.
const BUSY: &str = "Busy";

/// The times, which are written anew.
const TIMES: [&str; 5] = ["DTSTART", "DTEND", "RECURRENCE-ID", "RDATE", "EXDATE"];
/// The words, each with those that it may be.
const WORDS: [(&str, &[&str]); 3] = [
    ("STATUS", &["TENTATIVE", "CONFIRMED", "CANCELLED"]),
    ("TRANSP", &["OPAQUE", "TRANSPARENT"]),
    ("X-MICROSOFT-CDO-BUSYSTATUS", &["FREE", "TENTATIVE", "BUSY", "OOF", "WORKINGELSEWHERE"]),
];
/// What is seen of an event that is not private.
const SEEN: [&str; 4] = ["SUMMARY", "LOCATION", "CATEGORIES", "PRIORITY"];

impl Record {
    /// What it sees. A private event is called `uid`: its own name may say what it is.
    #[must_use]
    pub fn busy(self, uid: &str) -> Self {
        let all = self.main().is_some_and(is_private);
        let own = self.uid().filter(|_| !self.events().any(is_private)).unwrap_or(uid).to_owned();
        let Self { mut calendar } = self;
        calendar.properties.retain(|property| property.is("VERSION") || property.is("PRODID"));
        let parts = calendar.components.iter().filter_map(|part| match part {
            zone if zone.is("VTIMEZONE") => Some(zone_alone(zone)),
            event if event.is("VEVENT") => Some(seen(event, all, &own)),
            _ => None,
        });
        calendar.components = parts.collect();
        Self { calendar }
    }
}

fn is_private(event: &Component) -> bool {
    project::is_private(status::sensitivity(event).as_str().unwrap_or_default())
}

fn seen(event: &Component, all: bool, uid: &str) -> Component {
    let private = all || is_private(event);
    let mut seen = Component::new("VEVENT");
    seen.properties.push(Property::new("UID", uid.to_owned()));
    // When it was last changed is not seen.
    seen.properties.push(Property::new("DTSTAMP", "19700101T000000Z".to_owned()));
    for name in TIMES {
        seen.properties.extend(rules::times_of(event, name).iter().map(|when| time(name, when, event)));
    }
    let length = event.value("DURATION");
    if Span::parse(length).is_some() {
        seen.properties.push(Property::new("DURATION", length.to_owned()));
    }
    for rule in event.all("RRULE").map(|rule| rule.value.trim()).filter(|rule| Rule::parse(rule).is_ok()) {
        seen.properties.push(Property::new("RRULE", rule.to_owned()));
    }
    for (name, words) in WORDS {
        let value = event.value(name).to_ascii_uppercase();
        if words.contains(&value.as_str()) {
            seen.properties.push(Property::new(name, value));
        }
    }
    if private {
        seen.properties.push(Property::new("CLASS", "PRIVATE".to_owned()));
        seen.properties.push(Property::new("SUMMARY", BUSY.to_owned()));
    } else {
        let shown = event.properties.iter().filter(|property| SEEN.iter().any(|name| property.is(name)));
        seen.properties.extend(shown.map(|property| Property::new(&property.name, property.value.clone())));
    }
    seen
}

/// A time; of an override, whether it is all that follow too (RFC 5545 §3.2.13).
fn time(name: &str, when: &When, event: &Component) -> Property {
    let range = event.property(name).filter(|property| property.has("RANGE", "THISANDFUTURE"));
    let property = when.property(name);
    if name == "RECURRENCE-ID" && range.is_some() { property.with("RANGE", "THISANDFUTURE") } else { property }
}

/// The rules of a zone, without what somebody wrote beside them.
fn zone_alone(zone: &Component) -> Component {
    const RULES: [&str; 5] = ["DTSTART", "RRULE", "RDATE", "TZOFFSETFROM", "TZOFFSETTO"];
    let mut alone = Component::new("VTIMEZONE");
    alone.properties.push(Property::new("TZID", zone.value("TZID").to_owned()));
    let location = zone.value("X-LIC-LOCATION");
    if Zone::named(location).is_some() {
        alone.properties.push(Property::new("X-LIC-LOCATION", location.to_owned()));
    }
    let clocks = zone.components.iter().filter(|clock| clock.is("STANDARD") || clock.is("DAYLIGHT"));
    for clock in clocks {
        let mut bare = Component::new(&clock.name);
        let rules = clock.properties.iter().filter(|property| RULES.iter().any(|name| property.is(name)));
        bare.properties.extend(rules.map(|property| Property::new(&property.name, property.value.clone())));
        alone.components.push(bare);
    }
    alone
}
