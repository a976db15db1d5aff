//! What was taken back, and which consents have ended: a map in memory, asked on every request after the token's cache,
//! filled and kept fresh by the store. It fails closed: a map that was not refreshed for ten seconds allows nothing.
//! May import `token`.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use chrono::{DateTime, TimeDelta, Utc};

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
    /// Whether the person did it: then what the person restored is let in again. The operator's holds all the same.
    pub own: bool,
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

/// What is known of a person's consent to a client, beyond what its tokens say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent {
    /// `iss`
    pub issuer: String,
    /// `sub`
    pub subject: String,
    /// `client_id`
    pub client: String,
    /// When the person last signed in there, as far as its tokens said, else its first use: the consent of a token that does not
    /// say it counts from here. A later sign-in is known here within an hour: the map is not filled anew for each.
    pub given: DateTime<Utc>,
    /// When the person restored it: it counts anew from here, and what they took back from all clients is not from this one.
    pub restored: Option<DateTime<Utc>>,
}

/// Why a token that opens is not let through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stopped {
    /// It was revoked.
    Revoked,
    /// The person's consent to its client has ended.
    ConsentExpired,
    /// Whether it was revoked is not known at the moment.
    Unknown,
}

/// Whether a sign-in lets in again what was taken back up to `cut`: what holds for good, or of a token that does not say when the
/// person signed in, nothing outlasts.
pub fn outlasts<T: PartialOrd>(auth_time: Option<T>, cut: Option<T>) -> bool {
    matches!((cut, auth_time), (Some(cut), Some(at)) if at > cut)
}

/// Sign-ins not later than this are out; none: all are.
#[derive(Clone, Copy)]
struct Cut(Option<DateTime<Utc>>);

impl Cut {
    /// Whether it holds for a token of this `auth_time`. What does not say when the person signed in is out for good.
    fn stops(self, auth_time: Option<DateTime<Utc>>) -> bool {
        !outlasts(auth_time, self.0)
    }

    /// The strictest of several for the same thing holds: never again, else the latest instant.
    fn tighten(slot: &mut Option<Self>, Self(new): Self) {
        *slot = Some(Self(match slot {
            Some(Self(old)) => old.zip(new).map(|(old, new)| old.max(new)),
            None => new,
        }));
    }
}

#[derive(Default)]
struct OfIssuer {
    all: Option<Cut>,
    tokens: HashMap<String, Option<Cut>>,
    clients: HashMap<String, Option<Cut>>,
    subjects: HashMap<String, OfSubject>,
}

#[derive(Default)]
struct OfSubject {
    operators: Option<Cut>,
    own: Option<Cut>,
    clients: HashMap<String, OfClient>,
}

#[derive(Default)]
struct OfClient {
    operators: Option<Cut>,
    own: Option<Cut>,
    given: Option<DateTime<Utc>>,
    restored: Option<DateTime<Utc>>,
}

impl OfIssuer {
    fn client(&mut self, subject: String, client: String) -> &mut OfClient {
        self.subjects.entry(subject).or_default().clients.entry(client).or_default()
    }

    fn slot(&mut self, scope: Revoked, own: bool) -> &mut Option<Cut> {
        match scope {
            Revoked::Issuer => &mut self.all,
            Revoked::Token(token) => self.tokens.entry(token).or_default(),
            Revoked::Client(client) => self.clients.entry(client).or_default(),
            Revoked::Subject(subject) if own => &mut self.subjects.entry(subject).or_default().own,
            Revoked::Subject(subject) => &mut self.subjects.entry(subject).or_default().operators,
            Revoked::ClientOfSubject { subject, client } if own => &mut self.client(subject, client).own,
            Revoked::ClientOfSubject { subject, client } => &mut self.client(subject, client).operators,
        }
    }
}

type Rules = HashMap<String, OfIssuer>;

/// The map. Shared; empty and stale until first filled.
pub struct Revocations {
    rules: ArcSwap<Rules>,
    consent: TimeDelta,
    started: Instant,
    /// Milliseconds after `started` of the last refresh, plus one; 0: never.
    refreshed: AtomicU64,
}

impl Revocations {
    /// Empty, and stale; consents last for `consent_days`.
    pub fn new(consent_days: u32) -> Self {
        Self {
            rules: ArcSwap::default(),
            consent: TimeDelta::days(consent_days.into()),
            started: Instant::now(),
            refreshed: AtomicU64::new(0),
        }
    }

    /// How long a consent lasts.
    pub fn consent(&self) -> TimeDelta {
        self.consent
    }

    /// Puts these in place of all that were there, and counts as refreshed.
    pub fn replace(&self, all: Vec<Revocation>, consents: Vec<Consent>) {
        let mut rules = Rules::new();
        for Revocation { issuer, scope, until_auth_after, own } in all {
            Cut::tighten(rules.entry(issuer).or_default().slot(scope, own), Cut(until_auth_after));
        }
        for Consent { issuer, subject, client, given, restored } in consents {
            let of_client = rules.entry(issuer).or_default().client(subject, client);
            (of_client.given, of_client.restored) = (Some(given), restored);
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

    /// Whether the operator keeps out the person's client, as far as it last signed in at `auth_time`: what no restore ends.
    pub fn barred(&self, (issuer, subject, client): (&str, &str, &str), auth_time: Option<DateTime<Utc>>) -> bool {
        let rules = self.rules.load();
        let of_issuer = rules.get(issuer);
        let of_subject = of_issuer.and_then(|of| of.subjects.get(subject));
        let cuts = [
            of_issuer.and_then(|of| of.all),
            of_issuer.and_then(|of| of.clients.get(client).copied().flatten()),
            of_subject.and_then(|of| of.operators),
            of_subject.and_then(|of| of.clients.get(client)).and_then(|of| of.operators),
        ];
        cuts.into_iter().flatten().any(|cut| cut.stops(auth_time))
    }

    /// Whether this token may pass at `now`.
    pub fn check(&self, token: &Verified, now: DateTime<Utc>) -> Result<(), Stopped> {
        if !self.is_fresh() {
            return Err(Stopped::Unknown);
        }
        let (rules, auth_time) = (self.rules.load(), token.auth_time());
        let of_issuer = rules.get(token.issuer());
        let of_subject = of_issuer.and_then(|of| of.subjects.get(token.subject()));
        let of_client = of_subject.and_then(|of| of.clients.get(token.client_id()));
        let restored = of_client.and_then(|of| of.restored);
        let cuts = [
            of_issuer.and_then(|of| of.all),
            of_issuer.and_then(|of| of.tokens.get(token.token_id()).copied().flatten()),
            of_issuer.and_then(|of| of.clients.get(token.client_id()).copied().flatten()),
            of_subject.and_then(|of| of.operators),
            of_subject.and_then(|of| of.own).filter(|_| restored.is_none()),
            of_client.and_then(|of| of.operators),
            of_client.and_then(|of| of.own),
        ];
        if cuts.into_iter().flatten().any(|cut| cut.stops(auth_time)) {
            return Err(Stopped::Revoked);
        }
        // A client that is not in the map was given consent less long ago than it lasts.
        let given = auth_time.or(of_client.and_then(|of| of.given)).max(restored);
        let ended = given.is_some_and(|given| now.signed_duration_since(given) >= self.consent);
        if ended { Err(Stopped::ConsentExpired) } else { Ok(()) }
    }
}
