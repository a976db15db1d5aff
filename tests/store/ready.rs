//! Whether the store says that it is ready, and only then.

use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection as _;

use super::support::{TestDatabase, on_both};

on_both! {
    a_store_that_writes_is_ready
    a_store_that_cannot_write_is_not
    a_store_without_its_migrations_is_not
}

async fn a_store_that_writes_is_ready(database: &TestDatabase) {
    let store = database.open();
    store.ready().await.unwrap();
    store.ready().await.unwrap();
}

async fn a_store_that_cannot_write_is_not(database: &TestDatabase) {
    let store = database.open();
    let mut beside = database.beside();
    let hold = if database.is_sqlite() { "BEGIN IMMEDIATE" } else { "BEGIN; LOCK TABLE readiness" };
    beside.batch_execute(hold).unwrap();
    let asked = Instant::now();
    assert!(store.ready().await.is_err());
    assert!(asked.elapsed() < Duration::from_millis(900), "{:?}", asked.elapsed());
    beside.batch_execute("ROLLBACK").unwrap();
    assert!(store.ready().await.is_err(), "the answer is kept for a second");
    // One second for the answer to age, two for the write that waited for the lock to give up.
    tokio::time::sleep(Duration::from_millis(2100)).await;
    store.ready().await.unwrap();
}

async fn a_store_without_its_migrations_is_not(database: &TestDatabase) {
    let store = database.open();
    database.beside().batch_execute("DELETE FROM __diesel_schema_migrations").unwrap();
    assert_eq!(store.ready().await, Err("migrations have not been run".into()));
}
