//! An event: the whole record, a VCALENDAR with the VEVENTs of one UID and the VTIMEZONEs that they name, and the Graph event that
//! is a view of it. Pure: may import problem, json, `query::text`, `content_line`, `shape`, `ical`, `server`, `recurrence`, `zone`; nothing here knows
//! the database or HTTP.

mod alarms;
mod beginning;
mod busy;
mod clocks;
mod divide;
mod exceptions;
mod gathered;
mod html;
mod limits;
mod members;
mod merge;
mod occurrences;
mod pattern;
mod people;
mod places;
mod project;
mod read;
mod revision;
mod rules;
mod schedule;
mod seam;
mod status;
mod terms;
mod texts;
mod times;
mod when;
mod zones;

use std::collections::HashMap;
use std::mem;

use serde_json::{Map, Value};

pub use clocks::Clocks;
pub use exceptions::Exceptions;
pub use gathered::{Place, place, unknown_zones};
pub use members::{Basic, MEMBERS, Member};
pub use project::{FOLDED, Projection, cut, is_private, is_seen_by_basic};
pub use read::timeless;
pub use schedule::{lasts, span};
pub use terms::CHARS as TERM;
pub use texts::body_as;
pub use when::{Wall, When, given as given_time, shown as shown_time};
pub use zones::{named as named_zones, renamed as rename_zone, written as vtimezone};

use crate::problem::{Code, Problem};
use crate::resources::calendar::ical::Component;
pub use crate::resources::content_line::Fault as RecordFault;
use crate::resources::content_line::{Property, Source};

/// Which projection [`Record::project`] makes. A row of another is made anew when its event is next changed, and its terms with it.
pub const VERSION: i32 = 2;

/// Who wrote it (RFC 5545 §3.7.3).
pub const PRODID: &str = "-//Sharehold//Sharehold//EN";

/// An event's whole record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Its VEVENTs are at least one; every one has a start; at most one is the master.
    calendar: Component,
}

impl Record {
    /// An event of Graph members.
    pub fn create(uid: &str, members: &Map<String, Value>) -> Result<Self, Problem> {
        let mut calendar = Component::new("VCALENDAR");
        calendar.properties = vec![Property::new("VERSION", "2.0".into()), Property::new("PRODID", PRODID.into())];
        let event = merge::merged(&Component::new("VEVENT"), &Clocks::default(), members)?;
        calendar.components.push(event);
        let mut record = Self { calendar };
        record.set_uid(uid);
        Ok(record)
    }

    /// Reads one event as clients send it: a VCALENDAR whose VEVENTs have one UID.
    pub fn read(text: &str) -> Result<Self, RecordFault> {
        read::checked(Component::read(text, Source::Client)?).map(|calendar| Self { calendar })
    }

    /// Reads the record as it is kept, however large.
    pub fn stored(text: &str) -> Result<Self, RecordFault> {
        read::checked(Component::read(text, Source::Record)?).map(|calendar| Self { calendar })
    }

    /// What is kept: everything.
    pub fn record(&self) -> String {
        self.calendar.write()
    }

    /// `text/calendar`, with a VTIMEZONE for every zone that is named and known.
    pub fn write(&self) -> String {
        self.calendar().write()
    }

    /// The same as a tree, to put into a larger calendar.
    pub fn calendar(&self) -> Component {
        zones::completed(&self.calendar)
    }

    /// The VEVENTs, master and overrides, in their order.
    pub fn events(&self) -> impl Iterator<Item = &Component> {
        self.calendar.components.iter().filter(|component| component.is("VEVENT"))
    }

    /// The event that the record is about: the master, or, where only occurrences of a series are known, the first of them.
    fn main_place(&self) -> usize {
        let all = || self.calendar.components.iter().enumerate().filter(|(_, component)| component.is("VEVENT"));
        let master = all().find(|(_, event)| occurrences::original(event).is_none());
        master.or_else(|| all().next()).map_or(0, |(at, _)| at)
    }

    /// The same.
    pub fn main(&self) -> Option<&Component> {
        self.calendar.components.get(self.main_place())
    }

    /// The UID, as written.
    pub fn uid(&self) -> Option<&str> {
        self.events().map(|event| event.value("UID")).find(|uid| !uid.is_empty())
    }

    /// Gives the events a UID.
    pub fn set_uid(&mut self, uid: &str) {
        let uid: String = uid.chars().filter(|c| !c.is_control() && !matches!(c, '\u{2028}' | '\u{2029}')).collect();
        for event in self.calendar.components.iter_mut().filter(|component| component.is("VEVENT")) {
            match event.properties.iter_mut().find(|property| property.is("UID")) {
                Some(property) => property.value.clone_from(&uid),
                None => event.properties.insert(0, Property::new("UID", uid.clone())),
            }
        }
    }

    /// Gives the events that have none the DTSTAMP that each must have (RFC 5545 §3.8.7.2): `YYYYMMDDTHHMMSSZ`.
    pub fn stamp(&mut self, now: &When) {
        for event in self.calendar.components.iter_mut().filter(|component| component.is("VEVENT")) {
            if event.property("DTSTAMP").is_none() {
                event.properties.push(now.property("DTSTAMP"));
            }
        }
    }

    /// Says of all of it that it was made now.
    pub fn restamp(&mut self, now: &When) {
        for event in self.calendar.components.iter_mut().filter(|component| component.is("VEVENT")) {
            event.replace(now.property("DTSTAMP"));
        }
    }

    /// Marks the events that are other than in `before` as changed now (RFC 5545 §3.8.7). Done to what a client changed, not to what
    /// it imports, which says so itself.
    pub fn revise(&mut self, before: &Self, now: &When) {
        let id = |event: &Component| event.property("RECURRENCE-ID").cloned();
        let old: HashMap<_, _> = before.events().map(|event| (id(event), event)).collect();
        for event in self.calendar.components.iter_mut().filter(|component| component.is("VEVENT")) {
            // An occurrence that was as its series is a revision of that.
            revision::mark(event, old.get(&id(event)).copied().or_else(|| before.main()), now);
        }
    }

    /// Whether it is a series.
    pub fn recurs(&self) -> bool {
        self.main().is_some_and(rules::recurs)
    }

    /// The rules of the series (RRULE), as written.
    pub fn rules(&self) -> Vec<&str> {
        self.main().map(rules::of).unwrap_or_default()
    }

    /// The times beside the rules (RDATE).
    pub fn dates(&self) -> Vec<When> {
        self.main().map(|main| rules::times_of(main, "RDATE")).unwrap_or_default()
    }

    /// The times that are none (EXDATE).
    pub fn excluded(&self) -> Vec<When> {
        self.main().map(|main| rules::times_of(main, "EXDATE")).unwrap_or_default()
    }

    /// The overrides, each with the occurrence that it stands for.
    pub fn overrides(&self) -> impl Iterator<Item = (When, &Component)> {
        self.events().filter_map(|event| Some((occurrences::original(event)?, event)))
    }

    /// When the series or single event begins.
    pub fn start(&self) -> Option<When> {
        self.main().and_then(times::start)
    }

    /// The VTIMEZONE of a TZID, if the record has it.
    pub fn zone(&self, tzid: &str) -> Option<&Component> {
        let mut zones = self.calendar.components.iter().filter(|component| component.is("VTIMEZONE"));
        zones.find(|zone| zone.value("TZID") == tzid.trim())
    }

    /// What its times are read by.
    pub fn clocks(&self) -> Clocks {
        Clocks::of(&self.calendar)
    }

    /// Merges a change of Graph members, as PATCH means it, into the master or single event; on a refusal nothing is changed.
    pub fn merge(&mut self, changes: &Map<String, Value>) -> Result<(), Problem> {
        let (place, clocks) = (self.main_place(), self.clocks());
        let Some(main) = self.calendar.components.get_mut(place) else { return Ok(()) };
        let after = merge::merged(main, &clocks, changes)?;
        let before = mem::replace(main, after.clone());
        match (rules::recurs(&before), rules::recurs(&after)) {
            (true, true) if pattern::is_other(&before, &after) => self.follow(&clocks, &before, &after),
            // Without the series there is nothing to be an exception of.
            (true, false) => self.calendar.components.retain(|component| occurrences::original(component).is_none()),
            _ => {}
        }
        Ok(())
    }

    /// Has the exceptions go with the series.
    fn follow(&mut self, clocks: &Clocks, before: &Component, after: &Component) {
        let (Some(was), Some(is)) = (times::start(before), times::start(after)) else { return };
        let days = pattern::moved(before, after);
        for event in self.calendar.components.iter_mut().filter(|component| component.is("VEVENT")) {
            occurrences::follow(event, clocks, (&was, &is), &days);
        }
        pattern::prune(&mut self.calendar.components, clocks);
    }

    /// Merges a change into one occurrence of the series, which becomes an override if it is none yet. Whether the series has that
    /// occurrence the caller knows. A change that changes nothing makes no override.
    pub fn override_at(&mut self, original: &When, changes: &Map<String, Value>) -> Result<(), Problem> {
        let clocks = self.clocks();
        let at = self.calendar.components.iter().position(|event| occurrences::is_at(event, &clocks, original));
        let before = match at.and_then(|at| self.calendar.components.get(at)) {
            Some(event) => project::as_private_as(event, self.main()),
            None => occurrences::of(self.main().ok_or_else(gone)?, &clocks, original),
        };
        let after = merge::merged(&before, &clocks, changes)?;
        if rules::recurs(&after) {
            return Err(crate::resources::shape::invalid("recurrence", "is the series', not one occurrence's"));
        }
        match at.and_then(|at| self.calendar.components.get_mut(at)) {
            _ if after == before => {}
            Some(event) => *event = after,
            None => {
                limits::room_for_another(self.overrides().count())?;
                self.calendar.components.push(after);
            }
        }
        Ok(())
    }

    /// Takes one occurrence out of the series, with what was other about it. False if nothing is left of the record, which then
    /// is to be deleted.
    pub fn cancel_at(&mut self, original: &When) -> Result<bool, Problem> {
        limits::room_for_another(self.excluded().len())?;
        let clocks = self.clocks();
        self.calendar.components.retain(|event| !occurrences::is_at(event, &clocks, original));
        let place = self.main_place();
        match self.calendar.components.get_mut(place).filter(|main| main.is("VEVENT")) {
            Some(main) if rules::recurs(main) => occurrences::exclude(main, &clocks, original),
            Some(_) => {}
            None => return Ok(false),
        }
        Ok(true)
    }

    /// Which of its times no clock can show everywhere, or no form write: years are 1 to 9999, with a day to spare for zones.
    pub fn out_of_time(&self) -> Option<When> {
        let clocks = self.clocks();
        let of = |event: &Component| {
            let start = times::start(event)?;
            let end = times::end(event, &clocks, &start);
            [Some(start), Some(end), occurrences::original(event)]
                .into_iter()
                .flatten()
                .find(|when| clocks.is_beyond(when))
        };
        self.events().find_map(of)
    }

    /// What the database keeps beside the record.
    pub fn project(&self) -> Option<Projection> {
        self.main().and_then(|event| project::of(event, &self.clocks()))
    }
}

fn gone() -> Problem {
    Problem::new(Code::NotFound, "There is no such item, or it is not yours.")
}
