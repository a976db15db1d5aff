//! One series made two, at one of its occurrences: all that is before it stays, it and all that follows become a series of its own.
//! When the rules of both end is the caller's to say. Imports `occurrences`, `rules`, `ical`, `when`, `content_line`.

use crate::resources::calendar::ical::Component;
use crate::resources::calendar::record::when::When;
use crate::resources::calendar::record::{Record, occurrences, rules};
use crate::resources::content_line::Property;

/// What is new of the second series, or would be of another revision than it.
const OF_THE_FIRST: [&str; 4] = ["SEQUENCE", "CREATED", "LAST-MODIFIED", "X-SHAREHOLD-TRANSACTION-ID"];

impl Record {
    /// The series without what `stays` does not hold for, repeating by these rules.
    #[must_use]
    pub fn early(&self, rules: &[String], stays: impl Fn(&When) -> bool) -> Self {
        let mut early = self.clone();
        early.keep(rules, stays);
        early
    }

    /// Likewise what follows, as a series of its own that begins with this occurrence.
    #[must_use]
    pub fn late(&self, first: &When, uid: &str, rules: &[String], stays: impl Fn(&When) -> bool) -> Self {
        let (mut late, clocks) = (self.clone(), self.clocks());
        late.keep(rules, stays);
        let related = self.uid().map(|uid| Property::new("RELATED-TO", uid.to_owned()).with("RELTYPE", "SIBLING"));
        let place = late.main_place();
        if let Some(main) = late.calendar.components.get_mut(place) {
            occurrences::place(main, &clocks, first);
            main.properties.extend(related);
        }
        for event in late.calendar.components.iter_mut().filter(|event| event.is("VEVENT")) {
            for name in OF_THE_FIRST {
                event.remove(name);
            }
        }
        late.set_uid(uid);
        if !late.recurs() {
            late.only(first);
        }
        late
    }

    fn keep(&mut self, rules: &[String], stays: impl Fn(&When) -> bool) {
        self.calendar.components.retain(|event| occurrences::original(event).is_none_or(|original| stays(&original)));
        let place = self.main_place();
        if let Some(main) = self.calendar.components.get_mut(place) {
            rules::set(main, rules);
            for name in ["RDATE", "EXDATE"] {
                rules::keep_dates(main, name, &stays);
            }
        }
    }

    /// A series of one occurrence is an event, as what was other about that says.
    fn only(&mut self, first: &When) {
        let place = self.main_place();
        let clocks = self.clocks();
        let other = self.events().find(|event| occurrences::is_at(event, &clocks, first)).cloned();
        if let (Some(main), Some(mut other)) = (self.calendar.components.get_mut(place), other) {
            other.remove("RECURRENCE-ID");
            other.properties.extend(main.property("RELATED-TO").cloned());
            *main = other;
        }
        if let Some(main) = self.calendar.components.get_mut(place) {
            rules::stop(main);
        }
        self.calendar.components.retain(|event: &Component| occurrences::original(event).is_none());
    }
}
