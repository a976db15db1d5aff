//! The first of many instances, in order: those that come after them are given up as soon as that is known, so that of a series no more is
//! expanded than up to the last that there is room for. Imports `id`, `window`, `course`, `store`'s columns, chrono.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::course::{Course, Instance};
use super::id::EventId;
use super::window::{Sought, Window};
use crate::store::columns::Uid;

/// The place of an instance in their order: by start, then by id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// When it begins.
    pub at: DateTime<Utc>,
    /// What it is called.
    pub id: EventId,
}

impl Key {
    /// Before every other.
    pub const FIRST: Self = Self::first(DateTime::<Utc>::MIN_UTC);

    /// Before everything that begins then.
    const fn first(at: DateTime<Utc>) -> Self {
        Self { at, id: EventId { event: Uid::FIRST, original: None } }
    }
}

/// The same as a token holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    at: i64,
    id: String,
}

impl From<Key> for Place {
    fn from(key: Key) -> Self {
        Self { at: key.at.timestamp_micros(), id: key.id.to_string() }
    }
}

impl Place {
    /// The place; none: a token of ours holds no such thing.
    pub fn key(&self) -> Option<Key> {
        Some(Key { at: DateTime::from_timestamp_micros(self.at)?, id: EventId::parse(&self.id)? })
    }
}

/// What a page may cost (security.md row 31).
#[derive(Debug, Clone, Copy)]
pub struct Cost {
    /// So many instances are expanded, ...
    pub instances: usize,
    /// ... for so long. Then of every series one more is looked at, so that the page has something and the next begins later.
    pub time: Duration,
}

/// What of an event is on a page: an instance, or, if none, the event itself.
pub type Item = Option<Instance>;

/// A page as it comes to be; `T` is what is known of each instance beside.
#[derive(Debug)]
pub struct Page<T> {
    window: Window,
    after: Option<Key>,
    /// One more than it is to have.
    most: usize,
    /// Nothing from here on is complete.
    until: DateTime<Utc>,
    found: BTreeMap<Key, (Item, T)>,
    left: usize,
    ends: Option<Instant>,
}

impl<T: Copy> Page<T> {
    /// One of `size` instances of the window, after a place.
    pub fn new(window: Window, after: Option<Key>, size: usize, cost: Cost) -> Self {
        let ends = Instant::now().checked_add(cost.time);
        let (until, most) = (window.to, size.saturating_add(1));
        Self { window, after, most, until, found: BTreeMap::new(), left: cost.instances, ends }
    }

    /// The window.
    pub fn window(&self) -> &Window {
        &self.window
    }

    /// Where it begins, if it is not the first.
    pub fn after(&self) -> Option<Key> {
        self.after
    }

    /// How many it takes: one more than it is to have.
    pub fn most(&self) -> usize {
        self.most
    }

    /// What begins then or later has no place on it any longer.
    pub fn before(&self) -> DateTime<Utc> {
        let last = if self.found.len() < self.most { None } else { self.found.last_key_value() };
        last.map_or(self.until, |(last, _)| last.at.checked_add_signed(TimeDelta::nanoseconds(1)).unwrap_or(self.until))
    }

    /// Puts an instance on it, if it belongs there.
    pub fn offer(&mut self, event: Uid, start: DateTime<Utc>, end: DateTime<Utc>, item: Item, with: T) {
        let key = Key { at: start, id: EventId { event, original: item.and_then(|instance| instance.original) } };
        if !self.window.holds(start, end) || start >= self.until || self.after.is_some_and(|after| key <= after) {
            return;
        }
        self.found.insert(key, (item, with));
        if self.found.len() > self.most {
            self.found.pop_last();
        }
    }

    /// Puts on it what it has room for of an event's instances.
    pub fn expand(&mut self, event: Uid, course: &Course, with: T) {
        let after = self.after.map(|after| {
            let passed = event < after.id.event;
            if passed { after.at.checked_add_signed(TimeDelta::nanoseconds(1)).unwrap_or(after.at) } else { after.at }
        });
        let is_spent = self.left == 0 || self.ends.is_some_and(|ends| Instant::now() >= ends);
        let sought = Sought { after, before: self.before(), most: if is_spent { 1 } else { self.most } };
        let found = course.find(&self.window, sought);
        self.left = self.left.saturating_sub(found.instances.len());
        for instance in found.instances {
            self.offer(event, instance.start.at, instance.end.at, Some(instance), with);
        }
        if let Some(reached) = found.reached.filter(|reached| *reached < self.until) {
            self.until = reached;
            self.found.retain(|key, _| key.at < reached);
        }
    }

    /// What is on it, and where it ended if there may be more.
    pub fn end(mut self) -> (Vec<(Key, Item, T)>, Option<Key>) {
        let size = self.most.saturating_sub(1);
        let is_more = self.found.len() > size;
        while self.found.len() > size {
            self.found.pop_last();
        }
        let last = self.found.last_key_value().map(|(key, _)| *key).filter(|_| is_more);
        let cut = (self.until < self.window.to).then(|| Key::first(self.until));
        (self.found.into_iter().map(|(key, (item, with))| (key, item, with)).collect(), last.or(cut))
    }
}
