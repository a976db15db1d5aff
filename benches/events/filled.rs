//! Databases with many calendars in them. May import everything.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use sharehold::access::{Grant, Read};
use sharehold::resources::calendar::Calendar;
use sharehold::secret::Secret;
use sharehold::store::tables::events;
use sharehold::store::{Db, Owned, Store, StoreError, Uid};
use tokio::runtime::Runtime;

use crate::database::Database;
use crate::{Fault, agenda};

/// How many events a write adds.
const AT_ONCE: usize = 100;

/// The columns that are copied as they are.
const COPIED: &str = "changed, uid, reach, starts, ends, schedule, begins, finishes, subject, location, organizer, importance, sensitivity, \
    show_as, is_all_day, is_cancelled, is_private, recurs, subject_sort, projection, projection_version, created_at, modified_at";

/// How many events of each kind each of the measured people has, how many people these are, and how many others there are, each with one of
/// so many of the same events.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Amount {
    pub(crate) singles: usize,
    pub(crate) series: usize,
    pub(crate) people: usize,
    pub(crate) others: usize,
    pub(crate) one_of: usize,
}

/// A database of this; the first person's calendar is written into `file`.
pub(crate) fn filled(runtime: &Runtime, database: &Database, amount: Amount, file: &Path) -> Result<Store, Fault> {
    let store = agenda::open(&database.url())?;
    let mut text = String::from("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Sharehold//bench//EN\r\n");
    let all = amount.singles + amount.series;
    for first in (0..all).step_by(AT_ONCE) {
        let mut new = Vec::new();
        for at in first..all.min(first + AT_ONCE) {
            // A series now and then, so that whoever has one of so many has some.
            let id = store.new_id();
            let event = if at < amount.series { agenda::series(at)? } else { agenda::single(at - amount.series)? };
            let (made, record) = agenda::made(id, &event)?;
            for line in within(&record.record()) {
                write!(text, "{line}\r\n")?;
            }
            new.push((id, made));
        }
        runtime.block_on(agenda::add(&store, 0, new))?;
    }
    text.push_str("END:VCALENDAR\r\n");
    fs::write(file, text)?;
    for person in 0..amount.people + amount.others {
        let grant: Grant<Calendar, Read> = Grant::operator(agenda::ISSUER, &agenda::subject(person));
        runtime.block_on(store.read(&grant, seq))?;
    }
    drop(store);
    copy(&mut connection(database)?, amount)?;
    agenda::open(&database.url())
}

/// The components of a record: no zones, which every reader of these knows by their names.
fn within(record: &str) -> Vec<&str> {
    let mut lines = Vec::new();
    let mut inside = false;
    for line in record.split("\r\n") {
        inside |= line == "BEGIN:VEVENT";
        if inside {
            lines.push(line);
        }
        inside &= line != "END:VEVENT";
    }
    lines
}

fn seq(on: &mut Owned<'_, Calendar, Read>) -> Result<i64, StoreError> {
    on.seq()
}

fn connection(database: &Database) -> Result<Db, Fault> {
    let url = Secret::new(database.url());
    Ok(match database {
        Database::Sqlite(_) => {
            let mut c = SqliteConnection::establish(url.expose().trim_start_matches("sqlite://"))?;
            c.batch_execute("PRAGMA synchronous = OFF; PRAGMA cache_size = -400000")?;
            Db::Sqlite(c)
        }
        Database::Postgres { .. } => Db::Postgres(PgConnection::establish(url.expose())?),
    })
}

/// Gives what the first person has to the others who are measured, and one of so many to everybody else: event by event, so that
/// everybody's lie between everybody else's.
fn copy(db: &mut Db, amount: Amount) -> Result<(), Fault> {
    let first: Vec<Uid> = events::table.select(events::id).order(events::id).load(db)?;
    let values = COPIED.split(',').map(|column| format!("e.{}", column.trim())).collect::<Vec<_>>().join(", ");
    let total = first.len();
    db.batch_execute("BEGIN")?;
    for (at, id) in first.into_iter().enumerate() {
        let id = id.uuid().simple().to_string();
        let id = if matches!(db, Db::Sqlite(_)) { format!("x'{id}'") } else { format!("'\\x{id}'::bytea") };
        // The numbers of people count from 1.
        let whose = if at % amount.one_of == 0 { amount.people + amount.others } else { amount.people };
        let whose = format!("e.person = 1 AND e.id = {id} AND p.id > 1 AND p.id <= {whose}");
        db.batch_execute(&format!(
            "INSERT INTO events (person, id, calendar, {COPIED}) SELECT p.id, e.id, p.uid, {values} FROM events e, people p WHERE {whose}; \
             INSERT INTO event_records (person, id, record) SELECT p.id, e.id, e.record FROM event_records e, people p WHERE {whose}"
        ))?;
        if at % 500 == 0 {
            eprint!("\rcopying: {at} of {total} events to everybody else");
        }
    }
    db.batch_execute("COMMIT")?;
    eprintln!();
    match db {
        // Each by itself: several in one query are a transaction, in which there is no VACUUM.
        Db::Postgres(c) => ["events", "event_records"]
            .iter()
            .try_for_each(|table| c.batch_execute(&format!("VACUUM ANALYZE {table}")))?,
        Db::Sqlite(c) => c.batch_execute("PRAGMA wal_checkpoint(TRUNCATE)")?,
    }
    Ok(())
}
