//! What is counted of blobs: each operation and how it ended. Imports `fault`, `metrics`.

use std::sync::LazyLock;

use super::fault::BlobFault;
use crate::metrics::Counter;
use crate::metrics::catalogue::STORAGE_OPS;

/// What is done to a blob.
#[derive(Debug, Clone, Copy)]
pub(super) enum Op {
    /// Writing it.
    Put,
    /// Reading of it.
    Get,
    /// Taking it away.
    Delete,
}

/// In the order of the enum.
const OPS: [&str; 3] = ["put", "get", "delete"];

/// One operation's counters.
struct Outcomes {
    ok: Counter,
    absent: Counter,
    full: Counter,
    failed: Counter,
}

static METER: LazyLock<[Outcomes; OPS.len()]> = LazyLock::new(|| {
    OPS.map(|op| Outcomes {
        ok: STORAGE_OPS.with([op, "ok"]),
        absent: STORAGE_OPS.with([op, "absent"]),
        full: STORAGE_OPS.with([op, "full"]),
        failed: STORAGE_OPS.with([op, "failed"]),
    })
});

/// Counts how `op` ended.
pub(super) fn note<T>(op: Op, outcome: &Result<T, BlobFault>) {
    let Some(outcomes) = METER.get(op as usize) else { return };
    match outcome {
        Ok(_) => &outcomes.ok,
        Err(BlobFault::Absent) => &outcomes.absent,
        Err(BlobFault::Full) => &outcomes.full,
        Err(BlobFault::TooLarge | BlobFault::Closed(_) | BlobFault::Failed(_)) => &outcomes.failed,
    }
    .increment(1);
}

/// Has every counter there from the start, at 0: what never happened is told too.
pub(super) fn begin() {
    LazyLock::force(&METER);
}
