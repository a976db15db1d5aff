//! PostgreSQL falls silent and is there again. Every wait has a bound far beyond what it takes: without what is tested here
//! it would be for ever.

use std::future::Future;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use sharehold::clock::SystemClock;
use sharehold::config::{Database, Limits, Provision};
use sharehold::secret::Secret;
use sharehold::store::{Busy, Store, StoreError};

use super::proxy::{Mode, Proxy};
use super::support::{TestDatabase, add, block_on, list, reads, writes};
use crate::support::process::{Process, get};

const PATIENCE: Duration = Duration::from_mins(1);

/// A store whose way to PostgreSQL leads through a proxy.
struct Stage {
    database: TestDatabase,
    proxy: Proxy,
    store: Store,
}

impl Stage {
    /// The name tells its connections from others.
    fn set(name: &str) -> Self {
        let database = TestDatabase::postgres();
        drop(database.open());
        let mut url = url::Url::parse(&database.url()).unwrap();
        let proxy = Proxy::before(url.port().unwrap_or(5432)).unwrap();
        url.set_host(Some("127.0.0.1")).unwrap();
        url.set_port(Some(proxy.port)).unwrap();
        let url = format!("{url}&application_name={name}");
        let settings = Database { url: Secret::new(url), pool_size: 4 };
        // Away after 1 s of silence; and a transaction that a test holds up is not ended.
        let limits = Limits { pool_wait_s: 2, write_statement_s: 60, ..Limits::default() };
        let store = Store::open(&settings, &limits, Provision::OnFirstToken, SystemClock::shared()).unwrap();
        Self { database, proxy, store }
    }

    async fn list(&self) -> Result<Vec<i64>, StoreError> {
        within(self.store.read(&reads("ann"), list)).await
    }

    async fn write(&self, id: i64) -> Result<(), StoreError> {
        within(self.store.write(&writes("ann"), move |on| add(on, id, "x"))).await.map(drop)
    }

    /// Until the store has noticed, if it had to.
    async fn until_up(&self) {
        until(|| self.store.is_up()).await;
    }
}

async fn within<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, work).await.expect("it waits for ever")
}

async fn until(mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < PATIENCE, "it never comes to that");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

const AWAY: StoreError = StoreError::Busy(Busy::Away);

#[test]
fn a_silent_database_is_told_at_once_and_used_again_when_it_answers() {
    let stage = Stage::set("away_silent");
    block_on(async {
        stage.until_up().await;
        assert_eq!(stage.write(1).await, Ok(()));
        within(stage.store.ready()).await.unwrap();
        stage.proxy.set(Mode::Freeze);
        assert_eq!(stage.list().await, Err(AWAY), "under way");
        assert!(!stage.store.is_up());
        assert_eq!(stage.list().await, Err(AWAY), "new");
        assert_eq!(stage.write(2).await, Err(AWAY));
        let why = within(stage.store.ready()).await.unwrap_err();
        assert!(why.contains("away"), "{why}");
        stage.proxy.set(Mode::OPEN);
        stage.until_up().await;
        assert_eq!(stage.list().await, Ok(vec![1]));
        within(stage.store.ready()).await.unwrap();
    });
}

/// Its connections would be waited on for ever: others are made, as many as before.
#[test]
fn connections_that_lead_nowhere_do_not_use_up_the_pool() {
    let stage = Stage::set("away_half_open");
    block_on(async {
        for round in 1..=3 {
            stage.until_up().await;
            assert_eq!(stage.write(round).await, Ok(()));
            stage.proxy.set(Mode::Swallow);
            let told = tokio::join!(stage.list(), stage.list(), stage.list(), stage.list(), stage.list());
            assert_eq!(told, (Err(AWAY), Err(AWAY), Err(AWAY), Err(AWAY), Err(AWAY)));
            stage.proxy.set(Mode::OPEN);
        }
        stage.until_up().await;
        let told = tokio::join!(stage.list(), stage.list(), stage.list(), stage.list(), stage.list());
        let all = || Ok(vec![1, 2, 3]);
        assert_eq!(told, (all(), all(), all(), all(), all()));
    });
}

/// The thread that does the write goes on when the database answers; by then its caller was told that nothing was done.
#[test]
fn a_write_that_was_given_up_is_not_committed_later() {
    let stage = Stage::set("away_given_up");
    block_on(async {
        stage.until_up().await;
        assert_eq!(stage.write(1).await, Ok(()));
        let (go_on, may_go_on) = mpsc::channel::<()>();
        let (tell, inserted) = mpsc::channel();
        let grant = writes("ann");
        let write = stage.store.write(&grant, move |on| {
            let change = add(on, 2, "x");
            tell.send(()).unwrap();
            may_go_on.recv().unwrap();
            change
        });
        let silence = async {
            until(|| inserted.try_recv().is_ok()).await;
            stage.proxy.set(Mode::Freeze);
        };
        let (told, ()) = within(async { tokio::join!(write, silence) }).await;
        assert_eq!(told, Err(AWAY));
        stage.proxy.set(Mode::OPEN);
        go_on.send(()).unwrap();
        let at_work = "SELECT count(*) FROM pg_stat_activity \
                       WHERE application_name = 'away_given_up' AND xact_start IS NOT NULL";
        let mut beside = stage.database.beside();
        until(|| sql::<BigInt>(at_work).get_result::<i64>(&mut beside).unwrap() == 0).await;
        stage.until_up().await;
        assert_eq!(stage.list().await, Ok(vec![1]));
    });
}

#[test]
fn a_commit_without_an_answer_is_not_called_undone() {
    let stage = std::sync::Arc::new(Stage::set("away_commit"));
    block_on(async {
        stage.until_up().await;
        assert_eq!(stage.write(1).await, Ok(()));
        let (silent, grant) = (stage.clone(), writes("ann"));
        let told = stage.store.write(&grant, move |on| {
            let change = add(on, 2, "x");
            silent.proxy.set(Mode::Freeze);
            change
        });
        let told = within(told).await;
        assert!(matches!(told, Err(StoreError::Broken(_))), "{told:?}");
        stage.proxy.set(Mode::OPEN);
        stage.until_up().await;
        // It was on its way.
        within(async {
            while stage.list().await != Ok(vec![1, 2]) {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        })
        .await;
    });
}

/// A process that is told to stop must come to its end, whatever hangs.
#[test]
fn what_hangs_does_not_hold_up_the_end() {
    let (tell, ended) = mpsc::channel();
    std::thread::spawn(move || {
        let stage = Stage::set("away_end");
        block_on(async {
            stage.until_up().await;
            assert_eq!(stage.write(1).await, Ok(()));
            stage.proxy.set(Mode::Swallow);
            assert_eq!(stage.list().await, Err(AWAY));
        });
        tell.send(()).unwrap();
    });
    ended.recv_timeout(PATIENCE).expect("the runtime waits for a thread that hangs");
}

/// An administrator, or a restart so quick that the next connection is taken, ends connections; the database is there.
#[test]
fn connections_that_were_ended_do_not_mean_that_the_database_is_away() {
    let database = TestDatabase::postgres();
    block_on(async {
        drop(database.open());
        let mut settings = database.settings();
        settings.url = Secret::new(format!("{}&application_name=away_ended", database.url()));
        let limits = Limits { pool_wait_s: 60, ..Limits::default() };
        let store = Store::open(&settings, &limits, Provision::OnFirstToken, SystemClock::shared()).unwrap();
        within(store.write(&writes("ann"), |on| add(on, 1, "x"))).await.unwrap();
        let all = "FROM pg_stat_activity WHERE application_name = 'away_ended'";
        let (count, end) = (format!("SELECT count(*) {all}"), format!("SELECT count(pg_terminate_backend(pid)) {all}"));
        let mut beside = database.beside();
        // The pool's are four; the fifth is the one that watches.
        until(|| sql::<BigInt>(&count).get_result::<i64>(&mut beside).unwrap() == 5).await;
        assert_eq!(sql::<BigInt>(&end).get_result::<i64>(&mut beside), Ok(5));
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_millis(1500) {
            assert!(store.is_up());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
}

/// Not by the library, not by each request, not by what looks for revocations: who searches the log finds one line.
#[test]
fn an_outage_is_said_once_and_its_end_once() {
    let database = TestDatabase::postgres();
    let mut url = url::Url::parse(&database.url()).unwrap();
    let proxy = Proxy::before(url.port().unwrap_or(5432)).unwrap();
    url.set_host(Some("127.0.0.1")).unwrap();
    url.set_port(Some(proxy.port)).unwrap();
    let server = Process::start(&[&format!("database.url={url}"), "limits.pool_wait_s=2"]);
    for _ in 0..2 {
        proxy.set(Mode::Refuse);
        assert_eq!(get(server.admin, "/readyz").0, 503);
        let mut said = server.says("the database is away");
        // Longer than a request waits for a connection.
        std::thread::sleep(Duration::from_secs(3));
        proxy.set(Mode::OPEN);
        said.extend(server.says("the database is back"));
        // What the start takes away of old rows may be under way just then, and says so for itself.
        said.retain(|line| !line.contains("old rows were not taken away"));
        let count = |level: &str| said.iter().filter(|line| line.contains(level)).count();
        assert_eq!((count("ERROR"), count("WARN")), (1, 1), "{said:#?}");
        assert!(!said.iter().any(|line| line.contains("\\n") || line.contains("\\t")), "{said:#?}");
    }
}
