//! The place that a backup is restored to: an empty database that nobody serves from. What is put there is there whole, or not
//! at all. May import `config` and the rest of `store`.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use super::backend::{Purpose, Waits, connect};
use super::db::Db;
use super::files::{self, Lock};
use super::place::Place;
use super::start::StartError;
use super::{migrate, programs};
use crate::config::{Database, Limits};

/// A database's place, and that it is empty.
pub struct Landing(Empty);

enum Empty {
    /// No file; the lock sees to it that no server makes one meanwhile.
    Sqlite { file: PathBuf, _lock: Lock },
    /// No table.
    Postgres(Place),
}

impl Landing {
    /// Refuses a place that is not empty, not of this `kind`, or a `schema` that this program does not know.
    pub fn prepare(settings: &Database, kind: &str, schema: &str, namespace: Option<&str>) -> Result<Self, StartError> {
        migrate::refuse_newer(&[schema.to_owned()].into())?;
        let place = Place::parse(settings.url.expose())?;
        if place.kind() != kind {
            return Err(StartError::refused(format!(
                "the backup is of {kind}, and database.url names {}",
                place.kind()
            )));
        }
        match place {
            Place::Sqlite(path) => {
                let (file, lock) = files::vacant(Path::new(&path))?;
                Ok(Self(Empty::Sqlite { file, _lock: lock }))
            }
            postgres @ Place::Postgres(_) => {
                let mut db = connect(&postgres, Purpose::Migrations, Waits::from(&Limits::default()))
                    .map_err(|error| StartError::failed("the database cannot be opened", &error))?;
                refuse_tables(&mut db, namespace.unwrap_or("public"))?;
                programs::find_restore()?;
                Ok(Self(Empty::Postgres(postgres)))
            }
        }
    }

    /// Where a SQLite copy is written before it is put in place.
    pub fn beside(&self) -> Option<PathBuf> {
        let Empty::Sqlite { file, .. } = &self.0 else { return None };
        Some(files::with(file, files::RESTORING))
    }

    /// Puts what is in `copy` in place: SQLite's file, written [`Landing::beside`] and on the disk; PostgreSQL's dump. After an error
    /// it may be in place all the same: the name may not be on the disk, or nobody heard the answer to the COMMIT.
    pub fn land(self, copy: &Path, namespace: Option<&str>) -> Result<(), StartError> {
        match &self.0 {
            Empty::Sqlite { file, .. } => {
                let synced = |folder: Option<&Path>| folder.map_or(Ok(()), |folder| File::open(folder)?.sync_all());
                fs::rename(copy, file)
                    .and_then(|()| synced(file.parent()))
                    .map_err(|error| StartError::failed("the database cannot be put in place", &error))
            }
            Empty::Postgres(Place::Postgres(url)) => programs::restore(url, namespace.unwrap_or("public"), copy),
            Empty::Postgres(Place::Sqlite(_)) => Err(StartError::refused("not PostgreSQL")),
        }
    }
}

/// Whether there is nothing where PostgreSQL would make tables.
pub(super) fn has_no_table(db: &mut Db) -> Result<bool, StartError> {
    let question = "SELECT count(*) FROM pg_class WHERE relnamespace = current_schema()::regnamespace";
    let tables: i64 = sql::<BigInt>(question)
        .get_result(db)
        .map_err(|error| StartError::failed("the database cannot be asked", &error))?;
    Ok(tables == 0)
}

fn refuse_tables(db: &mut Db, namespace: &str) -> Result<(), StartError> {
    let ask = |error| StartError::failed("the database cannot be asked", &error);
    let current: String = sql::<Text>("SELECT coalesce(current_schema()::text, 'none')").get_result(db).map_err(ask)?;
    if current != namespace {
        return Err(StartError::refused(format!(
            "the backup is of the schema {namespace}, and database.url leads to {current}: make the schema, and set search_path"
        )));
    }
    if !has_no_table(db)? {
        return Err(StartError::refused(
            "the database is not empty: a backup is restored into a new one only (CREATE DATABASE …)",
        ));
    }
    Ok(())
}
