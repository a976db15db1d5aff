//! Brings the schema to the state that this program knows, under a lock; refuses one that is newer.
//! May import nothing of ours but the rest of `store`.

use std::collections::BTreeSet;

use diesel::backend::Backend;
use diesel::connection::SimpleConnection;
use diesel::dsl::sql;
use diesel::migration::{Migration, MigrationSource};
use diesel::sql_types::BigInt;
use diesel::sqlite::Sqlite;
use diesel::{QueryDsl, QueryResult, RunQueryDsl};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::db::Db;
use super::error::StoreError;
use super::rights::{self, Needs};
use super::start::StartError;

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

diesel::table! {
    __diesel_schema_migrations (version) {
        version -> Text,
    }
}

/// Runs what is missing; the names of what was run, in order. A SQLite file is locked by its lock file already.
pub(super) fn run(db: &mut Db) -> Result<Vec<String>, StartError> {
    match db {
        Db::Sqlite(c) => pending(c, SQLITE),
        Db::Postgres(c) => {
            // One lock a schema: two servers that start together do not race. It goes with the connection at the latest.
            let lock = "pg_advisory_lock(hashtext('sharehold migrations'), hashtext(current_schema()))";
            c.batch_execute(&format!("SELECT {lock}"))
                .map_err(|error| StartError::failed("another process is changing the schema", &error))?;
            let done = pending(c, POSTGRES);
            let unlock = lock.replace("pg_advisory_lock", "pg_advisory_unlock");
            c.batch_execute(&format!("SELECT {unlock}"))
                .map_err(|error| StartError::failed("the schema's lock cannot be given back", &error))?;
            done
        }
    }
}

fn pending<DB: Backend, C: MigrationHarness<DB>>(c: &mut C, ours: EmbeddedMigrations) -> Result<Vec<String>, StartError>
where
    EmbeddedMigrations: MigrationSource<DB>,
{
    let failed = |error| StartError::failed("the schema cannot be changed", &error);
    let applied = c.applied_migrations().map_err(failed)?;
    refuse_newer(&applied.iter().map(ToString::to_string).collect())?;
    let missing: Vec<Box<dyn Migration<DB>>> = c.pending_migrations(ours).map_err(failed)?;
    let mut names = Vec::with_capacity(missing.len());
    for migration in missing {
        c.run_migration(migration.as_ref()).map_err(failed)?;
        names.push(migration.name().to_string());
    }
    Ok(names)
}

/// Refuses a schema that is newer than this program, or that may not be read, and changes nothing; whether all that this
/// program knows has been run.
pub(super) fn examine(db: &mut Db) -> Result<bool, StartError> {
    // A database that was never migrated has no such table; another fault is not taken for that.
    let lists = match db {
        Db::Sqlite(c) => {
            sql::<BigInt>("SELECT count(*) FROM sqlite_schema WHERE name = '__diesel_schema_migrations'").get_result(c)
        }
        Db::Postgres(c) => {
            rights::check(c, Needs::Read)?;
            sql::<BigInt>("SELECT count(to_regclass('__diesel_schema_migrations'))").get_result(c)
        }
    };
    let unread = |error| StartError::failed("the database's schema cannot be read", &error);
    let lists: i64 = lists.map_err(unread)?;
    let applied = if lists == 0 { BTreeSet::new() } else { applied(db).map_err(unread)? };
    refuse_newer(&applied)?;
    Ok(known().is_subset(&applied))
}

/// The versions that have been run.
pub(super) fn applied(db: &mut Db) -> QueryResult<BTreeSet<String>> {
    use __diesel_schema_migrations as table;
    let versions: Vec<String> = table::table.select(table::version).load(db)?;
    Ok(versions.into_iter().collect())
}

/// Runs those of SQLite's migrations that have these versions.
pub(super) fn run_these(db: &mut Db, versions: &BTreeSet<String>) -> diesel::migration::Result<()> {
    let Db::Sqlite(c) = db else { return Ok(()) };
    for migration in c.pending_migrations(SQLITE)? {
        if versions.contains(&migration.name().version().to_string()) {
            c.run_migration(migration.as_ref())?;
        }
    }
    Ok(())
}

/// Refuses versions that this program does not know.
pub(super) fn refuse_newer(applied: &BTreeSet<String>) -> Result<(), StartError> {
    let known = known();
    match applied.difference(&known).last() {
        None => Ok(()),
        Some(newer) => Err(StartError::refused(format!(
            "the database's schema ({newer}) is newer than this program ({}): use the newer program",
            known.last().map_or("none", String::as_str)
        ))),
    }
}

/// The versions that this program knows; both chains have the same.
fn known() -> BTreeSet<String> {
    let ours: Vec<Box<dyn Migration<Sqlite>>> = SQLITE.migrations().unwrap_or_default();
    ours.iter().map(|migration| migration.name().version().to_string()).collect()
}

/// The last version that this program knows.
pub(super) fn head() -> String {
    known().pop_last().unwrap_or_default()
}

/// Whether all that this program knows has been run (and perhaps more, by a newer one that runs beside it).
pub(super) fn at_head(db: &mut Db) -> Result<bool, StoreError> {
    Ok(known().is_subset(&applied(db)?))
}
