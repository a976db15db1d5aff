//! One connection, to SQLite or PostgreSQL, and how each is set up.
//! May import `config`.

use std::num::NonZeroU32;

use diesel::connection::{AnsiTransactionManager, Connection, SimpleConnection, TransactionManager};
use diesel::{PgConnection, QueryResult, SqliteConnection};
use zeroize::Zeroizing;

use super::db::Db;
use super::place::Place;
use crate::config::Limits;

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Reading; on PostgreSQL a transaction may ask for more.
    Reads,
    /// Writing: SQLite's one writer.
    Writes,
    /// Changing the schema.
    Migrations,
}

/// How long a connection lets things take, in milliseconds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Waits {
    reads: u64,
    writes: u64,
    locks: u64,
}

impl From<&Limits> for Waits {
    fn from(limits: &Limits) -> Self {
        Self {
            reads: limits.read_statement_s.saturating_mul(1000),
            writes: limits.write_statement_s.saturating_mul(1000),
            locks: limits.lock_wait_s.saturating_mul(1000),
        }
    }
}

/// Opens a connection by the kind of place (diesel's own `establish` tries SQLite with whatever PostgreSQL refused, and
/// would make a file of a mistyped URL) and sets it up.
pub(super) fn connect(place: &Place, purpose: Purpose, waits: Waits) -> Result<Db, diesel::r2d2::Error> {
    let mut db = match place {
        Place::Sqlite(path) => {
            Db::Sqlite(SqliteConnection::establish(path).map_err(diesel::r2d2::Error::ConnectionError)?)
        }
        Place::Postgres(url) => {
            let url = Zeroizing::new(bounded(url.expose()));
            Db::Postgres(PgConnection::establish(&url).map_err(diesel::r2d2::Error::ConnectionError)?)
        }
    };
    let set_up = match place {
        Place::Sqlite(_) => sqlite_set_up(purpose, waits),
        Place::Postgres(_) => postgres_set_up(purpose, waits),
    };
    db.batch_execute(&set_up).map_err(diesel::r2d2::Error::QueryError)?;
    Ok(db)
}

/// How long libpq may take to connect, and after how long it gives up a connection whose other side is gone: 15 s without a
/// sign of life, 10 s with something sent. A URL that says otherwise is right; without these libpq waits for ever.
const BOUNDS: [(&str, &str); 5] = [
    ("connect_timeout", "2"),
    ("keepalives_idle", "5"),
    ("keepalives_interval", "5"),
    ("keepalives_count", "2"),
    ("tcp_user_timeout", "10000"),
];

/// The URL with those of [`BOUNDS`] that it does not set itself.
fn bounded(url: &str) -> String {
    let (address, query) = url.split_once('?').unwrap_or((url, ""));
    let set = |name: &str| query.split('&').any(|pair| pair.split('=').next() == Some(name));
    let given = query.split('&').filter(|pair| !pair.is_empty()).map(str::to_owned);
    let added = BOUNDS.iter().filter(|(name, _)| !set(name)).map(|(name, value)| format!("{name}={value}"));
    format!("{address}?{}", given.chain(added).collect::<Vec<_>>().join("&"))
}

/// `busy_timeout` comes first, so that the pragmas after it wait too. FULL, because an acknowledged write must survive a
/// power cut, and in WAL mode NORMAL does not promise that. 2 MB of cache for reading: more was not faster. The writer's holds what
/// a group of contacts touches: with less, pages went to the log several times in one transaction. The writer checkpoints by
/// itself (`checkpoint`), where it sees what fails.
fn sqlite_set_up(purpose: Purpose, waits: Waits) -> String {
    let query_only = if purpose == Purpose::Reads { "ON" } else { "OFF" };
    let (pages, cache_kib) = if purpose == Purpose::Writes { (0, 16_384) } else { (1000, 2048) };
    format!(
        "PRAGMA busy_timeout = {}; PRAGMA wal_autocheckpoint = {pages}; PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL; PRAGMA cache_size = -{cache_kib}; \
         PRAGMA trusted_schema = OFF; PRAGMA journal_size_limit = 67108864; PRAGMA query_only = {query_only};",
        waits.locks
    )
}

/// Reading is the default of every transaction, as it is on SQLite's reading connections; writes say that they write.
/// PostgreSQL on its side must notice that we vanished: a transaction must not keep its rows locked for longer than a write
/// may take, and a connection that leads nowhere is given up as on our side, not after the system's two hours.
fn postgres_set_up(purpose: Purpose, waits: Waits) -> String {
    if purpose == Purpose::Migrations {
        // Whatever the role or the database says: a backup's snapshot waits for pg_dump. PostgreSQL 17 has one time-out more.
        return "SET TimeZone = 'UTC'; SET statement_timeout = 0; SET lock_timeout = '60s'; \
                SET idle_in_transaction_session_timeout = 0; \
                SELECT set_config(name, '0', false) FROM pg_settings WHERE name = 'transaction_timeout'"
            .into();
    }
    format!(
        "SET TimeZone = 'UTC'; SET default_transaction_read_only = on; SET statement_timeout = {}; SET lock_timeout = {}; \
         SET idle_in_transaction_session_timeout = {}; \
         SET tcp_keepalives_idle = 5; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 2; {DURABLE}",
        waits.reads, waits.locks, waits.writes
    )
}

/// Whatever the role, the database or a reload says from now on, a COMMIT of this session waits for the disk; one that waits for
/// standbys too is left as it is. The checks at the start ask once only.
const DURABLE: &str = "SELECT set_config('synchronous_commit', \
    CASE current_setting('synchronous_commit') WHEN 'off' THEN 'on' ELSE current_setting('synchronous_commit') END, false)";

type Manager = <Db as Connection>::TransactionManager;

/// Begins a transaction that will write.
///
/// On SQLite the lock is taken at once: a transaction that first reads and then wants to write after somebody else did
/// would get "database is locked" whatever the time-out.
pub(super) fn begin(db: &mut Db, waits: Waits) -> QueryResult<()> {
    match db {
        Db::Sqlite(c) => AnsiTransactionManager::begin_transaction_sql(c, "BEGIN IMMEDIATE"),
        Db::Postgres(c) => {
            let sql = format!("BEGIN READ WRITE; SET LOCAL statement_timeout = {}", waits.writes);
            AnsiTransactionManager::begin_transaction_sql(c, &sql)
        }
    }
}

/// Begins a savepoint in a transaction.
pub(super) fn savepoint(db: &mut Db) -> QueryResult<()> {
    Manager::begin_transaction(db)
}

/// Commits the transaction, or releases the innermost savepoint.
///
/// PostgreSQL answers the COMMIT of a transaction in which a statement failed with success, and rolls it back; so at
/// the outer level a statement goes before it that such a transaction refuses. diesel reads the state from libpq.
pub(super) fn commit(db: &mut Db) -> QueryResult<()> {
    if depth(db) == Some(1)
        && let Db::Postgres(c) = db
    {
        return c.batch_execute("SELECT 1; COMMIT");
    }
    Manager::commit_transaction(db)
}

/// Rolls back the transaction, or to the innermost savepoint.
pub(super) fn roll_back(db: &mut Db) -> QueryResult<()> {
    Manager::rollback_transaction(db)
}

/// How deep in transactions the connection is: 0 outside, 1 in a transaction, 2 in a savepoint; `None` if diesel lost count.
pub(super) fn depth(db: &mut Db) -> Option<u32> {
    let depth = Manager::transaction_manager_status_mut(db).transaction_depth();
    depth.ok().map(|depth| depth.map_or(0, NonZeroU32::get))
}

#[cfg(test)]
mod tests {
    use super::bounded;

    #[test]
    fn what_a_url_leaves_open_is_bounded() {
        let all = "connect_timeout=2&keepalives_idle=5&keepalives_interval=5&keepalives_count=2&tcp_user_timeout=10000";
        assert_eq!(bounded("postgres://me:pw@h/d"), format!("postgres://me:pw@h/d?{all}"));
        assert_eq!(bounded("postgres://h/d?"), format!("postgres://h/d?{all}"));
        let told = bounded("postgres://h/d?options=-csearch_path%3Dx&connect_timeout=9");
        let rest = all.trim_start_matches("connect_timeout=2&");
        assert_eq!(told, format!("postgres://h/d?options=-csearch_path%3Dx&connect_timeout=9&{rest}"));
    }
}
