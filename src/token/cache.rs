//! What was opened a moment ago. May import `claims`.
//!
//! Inputs of decisions are kept, never decisions: who asks gets the claims and holds them against the time, the
//! revocations and the scope anew. A token is known by its SHA-256 only, never by its text.

use std::sync::Arc;
use std::time::{Duration, Instant};

use quick_cache::sync::{Cache, PlaceholderGuard};
use quick_cache::{DefaultHashBuilder, UnitWeighter};
use sha2::{Digest as _, Sha256};

use super::claims::Verified;
use crate::config::Limits;

/// The keys and the trust that something was found under. Nothing found under another counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Epoch {
    /// How often keys and trust were replaced by the operator.
    pub(super) generation: u64,
    /// How often a fetched key set changed since.
    pub(super) changes: u64,
}

/// A token, and the epoch that it is looked at in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Name {
    digest: [u8; 32],
    epoch: Epoch,
}

impl Name {
    pub(super) fn of(token: &str, epoch: Epoch) -> Self {
        Self { digest: Sha256::digest(token.as_bytes()).into(), epoch }
    }
}

#[derive(Clone)]
struct Entry {
    verified: Arc<Verified>,
    since: Instant,
}

/// The right, and the duty, to open a token that others may be waiting for. Dropped without a value, the next one gets it.
pub(super) struct Turn<'a>(
    PlaceholderGuard<
        'a,
        Name,
        Entry,
        UnitWeighter,
        DefaultHashBuilder,
        quick_cache::sync::DefaultLifecycle<Name, Entry>,
    >,
);

impl Turn<'_> {
    /// Remembers it, and hands it to those who wait.
    pub(super) fn done(self, verified: &Arc<Verified>) {
        // An error means that the cache dropped the place meanwhile: then it is just not remembered.
        let _ = self.0.insert(Entry { verified: Arc::clone(verified), since: Instant::now() });
    }
}

/// What was opened and what could not be, both bounded in number and in time.
pub(super) struct Memory {
    opened: Cache<Name, Entry>,
    opened_for: Duration,
    junk: Cache<Name, Instant>,
    /// Digests of tokens that opened once, whatever became of keys and trust since.
    known: Cache<[u8; 32], ()>,
    junk_for: Duration,
}

impl Memory {
    pub(super) fn new(limits: &Limits) -> Self {
        let entries = |number: u64| usize::try_from(number).unwrap_or(usize::MAX).max(1);
        Self {
            opened: Cache::new(entries(limits.token_cache_entries)),
            opened_for: Duration::from_secs(limits.token_cache_s),
            junk: Cache::new(entries(limits.negative_cache_entries)),
            junk_for: Duration::from_secs(limits.negative_cache_s),
            known: Cache::new(entries(limits.token_cache_entries)),
        }
    }

    /// What is remembered under `name`.
    pub(super) fn get(&self, name: &Name) -> Option<Arc<Verified>> {
        self.opened.get(name).filter(|entry| self.is_fresh(entry)).map(|entry| entry.verified)
    }

    /// What is remembered under `name`, or what someone else is opening right now; else the turn to open it.
    pub(super) async fn get_or_turn(&self, name: &Name) -> Result<Arc<Verified>, Turn<'_>> {
        self.opened.remove_if(name, |entry| !self.is_fresh(entry));
        self.opened.get_value_or_guard_async(name).await.map(|entry| entry.verified).map_err(Turn)
    }

    /// Whether it could not be decrypted a moment ago.
    pub(super) fn is_junk(&self, name: &Name) -> bool {
        self.junk.get(name).is_some_and(|since| since.elapsed() < self.junk_for)
    }

    /// Remembers that it could not be decrypted. Nothing else is remembered of refused tokens: only this costs much.
    pub(super) fn note_junk(&self, name: Name) {
        self.junk.insert(name, Instant::now());
    }

    /// Whether it opened before and was not refused since: not what decides about it, only who pays for opening it again.
    pub(super) fn is_known(&self, name: &Name) -> bool {
        self.known.get(&name.digest).is_some()
    }

    /// Remembers that it opened.
    pub(super) fn note_known(&self, name: &Name) {
        self.known.insert(name.digest, ());
    }

    /// It was refused: nobody opens it for nothing again.
    pub(super) fn forget_known(&self, name: &Name) {
        self.known.remove(&name.digest);
    }

    /// How many are remembered.
    pub(super) fn len(&self) -> usize {
        self.opened.len()
    }

    /// Forgets what was found under former keys and trust.
    pub(super) fn clear(&self) {
        self.opened.clear();
        self.junk.clear();
    }

    fn is_fresh(&self, entry: &Entry) -> bool {
        entry.since.elapsed() < self.opened_for
    }
}
