//! Whose tokens came: gathered in memory, where a token that comes again costs one look-up, and is written once a minute at most.
//! The store writes them to the grants that people see (`store::grants`). May import `token`.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

use crate::token::Verified;

/// How many tokens are gathered at most: more than can be opened in a minute. Of what comes beyond only this is not known for a while.
const MOST: usize = 100_000;

/// A token that came.
#[derive(Debug, Clone)]
pub struct Sighting {
    /// Which.
    pub token: Arc<Verified>,
    /// When first since they were written.
    pub first: DateTime<Utc>,
    /// When last.
    pub last: DateTime<Utc>,
    /// Whether it was let in; what was taken back is seen too, so that the person can restore it.
    pub admitted: bool,
}

/// How exact it is told when a token came last: one that comes all the time is to be written once in so long.
pub const EXACT: TimeDelta = TimeDelta::minutes(1);

/// What was seen. One for the process.
#[derive(Default)]
pub struct Seen {
    /// By the address of the token in memory, which is its own as long as it is in here.
    entries: Mutex<HashMap<usize, Entry>>,
}

/// A token that came, and stays for as long as nothing more is to be told of it.
struct Entry {
    sighting: Sighting,
    told: Told,
}

/// What was taken of it to be written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Told {
    /// Nothing, or it says more now.
    Due,
    /// That it came then.
    At(DateTime<Utc>),
}

impl Entry {
    fn comes(&mut self, now: DateTime<Utc>, admitted: bool) {
        let more = admitted && !self.sighting.admitted;
        self.sighting.last = self.sighting.last.max(now);
        self.sighting.admitted |= admitted;
        if more || matches!(self.told, Told::At(then) if now - then >= EXACT) {
            self.told = Told::Due;
        }
    }
}

impl Seen {
    /// Notes that `token` came.
    pub fn note(&self, token: &Arc<Verified>, now: DateTime<Utc>, admitted: bool) {
        let mut entries = self.lock();
        match entries.get_mut(&Arc::as_ptr(token).addr()) {
            Some(entry) => entry.comes(now, admitted),
            None => add(&mut entries, Sighting { token: token.clone(), first: now, last: now, admitted }),
        }
    }

    /// Takes what is to be written, and forgets what has not come for so long that it would be written anyway.
    pub fn take(&self, now: DateTime<Utc>) -> Vec<Sighting> {
        let mut taken = Vec::new();
        self.lock().retain(|_, entry| match entry.told {
            Told::Due => {
                entry.told = Told::At(entry.sighting.last);
                taken.push(entry.sighting.clone());
                true
            }
            Told::At(then) => now - then < EXACT,
        });
        taken
    }

    /// Puts back what could not be written.
    pub fn put_back(&self, former: Vec<Sighting>) {
        let mut entries = self.lock();
        for sighting in former {
            match entries.get_mut(&Arc::as_ptr(&sighting.token).addr()) {
                Some(entry) => {
                    entry.told = Told::Due;
                    entry.sighting.first = entry.sighting.first.min(sighting.first);
                    entry.sighting.admitted |= sighting.admitted;
                }
                None => add(&mut entries, sighting),
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<usize, Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Tokens of a client alone are about no person.
fn add(entries: &mut HashMap<usize, Entry>, sighting: Sighting) {
    if entries.len() < MOST && sighting.token.subject() != sighting.token.client_id() {
        entries.insert(Arc::as_ptr(&sighting.token).addr(), Entry { sighting, told: Told::Due });
    }
}
