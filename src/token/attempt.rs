//! One attempt to open a token: shape → decrypt → verify → claims, with the keys and the trust of that moment.
//! May import all of `token`, `clock`, `metrics`. Neither cache nor queue: those are `opener`'s.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Instant;

use arc_swap::ArcSwap;

use super::cache::Epoch;
use super::claims::Verified;
use super::compact::Compact;
use super::envelope::{Decrypted, Sealed};
use super::error::{Refusal, TokenError};
use super::inner::{self, Unsigned};
use super::keys::KeyRing;
use super::meter::METER;
use super::trust::Trust;
use crate::clock::Clock;
use crate::metrics::Histogram;

/// What an opening thread needs.
pub(super) struct Inner {
    pub(super) state: ArcSwap<State>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) token_bytes: usize,
    pub(super) decryptions: AtomicU64,
}

/// What the operator gave, and how often so far.
pub(super) struct State {
    pub(super) keys: KeyRing,
    pub(super) trust: Trust,
    pub(super) generation: u64,
}

impl State {
    /// Under what is found is remembered: another key or key set, and it does not count any more.
    pub(super) fn epoch(&self) -> Epoch {
        Epoch { generation: self.generation, changes: self.trust.changes() }
    }

    /// Refuses what can be refused without a private-key operation.
    pub(super) fn look(&self, token: &str) -> Result<(), Refusal> {
        match Compact::cut(token).ok_or(Refusal::NotCompact)? {
            Compact::Jwe(parts) => Sealed::read(parts, self.trust.envelopes(), &self.keys).map(|_| ()),
            Compact::Jws(_) if self.trust.envelopes().unencrypted => Ok(()),
            Compact::Jws(_) => Err(Refusal::Unencrypted),
        }
    }
}

impl Inner {
    pub(super) fn check_length(&self, token: &str) -> Result<(), TokenError> {
        if token.len() > self.token_bytes { Err(TokenError::TooLong) } else { Ok(()) }
    }

    /// Every step but the time: shape → decrypt → verify → claims.
    pub(super) fn attempt(&self, token: &str, state: &State) -> Result<Verified, Unsigned> {
        let trust = &state.trust;
        let decrypted = match Compact::cut(token).ok_or(Refusal::NotCompact)? {
            Compact::Jwe(parts) => {
                let sealed = Sealed::read(parts, trust.envelopes(), &state.keys)?;
                timed(&METER.decrypt, || sealed.decrypt(&self.decryptions))?
            }
            Compact::Jws(_) if trust.envelopes().unencrypted => Decrypted::bare(token),
            Compact::Jws(_) => return Err(Refusal::Unencrypted.into()),
        };
        timed(&METER.verify, || Ok(Verified::from_signed(inner::verify(&decrypted, trust)?)?))
    }
}

fn timed<T>(step: &Histogram, work: impl FnOnce() -> T) -> T {
    let since = Instant::now();
    let done = work();
    step.record(since.elapsed());
    done
}
