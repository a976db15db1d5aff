//! Whose tokens open here: each authorization server with its keys and its own lists.
//! May import `algorithm`, `compact`, `remote`, `verifying`, `config`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::{fmt, fs};

use chrono::TimeDelta;
use thiserror::Error;

use super::algorithm::{ContentEncryption, Envelopes, KeyManagement, Signature};
use super::compact::media_type;
use super::remote::{Refresher, Remote, Timing, is_fetchable};
use super::verifying::{KeySet, KeySetFault};
use crate::config::AuthorizationServer;

/// Why an authorization server cannot be trusted as configured: which, what is wrong, how to mend it. One line.
#[derive(Debug, Error)]
#[error("authorization server `{issuer}`: {fault}")]
pub struct TrustError {
    /// Its `issuer`, as configured.
    pub issuer: String,
    /// What is wrong.
    pub fault: TrustFault,
}

/// What is wrong with an authorization server's configuration.
#[derive(Debug, Error)]
pub enum TrustFault {
    /// Plain http across a network, or no URL.
    #[error("{0} `{1}` must be an https URL (plain http only on loopback)")]
    Url(&'static str, String),
    /// None or several of the three ways.
    #[error("give exactly one of `certificate`, `jwks_file` and `jwks_uri`")]
    OneSource,
    /// A file cannot be read.
    #[error("{}: cannot be read: {fault}", path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        fault: std::io::Error,
    },
    /// A file holds no keys.
    #[error("{}: {fault}", path.display())]
    Keys {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        fault: KeySetFault,
    },
    /// A name that is not understood.
    #[error("{list}: `{name}` is not supported; choose from {}", choices.join(", "))]
    Algorithm {
        /// The configuration key.
        list: &'static str,
        /// The name given.
        name: String,
        /// What may be given.
        choices: &'static [&'static str],
    },
    /// A list that would refuse every token.
    #[error("`{0}` must not be empty: no token would open")]
    Empty(&'static str),
    /// The same issuer twice.
    #[error("is configured twice; an issuer has one entry")]
    Twice,
    /// No thread to refresh keys with.
    #[error("no thread for refreshing its keys: {0}")]
    Thread(std::io::Error),
}

/// What one server's tokens may be.
#[derive(Debug)]
pub(super) struct Policy {
    pub(super) audience: Vec<String>,
    pub(super) envelopes: Envelopes,
    pub(super) signatures: Vec<Signature>,
    /// As [`media_type`] writes them.
    pub(super) accept_typ: Vec<String>,
    pub(super) client_id_claim: String,
    pub(super) max_lifetime: TimeDelta,
}

/// One authorization server.
pub(super) struct Server {
    issuer: String,
    policy: Policy,
    source: Source,
}

enum Source {
    Fixed(Arc<KeySet>),
    Remote { remote: Arc<Remote>, _refresher: Option<Refresher> },
}

impl Server {
    /// What its tokens may be.
    pub(super) fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Its keys, unless they have never been fetched or are too old.
    pub(super) fn keys(&self) -> Option<Arc<KeySet>> {
        match &self.source {
            Source::Fixed(keys) => Some(Arc::clone(keys)),
            Source::Remote { remote, .. } => remote.keys(),
        }
    }

    /// Where its keys can be fetched anew.
    pub(super) fn remote(&self) -> Option<Arc<Remote>> {
        match &self.source {
            Source::Fixed(_) => None,
            Source::Remote { remote, .. } => Some(Arc::clone(remote)),
        }
    }
}

/// The authorization servers whose tokens open here. Dropping it stops the refreshing of their keys.
pub struct Trust {
    servers: Vec<Server>,
    any: Envelopes,
    changes: Arc<AtomicU64>,
}

impl Trust {
    /// Reads certificates and JWK sets, and begins to fetch those that are given by URI. `default_audience` is that of
    /// servers whose `audience` is empty.
    pub fn load(servers: &[AuthorizationServer], default_audience: &str) -> Result<Self, TrustError> {
        Self::load_with(servers, default_audience, Timing::default())
    }

    /// As [`Trust::load`], for one look: a key set that is given by URI is fetched if a token asks for it, once.
    pub fn load_for_one_look(servers: &[AuthorizationServer], default_audience: &str) -> Result<Self, TrustError> {
        Self::load_with(servers, default_audience, Timing { kept_fresh: false, ..Timing::default() })
    }

    pub(super) fn load_with(
        configured: &[AuthorizationServer],
        default_audience: &str,
        timing: Timing,
    ) -> Result<Self, TrustError> {
        let changes = Arc::default();
        let mut seen = BTreeSet::new();
        let mut servers = Vec::with_capacity(configured.len());
        let mut any = Envelopes::default();
        for server in configured {
            let fault = |fault| TrustError { issuer: server.issuer.clone(), fault };
            if !seen.insert(&server.issuer) {
                return Err(fault(TrustFault::Twice));
            }
            let policy = policy(server, default_audience).map_err(fault)?;
            any.widen(&policy.envelopes);
            let source = source(server, timing, &changes).map_err(fault)?;
            servers.push(Server { issuer: server.issuer.clone(), policy, source });
        }
        Ok(Self { servers, any, changes })
    }

    /// The server of exactly that `iss`.
    pub(super) fn server(&self, issuer: &str) -> Option<&Server> {
        self.servers.iter().find(|server| server.issuer == issuer)
    }

    /// What any of the servers may send: what is outside is refused before anything is decrypted.
    pub(super) fn envelopes(&self) -> &Envelopes {
        &self.any
    }

    /// How often a fetched key set has changed: what was verified before is to be verified again.
    pub(super) fn changes(&self) -> u64 {
        self.changes.load(Ordering::Acquire)
    }

    /// Takes over the fetched key sets of `old`, so that a reload does not forget them.
    pub(super) fn adopt(&self, old: &Self) {
        for remote in self.servers.iter().filter_map(Server::remote) {
            for known in old.servers.iter().filter_map(Server::remote) {
                remote.adopt(&known);
            }
        }
    }

    /// The issuers none of whose tokens can be verified now.
    pub fn issuers_without_keys(&self) -> Vec<String> {
        let has_keys = |server: &Server| server.keys().is_some_and(|keys| !keys.is_empty());
        self.servers.iter().filter(|server| !has_keys(server)).map(|server| server.issuer.clone()).collect()
    }
}

impl fmt::Debug for Trust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.servers.iter().map(|server| &server.issuer)).finish()
    }
}

fn policy(server: &AuthorizationServer, default_audience: &str) -> Result<Policy, TrustFault> {
    if !is_fetchable(&server.issuer) {
        return Err(TrustFault::Url("issuer", server.issuer.clone()));
    }
    let audience = if server.audience.is_empty() { vec![default_audience.to_owned()] } else { server.audience.clone() };
    if audience.iter().any(String::is_empty) {
        return Err(TrustFault::Empty("audience"));
    }
    if server.accept_typ.is_empty() {
        return Err(TrustFault::Empty("accept_typ"));
    }
    Ok(Policy {
        audience,
        envelopes: Envelopes {
            key_management: algorithms(
                "key_management_algorithms",
                &server.key_management_algorithms,
                KeyManagement::from_name,
                KeyManagement::NAMES,
            )?,
            content_encryption: algorithms(
                "content_encryption_algorithms",
                &server.content_encryption_algorithms,
                ContentEncryption::from_name,
                ContentEncryption::NAMES,
            )?,
            missing_cty: server.accept_missing_cty,
            unencrypted: server.accept_unencrypted,
        },
        signatures: algorithms(
            "signature_algorithms",
            &server.signature_algorithms,
            Signature::from_name,
            Signature::NAMES,
        )?,
        accept_typ: server.accept_typ.iter().map(|typ| media_type(typ)).collect(),
        client_id_claim: server.client_id_claim.clone(),
        max_lifetime: i64::try_from(server.max_token_lifetime_s)
            .ok()
            .and_then(TimeDelta::try_seconds)
            .unwrap_or(TimeDelta::MAX),
    })
}

fn algorithms<T>(
    list: &'static str,
    names: &[String],
    from_name: fn(&str) -> Option<T>,
    choices: &'static [&'static str],
) -> Result<Vec<T>, TrustFault> {
    if names.is_empty() {
        return Err(TrustFault::Empty(list));
    }
    let unknown = |name: &String| TrustFault::Algorithm { list, name: name.clone(), choices };
    names.iter().map(|name| from_name(name).ok_or_else(|| unknown(name))).collect()
}

fn source(server: &AuthorizationServer, timing: Timing, changes: &Arc<AtomicU64>) -> Result<Source, TrustFault> {
    match (&server.certificate, &server.jwks_file, &server.jwks_uri) {
        (Some(path), None, None) => {
            let pem = read(path)?;
            let keys = String::from_utf8(pem).map_err(|_| KeySetFault::NoCertificate);
            fixed(path, keys.and_then(|pem| KeySet::from_certificate_pem(&pem)))
        }
        (None, Some(path), None) => fixed(path, KeySet::from_jwks(&read(path)?)),
        (None, None, Some(uri)) if is_fetchable(uri) => {
            let remote = Arc::new(Remote::new(&server.issuer, uri, timing, Arc::clone(changes)));
            let refresher = timing.kept_fresh.then(|| Refresher::start(&remote)).transpose();
            Ok(Source::Remote { remote, _refresher: refresher.map_err(TrustFault::Thread)? })
        }
        (None, None, Some(uri)) => Err(TrustFault::Url("jwks_uri", uri.clone())),
        _ => Err(TrustFault::OneSource),
    }
}

fn read(path: &Path) -> Result<Vec<u8>, TrustFault> {
    fs::read(path).map_err(|fault| TrustFault::Unreadable { path: path.into(), fault })
}

fn fixed(path: &Path, keys: Result<KeySet, KeySetFault>) -> Result<Source, TrustFault> {
    let keys = keys.and_then(|keys| if keys.is_empty() { Err(KeySetFault::NothingUsable) } else { Ok(keys) });
    keys.map(|keys| Source::Fixed(Arc::new(keys))).map_err(|fault| TrustFault::Keys { path: path.into(), fault })
}
