//! What is counted of the database: queries by name, waiting, commits and faults.
//! May import `metrics` and the rest of `store`.

use std::sync::LazyLock;
use std::time::Instant;

use super::error::{Busy, Failure, StoreError};
use crate::metrics::catalogue::{COMMIT_BATCH, DB_ERRORS, DB_POOL_WAIT, DB_QUERY, FSYNC, REVOCATIONS, WRITES_HALTED};
use crate::metrics::{Counter, Gauge, Histogram};

/// What a query is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Query {
    /// One row by its key.
    Point,
    /// More than that.
    Read,
    /// A change of a person's.
    Write,
    /// Who somebody is.
    Account,
    /// What was taken back.
    Revocations,
    /// Whether the database works.
    Readiness,
    /// What is kept for a while only, taken away.
    Expiry,
    /// What was used, written down.
    Log,
}

/// In the order of the enum.
const QUERIES: [&str; 8] = ["point", "read", "write", "account", "revocations", "readiness", "expiry", "log"];
/// Faults that are not the request's.
const FAULTS: [&str; 12] =
    ["queue", "pool", "log", "away", "lock", "timeout", "raced", "lost", "closing", "halted", "full", "broken"];

/// The handles.
pub(super) struct Meter {
    queries: [Histogram; QUERIES.len()],
    faults: [Counter; FAULTS.len()],
    /// From asking for a connection to having it.
    pub(super) wait: Histogram,
    batch: Histogram,
    fsync: Histogram,
    halted: Gauge,
    /// Changes to the revocations.
    pub(super) revocations: Counter,
}

/// Theirs.
pub(super) static METER: LazyLock<Meter> = LazyLock::new(|| Meter {
    queries: QUERIES.map(|name| DB_QUERY.with([name])),
    faults: FAULTS.map(|kind| DB_ERRORS.with([kind])),
    wait: DB_POOL_WAIT.handle(),
    batch: COMMIT_BATCH.handle(),
    fsync: FSYNC.handle(),
    halted: WRITES_HALTED.handle(),
    revocations: REVOCATIONS.handle(),
});

impl Meter {
    /// Measures what is done on a connection.
    pub(super) fn query<T>(&self, name: Query, work: impl FnOnce() -> T) -> T {
        let since = Instant::now();
        let done = work();
        if let Some(histogram) = self.queries.get(name as usize) {
            histogram.record(since.elapsed());
        }
        done
    }

    /// Measures a COMMIT.
    pub(super) fn commit<T>(&self, work: impl FnOnce() -> T) -> T {
        let since = Instant::now();
        let done = work();
        self.fsync.record(since.elapsed());
        done
    }

    /// So many writes are on the disk together.
    #[expect(clippy::cast_precision_loss, reason = "a group has 128 writes at most")]
    pub(super) fn committed(&self, writes: usize) {
        self.batch.record(writes as f64);
    }

    /// Whether the writer refuses every write until a restart.
    pub(super) fn halted(&self, halted: bool) {
        self.halted.set(f64::from(u8::from(halted)));
    }

    /// Counts a fault, if there was one.
    pub(super) fn noted<T, E: Failure>(&self, result: Result<T, E>) -> Result<T, E> {
        let fault = result.as_ref().err().and_then(Failure::store).and_then(fault);
        let known = fault.and_then(|fault| FAULTS.iter().zip(&self.faults).find(|(known, _)| **known == fault));
        if let Some((_, counter)) = known {
            counter.increment(1);
        }
        result
    }
}

fn fault(error: &StoreError) -> Option<&'static str> {
    Some(match error {
        StoreError::NotFound | StoreError::NoAccount | StoreError::Conflict | StoreError::Stopped(_) => return None,
        StoreError::Busy(Busy::Queue) => "queue",
        StoreError::Busy(Busy::Pool) => "pool",
        StoreError::Busy(Busy::Log) => "log",
        StoreError::Busy(Busy::Away) => "away",
        StoreError::Busy(Busy::Lock) => "lock",
        StoreError::Busy(Busy::Timeout) => "timeout",
        StoreError::Busy(Busy::Raced) => "raced",
        StoreError::Busy(Busy::Lost) => "lost",
        StoreError::Busy(Busy::Closing) => "closing",
        StoreError::Busy(Busy::Halted) => "halted",
        StoreError::Full => "full",
        StoreError::Broken(_) => "broken",
    })
}
