//! The overrides of a record by the occurrences that they stand for: who asks for many of them looks through all of them once.
//! Imports `clocks`, `occurrences`, `project`, `when`, `ical`.

use std::collections::HashMap;

use crate::resources::calendar::ical::Component;
use crate::resources::calendar::record::clocks::Clocks;
use crate::resources::calendar::record::project::{self, Projection};
use crate::resources::calendar::record::when::When;
use crate::resources::calendar::record::{Record, occurrences};

/// They.
#[derive(Debug)]
pub struct Exceptions<'r> {
    record: &'r Record,
    clocks: Clocks,
    events: HashMap<(i64, String), &'r Component>,
}

impl Record {
    /// Its overrides.
    pub fn exceptions(&self) -> Exceptions<'_> {
        let (clocks, mut events) = (self.clocks(), HashMap::new());
        for event in self.events() {
            if let Some(original) = occurrences::original(event) {
                // Of two of an occurrence the first is meant.
                events.entry(clocks.key(&original)).or_insert(event);
            }
        }
        Exceptions { record: self, clocks, events }
    }
}

impl Exceptions<'_> {
    /// What the database keeps beside the record, of the override of an occurrence, which is no less private than its series.
    pub fn project(&self, original: &When) -> Option<Projection> {
        let event = self.events.get(&self.clocks.key(original))?;
        project::of(&project::as_private_as(event, self.record.main()), &self.clocks)
    }
}
