//! A repeated query is prepared once. diesel binds LIMIT as a parameter, and SQLite's planner looks at it: without
//! `SQLITE_ENABLE_QPSG` each run prepares the statement again, invisibly to diesel.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use serde_json::{Map, Value, json};
use sharehold::access::{Create, Grant, Read};
use sharehold::resources::contacts::Contacts;
use sharehold::resources::contacts::card::Card;
use sharehold::resources::contacts::model::Level;
use sharehold::resources::contacts::queries::{self, Made, Selection};
use sharehold::store::{Db, Owned, StoreError};

use super::support::notes;
use super::support::{ISSUER, Notes, TestDatabase, add, on_both, reads, writes};

on_both! {
    a_repeated_query_is_prepared_once
    lists_and_single_contacts_are_prepared_once
}

const RUNS: i64 = 20;

/// How many prepared statements begin and end so, how often they were prepared again, how often they ran.
fn prepared(db: &mut Db, begins: &str, ends: &str) -> Result<(i64, i64, i64), StoreError> {
    let sqlite = matches!(db, Db::Sqlite(_));
    let (from, text, again, runs) = if sqlite {
        ("sqlite_stmt", "sql", "sum(reprep)", "sum(run)")
    } else {
        ("pg_prepared_statements", "statement", "0::bigint", "sum(generic_plans + custom_plans)::bigint")
    };
    let begins = if sqlite { begins.replace('"', "`") } else { begins.to_owned() };
    let mut ask = |what: &str| {
        sql::<BigInt>(&format!("SELECT {what} FROM {from} WHERE {text} LIKE '{begins}%{ends}'")).get_result(db)
    };
    Ok((ask("count(*)")?, ask(again)?, ask(runs)?))
}

fn page(on: &mut Owned<'_, Notes, Read>, after: i64, limit: i64) -> Result<Vec<i64>, StoreError> {
    let (me, db) = on.parts();
    let mine = notes::table.filter(notes::person.eq(me.id).and(notes::id.gt(after)));
    Ok(mine.order(notes::id).limit(limit).select(notes::id).load(db)?)
}

async fn a_repeated_query_is_prepared_once(database: &TestDatabase) {
    let store = database.open();
    store.write(&writes("ann"), |on| add(on, 1, "x")).await.unwrap();
    let grant = reads("ann");
    let told = store.read(&grant, move |on| {
        for run in 1..=RUNS {
            page(on, run, run)?;
        }
        prepared(on.parts().1, "SELECT \"notes\"", "LIMIT%")
    });
    assert_eq!(told.await.unwrap(), (1, 0, RUNS));
}

fn contact() -> Made {
    let mut card = Card::new();
    let given: Map<String, Value> = json!({"displayName": "Ann"}).as_object().cloned().unwrap_or_default();
    card.merge(&given).unwrap();
    Made::of(&card).unwrap()
}

async fn lists_and_single_contacts_are_prepared_once(database: &TestDatabase) {
    let store = database.open();
    let (id, made) = (store.new_id(), contact());
    let adds: Grant<Contacts, Create> = Grant::operator(ISSUER, "ann");
    let add = move |on: &mut Owned<'_, Contacts, Create>| {
        let folder = queries::default_folder(on);
        queries::insert(on, id, folder, &made, 10)
    };
    store.write(&adds, add).await.unwrap();
    let grant: Grant<Contacts, Read> = Grant::operator(ISSUER, "ann");
    let told = store.read(&grant, move |on| {
        let all = Selection { folder: None, level: Level::Full, filter: None, search: None, order: Vec::new() };
        for run in 1..=usize::try_from(RUNS).unwrap_or_default() {
            assert_eq!(queries::list(on, &all, None, 0, run)?.0.len(), 1);
            assert_eq!(queries::find(on, id)?.id, id);
            on.seq()?;
        }
        let (_, db) = on.parts();
        let list = prepared(db, "SELECT \"contacts\"", "LIMIT%")?;
        let find = prepared(db, "SELECT \"contacts\"", ")")?;
        Ok::<_, StoreError>((list, find, prepared(db, "SELECT \"people\".\"seq\"", "")?))
    });
    let once = (1, 0, RUNS);
    assert_eq!(told.await.unwrap(), (once, once, once));
}
