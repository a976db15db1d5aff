//! What both processes agree on: routes, keys, names, cores.

use std::path::PathBuf;

pub(crate) use crate::cores::Fault;
use crate::database::{Backend, Database};
use crate::peers::Peer;

/// The resource identifier, which tokens name as their audience.
pub(crate) const AUDIENCE: &str = "http://127.0.0.1:8700";
/// How many people there are, each with a token.
pub(crate) const PEOPLE: usize = 1000;
/// How many contacts each has: more than a page.
pub(crate) const CONTACTS: usize = 60;

/// What is loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Route {
    /// actix-web without any middleware of ours.
    Naked,
    /// Our application, its middleware and a handler that answers a profile at once.
    Bare,
    /// The same behind a grant.
    Authenticated,
    /// The same, and once more what the owner's hold asks and notes of each request.
    Twice,
    /// `GET /v1.0/me`.
    Me(Backend),
    /// As bare, with a page of contacts.
    Page,
    /// `GET /v1.0/me/contacts`: 50 of them.
    List(Backend),
    /// The same by a client that has the page already: 304.
    Unchanged(Backend),
    /// The same page, from the same SQLite file, by another's server.
    Peer(Peer),
}

impl Route {
    /// What can be loaded with these databases.
    pub(crate) fn on(databases: &[Database]) -> Vec<Self> {
        let each = |route: fn(Backend) -> Self| databases.iter().map(move |database| route(backend(database)));
        let bare = [Self::Naked, Self::Bare, Self::Authenticated, Self::Twice].into_iter().chain(each(Self::Me));
        let lists = [Self::Page].into_iter().chain(each(Self::List)).chain(each(Self::Unchanged));
        bare.chain(lists).chain(Peer::installed().into_iter().map(Self::Peer)).collect()
    }

    /// Its name in the table.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Naked => "naked actix",
            Self::Bare => "bare",
            Self::Authenticated => "authentication",
            Self::Twice => "authentication, held twice",
            Self::Me(Backend::Sqlite) => "me, SQLite",
            Self::Me(Backend::Postgres) => "me, PostgreSQL",
            Self::Page => "bare, a page",
            Self::List(Backend::Sqlite) => "list of 50, SQLite",
            Self::List(Backend::Postgres) => "list of 50, PostgreSQL",
            Self::Unchanged(Backend::Sqlite) => "list unchanged, SQLite",
            Self::Unchanged(Backend::Postgres) => "list unchanged, PostgreSQL",
            Self::Peer(Peer::Fastify) => "list of 50, Fastify + better-sqlite3",
            Self::Peer(Peer::FastApi) => "list of 50, FastAPI + SQLAlchemy + orjson",
            Self::Peer(Peer::Radicale) => "list of 50 vCards, Radicale",
        }
    }

    /// Its path; all are of about one depth, so that routing costs them alike.
    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::Naked | Self::Bare => "/v1.0/bare",
            Self::Authenticated => "/v1.0/authenticated",
            Self::Me(_) => "/v1.0/me",
            Self::Twice => "/v1.0/twice",
            Self::Page => "/v1.0/page",
            Self::List(_) | Self::Unchanged(_) | Self::Peer(_) => "/v1.0/me/contacts",
        }
    }

    /// Which of the child's ports it is on: the naked one is the first, then one a database.
    pub(crate) fn port(self, ports: &[u16]) -> Option<u16> {
        let at = match self {
            Self::Naked => 0,
            Self::Peer(_) => return None,
            Self::Bare | Self::Authenticated | Self::Twice | Self::Page => 1,
            Self::Me(on) | Self::List(on) | Self::Unchanged(on) => match on {
                Backend::Sqlite => 1,
                Backend::Postgres => 2,
            },
        };
        ports.get(at).copied()
    }

    /// What it is compared with: the same bytes, or less, from the same middleware.
    pub(crate) fn beside(self) -> Self {
        match self {
            Self::Page | Self::List(_) | Self::Peer(_) => Self::Page,
            _ => Self::Bare,
        }
    }

    /// The least ratio to that which it must reach, of CPU time a request (performance.md §4 of the design).
    pub(crate) fn goal(self) -> Option<f64> {
        match self {
            Self::Authenticated => Some(0.95),
            Self::Me(Backend::Sqlite) => Some(0.60),
            Self::Me(Backend::Postgres) => Some(0.20),
            Self::List(Backend::Sqlite) => Some(0.14),
            Self::Unchanged(Backend::Sqlite) => Some(0.55),
            _ => None,
        }
    }

    /// How many times as many requests a second the list on SQLite must answer.
    pub(crate) fn outdone_by(self) -> Option<f64> {
        match self {
            Self::Peer(Peer::Fastify) => Some(3.0),
            Self::Peer(Peer::FastApi) => Some(6.0),
            Self::Peer(Peer::Radicale) => Some(80.0),
            _ => None,
        }
    }

    /// Whether it closes each connection after an answer: only `wrk` puts up with that.
    pub(crate) fn closes_connections(self) -> bool {
        self == Self::Peer(Peer::Radicale)
    }

    /// Whether its database takes processor time that is not the server's.
    pub(crate) fn is_on_postgres(self) -> bool {
        matches!(self, Self::Me(Backend::Postgres) | Self::List(Backend::Postgres) | Self::Unchanged(Backend::Postgres))
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
