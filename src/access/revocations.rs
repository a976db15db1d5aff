//! What was taken back: a map in memory, asked on every request after the token's cache, filled and kept fresh by the
//! store. It fails closed: a map that was not refreshed for ten seconds allows nothing.
//! May import `token`.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use chrono::{DateTime, Utc};

use crate::token::Verified;

/// How long the map may go without being refreshed (design.md §1).
const STALE_AFTER: Duration = Duration::from_secs(10);

/// One thing taken back: a token, a client's access to a person, or everyone's access to a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revocation {
    /// Whose tokens.
    pub issuer: String,
    /// What of that issuer's.
    pub scope: Revoked,
    /// Tokens whose `auth_time` is later are allowed again; none: no token ever is.
    pub until_auth_after: Option<DateTime<Utc>>,
}

/// What a revocation reaches.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Revoked {
    /// Every token of the issuer.
    Issuer,
    /// The token with this `jti`.
    Token(String),
    /// Every token of this client.
    Client(String),
    /// Every token of this subject.
    Subject(String),
    /// Every token of this client for this subject.
    ClientOfSubject {
        /// `sub`
        subject: String,
        /// `client_id`
        client: String,
    },
}

/// Why a token that opens is not let through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stopped {
    /// It was revoked.
    Revoked,
    /// Whether it was revoked is not known at the moment.
    Unknown,
}

type Rules = HashMap<String, HashMap<Revoked, Option<DateTime<Utc>>>>;

/// The map. Shared; empty and stale until first filled.
pub struct Revocations {
    rules: ArcSwap<Rules>,
    started: Instant,
    /// Milliseconds after `started` of the last refresh, plus one; 0: never.
    refreshed: AtomicU64,
}

impl Default for Revocations {
    fn default() -> Self {
        Self { rules: ArcSwap::default(), started: Instant::now(), refreshed: AtomicU64::new(0) }
    }
}

impl Revocations {
    /// Puts these in place of all that were there, and counts as refreshed.
    pub fn replace(&self, all: Vec<Revocation>) {
        let mut rules = Rules::new();
        for Revocation { issuer, scope, until_auth_after } in all {
            // The strictest of several for the same thing holds: never again, else the latest instant.
            let cut = rules.entry(issuer).or_default().entry(scope).or_insert(until_auth_after);
            *cut = match (*cut, until_auth_after) {
                (Some(one), Some(other)) => Some(one.max(other)),
                _ => None,
            };
        }
        self.rules.store(rules.into());
        self.refreshed();
    }

    /// The database was asked just now and has nothing new.
    pub fn refreshed(&self) {
        let age = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX - 1);
        self.refreshed.store(age + 1, Ordering::Release);
    }

    /// How long ago the map was refreshed; none: never.
    pub fn age(&self) -> Option<Duration> {
        let at = self.refreshed.load(Ordering::Acquire).checked_sub(1)?;
        Some(self.started.elapsed().saturating_sub(Duration::from_millis(at)))
    }

    /// Whether what was taken back is known well enough to let anyone in.
    pub fn is_fresh(&self) -> bool {
        self.age().is_some_and(|age| age <= STALE_AFTER)
    }

    /// Whether this token may pass.
    pub fn check(&self, token: &Verified) -> Result<(), Stopped> {
        if !self.is_fresh() {
            return Err(Stopped::Unknown);
        }
        let rules = self.rules.load();
        let Some(rules) = rules.get(token.issuer()) else { return Ok(()) };
        let (subject, client) = (token.subject().to_owned(), token.client_id().to_owned());
        let reached = [
            Revoked::Issuer,
            Revoked::Token(token.token_id().to_owned()),
            Revoked::Client(client.clone()),
            Revoked::Subject(subject.clone()),
            Revoked::ClientOfSubject { subject, client },
        ];
        let stopped = reached.iter().filter_map(|scope| rules.get(scope)).any(|cut| match (cut, token.auth_time()) {
            (Some(cut), Some(at)) => at <= *cut,
            _ => true,
        });
        if stopped { Err(Stopped::Revoked) } else { Ok(()) }
    }
}
