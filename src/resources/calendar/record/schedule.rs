//! When the record's VEVENTs are, apart from all else: what a window of many events is looked through by.
//! Imports `ical`, `clocks`, `limits`, `times`, `when`, `calendar::recurrence`, `calendar::zone`, `content_line`, problem.

use crate::problem::Problem;
use crate::resources::calendar::ical::Component;
use crate::resources::calendar::record::clocks::Clocks;
use crate::resources::calendar::record::when::When;
use crate::resources::calendar::record::{Record, limits, times};
use crate::resources::calendar::recurrence::{Rule, Series, Span};
use crate::resources::calendar::zone::Zone;
use crate::resources::content_line::Property;

/// What says when a VEVENT is.
const TIMES: [&str; 7] = ["DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID"];
/// What says how these are to be read.
const HOW: [&str; 2] = ["TZID", "VALUE"];
/// A series of which there is more to know is not expanded: a window would be too dear that it is in. All exceptions that `limits`
/// allows have room, in a zone of a long name.
const MOST: usize = 1024 * 1024;
/// A rule that is not expanded.
const NONE: &str = "FREQ=SECONDLY";

/// When it begins and ends; none without a start, which no VEVENT of a record lacks.
pub fn span(event: &Component, clocks: &Clocks) -> Option<(When, When)> {
    let start = times::start(event)?;
    let end = times::end(event, clocks, &start);
    Some((start, end))
}

/// How long it lasts, where it says that (DURATION) and not when it ends.
pub fn lasts(event: &Component, start: &When) -> Option<Span> {
    times::lasts(event, start)
}

impl Record {
    /// The same record with nothing but when its VEVENTs are. A rule that counts ends with its last time instead, so that nobody has
    /// to count again; one that is not expanded stands there as one of these.
    #[must_use]
    pub fn schedule(&self) -> Self {
        let schedule = self.times_alone();
        if schedule.has_room() { schedule } else { schedule.start_alone() }
    }

    /// Whether there is more to know of when it happens than what is expanded.
    pub fn is_too_much(&self) -> bool {
        !self.times_alone().has_room()
    }

    /// Refuses to be what a change made of `before`, if that is too much and `before` was not: what was imported may be changed.
    pub fn affordable(&self, before: &Self) -> Result<(), Problem> {
        if self.is_too_much() && !before.is_too_much() { Err(limits::too_much()) } else { Ok(()) }
    }

    fn has_room(&self) -> bool {
        self.calendar.write().len() <= MOST
    }

    fn times_alone(&self) -> Self {
        let mut calendar = Component::new("VCALENDAR");
        let zones = self
            .calendar
            .components
            .iter()
            .filter(|part| part.is("VTIMEZONE") && Zone::named(part.value("TZID")).is_none());
        calendar.components.extend(zones.cloned());
        let clocks = self.clocks();
        calendar.components.extend(self.events().map(|event| times_of(event, &clocks)));
        Self { calendar }
    }

    fn start_alone(mut self) -> Self {
        let main = self.main_place();
        let mut at = 0..;
        self.calendar.components.retain(|_| at.next() == Some(main));
        for event in &mut self.calendar.components {
            event.properties.retain(|property| ["DTSTART", "DTEND", "DURATION"].iter().any(|name| property.is(name)));
            event.properties.push(Property::new("RRULE", NONE.to_owned()));
        }
        self
    }
}

fn times_of(event: &Component, clocks: &Clocks) -> Component {
    let mut kept = Component::new("VEVENT");
    let known = |property: &&Property| TIMES.iter().any(|name| property.is(name));
    kept.properties = event.properties.iter().filter(known).cloned().collect();
    for property in &mut kept.properties {
        property.params.retain(|(name, _)| HOW.iter().any(|how| name.eq_ignore_ascii_case(how)));
    }
    let start = times::start(event);
    for property in kept.properties.iter_mut().filter(|property| property.is("RRULE")) {
        let rule = Rule::parse(property.value.trim()).ok();
        let ended = start.as_ref().zip(rule).map(|(start, rule)| series(start, clocks).uncounted(&rule).to_string());
        property.value = ended.unwrap_or_else(|| NONE.to_owned());
    }
    kept
}

/// The series that the start begins, without what makes it one.
fn series(start: &When, clocks: &Clocks) -> Series {
    let zone = clocks.zone(start).unwrap_or(Zone::Floating);
    Series { all_day: start.all_day, ..Series::new(start.local, zone) }
}
