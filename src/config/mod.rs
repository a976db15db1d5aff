//! The configuration: every setting, its unit and its default. Contract: `schema/config.schema.json`.
//! A leaf: imports nothing of ours but `secret`. `load` reads it, `check` says what is wrong with it.

mod changes;
mod check;
mod credentials;
mod fault;
mod limits;
mod load;
pub mod network;
mod paths;
mod read;
mod servers;
mod tree;

use std::path::{Path, PathBuf};

use serde::Deserialize;

pub use changes::need_restart;
pub use check::{Report, check};
pub use credentials::{Credentials, NO_CREDENTIALS};
pub use fault::Fault;
pub use limits::{Limits, Rate};
pub use load::{PREFIX, load};
pub use servers::AuthorizationServer;

/// All settings. TOML file < `SHAREHOLD__…` environment < `--set` flags; unknown keys are refused.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Where the API is served, `address:port`; port 0 takes any free port.
    pub listen: String,
    /// Where `/livez`, `/readyz` and `/metrics` are served.
    pub admin_listen: String,
    /// The resource identifier: how clients name this server, and the default audience. All absolute links begin with it.
    pub public_url: String,
    /// Folder for what the server keeps beside database and blobs. Relative paths are relative to the file.
    pub data_dir: PathBuf,
    /// Addresses or networks (`10.0.0.0/8`) of the proxies that may set `Forwarded` or `X-Forwarded-For`.
    pub trusted_proxies: Vec<String>,
    /// The database.
    pub database: Database,
    /// Where photos' bytes live.
    pub blobs: Blobs,
    /// Our private keys.
    pub keys: Keys,
    /// The authorization servers whose tokens open here.
    pub authorization_servers: Vec<AuthorizationServer>,
    /// How people come to have an account.
    pub users: Users,
    /// Which sites' pages may call from a browser.
    pub cors: Cors,
    /// TLS; absent: plain HTTP, on loopback or behind a listed proxy only.
    pub tls: Option<Tls>,
    /// Requests a second.
    pub rate: Rate,
    /// How the process behaves.
    pub server: Server,
    /// How long things are kept.
    pub retention: Retention,
    /// Where people sign in to the owner's page; absent: nowhere, and the page says so.
    pub owner_page: Option<OwnerPage>,
    /// Every limit, one key a row of the limits table.
    pub limits: Limits,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:8700".into(),
            admin_listen: "127.0.0.1:8701".into(),
            public_url: "http://127.0.0.1:8700".into(),
            data_dir: "data".into(),
            trusted_proxies: Vec::new(),
            database: Database::default(),
            blobs: Blobs::default(),
            keys: Keys::default(),
            authorization_servers: Vec::new(),
            users: Users::default(),
            cors: Cors::default(),
            tls: None,
            rate: Rate::default(),
            server: Server::default(),
            retention: Retention::default(),
            owner_page: None,
            limits: Limits::default(),
        }
    }
}

impl Config {
    /// `public_url` without a final slash, followed by `path` (which begins with one): the form of every absolute link.
    pub fn link(&self, path: &str) -> String {
        format!("{}{path}", self.public_url.trim_end_matches('/'))
    }

    /// `trusted_proxies`, which [`check`] has found to be networks.
    pub fn proxies(&self) -> Vec<network::Network> {
        self.trusted_proxies.iter().filter_map(|proxy| proxy.parse().ok()).collect()
    }
}

/// `[database]`
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Database {
    /// `sqlite://path` or `postgres://user:password@host/name`. Never printed: it may hold a password.
    pub url: crate::secret::Secret<String>,
    /// Connections for reading (`SQLite`) or for everything (Postgres); 0: four a core.
    pub pool_size: u32,
}

impl Default for Database {
    fn default() -> Self {
        Self { url: crate::secret::Secret::new("sqlite://data/sharehold.db".into()), pool_size: 0 }
    }
}

/// `[blobs]`
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Blobs {
    /// `file://path` or `s3://bucket/prefix`.
    pub url: String,
    /// `[blobs.s3]`
    pub s3: Option<S3>,
    /// Of S3, from the environment alone.
    #[serde(skip)]
    pub credentials: Option<Credentials>,
}

impl Default for Blobs {
    fn default() -> Self {
        Self { url: "file://data/blobs".into(), s3: None, credentials: None }
    }
}

impl Blobs {
    /// The folder, if it is one.
    pub fn folder(&self) -> Option<&Path> {
        self.url.strip_prefix("file://").filter(|path| !path.is_empty()).map(Path::new)
    }
}

/// `[blobs.s3]`
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct S3 {
    /// Endpoint URL, for stores that are not Amazon's.
    pub endpoint: Option<String>,
    /// Region.
    pub region: Option<String>,
}

/// `[keys]`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Keys {
    /// Private keys (PKCS#8 PEM, RSA). The first is published first; all open tokens.
    pub decryption: Vec<PathBuf>,
}

/// `[users]`
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Users {
    /// When an account is made.
    pub provision: Provision,
}

/// When an account is made for a subject never seen before.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Provision {
    /// By the first valid token.
    #[default]
    OnFirstToken,
    /// Never: the operator makes accounts.
    Never,
}

/// `[cors]`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Cors {
    /// Exact origins (`https://site.example`); none by default, never `*`.
    pub origins: Vec<String>,
}

/// `[tls]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    /// Certificate chain, PEM.
    pub certificate: PathBuf,
    /// Private key, PEM.
    pub private_key: PathBuf,
}

/// `[server]`
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Server {
    /// Seconds between "not ready" and closing the door at a stop; longer than a proxy keeps idle connections to us.
    pub drain_wait_s: u64,
    /// Threads that serve requests; 0: one a core.
    pub workers: usize,
}

impl Default for Server {
    fn default() -> Self {
        Self { drain_wait_s: 2, workers: 0 }
    }
}

/// `[retention]`
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Retention {
    /// Days that the access log is kept.
    pub access_log_days: u32,
    /// Days that a consent lasts.
    pub consent_days: u32,
}

impl Default for Retention {
    fn default() -> Self {
        Self { access_log_days: 180, consent_days: 365 }
    }
}

/// `[owner_page]`
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnerPage {
    /// The authorization server where the owner signs in.
    pub issuer: String,
    /// Our client id there.
    pub client_id: String,
}
