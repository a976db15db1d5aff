//! What both processes agree on: routes, keys, names, cores.

use std::path::PathBuf;

use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

use crate::database::{Backend, Database};

/// Whatever went wrong; the bench ends with it.
pub(crate) type Fault = Box<dyn std::error::Error>;

/// Who signs the tokens.
pub(crate) const ISSUER: &str = "https://as.example";
/// The resource identifier, which tokens name as their audience.
pub(crate) const AUDIENCE: &str = "http://127.0.0.1:8700";
/// How many people there are, each with a token.
pub(crate) const PEOPLE: usize = 1000;

/// What is loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Route {
    /// actix-web without any middleware of ours.
    Naked,
    /// Our application, its middleware and a handler that answers at once.
    Bare,
    /// The same behind a grant.
    Authenticated,
    /// `GET /v1.0/me`.
    Me(Backend),
}

impl Route {
    /// What can be loaded with these databases.
    pub(crate) fn on(databases: &[Database]) -> Vec<Self> {
        let me = databases.iter().map(|database| Self::Me(backend(database)));
        [Self::Naked, Self::Bare, Self::Authenticated].into_iter().chain(me).collect()
    }

    /// Its name in the table.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Naked => "naked actix",
            Self::Bare => "bare",
            Self::Authenticated => "authentication",
            Self::Me(Backend::Sqlite) => "me, SQLite",
            Self::Me(Backend::Postgres) => "me, Postgres",
        }
    }

    /// Its path; all are of one depth, so that routing costs them alike.
    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::Naked | Self::Bare => "/v1.0/bare",
            Self::Authenticated => "/v1.0/authenticated",
            Self::Me(_) => "/v1.0/me",
        }
    }

    /// Which of the child's ports it is on: the naked one is the first, then one a database.
    pub(crate) fn port(self, ports: &[u16]) -> Option<u16> {
        let at = match self {
            Self::Naked => 0,
            Self::Bare | Self::Authenticated | Self::Me(Backend::Sqlite) => 1,
            Self::Me(Backend::Postgres) => 2,
        };
        ports.get(at).copied()
    }

    /// The least ratio to bare that it must reach, of CPU time a request (performance.md §4 of the design).
    pub(crate) fn goal(self) -> Option<f64> {
        match self {
            Self::Naked | Self::Bare => None,
            Self::Authenticated => Some(0.95),
            Self::Me(Backend::Sqlite) => Some(0.60),
            Self::Me(Backend::Postgres) => Some(0.20),
        }
    }
}

fn backend(database: &Database) -> Backend {
    match database {
        Database::Sqlite(_) => Backend::Sqlite,
        Database::Postgres { .. } => Backend::Postgres,
    }
}

/// A SQLite database, and one on Postgres if `TEST_POSTGRES_URL` says where.
pub(crate) fn databases() -> Vec<Database> {
    let mut databases = vec![Database::new(Backend::Sqlite)];
    if std::env::var_os("TEST_POSTGRES_URL").is_some() {
        databases.push(Database::new(Backend::Postgres));
    } else {
        eprintln!("TEST_POSTGRES_URL is not set: only SQLite is measured");
    }
    databases
}

/// A file of `fixtures/keys`.
pub(crate) fn key(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "fixtures/keys", name].iter().collect()
}

/// Where a process runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Core {
    /// The first core that this process may use.
    First,
    /// The last.
    Last,
}

/// Keeps this process, and what it starts from now on, on one core.
pub(crate) fn pin(core: Core) -> Result<(), Fault> {
    let allowed = sched_getaffinity(None)?;
    let mut cores = (0..CpuSet::MAX_CPU).filter(|at| allowed.is_set(*at));
    let chosen = match core {
        Core::First => cores.next(),
        // Of a single core there is no last one that is not the first.
        Core::Last => cores.skip(1).last(),
    };
    let chosen = chosen.ok_or("this bench needs two cores: one for the server, one for the load")?;
    let mut only = CpuSet::new();
    only.set(chosen);
    sched_setaffinity(None, &only)?;
    Ok(())
}
