//! `Uses`: which tokens read how much of what, or were refused it, gathered in memory until the store has written it down. A write is
//! not gathered: its entry is written with it. May import `token`, `clock`.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use super::grant::Holder;
use crate::clock::Clock;
use crate::token::Verified;

/// Requests that come at the same time seldom want the same one.
const SHARDS: usize = 16;
/// How many uses are gathered in a shard at most: some tens of MB in all, with their tokens.
const MOST: usize = 2048;
/// How long a use waits for room before its request is refused, and how often it looks.
const PATIENCE: Duration = Duration::from_secs(1);
const AGAIN_AFTER: Duration = Duration::from_millis(20);

const HOUR: i64 = 3_600_000_000;

/// Whether something is looked at or changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operation {
    /// It is looked at.
    Read,
    /// It is added, changed or deleted.
    Write,
}

/// What a token did to one kind of resource in one hour, since it was written down last.
#[derive(Debug, Clone)]
pub struct Use {
    token: Arc<Verified>,
    /// The kind's name.
    pub kind: &'static str,
    /// What was done to it.
    pub operation: Operation,
    /// When the hour began, microseconds since 1970.
    pub hour: i64,
    /// How many items.
    pub items: u64,
    /// How often it was refused.
    pub refusals: u64,
}

impl Use {
    /// Whose data, by `iss` and `sub`, and who used it.
    pub fn who(&self) -> (&str, &str, &str) {
        (self.token.issuer(), self.token.subject(), self.token.client_id())
    }
}

/// What is counted together: the place of a token that is remembered, which is nobody else's while a use holds it, and what it did.
type Key = (usize, &'static str, Operation, i64);
type Shard = HashMap<Key, Use>;

/// There is no room: what came before could not be written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Full;

/// What was gathered. One for the process.
pub struct Uses {
    clock: Arc<dyn Clock>,
    shards: [Mutex<Shard>; SHARDS],
    filling: Notify,
    started: Instant,
    /// Milliseconds after `started` when all that was gathered was last written down.
    written_ms: AtomicU64,
}

/// When the hour of this instant began; both in microseconds since 1970.
pub fn hour_of(micros: i64) -> i64 {
    micros.div_euclid(HOUR).saturating_mul(HOUR)
}

impl Uses {
    /// None yet.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        let shards = std::array::from_fn(|_| Mutex::default());
        Self { clock, shards, filling: Notify::new(), started: Instant::now(), written_ms: AtomicU64::new(0) }
    }

    /// Counts that `holder` was given so many items. The operator's own work is not counted: it comes from no site, and whoever has
    /// the database's disk could leave the entry out. Where there is no room it waits for some, a second at most: what
    /// cannot be counted is not to be handed out.
    pub async fn given(&self, holder: &Holder, kind: &'static str, items: u64) -> Result<(), Full> {
        let Some(token) = holder.token() else { return Ok(()) };
        self.count(token, kind, Operation::Read, (items, 0)).await
    }

    /// Counts that `token` was refused something.
    pub async fn refused(&self, token: &Arc<Verified>, kind: &'static str, operation: Operation) -> Result<(), Full> {
        self.count(token, kind, operation, (0, 1)).await
    }

    async fn count(
        &self,
        token: &Arc<Verified>,
        kind: &'static str,
        operation: Operation,
        (items, refusals): (u64, u64),
    ) -> Result<(), Full> {
        let hour = hour_of(self.clock.now().timestamp_micros());
        let key = (Arc::as_ptr(token).addr(), kind, operation, hour);
        let new = || Use { token: token.clone(), kind, operation, hour, items, refusals };
        if self.add(key, (items, refusals), new, MOST) {
            return Ok(());
        }
        let since = Instant::now();
        while since.elapsed() <= PATIENCE {
            tokio::time::sleep(AGAIN_AFTER).await;
            if self.add(key, (items, refusals), new, MOST) {
                return Ok(());
            }
        }
        Err(Full)
    }

    /// Adds to what has this key, or `new` if nothing has and there are not `most` yet. Whether there was room.
    fn add(&self, key: Key, (items, refusals): (u64, u64), new: impl FnOnce() -> Use, most: usize) -> bool {
        let mut shard = self.shard(key.0);
        let gathered = shard.len();
        if gathered >= MOST / 2 {
            self.filling.notify_one();
        }
        match shard.entry(key) {
            Entry::Occupied(mut known) => {
                let known = known.get_mut();
                known.items = known.items.saturating_add(items);
                known.refusals = known.refusals.saturating_add(refusals);
            }
            Entry::Vacant(place) if gathered < most => _ = place.insert(new()),
            Entry::Vacant(_) => return false,
        }
        true
    }

    /// Takes what was gathered, to be written down.
    pub fn take(&self) -> Vec<Use> {
        let mut taken = Vec::new();
        for shard in &self.shards {
            taken.extend(lock(shard).drain().map(|(_, one)| one));
        }
        taken
    }

    /// Puts back what could not be written down, whether or not there is room.
    pub fn put_back(&self, uses: impl IntoIterator<Item = Use>) {
        for one in uses {
            let key = (Arc::as_ptr(&one.token).addr(), one.kind, one.operation, one.hour);
            self.add(key, (one.items, one.refusals), || one, usize::MAX);
        }
    }

    /// All that had been taken is written down.
    pub fn written(&self) {
        let at = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.written_ms.store(at, Ordering::Release);
    }

    /// How long ago all was written down.
    pub fn lag(&self) -> Duration {
        self.started.elapsed().saturating_sub(Duration::from_millis(self.written_ms.load(Ordering::Acquire)))
    }

    /// Waits until there is so much that it should be written down at once.
    pub async fn filling(&self) {
        self.filling.notified().await;
    }

    // Allocations of this size lie some hundred bytes apart.
    fn shard(&self, token: usize) -> MutexGuard<'_, Shard> {
        let at = (token / 64) % SHARDS;
        lock(self.shards.get(at).unwrap_or(&self.shards[0]))
    }
}

fn lock(shard: &Mutex<Shard>) -> MutexGuard<'_, Shard> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}
