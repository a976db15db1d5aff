//! A record put together of the components of files, which have those of one event anywhere and in any order; and what a record is
//! taken apart into. Imports `ical`, `clocks`, `occurrences`, `read`, `rules`, `times`, `when`, `zones`, `content_line`, `recurrence`, `zone`.

use std::collections::{BTreeMap, BTreeSet};

use crate::resources::calendar::ical::Component;
use crate::resources::calendar::record::{
    Clocks, PRODID, Record, RecordFault, When, occurrences, read, rules, times, zones,
};
use crate::resources::calendar::recurrence::Rule;
use crate::resources::calendar::zone::Zone;
use crate::resources::content_line::Property;

/// Which of a series a component is about: the master, or the override of which occurrence.
pub type Place = (bool, Option<(i64, String)>);

/// Where it has its place. An override whose time cannot be read is not the master: `checked` says what is wrong with it.
pub fn place(event: &Component, clocks: &Clocks) -> Place {
    let key = occurrences::original(event).map(|when| clocks.key(&when));
    (event.property("RECURRENCE-ID").is_some(), key)
}

impl Record {
    /// The record of these VEVENTs and VTIMEZONEs, the same in whichever order they come: the master first, then the overrides by
    /// their occurrences. Of two that are about the same, the later is meant.
    pub fn gathered(mut zones: Vec<Component>, events: Vec<Component>) -> Result<Self, RecordFault> {
        let mut calendar = Component::new("VCALENDAR");
        calendar.properties = vec![Property::new("VERSION", "2.0".into()), Property::new("PRODID", PRODID.into())];
        zones.sort_by_cached_key(|zone| zone.value("TZID").to_owned());
        zones.dedup_by_key(|zone| zone.value("TZID").to_owned());
        calendar.components = zones;
        let clocks = Clocks::of(&calendar);
        let kept: BTreeMap<Place, Component> =
            events.into_iter().map(|event| (place(&event, &clocks), event)).collect();
        calendar.components.extend(kept.into_values());
        read::checked(calendar).map(|calendar| Self { calendar })
    }

    /// Its VTIMEZONEs and its VEVENTs.
    pub fn parts(self) -> (Vec<Component>, Vec<Component>) {
        let of_event = self.calendar.components.into_iter().filter(|part| part.is("VEVENT") || part.is("VTIMEZONE"));
        of_event.partition(|part| part.is("VTIMEZONE"))
    }

    /// Whether it says the same as another: when somebody last wrote it down (DTSTAMP, which many programs set when they write a
    /// file), in which order its events stand, and whether EXDATEs stand in a list are no difference.
    pub fn says_the_same(&self, other: &Self) -> bool {
        let bare = |record: &Self| {
            let (zones, mut events) = record.clone().parts();
            events.iter_mut().for_each(form);
            Self::gathered(zones, events)
        };
        matches!((bare(self), bare(other)), (Ok(one), Ok(other)) if one == other)
    }

    /// Whether it has all the overrides of another.
    pub fn has_overrides_of(&self, other: &Self) -> bool {
        let (clocks, others) = (self.clocks(), other.clocks());
        let own: BTreeSet<_> = self.overrides().map(|(when, _)| clocks.key(&when)).collect();
        other.overrides().all(|(when, _)| own.contains(&others.key(&when)))
    }

    /// Whether it has the master or the single event, not only occurrences of a series.
    pub fn has_master(&self) -> bool {
        self.events().any(|event| occurrences::original(event).is_none())
    }

    /// Why it is not shown as whoever wrote it meant: a rule that is not expanded, a time zone that nobody knows,
    /// an end before the start.
    pub fn warning(&self) -> Option<String> {
        let rules = self.rules();
        if let Some(fault) = rules.iter().find_map(|rule| Rule::parse(rule).err()) {
            return Some(format!("It is kept, and its rule is not expanded: {fault}"));
        }
        if self.main().is_some_and(|main| rules::is_over(main, &self.clocks())) {
            return Some("It is kept, and none of it is shown: its rule ends (UNTIL) before it begins.".to_owned());
        }
        if self.is_too_much() {
            return Some("It is kept, and not expanded: it has too many exceptions and dates.".to_owned());
        }
        if self.overrides().any(|(_, event)| is_for_following(event)) {
            let message = "An exception is meant for all following occurrences too (RANGE=THISANDFUTURE): it is kept, and shown as \
                           one of its own occurrence alone.";
            return Some(message.to_owned());
        }
        if let Some(tzid) = self.events().flat_map(unknown_zones).find(|tzid| self.zone(tzid).is_none()) {
            let tzid: String = tzid.chars().filter(|c| !c.is_control()).take(100).collect();
            return Some(format!("Its time zone `{tzid}` is not known, and the file does not say what it is."));
        }
        let clocks = self.clocks();
        if let Some(length) = self.events().find_map(|event| times::endless(event, &clocks)) {
            return Some(format!(
                "Its DURATION `{length}` says no length that there is: without it, it ends as it begins."
            ));
        }
        let turned = |event: &Component| {
            let end = event.property("DTEND").and_then(When::of);
            times::start(event).zip(end).is_some_and(|(start, end)| clocks.is_before(&end, &start))
        };
        self.events().any(turned).then(|| "Its DTEND is before its DTSTART.".to_owned())
    }
}

/// Whether an override says that it is one of all later occurrences too (RFC 5545 §3.2.13).
fn is_for_following(event: &Component) -> bool {
    let mut ranges = event.all("RECURRENCE-ID").flat_map(|property| property.param("RANGE"));
    ranges.any(|range| range.eq_ignore_ascii_case("THISANDFUTURE"))
}

/// The TZIDs of a component that only their VTIMEZONE explains.
pub fn unknown_zones(event: &Component) -> BTreeSet<&str> {
    let mut named = zones::named(event);
    named.retain(|tzid| !tzid.is_empty() && Zone::named(tzid).is_none());
    named
}

/// Leaves out of an event what is no difference.
fn form(event: &mut Component) {
    let mut excluded: Vec<Property> = Vec::new();
    for list in event.all("EXDATE") {
        excluded.extend(list.value.split(',').map(|value| Property { value: value.trim().to_owned(), ..list.clone() }));
    }
    event.remove("DTSTAMP");
    event.remove("EXDATE");
    event.properties.append(&mut excluded);
}
