//! PostgreSQL goes away and comes back.

use diesel::connection::SimpleConnection as _;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use sharehold::clock::SystemClock;
use sharehold::config::{Limits, Provision};
use sharehold::store::{Busy, Store, StoreError};

use super::support::{TestDatabase, add, block_on, list, reads, writes};

/// Ends every connection of the store's: those whose last statement names the test's schema or that are idle in it.
fn end_all_connections(database: &TestDatabase, store_name: &str) -> i64 {
    let end = format!(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = '{store_name}'"
    );
    sql::<BigInt>(&end).get_result(&mut database.beside()).unwrap()
}

fn open_as(database: &TestDatabase, name: &str) -> Store {
    drop(database.open());
    let mut settings = database.settings();
    settings.url = sharehold::secret::Secret::new(format!("{}&application_name={name}", database.url()));
    // A busy machine makes a test wait, not fail.
    let limits = Limits { pool_wait_s: 30, ..Limits::default() };
    Store::open(&settings, &limits, Provision::OnFirstToken, SystemClock::shared()).unwrap()
}

#[test]
fn one_request_learns_that_the_connections_were_lost_and_the_next_are_served() {
    let database = TestDatabase::postgres();
    block_on(async {
        let store = open_as(&database, "lost_reads");
        store.write(&writes("ann"), |on| add(on, 1, "x")).await.unwrap();
        assert!(end_all_connections(&database, "lost_reads") >= 1);
        let told = store.read(&reads("ann"), list).await;
        assert_eq!(told, Err(StoreError::Busy(Busy::Lost)));
        for _ in 0..8 {
            assert_eq!(store.read(&reads("ann"), list).await, Ok(vec![1]));
        }
    });
}

#[test]
fn a_connection_lost_before_the_commit_did_nothing_and_says_so() {
    let database = TestDatabase::postgres();
    block_on(async {
        let store = open_as(&database, "lost_writes");
        store.write(&writes("ann"), |on| add(on, 1, "x")).await.unwrap();
        let (url, schema) = (database.url(), "lost_writes");
        let told = store
            .write(&writes("ann"), move |on| {
                let mut beside = PgConnection::establish(&url).unwrap();
                let end = format!(
                    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = '{schema}'"
                );
                let ended: i64 = sql::<BigInt>(&end).get_result(&mut beside).unwrap();
                assert!(ended >= 1);
                add(on, 2, "x")
            })
            .await;
        assert_eq!(told, Err(StoreError::Busy(Busy::Lost)));
        assert_eq!(store.read(&reads("ann"), list).await, Ok(vec![1]));
    });
}

#[test]
fn a_lost_commit_is_not_called_busy() {
    let database = TestDatabase::postgres();
    block_on(async {
        let store = open_as(&database, "lost_commits");
        store.write(&writes("ann"), |on| add(on, 1, "x")).await.unwrap();
        let url = database.url();
        let told = store
            .write(&writes("ann"), move |on| {
                add(on, 2, "x")?;
                let mut beside = PgConnection::establish(&url).unwrap();
                let end = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'lost_commits'";
                let _: i64 = sql::<BigInt>(end).get_result(&mut beside).unwrap();
                Ok::<_, StoreError>(())
            })
            .await;
        assert!(matches!(told, Err(StoreError::Broken(_))), "{told:?}");
        assert_eq!(store.read(&reads("ann"), list).await, Ok(vec![1]));
    });
}

/// Statements that take too long are ended: reads after two seconds by default.
#[test]
fn a_statement_that_takes_too_long_says_busy() {
    let database = TestDatabase::postgres();
    block_on(async {
        let store = database.open();
        let told = store
            .read(&reads("ann"), |on| {
                let slept: i64 = sql::<BigInt>("SELECT 1::bigint FROM pg_sleep(5)").get_result(on.parts().1)?;
                Ok::<_, StoreError>(slept)
            })
            .await;
        assert_eq!(told, Err(StoreError::Busy(Busy::Timeout)));
    });
}

/// The start refuses `synchronous_commit = off`; a role that gets it later must not make what is acknowledged less durable.
#[test]
fn a_role_that_would_not_wait_for_the_disk_waits_all_the_same() {
    let database = TestDatabase::postgres();
    let role = format!("hasty_{}", std::process::id());
    database.beside().batch_execute(&format!("CREATE ROLE {role} LOGIN SUPERUSER PASSWORD 'hasty'")).unwrap();
    block_on(async {
        drop(database.open());
        let mut url = url::Url::parse(&database.url()).unwrap();
        url.set_username(&role).unwrap();
        url.set_password(Some("hasty")).unwrap();
        let mut settings = database.settings();
        settings.url = sharehold::secret::Secret::new(format!("{url}&application_name={role}"));
        let limits = Limits { pool_wait_s: 30, ..Limits::default() };
        let store = Store::open(&settings, &limits, Provision::OnFirstToken, SystemClock::shared()).unwrap();
        store.write(&writes("ann"), |on| add(on, 1, "x")).await.unwrap();
        database.beside().batch_execute(&format!("ALTER ROLE {role} SET synchronous_commit = off")).unwrap();
        assert!(end_all_connections(&database, &role) >= 1);
        let _ = store.read(&reads("ann"), list).await;
        let told = store
            .write(&writes("ann"), |on| {
                let asked = sql::<Text>("SELECT current_setting('synchronous_commit')");
                Ok::<String, StoreError>(asked.get_result(on.parts().1)?)
            })
            .await;
        assert_eq!(told.as_deref(), Ok("on"));
    });
    end_all_connections(&database, &role);
    database.beside().batch_execute(&format!("DROP ROLE {role}")).unwrap();
}
