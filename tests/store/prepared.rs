//! A repeated query is prepared once. diesel binds LIMIT as a parameter, and SQLite's planner looks at it: without
//! `SQLITE_ENABLE_QPSG` each run prepares the statement again, invisibly to diesel.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use sharehold::access::Read;
use sharehold::store::{Owned, StoreError};

use super::support::notes;
use super::support::{Notes, TestDatabase, add, on_both, reads, writes};

on_both! { a_repeated_query_is_prepared_once }

const RUNS: i64 = 20;

fn page(on: &mut Owned<'_, Notes, Read>, after: i64, limit: i64) -> Result<Vec<i64>, StoreError> {
    let (me, db) = on.parts();
    let mine = notes::table.filter(notes::person.eq(me.id).and(notes::id.gt(after)));
    Ok(mine.order(notes::id).limit(limit).select(notes::id).load(db)?)
}

async fn a_repeated_query_is_prepared_once(database: &TestDatabase) {
    let store = database.open();
    store.write(&writes("ann"), |on| add(on, 1, "x")).await.unwrap();
    let sqlite = database.is_sqlite();
    let (statements, again, runs) = store
        .read(&reads("ann"), move |on| {
            for run in 1..=RUNS {
                page(on, run, run)?;
            }
            let (_, db) = on.parts();
            let (from, of_page, again, runs) = if sqlite {
                ("sqlite_stmt", "sql LIKE 'SELECT `notes`%LIMIT%'", "sum(reprep)", "sum(run)")
            } else {
                (
                    "pg_prepared_statements",
                    "statement LIKE 'SELECT \"notes\"%LIMIT%'",
                    "0::bigint",
                    "sum(generic_plans + custom_plans)::bigint",
                )
            };
            let ask = |what: &str| sql::<BigInt>(&format!("SELECT {what} FROM {from} WHERE {of_page}"));
            let statements: i64 = ask("count(*)").get_result(db)?;
            let again: i64 = ask(again).get_result(db)?;
            let runs: i64 = ask(runs).get_result(db)?;
            Ok::<_, StoreError>((statements, again, runs))
        })
        .await
        .unwrap();
    assert_eq!((statements, again, runs), (1, 0, RUNS));
}
