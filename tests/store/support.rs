//! A database of a test's own, and a kind of resource that only the tests have.

use std::future::Future;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use diesel::connection::{Connection as _, SimpleConnection as _};
use diesel::prelude::*;
use sharehold::access::{Grant, Kind, Read, Write};
use sharehold::clock::SystemClock;
use sharehold::config::{Database, Limits, Provision};
use sharehold::secret::Secret;
use sharehold::store::{Changes, Db, Owned, StartError, Store, StoreError, Tuning};

/// Makes two tests of each function: on SQLite and on PostgreSQL.
macro_rules! on_both {
    ($($name:ident)*) => {
        $(mod $name {
            #[test]
            fn sqlite() {
                let database = $crate::store::support::TestDatabase::sqlite();
                $crate::store::support::block_on(super::$name(&database));
            }
            #[test]
            fn postgres() {
                let database = $crate::store::support::TestDatabase::postgres();
                $crate::store::support::block_on(super::$name(&database));
            }
        })*
    };
}
pub(super) use on_both;

pub(super) const ISSUER: &str = "https://as.example";

pub(super) enum Notes {}

impl Kind for Notes {
    const NAME: &'static str = "notes";
}

diesel::table! {
    notes (person, id) {
        person -> BigInt,
        id -> BigInt,
        changed -> BigInt,
        text -> Nullable<Text>,
    }
}

/// Adds a note and gives the number of the change.
pub(super) fn add<A: Changes>(on: &mut Owned<'_, Notes, A>, id: i64, text: &str) -> Result<i64, StoreError> {
    let change = on.change();
    let (me, db) = on.parts();
    let row = (notes::person.eq(me.id), notes::id.eq(id), notes::changed.eq(change), notes::text.eq(text));
    diesel::insert_into(notes::table).values(row).execute(db)?;
    Ok(change)
}

/// One's own notes, by id.
pub(super) fn list(on: &mut Owned<'_, Notes, Read>) -> Result<Vec<i64>, StoreError> {
    let (me, db) = on.parts();
    Ok(notes::table.filter(notes::person.eq(me.id)).order(notes::id).select(notes::id).load(db)?)
}

pub(super) fn writes(subject: &str) -> Grant<Notes, Write> {
    Grant::operator(ISSUER, subject)
}

pub(super) fn reads(subject: &str) -> Grant<Notes, Read> {
    Grant::operator(ISSUER, subject)
}

/// Runs a future on a runtime of its own.
pub(super) fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(future)
}

/// A folder with a SQLite file, or a schema in the PostgreSQL that `TEST_POSTGRES_URL` names; gone when it is dropped.
pub(super) enum TestDatabase {
    Sqlite(tempfile::TempDir),
    Postgres(String),
}

impl TestDatabase {
    pub(super) fn sqlite() -> Self {
        Self::Sqlite(tempfile::tempdir().expect("a folder"))
    }

    pub(super) fn postgres() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let schema = format!("store_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        server().batch_execute(&format!("CREATE SCHEMA {schema}")).expect("a schema");
        Self::Postgres(schema)
    }

    pub(super) fn is_sqlite(&self) -> bool {
        matches!(self, Self::Sqlite(_))
    }

    pub(super) fn path(&self) -> PathBuf {
        match self {
            Self::Sqlite(folder) => folder.path().join("store.db"),
            Self::Postgres(_) => panic!("PostgreSQL has no file"),
        }
    }

    pub(super) fn url(&self) -> String {
        match self {
            Self::Sqlite(_) => format!("sqlite://{}", self.path().display()),
            Self::Postgres(schema) => {
                let url = server_url();
                let joint = if url.contains('?') { '&' } else { '?' };
                format!("{url}{joint}options=-csearch_path%3D{schema}")
            }
        }
    }

    /// A connection beside the store's, as another program would have it.
    pub(super) fn beside(&self) -> Db {
        match self {
            Self::Sqlite(_) => Db::Sqlite(SqliteConnection::establish(self.path().to_str().unwrap()).unwrap()),
            Self::Postgres(_) => Db::Postgres(PgConnection::establish(&self.url()).expect("a connection")),
        }
    }

    pub(super) fn settings(&self) -> Database {
        Database { url: Secret::new(self.url()), pool_size: 4 }
    }

    pub(super) fn try_open(&self, users: Provision, tuning: Tuning) -> Result<Store, StartError> {
        // A busy machine makes a test wait, not fail.
        let limits = Limits { pool_wait_s: 30, ..Limits::default() };
        Store::open_tuned(&self.settings(), &limits, users, SystemClock::shared(), tuning)
    }

    /// The store, with a table of notes.
    pub(super) fn open(&self) -> Store {
        let store = self.try_open(Provision::OnFirstToken, Tuning::default()).expect("a store");
        let table = "CREATE TABLE IF NOT EXISTS notes (person BIGINT NOT NULL REFERENCES people (id), id BIGINT NOT NULL, \
                     changed BIGINT NOT NULL, text TEXT, PRIMARY KEY (person, id))";
        self.beside().batch_execute(table).expect("the table");
        store
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        if let Self::Postgres(schema) = self {
            server().batch_execute(&format!("DROP SCHEMA {schema} CASCADE")).expect("the schema dropped");
        }
    }
}

fn server_url() -> String {
    std::env::var("TEST_POSTGRES_URL").expect("TEST_POSTGRES_URL is not set: run tests/run, which starts a PostgreSQL")
}

fn server() -> PgConnection {
    PgConnection::establish(&server_url()).expect("a connection to TEST_POSTGRES_URL")
}
