//! Databases with much in them. May import everything.

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use sharehold::access::{Grant, Read};
use sharehold::resources::contacts::Contacts;
use sharehold::secret::Secret;
use sharehold::store::tables::contacts;
use sharehold::store::{Db, Owned, Store, StoreError, Tuning, Uid};
use tokio::runtime::Runtime;

use crate::Fault;
use crate::database::Database;
use crate::{book, fill};

/// The columns that are copied as they are.
const COPIED: &str = "changed, uid, display, given, surname, middle, nick, file_as, company, department, job_title, display_sort, \
    given_sort, surname_sort, birthday, concealed, projection, projection_version, created_at, modified_at";

/// So many people with so many contacts each, as the API adds them.
pub(crate) fn filled(database: &Database, people: usize, contacts: usize) -> Result<Store, Fault> {
    let store = book::open(&database.url(), Tuning::default())?;
    fill::fill(&store, people, contacts)?;
    Ok(store)
}

/// The same, and then the rows that lists read copied, contact by contact, until there are `all` people: no terms, no cards.
pub(crate) fn copied(
    runtime: &Runtime,
    database: &Database,
    people: usize,
    contacts: usize,
    all: usize,
) -> Result<Store, Fault> {
    let store = filled(database, people, contacts)?;
    for person in people..all {
        let grant: Grant<Contacts, Read> = Grant::operator(book::ISSUER, &book::subject(person));
        runtime.block_on(store.read(&grant, seq))?;
    }
    drop(store);
    copy(&mut connection(database)?, people)?;
    book::open(&database.url(), Tuning::default())
}

fn seq(on: &mut Owned<'_, Contacts, Read>) -> Result<i64, StoreError> {
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

/// Gives each of the later people what one of the first has.
fn copy(db: &mut Db, people: usize) -> Result<(), Fault> {
    let first: Vec<(i64, Uid)> =
        contacts::table.select((contacts::person, contacts::id)).order(contacts::id).load(db)?;
    let values = COPIED.split(',').map(|column| format!("c.{}", column.trim())).collect::<Vec<_>>().join(", ");
    let total = first.len();
    for (at, (person, id)) in first.into_iter().enumerate() {
        let id = id.uuid().simple().to_string();
        let id = if matches!(db, Db::Sqlite(_)) { format!("x'{id}'") } else { format!("'\\x{id}'::bytea") };
        db.batch_execute(&format!(
            "INSERT INTO contacts (person, id, folder, {COPIED}) SELECT p.id, c.id, p.uid, {values} FROM contacts c, people p \
             WHERE c.person = {person} AND c.id = {id} AND p.id > {people} AND p.id % {people} = {person} % {people}"
        ))?;
        if at % 10 == 0 {
            eprint!("\rcopying: {at} of {total} contacts to everybody else");
        }
    }
    eprintln!();
    if let Db::Postgres(c) = db {
        c.batch_execute("VACUUM ANALYZE contacts")?;
    }
    Ok(())
}
