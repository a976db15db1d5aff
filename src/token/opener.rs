//! Opening tokens, step by step and once each. May import all of `token`, `config`, `clock`, `metrics`.

use std::num::NonZero;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use chrono::{DateTime, Utc};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::attempt::{Inner, State};
use super::cache::{Memory, Name};
use super::claims::Verified;
use super::error::{Refusal, TokenError};
use super::inner::Unsigned;
use super::inspection::Inspection;
use super::keys::KeyRing;
use super::meter::METER;
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
    places: usize,
    decrypting: Arc<Semaphore>,
}

/// What is known of a token before it is opened.
pub enum Recalled<'a> {
    /// It was opened a moment ago, and its time has not run out.
    Opened(Arc<Verified>),
    /// It has to be opened, which costs a private-key operation.
    Unopened(Unopened<'a>),
}

/// A token that has to be opened.
pub struct Unopened<'a> {
    opener: &'a Opener,
    token: &'a str,
    name: Name,
    state: Arc<State>,
}

impl Unopened<'_> {
    /// Whether it opened before and was not refused since: who sends it is no stranger.
    pub fn is_known(&self) -> bool {
        self.opener.memory.is_known(&self.name)
    }

    /// Opens it. What costs little is done here; the private-key operation on a blocking thread, a few at once, behind a
    /// queue. The same token is never opened twice at once: the others wait for the first.
    pub async fn open(self) -> Result<Arc<Verified>, TokenError> {
        let (memory, name) = (&self.opener.memory, self.name);
        let outcome = self.opened().await;
        METER.note(&outcome);
        match &outcome {
            Ok(_) => memory.note_known(&name),
            Err(TokenError::Refused(_)) => memory.forget_known(&name),
            Err(_) => {}
        }
        outcome
    }

    async fn opened(self) -> Result<Arc<Verified>, TokenError> {
        let verified = self.opener.open_once(self.token, self.name, &self.state).await?;
        verified.check_time(self.opener.inner.clock.now())?;
        Ok(verified)
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
        let places = number(limits.decrypt_queue).saturating_add(parallel).min(Semaphore::MAX_PERMITS);
        Self {
            inner: Arc::new(Inner {
                state: ArcSwap::from_pointee(State { keys, trust, generation: 0 }),
                clock,
                token_bytes: usize::try_from(limits.token_bytes).unwrap_or(usize::MAX),
                decryptions: AtomicU64::new(0),
            }),
            memory: Memory::new(limits),
            queue: Arc::new(Semaphore::new(places)),
            places,
            decrypting: Arc::new(Semaphore::new(parallel)),
        }
    }

    /// Opens `token`, or finds it among those opened a moment ago. Its time is checked either way.
    pub async fn open(&self, token: &str) -> Result<Arc<Verified>, TokenError> {
        match self.recall(token)? {
            Recalled::Opened(verified) => Ok(verified),
            Recalled::Unopened(token) => token.open().await,
        }
    }

    /// Finds `token` among those opened a moment ago and checks its time; else hands it back, to be opened by who may.
    pub fn recall<'a>(&'a self, token: &'a str) -> Result<Recalled<'a>, TokenError> {
        let recalled = self.look_up(token);
        if !matches!(recalled, Ok(Recalled::Unopened(_))) {
            METER.note(&recalled);
        }
        recalled
    }

    fn look_up<'a>(&'a self, token: &'a str) -> Result<Recalled<'a>, TokenError> {
        self.inner.check_length(token)?;
        let state = self.inner.state.load_full();
        let name = Name::of(token, state.epoch());
        let Some(verified) = self.memory.get(&name) else {
            return Ok(Recalled::Unopened(Unopened { opener: self, token, name, state }));
        };
        METER.hits.increment(1);
        verified.check_time(self.inner.clock.now())?;
        Ok(Recalled::Opened(verified))
    }

    async fn open_once(&self, token: &str, name: Name, state: &Arc<State>) -> Result<Arc<Verified>, TokenError> {
        state.look(token)?;
        let turn = match self.memory.get_or_turn(&name).await {
            Ok(verified) => {
                METER.hits.increment(1);
                return Ok(verified);
            }
            Err(turn) => turn,
        };
        if self.memory.is_junk(&name) {
            return Err(Refusal::Undecryptable.into());
        }
        METER.misses.increment(1);
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
        let since = Instant::now();
        let permit = Arc::clone(&self.decrypting).acquire_owned().await.map_err(|_| TokenError::Busy)?;
        METER.queue.record(since.elapsed());
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

    /// Now, as tokens are held against it.
    pub fn now(&self) -> DateTime<Utc> {
        self.inner.clock.now()
    }

    /// Whether tokens of this issuer are opened.
    pub fn trusts(&self, issuer: &str) -> bool {
        self.inner.state.load().trust.server(issuer).is_some()
    }

    /// Whether a token that was opened a while ago is still in its time.
    pub fn check_time(&self, token: &Verified) -> Result<(), TokenError> {
        Ok(token.check_time(self.inner.clock.now())?)
    }

    /// Looks at `token` step by step, past what is wrong with it: for `token inspect`. What counts is what
    /// [`Opener::open_now`] says of it. Blocks.
    pub fn inspect(&self, token: &str) -> Inspection {
        let state = self.inner.state.load();
        Inspection::of(token, &state.keys, &state.trust, self.inner.clock.now())
    }

    /// Gives `trust`, which may take the place of the present one, the key sets that were fetched from the same places.
    pub fn lend_keys(&self, trust: &Trust) {
        trust.adopt(&self.inner.state.load().trust);
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

    /// How many tokens are being decrypted, or wait for it.
    pub fn queued(&self) -> usize {
        self.places.saturating_sub(self.queue.available_permits())
    }

    /// How many tokens are remembered.
    pub fn remembered(&self) -> usize {
        self.memory.len()
    }

    /// The issuers whose keys are fetched, and how old those in use are; none: never fetched.
    pub fn key_ages(&self) -> Vec<(String, Option<Duration>)> {
        self.inner.state.load().trust.key_ages()
    }

    /// Private-key operations so far.
    pub fn decryptions(&self) -> u64 {
        self.inner.decryptions.load(Ordering::Relaxed)
    }
}

/// Runs `work` on a blocking thread. A panic in it is an answer too: not now.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, TokenError> {
    tokio::task::spawn_blocking(work).await.map_err(|error| {
        log::error!("opening a token failed: {error}");
        TokenError::Busy
    })
}
