//! The only place with a database connection. A [`Store`] lends one to a [`Grant`](crate::access::Grant) only, narrowed to the grant's person
//! ([`Owned`]). May import `access` (and what stands left of it); knows no HTTP.
//!
//! - [`Store::read`] and [`Store::point`]: a pooled connection; `point` does not leave the thread on SQLite.
//! - [`Store::write`]: on SQLite by the one writer, which commits what waits together; on PostgreSQL by the pool.
//!   It answers when the write survives a power cut, not before.
//!
//! A handler that has the store but no grant has no connection to reach:
//! ```compile_fail,E0616
//! fn handler(store: &sharehold::store::Store) { let _ = &store.inner; }
//! ```
//! A query for writing cannot be run with a grant to read:
//! ```compile_fail,E0631
//! use sharehold::access::{Grant, Read, Write};
//! use sharehold::resources::profile::Profile;
//! use sharehold::store::{Owned, Store, StoreError};
//! fn change(on: &mut Owned<'_, Profile, Write>) -> Result<(), StoreError> { Ok(()) }
//! async fn handler(grant: Grant<Profile, Read>, store: Store) { store.read(&grant, change).await.unwrap(); }
//! ```
//! Nor can a grant to read be used to write at all:
//! ```compile_fail,E0277
//! use sharehold::access::{Grant, Read};
//! use sharehold::resources::profile::Profile;
//! use sharehold::store::{Store, StoreError};
//! async fn handler(grant: Grant<Profile, Read>, store: Store) {
//!     store.write(&grant, |_| Ok::<_, StoreError>(())).await.unwrap();
//! }
//! ```
//! A grant for one kind does not open another:
//! ```compile_fail,E0631
//! use sharehold::access::{Grant, Kind, Read};
//! use sharehold::resources::profile::Profile;
//! use sharehold::store::{Owned, Store, StoreError};
//! enum Diary {}
//! impl Kind for Diary { const NAME: &'static str = "diary"; }
//! fn pages(on: &mut Owned<'_, Diary, Read>) -> Result<(), StoreError> { Ok(()) }
//! async fn handler(grant: Grant<Profile, Read>, store: Store) { store.read(&grant, pages).await.unwrap(); }
//! ```

mod access_log;
mod backend;
mod blobs;
mod checkpoint;
pub mod columns;
mod connections;
pub mod contents;
mod db;
mod error;
mod expiry;
mod fate;
mod files;
pub mod grants;
mod group;
mod inspection;
mod installation;
mod integrity;
mod job;
mod kept;
mod landing;
mod lend;
mod meter;
mod migrate;
mod mirror;
mod open;
mod operator;
mod owned;
mod people;
mod place;
mod pool;
mod postgres;
mod programs;
mod ready;
pub mod revocations;
mod rights;
mod seal_keys;
mod start;
pub mod tables;
mod watcher;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use backend::Waits;
pub use blobs::BLOB_COLUMNS;
pub use columns::{Instant, Uid};
pub(crate) use db::on_backend;
pub use db::{Db, MultiBackend};
pub use error::{Busy, Failure, Halt, StoreError};
use fate::Fate;
pub use inspection::Inspection;
pub use integrity::Integrity;
pub use kept::{Kept, refuse_newer};
pub use landing::Landing;
use meter::{METER, Query};
pub use mirror::Mirror;
pub use open::Examined;
pub use operator::Operator;
pub use owned::{Changes, Make, Owned, Reads};
pub use people::Person;
pub use revocations::Revocation;
pub use seal_keys::SealKeys;
pub use start::StartError;
pub use writer::Tuning;

use uuid::timestamp::context::ContextV7;

use crate::access::{Consent, Uses};
use crate::clock::Clock;
use crate::config::Provision;

/// The database. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    pool: pool::Pool,
    writer: Lane,
    seen: people::Seen,
    uses: Arc<Uses>,
    provision: Provision,
    clock: Arc<dyn Clock>,
    probed: ready::Last,
    warnings: Vec<String>,
    installation: Uid,
    seal_keys: SealKeys,
    ids: Mutex<ContextV7>,
    /// SQLite's.
    file: Option<PathBuf>,
}

/// Which way writes go.
enum Lane {
    /// To the one writer.
    Sqlite(writer::Writer),
    /// To the pool.
    Postgres(Waits),
}

impl Store {
    /// A new id for something of anybody's: greater than all that this process made before.
    pub fn new_id(&self) -> Uid {
        Uid::new_after(&self.inner.ids, self.inner.clock.now())
    }

    /// Now, as rows keep it.
    pub fn now(&self) -> Instant {
        self.inner.clock.now().into()
    }

    /// How many changes of the revocations there have been, to be compared with the count before the map in memory was
    /// filled. It only ever grows; a row added, changed or deleted, by whomever, is a change.
    pub async fn revocation_number(&self) -> Result<i64, StoreError> {
        let number = self.inner.pool.hop(Query::Revocations, revocations::number).await?;
        METER.revocations.absolute(u64::try_from(number).unwrap_or_default());
        Ok(number)
    }

    /// All revocations, in the order of their numbers.
    pub async fn revocations(&self) -> Result<Vec<Revocation>, StoreError> {
        self.inner.pool.hop(Query::Revocations, revocations::all).await
    }

    /// What a map must know of consents: those that were restored, and those whose clients were first used before `before`.
    pub async fn consents(&self, before: Instant) -> Result<Vec<Consent>, StoreError> {
        self.inner.pool.hop(Query::Revocations, move |db| revocations::consents(db, before)).await
    }

    /// Which database it is, in a word.
    pub fn kind(&self) -> &'static str {
        if self.inner.file.is_some() { "sqlite" } else { "postgres" }
    }

    /// The database's own id.
    pub fn installation(&self) -> Uid {
        self.inner.installation
    }

    /// SQLite's file.
    pub fn file(&self) -> Option<&Path> {
        self.inner.file.as_deref()
    }

    /// How many pooled connections are lent, and how many wait for work.
    pub fn lent_and_idle(&self) -> (u32, u32) {
        self.inner.pool.lent_and_idle()
    }

    /// Whether the database answers. While it does not, all that needs it fails at once.
    pub fn is_up(&self) -> bool {
        self.inner.pool.absence().is_none()
    }

    /// What was found at the start that is slow or awkward but safe; one line each, for the log.
    pub fn warnings(&self) -> &[String] {
        &self.inner.warnings
    }

    /// Does the writes that wait, empties the write-ahead log into the database and stops the writer. Blocks until then.
    /// Writes that come later are told [`Busy::Closing`]; reads still work.
    pub fn close(&self) {
        if let Lane::Sqlite(writer) = &self.inner.writer {
            writer.close();
        }
    }

    /// A write without a person.
    async fn submit<T, E>(
        &self,
        name: Query,
        mut work: impl FnMut(&mut Db) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: Failure,
    {
        match &self.inner.writer {
            Lane::Sqlite(writer) => writer.write(name, work).await,
            Lane::Postgres(waits) => {
                let (waits, fate) = (*waits, Arc::new(Fate::default()));
                let asked = fate.clone();
                self.inner.pool.hop_with(fate, name, move |db| postgres::write(db, waits, &asked, &mut work)).await
            }
        }
    }
}
