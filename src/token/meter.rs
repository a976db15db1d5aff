//! What is counted of tokens: how each ended, and how long its steps took. Imports `error`, `metrics`.
//!
//! Steps are measured whole, whatever came of them: the figures say how much work there is, never what was in a token.

use std::sync::LazyLock;

use super::error::{Refusal, TokenError};
use crate::metrics::catalogue::{TOKEN_HITS, TOKEN_MISSES, TOKEN_SECONDS, TOKEN_VERIFY};
use crate::metrics::{Counter, Histogram};

/// The handles.
pub(super) struct Meter {
    opened: Counter,
    refused: Vec<Counter>,
    too_long: Counter,
    busy: Counter,
    no_keys: Counter,
    /// Tokens that were remembered.
    pub(super) hits: Counter,
    /// Tokens that had to be opened.
    pub(super) misses: Counter,
    /// Waiting for one's turn to decrypt.
    pub(super) queue: Histogram,
    /// The private-key operation and what it guards.
    pub(super) decrypt: Histogram,
    /// Signature and claims.
    pub(super) verify: Histogram,
}

/// Theirs.
pub(super) static METER: LazyLock<Meter> = LazyLock::new(|| Meter {
    opened: TOKEN_VERIFY.with(["opened"]),
    refused: Refusal::ALL.iter().map(|refusal| TOKEN_VERIFY.with([refusal.code()])).collect(),
    too_long: TOKEN_VERIFY.with(["too_long"]),
    busy: TOKEN_VERIFY.with(["busy"]),
    no_keys: TOKEN_VERIFY.with(["no_keys"]),
    hits: TOKEN_HITS.handle(),
    misses: TOKEN_MISSES.handle(),
    queue: TOKEN_SECONDS.with(["queue"]),
    decrypt: TOKEN_SECONDS.with(["decrypt"]),
    verify: TOKEN_SECONDS.with(["verify"]),
});

impl Meter {
    /// Counts how opening a token ended.
    pub(super) fn note<T>(&self, outcome: &Result<T, TokenError>) {
        let counter = match outcome {
            Ok(_) => Some(&self.opened),
            // In the order of `ALL`, which is that of the enum.
            Err(TokenError::Refused(refusal)) => self.refused.get(*refusal as usize),
            Err(TokenError::TooLong) => Some(&self.too_long),
            Err(TokenError::Busy) => Some(&self.busy),
            Err(TokenError::NoKeys) => Some(&self.no_keys),
        };
        if let Some(counter) = counter {
            counter.increment(1);
        }
    }
}
