//! Whether each event is found by the terms of its record, by all of them and no others. A person's terms are read once, in the order
//! of their key, and added up for each event: reading them by the event would read through all of the person's each time.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use diesel::prelude::*;

use crate::resources::calendar::queries::Made;
use crate::store::columns::Uid;
use crate::store::tables::{event_terms, events};
use crate::store::{Inspection, StoreError, on_backend};

/// How many terms are read at once.
const PAGE: i64 = 5000;

/// The terms that one person's events must have, by event.
#[derive(Debug, Default)]
pub(super) struct FoundBy {
    person: i64,
    /// The change of the event, and its terms added up.
    expected: HashMap<Uid, (i64, u64)>,
}

impl FoundBy {
    /// Whose they are.
    pub(super) fn person(&self) -> i64 {
        self.person
    }

    /// Begins with another person.
    pub(super) fn of(person: i64) -> Self {
        Self { person, expected: HashMap::new() }
    }

    /// Notes an event as it was at the change `changed`.
    pub(super) fn note(&mut self, event: Uid, changed: i64, made: &Made) {
        let sum = made.terms().iter().map(|(class, term)| number(class, term)).fold(0, u64::wrapping_add);
        self.expected.insert(event, (changed, sum));
    }

    /// The events whose terms are others.
    pub(super) fn faults(self, on: &mut Inspection) -> Result<Vec<Uid>, StoreError> {
        let mut left: HashMap<Uid, (i64, u64)> = self.expected;
        let mut after = Some((String::new(), String::new(), Uid::FIRST));
        while let Some(place) = after {
            let page = page(on, self.person, &place)?;
            for (class, term, event) in &page {
                if let Some((_, sum)) = left.get_mut(event) {
                    *sum = sum.wrapping_sub(number(class, term));
                }
            }
            after = page.into_iter().last();
        }
        left.retain(|_, (_, sum)| *sum != 0);
        let mut faults = Vec::new();
        for (event, (changed, _)) in left {
            // What was changed meanwhile was read half before and half after.
            let asked = events::table.find((self.person, event)).select(events::changed);
            let now: Option<i64> = on.read(|db| on_backend!(db, |c| asked.get_result(c).optional()))?;
            if now == Some(changed) {
                faults.push(event);
            }
        }
        faults.sort_unstable();
        Ok(faults)
    }
}

type Term = (String, String, Uid);

fn page(on: &mut Inspection, person: i64, (class, term, event): &Term) -> Result<Vec<Term>, StoreError> {
    let later_event = event_terms::term.eq(term).and(event_terms::event.gt(event));
    let later_term = event_terms::class.eq(class).and(event_terms::term.gt(term).or(later_event));
    let asked = event_terms::table
        .filter(event_terms::person.eq(person))
        // By the key's beginning: PostgreSQL makes no range of what is joined by OR.
        .filter(event_terms::class.ge(class))
        .filter(event_terms::class.gt(class).or(later_term))
        .order((event_terms::class, event_terms::term, event_terms::event))
        .limit(PAGE)
        .select((event_terms::class, event_terms::term, event_terms::event));
    on.read(|db| on_backend!(db, |c| asked.load(c)))
}

fn number(class: &str, term: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    (class, term).hash(&mut hasher);
    hasher.finish()
}
