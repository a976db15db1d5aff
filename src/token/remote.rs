//! A JWK set that its authorization server publishes by URI, fetched again and again. May import `verifying`.
//!
//! The URI comes from the configuration only, never from a token. A set that was fetched replaces the former as a whole:
//! a key that is gone opens nothing more. When fetching fails the last good set stays, for a day at most.

use std::io;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::{Duration, Instant};

use arc_swap::ArcSwapOption;
use sha2::{Digest as _, Sha256};
use thiserror::Error;
use ureq::http::Uri;
use ureq::tls::{RootCerts, TlsConfig, TlsProvider};

use super::verifying::{KeySet, KeySetFault};

/// The longest set, bytes.
const MOST_BYTES: u64 = 64 * 1024;

/// How often, and for how long.
#[derive(Debug, Clone, Copy)]
pub(super) struct Timing {
    /// Between two fetches.
    pub(super) refresh: Duration,
    /// Between two fetches as long as there is no set.
    pub(super) retry: Duration,
    /// Between two fetches because of an unknown `kid`.
    pub(super) cool_down: Duration,
    /// How long the last good set stays.
    pub(super) keep: Duration,
    /// How long a fetch may take, from the name's resolution to the last byte.
    pub(super) deadline: Duration,
    /// Whether a thread keeps it fresh; else it is fetched only when a token asks for it.
    pub(super) kept_fresh: bool,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            refresh: Duration::from_mins(1),
            retry: Duration::from_secs(5),
            cool_down: Duration::from_secs(30),
            keep: Duration::from_hours(24),
            deadline: Duration::from_secs(5),
            kept_fresh: true,
        }
    }
}

/// Whether `url` may name an issuer or a key set: https, or plain http on this machine.
pub(super) fn is_fetchable(url: &str) -> bool {
    let Ok(uri) = url.parse::<Uri>() else { return false };
    let host = uri.host().unwrap_or_default();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let loopback = bare == "localhost" || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    match uri.scheme_str() {
        Some("https") => !host.is_empty(),
        Some("http") => loopback,
        _ => false,
    }
}

#[derive(Debug, Error)]
enum FetchError {
    #[error("{0}")]
    Http(#[from] ureq::Error),
    #[error("the answer was {0}, not 200")]
    Status(u16),
    #[error("the answer {0}")]
    Set(#[from] KeySetFault),
}

struct Fetched {
    keys: Arc<KeySet>,
    digest: [u8; 32],
    at: Instant,
}

/// One server's published key set.
pub(super) struct Remote {
    issuer: String,
    uri: String,
    agent: ureq::Agent,
    timing: Timing,
    fetched: ArcSwapOption<Fetched>,
    /// Why the last fetch failed, if it did.
    fault: ArcSwapOption<String>,
    /// When it was last fetched because of an unknown `kid`. Held while fetching, so that an older answer never replaces
    /// a newer one.
    asked: Mutex<Option<Instant>>,
    /// Lets one request at a time wait for a fetch; the others wait here, without a thread.
    pub(super) turn: tokio::sync::Mutex<()>,
    changes: Arc<AtomicU64>,
}

impl Remote {
    pub(super) fn new(issuer: &str, uri: &str, timing: Timing, changes: Arc<AtomicU64>) -> Self {
        let tls = TlsConfig::builder()
            .provider(TlsProvider::Rustls)
            .root_certs(RootCerts::PlatformVerifier)
            .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
            .build();
        let agent = ureq::Agent::config_builder()
            .tls_config(tls)
            .timeout_global(Some(timing.deadline))
            .max_redirects(0)
            .http_status_as_error(false)
            .proxy(None)
            .max_idle_connections(0)
            .accept("application/jwk-set+json, application/json")
            .build()
            .new_agent();
        Self {
            issuer: issuer.to_owned(),
            uri: uri.to_owned(),
            agent,
            timing,
            fetched: ArcSwapOption::empty(),
            fault: ArcSwapOption::empty(),
            asked: Mutex::new(None),
            turn: tokio::sync::Mutex::new(()),
            changes,
        }
    }

    /// The last good set, unless it is too old.
    pub(super) fn keys(&self) -> Option<Arc<KeySet>> {
        let fetched = self.fetched.load();
        let fetched = fetched.as_ref()?;
        (fetched.at.elapsed() <= self.timing.keep).then(|| Arc::clone(&fetched.keys))
    }

    /// Why the last fetch failed, if it did.
    pub(super) fn fault(&self) -> Option<Arc<String>> {
        self.fault.load_full()
    }

    /// Fetches the set. Blocks.
    pub(super) fn refresh(&self) {
        let asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        self.fetch();
        drop(asked);
    }

    /// Fetches the set because a token that came at `since` names a key that is not in it: unless that was done since, or
    /// was done for another token a short while ago. Says whether it is worth looking again. Blocks.
    pub(super) fn refresh_for_unknown_key(&self, since: Instant) -> bool {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        if self.fetched.load().as_ref().is_some_and(|fetched| fetched.at > since) {
            return true;
        }
        if asked.is_some_and(|last| last.elapsed() < self.timing.cool_down) {
            return false;
        }
        *asked = Some(Instant::now());
        self.fetch()
    }

    /// Takes over what `old` fetched, if it is the same set and none has come yet.
    pub(super) fn adopt(&self, old: &Self) {
        if self.uri == old.uri && self.issuer == old.issuer {
            // Never over a set that came meanwhile: that one is newer.
            self.fetched.compare_and_swap(&None::<Arc<Fetched>>, old.fetched.load_full());
        }
    }

    fn fetch(&self) -> bool {
        match self.get() {
            Ok(fetched) => {
                let former = self.fetched.swap(Some(Arc::new(fetched)));
                self.fault.store(None);
                self.note_change(former.as_deref());
                true
            }
            Err(error) => {
                log::warn!("keys of {} not fetched from {}: {error}", self.issuer, self.uri);
                self.fault.store(Some(Arc::new(error.to_string())));
                false
            }
        }
    }

    fn get(&self) -> Result<Fetched, FetchError> {
        let mut answer = self.agent.get(&self.uri).call()?;
        if answer.status() != 200 {
            return Err(FetchError::Status(answer.status().as_u16()));
        }
        let body = answer.body_mut().with_config().limit(MOST_BYTES).read_to_vec()?;
        let keys = Arc::new(KeySet::from_jwks(&body)?);
        Ok(Fetched { keys, digest: Sha256::digest(&body).into(), at: Instant::now() })
    }

    /// Makes everything that was verified with another set count as unverified.
    fn note_change(&self, former: Option<&Fetched>) {
        let now = self.fetched.load();
        let Some(now) = now.as_ref() else { return };
        if former.is_some_and(|former| former.digest == now.digest) {
            return;
        }
        self.changes.fetch_add(1, Ordering::AcqRel);
        if now.keys.is_empty() {
            log::error!("the keys of {} at {} hold none that verifies a signature", self.issuer, self.uri);
        } else {
            log::info!("new keys of {} from {}", self.issuer, self.uri);
        }
    }
}

/// The thread that keeps one set fresh. It ends when this is dropped.
pub(super) struct Refresher {
    _stop: mpsc::Sender<()>,
}

impl Refresher {
    /// Fetches at once, then every [`Timing::refresh`].
    pub(super) fn start(remote: &Arc<Remote>) -> io::Result<Self> {
        let (stop, stopped) = mpsc::channel::<()>();
        let remote = Arc::downgrade(remote);
        std::thread::Builder::new().name("keys".into()).spawn(move || {
            while let Some(remote) = remote.upgrade() {
                remote.refresh();
                let timing = remote.timing;
                let pause = if remote.keys().is_some() { timing.refresh } else { timing.retry };
                drop(remote);
                if stopped.recv_timeout(pause) != Err(mpsc::RecvTimeoutError::Timeout) {
                    break;
                }
            }
        })?;
        Ok(Self { _stop: stop })
    }
}

#[cfg(test)]
mod tests;
