//! What is looked at before the first request: a database that could lose or corrupt what it acknowledged is refused.
//! May import nothing of ours but the rest of `store`.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use super::backend::{Waits, begin, roll_back};
use super::db::Db;
use super::error::one_line;
use super::rights::{self, Needs};
use super::tables::readiness;

/// Why the store does not open. One line that says what and, where there is a way, how to mend it.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The configuration, or what it points to, is not to be served with (exit status 78).
    #[error("{0}")]
    Refused(String),
    /// It may work another time (exit status 1).
    #[error("{0}")]
    Failed(String),
}

impl StartError {
    pub(super) fn refused(why: impl Into<String>) -> Self {
        Self::Refused(why.into())
    }

    pub(super) fn failed(what: &str, why: &impl std::fmt::Display) -> Self {
        let why = why.to_string();
        // libpq repeats a URL that it cannot read, and the URL may hold a password.
        let why = if why.contains("://") { "the URL cannot be understood".into() } else { one_line(&why) };
        Self::Failed(format!("{what}: {why}"))
    }
}

/// The first SQLite without the WAL-reset corruption race, which two connections are enough for.
const SQLITE_NEEDED: [u32; 3] = [3, 51, 3];

/// Turns the write-ahead log on, once, before there is a pool; refuses an unsafe library; says what is only slow.
pub(super) fn check_sqlite(c: &mut SqliteConnection) -> Result<Vec<String>, StartError> {
    let ask = |error| StartError::failed("the database cannot be opened", &error);
    let version: String = sql::<Text>("SELECT sqlite_version()").get_result(c).map_err(ask)?;
    if version_of(&version) < SQLITE_NEEDED {
        return Err(StartError::refused(format!(
            "SQLite {version} may corrupt its write-ahead log: 3.51.3 or later is needed"
        )));
    }
    // Of a new file only. A contact's row fits in a page of this size; in one of 4,096 bytes most of it spilled into a page of its own.
    sql::<Text>("PRAGMA page_size = 8192").execute(c).map_err(ask)?;
    let mode: String = sql::<Text>("PRAGMA journal_mode = WAL").get_result(c).map_err(ask)?;
    if mode != "wal" {
        return Err(StartError::refused(format!("the database stays in journal mode {mode}: it must allow WAL")));
    }
    check_synchronous(c)?;
    let options: Vec<String> = sql::<Text>("PRAGMA compile_options").load(c).map_err(ask)?;
    let slow = !options.iter().any(|option| option == "ENABLE_QPSG");
    Ok(Vec::from_iter(slow.then(|| {
        "SQLite was compiled without SQLITE_ENABLE_QPSG and will prepare many statements again and again: \
         build inside the source tree, where .cargo/config.toml says so"
            .to_owned()
    })))
}

/// Reads `synchronous` back: FULL is 2, and a pragma that was misunderstood is silent.
pub(super) fn check_synchronous(c: &mut SqliteConnection) -> Result<(), StartError> {
    let told: i64 = sql::<BigInt>("PRAGMA synchronous")
        .get_result(c)
        .map_err(|error| StartError::failed("the database cannot be opened", &error))?;
    if told == 2 { Ok(()) } else { Err(StartError::refused("SQLite does not stay at synchronous = FULL")) }
}

/// Writes, and takes it back: a connection that turned out to be for reading only is seen now, not by the first write.
pub(super) fn check_writable(db: &mut Db, waits: Waits) -> Result<(), StartError> {
    begin(db, waits)
        .and_then(|()| diesel::update(readiness::table.find(1)).set(readiness::checked_at.eq(0)).execute(db))
        .and_then(|_| roll_back(db))
        .map_err(|error| match error.to_string() {
            // SQLite's words for SQLITE_READONLY; diesel does not hand on the code.
            why if why.contains("readonly") => StartError::refused(format!("the database takes no writes: {why}")),
            why => StartError::failed("the database takes no writes", &why),
        })
}

fn version_of(text: &str) -> [u32; 3] {
    let mut parts = text.split('.').map(|part| part.parse().unwrap_or(0));
    std::array::from_fn(|_| parts.next().unwrap_or(0))
}

/// Refuses a server that acknowledges before the disk has it, or that has too few connections for the pool.
pub(super) fn check_postgres(c: &mut PgConnection, pool_size: u32) -> Result<Vec<String>, StartError> {
    refuse_unsafe(&setting(c, "fsync")?, &setting(c, "synchronous_commit")?, &setting(c, "data_sync_retry")?)?;
    let number = |text: String| text.parse::<u32>().unwrap_or(0);
    let reserved = number(setting(c, "superuser_reserved_connections")?);
    let free = number(setting(c, "max_connections")?).saturating_sub(reserved);
    if pool_size >= free {
        return Err(StartError::refused(format!(
            "database.pool_size = {pool_size}, and one more to watch it, are more than the {free} connections that \
             PostgreSQL allows"
        )));
    }
    rights::check(c, Needs::Serve)?;
    let language = setting(c, "lc_messages")?;
    let english = language.is_empty() || ["C", "POSIX", "en"].iter().any(|known| language.starts_with(known));
    Ok(Vec::from_iter((!english).then(|| {
        format!(
            "PostgreSQL speaks {language}: time-outs and a full disk will be answered as 500, not as 503 and 507; \
             ALTER DATABASE … SET lc_messages = 'C' mends it"
        )
    })))
}

fn refuse_unsafe(fsync: &str, synchronous_commit: &str, data_sync_retry: &str) -> Result<(), StartError> {
    if fsync == "off" {
        return Err(StartError::refused("PostgreSQL runs with fsync = off: a power cut would corrupt it"));
    }
    if synchronous_commit == "off" {
        let why = "PostgreSQL runs with synchronous_commit = off: acknowledged writes could be lost";
        return Err(StartError::refused(why));
    }
    if data_sync_retry == "on" {
        let why =
            "PostgreSQL runs with data_sync_retry = on: after a sync that failed it would go on without what was lost";
        return Err(StartError::refused(why));
    }
    Ok(())
}

fn setting(c: &mut PgConnection, name: &'static str) -> Result<String, StartError> {
    let asked = sql::<Text>("SELECT current_setting(").bind::<Text, _>(name).sql(")");
    asked.get_result(c).map_err(|error| StartError::failed("the database cannot be asked", &error))
}

#[cfg(test)]
mod tests {
    use diesel::connection::SimpleConnection as _;

    use super::super::backend::{Purpose, connect};
    use super::super::place::Place;
    use super::{SQLITE_NEEDED, StartError, Waits, check_writable, refuse_unsafe, version_of};
    use crate::config::Limits;

    #[test]
    fn a_connection_for_reading_only_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::Sqlite(folder.path().join("x.db").to_str().unwrap().to_owned());
        let waits = Waits::from(&Limits::default());
        let mut writes = connect(&place, Purpose::Writes, waits).unwrap();
        writes.batch_execute("CREATE TABLE readiness (id INTEGER PRIMARY KEY, checked_at BIGINT)").unwrap();
        check_writable(&mut writes, waits).unwrap();
        let refused = check_writable(&mut connect(&place, Purpose::Reads, waits).unwrap(), waits).unwrap_err();
        assert!(matches!(&refused, StartError::Refused(line) if line.contains("takes no writes")), "{refused}");
    }

    #[test]
    fn versions_compare_by_number() {
        assert!(version_of("3.51.2") < SQLITE_NEEDED);
        assert!(version_of("3.51.3") >= SQLITE_NEEDED);
        assert!(version_of("3.100.0") > SQLITE_NEEDED);
        assert!(version_of("3.9.9") < SQLITE_NEEDED);
    }

    #[test]
    fn a_url_in_an_error_is_not_repeated() {
        let error = StartError::failed("it", &"invalid port in \"postgres://me:hunter2@h:x/d\"\n");
        assert_eq!(error.to_string(), "it: the URL cannot be understood");
    }

    #[test]
    fn libpqs_lines_become_one() {
        let told = "connection to server at \"h\" failed: Connection refused\n\tIs the server running  there?\n\n";
        let line = "it: connection to server at \"h\" failed: Connection refused; Is the server running there?";
        assert_eq!(StartError::failed("it", &told).to_string(), line);
    }

    #[test]
    fn a_server_that_acknowledges_too_early_is_refused() {
        assert!(refuse_unsafe("on", "on", "off").is_ok());
        assert!(refuse_unsafe("on", "local", "off").is_ok());
        assert!(refuse_unsafe("off", "on", "off").is_err());
        assert!(refuse_unsafe("on", "off", "off").is_err());
        assert!(refuse_unsafe("on", "on", "on").is_err());
    }
}
