//! Whose tokens came since they were last written down: gathered in memory, where a token that comes again costs one look-up.
//! The store writes them to the grants that people see (`store::grants`). May import `token`.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};

use crate::token::Verified;

/// How many tokens are gathered at most. They are written twice a second, and no more can be opened meanwhile: only while the
/// database is away, and then all requests are refused after ten seconds.
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

/// What was seen. One for the process.
#[derive(Default)]
pub struct Seen {
    /// By the address of the token in memory, which is its own as long as it is in here.
    sightings: Mutex<HashMap<usize, Sighting>>,
}

impl Seen {
    /// Notes that `token` came.
    pub fn note(&self, token: &Arc<Verified>, now: DateTime<Utc>, admitted: bool) {
        let mut sightings = self.lock();
        match sightings.get_mut(&Arc::as_ptr(token).addr()) {
            Some(sighting) => {
                sighting.last = sighting.last.max(now);
                sighting.admitted |= admitted;
            }
            None => add(&mut sightings, Sighting { token: token.clone(), first: now, last: now, admitted }),
        }
    }

    /// Takes what was seen, to be written.
    pub fn take(&self) -> Vec<Sighting> {
        std::mem::take(&mut *self.lock()).into_values().collect()
    }

    /// Puts back what could not be written.
    pub fn put_back(&self, former: Vec<Sighting>) {
        let mut sightings = self.lock();
        for sighting in former {
            match sightings.get_mut(&Arc::as_ptr(&sighting.token).addr()) {
                Some(later) => {
                    later.first = later.first.min(sighting.first);
                    later.admitted |= sighting.admitted;
                }
                None => add(&mut sightings, sighting),
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<usize, Sighting>> {
        self.sightings.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Tokens of a client alone are about no person.
fn add(sightings: &mut HashMap<usize, Sighting>, sighting: Sighting) {
    if sightings.len() < MOST && sighting.token.subject() != sighting.token.client_id() {
        sightings.insert(Arc::as_ptr(&sighting.token).addr(), sighting);
    }
}
