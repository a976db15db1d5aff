//! A database as an operator's commands read it: all of it, beside a server that runs, changing nothing.
//! May import `config` and the rest of `store`.

use std::path::Path;

use diesel::connection::{AnsiTransactionManager, SimpleConnection as _};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Text;

use super::backend::{Purpose, Waits, connect};
use super::columns::Uid;
use super::db::Db;
use super::error::StoreError;
use super::open::sqlite;
use super::place::Place;
use super::start::StartError;
use super::{blobs, files, installation, migrate, programs, seal_keys};
use crate::config::{Database, Limits};

/// A connection that is nobody's: what it reads is everybody's. No request has one.
pub struct Inspection {
    db: Db,
    place: Place,
    installation: Uid,
}

impl Inspection {
    /// Opens the database that serves, or has served; refuses one whose schema is not this program's.
    pub fn open(settings: &Database) -> Result<Self, StartError> {
        let place = match Place::parse(settings.url.expose())? {
            Place::Sqlite(path) if !Path::new(&path).exists() => {
                return Err(StartError::refused(format!("there is no database {path}: name it in database.url")));
            }
            Place::Sqlite(path) => sqlite(files::examine(Path::new(&path))?)?,
            postgres @ Place::Postgres(_) => postgres,
        };
        Self::connect(place)
    }

    /// Opens the copy of a SQLite database that is in a backup.
    pub fn of_copy(file: &Path) -> Result<Self, StartError> {
        if !file.is_file() {
            return Err(StartError::refused(format!("{} is missing", file.display())));
        }
        Self::connect(sqlite(file.to_owned())?)
    }

    fn connect(place: Place) -> Result<Self, StartError> {
        let failed = |error: &dyn std::fmt::Display| StartError::failed("the database cannot be opened", &error);
        let mut db =
            connect(&place, Purpose::Migrations, Waits::from(&Limits::default())).map_err(|error| failed(&error))?;
        let older =
            || StartError::refused("the database's schema is older than this program: `sharehold migrate` first");
        if !migrate::examine(&mut db)? {
            return Err(older());
        }
        let found = installation::find(&mut db).map_err(|error| failed(&error.detail()))?;
        Ok(Self { db, place, installation: found.ok_or_else(older)? })
    }

    /// The database's own id.
    pub fn installation(&self) -> Uid {
        self.installation
    }

    /// Changes nothing from here on. Each query is of one moment, and not all of them together: a snapshot that lasts as long as
    /// all blobs take to read would keep SQLite's write-ahead log from being emptied, and a server from starting.
    pub fn read_only(&mut self) -> Result<(), StoreError> {
        Ok(self.db.batch_execute(match self.db {
            Db::Sqlite(_) => "PRAGMA query_only = ON",
            Db::Postgres(_) => "SET default_transaction_read_only = on",
        })?)
    }

    /// Copies the database as of one moment into a new file, and gives what reads that moment: for SQLite the copy itself. What page
    /// tokens are sealed with stays behind: the database that is restored numbers its changes anew, so they must not open there.
    pub fn copy_to(mut self, file: &Path) -> Result<Self, StartError> {
        let failed = |error: &dyn std::fmt::Display| StartError::failed("the database cannot be copied", &error);
        match &mut self.db {
            Db::Sqlite(c) => {
                let to = file.to_str().ok_or_else(|| StartError::refused("the backup's path is not UTF-8"))?;
                c.batch_execute(&format!("VACUUM INTO '{}'", to.replace('\'', "''")))
                    .map_err(|error| failed(&error))?;
                let mut copy = Self::of_copy(file)?;
                seal_keys::forget(&mut copy.db).map_err(|error| failed(&error))?;
                copy.read_only().map_err(|error| failed(&error.detail()))?;
                Ok(copy)
            }
            Db::Postgres(c) => {
                let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
                AnsiTransactionManager::begin_transaction_sql(c, begin).map_err(|error| failed(&error))?;
                let snapshot = self.ask("SELECT pg_export_snapshot()").map_err(|error| failed(&error))?;
                let schema = self.namespace().map_err(|error| failed(&error))?.unwrap_or_default();
                if let Place::Postgres(url) = &self.place {
                    programs::dump(url, &schema, &snapshot, file)?;
                }
                Ok(self)
            }
        }
    }

    /// One query, in a transaction of its own; in a snapshot one that fails does not end that.
    pub fn read<T>(&mut self, query: impl FnOnce(&mut Db) -> QueryResult<T>) -> Result<T, StoreError> {
        Ok(self.db.transaction(query)?)
    }

    /// The connection, for what a transaction would not do for.
    pub(super) fn db(&mut self) -> &mut Db {
        &mut self.db
    }

    /// Which database it is, in a word.
    pub fn kind(&self) -> &'static str {
        self.place.kind()
    }

    /// The last migration.
    pub fn schema(&self) -> String {
        migrate::head()
    }

    /// PostgreSQL's schema that the tables are in.
    pub fn namespace(&mut self) -> QueryResult<Option<String>> {
        match self.db {
            Db::Sqlite(_) => Ok(None),
            Db::Postgres(_) => self.ask("SELECT current_schema()::text").map(Some),
        }
    }

    /// How many blobs rows name.
    pub fn count_of_blobs(&mut self) -> Result<u64, StoreError> {
        self.db.transaction(blobs::count)
    }

    fn ask(&mut self, question: &str) -> QueryResult<String> {
        sql::<Text>(question).get_result(&mut self.db)
    }
}
