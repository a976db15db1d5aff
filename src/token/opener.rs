//! Opening tokens, step by step and once each. May import all of `token`, `config`, `clock`.

use std::num::NonZero;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use arc_swap::ArcSwap;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::cache::{Epoch, Memory, Name};
use super::claims::Verified;
use super::compact::Compact;
use super::envelope::{Decrypted, Sealed};
use super::error::{Refusal, TokenError};
use super::inner::{self, Unsigned};
use super::inspection::Inspection;
use super::keys::KeyRing;
use super::published::PublishedKey;
use super::trust::Trust;
use crate::clock::Clock;
use crate::config::Limits;

/// Opens access tokens: with our keys, for the servers that we trust.
///
/// Made once, shared by all threads. It forgets nothing that matters when its keys are replaced, and remembers nothing
/// that it found under the former ones.
pub struct Opener {
    inner: Arc<Inner>,
    memory: Memory,
    queue: Arc<Semaphore>,
    decrypting: Arc<Semaphore>,
}

/// What an opening thread needs.
struct Inner {
    state: ArcSwap<State>,
    clock: Arc<dyn Clock>,
    token_bytes: usize,
    decryptions: AtomicU64,
}

/// What the operator gave, and how often so far.
struct State {
    keys: KeyRing,
    trust: Trust,
    generation: u64,
}

impl State {
    fn epoch(&self) -> Epoch {
        Epoch { generation: self.generation, changes: self.trust.changes() }
    }
}

impl Opener {
    /// An opener with `keys` for the servers of `trust`.
    pub fn new(keys: KeyRing, trust: Trust, limits: &Limits, clock: Arc<dyn Clock>) -> Self {
        let number = |limit: u64| usize::try_from(limit).unwrap_or(usize::MAX).clamp(1, Semaphore::MAX_PERMITS);
        let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
        let parallel = match limits.parallel_decrypts {
            0 => cores.saturating_sub(1).max(1),
            some => number(some),
        };
        Self {
            inner: Arc::new(Inner {
                state: ArcSwap::from_pointee(State { keys, trust, generation: 0 }),
                clock,
                token_bytes: usize::try_from(limits.token_bytes).unwrap_or(usize::MAX),
                decryptions: AtomicU64::new(0),
            }),
            memory: Memory::new(limits),
            queue: Arc::new(Semaphore::new(
                number(limits.decrypt_queue).saturating_add(parallel).min(Semaphore::MAX_PERMITS),
            )),
            decrypting: Arc::new(Semaphore::new(parallel)),
        }
    }

    /// Opens `token`, or finds it among those opened a moment ago. Its time is checked either way.
    ///
    /// What costs little is done here; the private-key operation on a blocking thread, a few at once, behind a queue.
    /// The same token is never opened twice at once: the others wait for the first.
    pub async fn open(&self, token: &str) -> Result<Arc<Verified>, TokenError> {
        self.inner.check_length(token)?;
        let state = self.inner.state.load_full();
        let name = Name::of(token, state.epoch());
        let verified = match self.memory.get(&name) {
            Some(verified) => verified,
            None => self.open_once(token, name, &state).await?,
        };
        verified.check_time(self.inner.clock.now())?;
        Ok(verified)
    }

    async fn open_once(&self, token: &str, name: Name, state: &Arc<State>) -> Result<Arc<Verified>, TokenError> {
        state.look(token)?;
        let turn = match self.memory.get_or_turn(&name).await {
            Ok(verified) => return Ok(verified),
            Err(turn) => turn,
        };
        if self.memory.is_junk(&name) {
            return Err(Refusal::Undecryptable.into());
        }
        let opened = self.open_elsewhere(token, state).await;
        match &opened {
            Ok(verified) => turn.done(verified),
            Err(TokenError::Refused(Refusal::Undecryptable)) => self.memory.note_junk(name),
            Err(_) => {}
        }
        opened
    }

    /// Opens `token` on a blocking thread; once more if its issuer's keys were fetched anew because of it.
    async fn open_elsewhere(&self, token: &str, state: &Arc<State>) -> Result<Arc<Verified>, TokenError> {
        let _place = Arc::clone(&self.queue).try_acquire_owned().map_err(|_| TokenError::Busy)?;
        let since = Instant::now();
        let token: Arc<str> = token.into();
        let unsigned = match self.attempt_elsewhere(&token, state).await? {
            Ok(verified) => return Ok(Arc::new(verified)),
            Err(unsigned) => unsigned,
        };
        let Some(remote) = unsigned.stale.clone() else { return Err(unsigned.told()) };
        let refreshed = {
            let _turn = remote.turn.lock().await;
            let remote = Arc::clone(&remote);
            blocking(move || remote.refresh_for_unknown_key(since)).await?
        };
        if !refreshed {
            return Err(unsigned.told());
        }
        let again = self.attempt_elsewhere(&token, state).await?;
        Ok(Arc::new(again.map_err(|unsigned| unsigned.told())?))
    }

    async fn attempt_elsewhere(
        &self,
        token: &Arc<str>,
        state: &Arc<State>,
    ) -> Result<Result<Verified, Unsigned>, TokenError> {
        let permit = Arc::clone(&self.decrypting).acquire_owned().await.map_err(|_| TokenError::Busy)?;
        let (inner, state, token) = (Arc::clone(&self.inner), Arc::clone(state), Arc::clone(token));
        blocking(move || {
            // Given back when the work is done, even if the one who asked is gone by then.
            let _permit: OwnedSemaphorePermit = permit;
            inner.attempt(&token, &state)
        })
        .await
    }

    /// Opens `token` here and now, past the cache and the queue: for `token inspect`, benches and tests. Blocks.
    pub fn open_now(&self, token: &str) -> Result<Verified, TokenError> {
        self.inner.check_length(token)?;
        let state = self.inner.state.load();
        let since = Instant::now();
        let verified = match self.inner.attempt(token, &state) {
            Ok(verified) => verified,
            Err(unsigned) => match &unsigned.stale {
                Some(remote) if remote.refresh_for_unknown_key(since) => {
                    self.inner.attempt(token, &state).map_err(|unsigned| unsigned.told())?
                }
                _ => return Err(unsigned.told()),
            },
        };
        verified.check_time(self.inner.clock.now())?;
        Ok(verified)
    }

    /// Gives `trust`, which may take the place of the present one, the key sets that were fetched from the same places.
    pub fn lend_keys(&self, trust: &Trust) {
        trust.adopt(&self.inner.state.load().trust);
    }

    /// Looks at `token` step by step, past what is wrong with it: for `token inspect`. What counts is what
    /// [`Opener::open_now`] says of it. Blocks.
    pub fn inspect(&self, token: &str) -> Inspection {
        let state = self.inner.state.load();
        Inspection::of(token, &state.keys, &state.trust, self.inner.clock.now())
    }

    /// Takes other keys and another trust from now on. Nothing that was found under the former ones counts any more; key
    /// sets that were fetched from where they are fetched now are kept.
    pub fn replace(&self, keys: KeyRing, trust: Trust) {
        let former = self.inner.state.load_full();
        trust.adopt(&former.trust);
        let generation = former.generation + 1;
        self.inner.state.store(Arc::new(State { keys, trust, generation }));
        self.memory.clear();
    }

    /// Whether there are keys to verify every server's tokens with: a condition of being ready.
    pub fn has_keys_for_every_server(&self) -> bool {
        self.issuers_without_keys().is_empty()
    }

    /// The issuers none of whose tokens can be verified now.
    pub fn issuers_without_keys(&self) -> Vec<String> {
        self.inner.state.load().trust.issuers_without_keys()
    }

    /// Our public keys, the one to encrypt to first.
    pub fn published(&self) -> Vec<PublishedKey> {
        self.inner.state.load().keys.published()
    }

    /// Private-key operations so far.
    pub fn decryptions(&self) -> u64 {
        self.inner.decryptions.load(Ordering::Relaxed)
    }
}

impl State {
    /// Refuses what can be refused without a private-key operation.
    fn look(&self, token: &str) -> Result<(), Refusal> {
        match Compact::cut(token).ok_or(Refusal::NotCompact)? {
            Compact::Jwe(parts) => Sealed::read(parts, self.trust.envelopes(), &self.keys).map(|_| ()),
            Compact::Jws(_) if self.trust.envelopes().unencrypted => Ok(()),
            Compact::Jws(_) => Err(Refusal::Unencrypted),
        }
    }
}

impl Inner {
    fn check_length(&self, token: &str) -> Result<(), TokenError> {
        if token.len() > self.token_bytes { Err(TokenError::TooLong) } else { Ok(()) }
    }

    /// Every step but the time: shape → decrypt → verify → claims.
    fn attempt(&self, token: &str, state: &State) -> Result<Verified, Unsigned> {
        let trust = &state.trust;
        let decrypted = match Compact::cut(token).ok_or(Refusal::NotCompact)? {
            Compact::Jwe(parts) => Sealed::read(parts, trust.envelopes(), &state.keys)?.decrypt(&self.decryptions)?,
            Compact::Jws(_) if trust.envelopes().unencrypted => Decrypted::bare(token),
            Compact::Jws(_) => return Err(Refusal::Unencrypted.into()),
        };
        let signed = inner::verify(&decrypted, trust)?;
        Ok(Verified::from_signed(signed)?)
    }
}

/// Runs `work` on a blocking thread. A panic in it is an answer too: not now.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, TokenError> {
    tokio::task::spawn_blocking(work).await.map_err(|error| {
        log::error!("opening a token failed: {error}");
        TokenError::Busy
    })
}
