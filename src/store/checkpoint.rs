//! SQLite's write-ahead log copied into the database file, where each failure is seen: SQLite's own way of doing it, inside a
//! COMMIT, tells nobody of a sync that failed. May import nothing of ours but the rest of `store`.

use std::thread::sleep;
use std::time::{Duration, Instant};

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::db::Db;
use super::error::StoreError;
use super::start::StartError;

/// From so many pages on that are not in the database file yet, they are copied: SQLite's own measure.
const LONG: i64 = 1000;
/// Between two tries at a start, beside SQLite's own waiting.
const PAUSE: Duration = Duration::from_millis(100);
/// Who it can be that is in the way.
const WHO: &str = "another program has the database open in a transaction";

/// What `PRAGMA wal_checkpoint` answers.
#[derive(Debug, Clone, Copy)]
struct Told {
    /// Whether somebody else was in the way.
    busy: bool,
    /// Pages in the log.
    pages: i64,
    /// Those of them that are in the database file.
    copied: i64,
}

/// Copies what can be copied if the log has become long.
pub(super) fn if_long(db: &mut Db) -> Result<(), StoreError> {
    let log = checkpoint(db, "NOOP")?;
    if log.pages.saturating_sub(log.copied) >= LONG {
        checkpoint(db, "PASSIVE")?;
    }
    Ok(())
}

/// Copies everything and empties the log.
///
/// At a start this is more than tidiness: what SQLite recovers from the log it reads from the system's memory, and after a sync
/// that failed before, that need not be what the disk has. Now all of it is written and synced anew. Who reads meanwhile, as
/// `verify` and `backup` do, is waited for as long as `patience` says.
pub(super) fn whole(db: &mut Db, patience: Duration) -> Result<(), StartError> {
    let (begun, mut told) = (Instant::now(), false);
    loop {
        let log = checkpoint(db, "TRUNCATE")
            .map_err(|error| StartError::failed("the write-ahead log cannot be emptied", &error.detail()))?;
        // Only who is in the way is worth waiting for: a log that could not be used (-1 pages) stays so on this connection.
        let why = match log {
            Told { busy: false, pages: 0, .. } => return Ok(()),
            Told { busy: true, .. } if begun.elapsed() < patience => None,
            Told { busy: true, .. } => Some(format!("{WHO}: end that (fuser -v names it), then start again")),
            Told { busy: false, .. } => Some("SQLite could not use it: look at the disk, then start again".into()),
        };
        if let Some(why) = why {
            return Err(StartError::failed("the write-ahead log cannot be emptied", &why));
        }
        if !told {
            let seconds = patience.as_secs();
            log::warn!(
                "{WHO} (`sharehold verify` or `backup`? fuser -v names it): waiting up to {seconds} s for its end"
            );
            told = true;
        }
        sleep(PAUSE);
    }
}

fn checkpoint(db: &mut Db, how: &str) -> Result<Told, StoreError> {
    let Db::Sqlite(c) = db else { return Err(StoreError::Broken("only SQLite has checkpoints of ours".into())) };
    let asked = sql::<(BigInt, BigInt, BigInt)>(&format!("PRAGMA wal_checkpoint({how})"));
    let (busy, pages, copied): (i64, i64, i64) = asked.get_result(c)?;
    Ok(Told { busy: busy != 0, pages, copied })
}
