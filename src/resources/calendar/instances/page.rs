//! The first of many instances, in order: those that come after them are given up as soon as that is known, so that of a series no more is
//! expanded than up to the last that there is room for. Imports `id`, `mark`, `window`, `course`, `store`'s columns, chrono.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};

use super::course::{Course, Instance};
use super::id::EventId;
use super::mark::Mark;
use super::window::{Sought, Window};
use crate::config::Limits;
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
    pub(super) const fn first(at: DateTime<Utc>) -> Self {
        Self { at, id: EventId { event: Uid::FIRST, original: None } }
    }
}

/// What a page may cost (security.md row 31).
#[derive(Debug, Clone, Copy)]
pub struct Cost {
    /// So many instances are expanded; then one of each series, so that the page has something and the next begins later; ...
    pub instances: usize,
    /// ... of as many series as may be looked at in so long, and of some hundred at least. The next page goes on behind them.
    pub time: Duration,
}

/// Each series may have as many instances of a page, if there is room: two months of days.
const SHARE: usize = 64;

impl Cost {
    /// As the configuration has it.
    pub fn of(limits: &Limits) -> Self {
        let instances = usize::try_from(limits.expansion_instances).unwrap_or(usize::MAX);
        Self { instances, time: Duration::from_millis(limits.expansion_ms) }
    }
}

fn behind(at: DateTime<Utc>) -> DateTime<Utc> {
    at.checked_add_signed(TimeDelta::nanoseconds(1)).unwrap_or(at)
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
    until: Key,
    found: BTreeMap<Key, (Item, T)>,
    left: usize,
    /// What of that each event has.
    share: usize,
    ends: Option<Instant>,
}

impl<T: Copy> Page<T> {
    /// One of `size` instances of the window, after a place.
    pub fn new(window: Window, after: Option<&Mark>, size: usize, cost: Cost) -> Self {
        let ends = Instant::now().checked_add(cost.time);
        let most = size.saturating_add(1);
        let until = after.and_then(|mark| mark.looked.as_ref()).map_or(Key::first(window.to), |looked| looked.until);
        let after = after.map(|mark| mark.after);
        Self { window, after, most, until, found: BTreeMap::new(), left: cost.instances, share: most, ends }
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
        let last = last.map_or(self.until, |(last, _)| *last);
        if last == Key::first(last.at) { last.at } else { behind(last.at) }
    }

    /// Puts an instance on it, if it belongs there.
    pub fn offer(&mut self, event: Uid, start: DateTime<Utc>, end: DateTime<Utc>, item: Item, with: T) {
        let key = Key { at: start, id: EventId { event, original: item.and_then(|instance| instance.original) } };
        if !self.window.holds(start, end) || key >= self.until || self.after.is_some_and(|after| key <= after) {
            return;
        }
        self.found.insert(key, (item, with));
        if self.found.len() > self.most {
            self.found.pop_last();
        }
    }

    /// So many events come next, which have an equal share of what may be expanded: a page ends where one of them was left off, and
    /// whichever had next to nothing would end it at once.
    pub fn share_among(&mut self, events: usize) {
        self.share = self.left.checked_div(events).unwrap_or(self.left).max(SHARE);
    }

    /// Puts on it what it has room for of an event's instances.
    pub fn expand(&mut self, event: Uid, course: &Course, with: T) {
        let after = self.after.map(|after| {
            let passed = event < after.id.event;
            if passed { behind(after.at) } else { after.at }
        });
        let sought = Sought { after, before: self.before(), most: self.most.min(self.share).min(self.left).max(1) };
        let found = course.find(&self.window, sought);
        self.left = self.left.saturating_sub(found.instances.len());
        for instance in found.instances {
            self.offer(event, instance.start.at, instance.end.at, Some(instance), with);
        }
        if let Some(reached) = found.reached.map(Key::first) {
            self.cut(reached);
        }
    }

    fn cut(&mut self, until: Key) {
        self.until = self.until.min(until);
        self.found.split_off(&self.until);
    }

    /// Whether the time for it is over.
    pub fn is_late(&self) -> bool {
        self.ends.is_some_and(|ends| Instant::now() >= ends)
    }

    /// Ends it where the first series begins that is not held: `held` tells of each in turn, and of the first whether it is. What is
    /// looked at later may be before that, and nothing else of what was.
    pub fn hold(&mut self, mut held: impl FnMut(Uid) -> bool) -> Key {
        let full = self.found.last_key_value().filter(|_| self.found.len() >= self.most).map(|(last, _)| *last);
        let of_series = self.found.iter().filter(|(_, (item, _))| item.is_some());
        let other = of_series.map(|(key, _)| *key).find(|key| !held(key.id.event));
        [full, other].into_iter().flatten().for_each(|until| self.cut(until));
        self.until
    }

    /// What is on it, and where it ended if there may be more.
    pub fn end(mut self) -> (Vec<(Key, Item, T)>, Option<Key>) {
        let size = self.most.saturating_sub(1);
        let is_more = self.found.len() > size;
        while self.found.len() > size {
            self.found.pop_last();
        }
        let last = self.found.last_key_value().map(|(key, _)| *key);
        // All of it that is before `until` is on it, or was before.
        let cut =
            || last.max(self.after).max(Some(Key::first(self.until.at))).filter(|_| self.until.at < self.window.to);
        let place = if is_more { last } else { cut() };
        (self.found.into_iter().map(|(key, (item, with))| (key, item, with)).collect(), place)
    }
}
