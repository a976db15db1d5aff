//! Group commit on SQLite: each way in which one write could hurt its neighbours, or be answered too early.

use std::sync::mpsc;
use std::time::Duration;

use diesel::connection::SimpleConnection as _;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use sharehold::access::Write;
use sharehold::config::Provision;
use sharehold::store::tables::profiles;
use sharehold::store::{Busy, Owned, Store, StoreError, Tuning};
use tokio::task::JoinHandle;

use super::support::{Notes, TestDatabase, add, block_on, list, notes, reads, writes};

type Work = Box<dyn FnMut(&mut Owned<'_, Notes, Write>) -> Result<i64, StoreError> + Send>;

/// Keeps the writer's thread busy until `release`, so that what is queued meanwhile becomes one group.
struct Gate {
    open: mpsc::Sender<()>,
    task: JoinHandle<Result<i64, StoreError>>,
}

impl Gate {
    async fn shut(store: &Store) -> Self {
        store.write(&writes("ann"), |on| add(on, 0, "x")).await.unwrap();
        let (open, opened) = mpsc::channel();
        let (reached, at_the_gate) = tokio::sync::oneshot::channel();
        let mut reached = Some(reached);
        let store = store.clone();
        let task = tokio::spawn(async move {
            store
                .write(&writes("ann"), move |on| {
                    reached.take().map(|reached| reached.send(()));
                    opened.recv_timeout(Duration::from_secs(10)).expect("the gate is opened");
                    Ok(on.change())
                })
                .await
        });
        at_the_gate.await.unwrap();
        Self { open, task }
    }

    async fn release(self) {
        self.open.send(()).unwrap();
        self.task.await.unwrap().unwrap();
    }
}

/// Queues these behind the gate as one group, lets them go, and gives what each is told.
async fn together(store: &Store, works: Vec<Work>) -> Vec<Result<i64, StoreError>> {
    let gate = Gate::shut(store).await;
    let mut tasks = Vec::new();
    for work in works {
        tasks.push(queue(store, work).await);
    }
    gate.release().await;
    let mut told = Vec::new();
    for task in tasks {
        told.push(task.await.unwrap());
    }
    told
}

/// Queues one and waits until it is queued.
async fn queue(store: &Store, work: Work) -> JoinHandle<Result<i64, StoreError>> {
    let store = store.clone();
    let task = tokio::spawn(async move { store.write(&writes("ann"), work).await });
    // The person is known, so the first poll puts it into the queue.
    tokio::task::yield_now().await;
    task
}

fn good(id: i64) -> Work {
    Box::new(move |on| add(on, id, "x"))
}

/// The bad one before, between and after good ones: it is told `expected`, they are there.
fn one_among_good_ones(bad: fn() -> Work, expected: impl Fn(&Result<i64, StoreError>) -> bool) {
    for place in [0, 2, 4] {
        let database = TestDatabase::sqlite();
        block_on(async {
            let store = database.open();
            let mut works: Vec<Work> = [1, 2, 4, 5].map(good).into();
            works.insert(place, bad());
            let mut told = together(&store, works).await;
            let of_bad = told.remove(place);
            assert!(told.iter().all(Result::is_ok), "a neighbour of number {place} was hurt: {told:?}");
            assert!(expected(&of_bad), "{of_bad:?}");
            assert_eq!(store.read(&reads("ann"), list).await.unwrap(), [0, 1, 2, 4, 5]);
            let dangling: i64 = sql::<BigInt>("SELECT count(*) FROM pragma_foreign_key_check")
                .get_result(&mut database.beside())
                .unwrap();
            assert_eq!(dangling, 0);
            // And the writer goes on.
            store.write(&writes("ann"), |on| add(on, 6, "x")).await.unwrap();
        });
    }
}

fn failing() -> Work {
    Box::new(|on| {
        add(on, 3, "x")?;
        Err(StoreError::NotFound)
    })
}

fn panicking() -> Work {
    Box::new(|on| {
        add(on, 3, "x")?;
        panic!("on purpose")
    })
}

fn panicking_deeper() -> Work {
    Box::new(|on| {
        add(on, 3, "x")?;
        on.parts().1.transaction(|_| -> Result<i64, StoreError> { panic!("on purpose") })
    })
}

fn filling_the_disk() -> Work {
    Box::new(|on| {
        let (_, db) = on.parts();
        let pages: i64 = sql::<BigInt>("PRAGMA page_count").get_result(db)?;
        db.batch_execute(&format!("PRAGMA max_page_count = {}", pages + 1))?;
        add(on, 3, &"x".repeat(100_000))
    })
}

fn ending_the_transaction() -> Work {
    Box::new(|on| {
        on.parts().1.batch_execute("ROLLBACK")?;
        Ok(on.change())
    })
}

fn failing_at_commit() -> Work {
    Box::new(|on| {
        let change = on.change();
        let (_, db) = on.parts();
        db.batch_execute("PRAGMA defer_foreign_keys = ON")?;
        let nobodys = (
            profiles::person.eq(987_654),
            profiles::changed.eq(1),
            profiles::projection.eq("{}"),
            profiles::projection_version.eq(0),
            profiles::created_at.eq(0),
            profiles::modified_at.eq(0),
        );
        diesel::insert_into(profiles::table).values(nobodys).execute(db)?;
        Ok(change)
    })
}

#[test]
fn an_error_is_undone_alone() {
    one_among_good_ones(failing, |told| *told == Err(StoreError::NotFound));
}

#[test]
fn a_panic_is_undone_alone() {
    one_among_good_ones(panicking, |told| matches!(told, Err(StoreError::Broken(_))));
}

#[test]
fn a_panic_in_a_nested_transaction_is_undone_alone() {
    one_among_good_ones(panicking_deeper, |told| matches!(told, Err(StoreError::Broken(_))));
}

/// When SQLite cannot make the file larger it rolls back the whole transaction, not the statement alone.
#[test]
fn a_full_disk_in_a_savepoint_is_told_to_who_filled_it() {
    one_among_good_ones(filling_the_disk, |told| *told == Err(StoreError::Full));
}

#[test]
fn a_write_that_ends_the_transaction_ends_only_its_own() {
    one_among_good_ones(ending_the_transaction, |told| matches!(told, Err(StoreError::Broken(_))));
}

/// A foreign key that is checked at COMMIT makes the COMMIT of all fail; whoever was told before it was told too early.
#[test]
fn a_commit_that_fails_is_told_to_who_made_it_fail() {
    one_among_good_ones(failing_at_commit, |told| *told == Err(StoreError::Conflict));
}

#[test]
fn a_full_disk_ends_the_whole_transaction() {
    // The premise of the test above, so that it does not pass because SQLite became kinder.
    let database = TestDatabase::sqlite();
    let mut db = database.beside();
    db.batch_execute("PRAGMA journal_mode = WAL; CREATE TABLE t (x TEXT); PRAGMA max_page_count = 3").unwrap();
    db.batch_execute("BEGIN IMMEDIATE; SAVEPOINT one; INSERT INTO t VALUES ('kept?'); RELEASE one; SAVEPOINT two")
        .unwrap();
    let full = db.batch_execute("INSERT INTO t VALUES (zeroblob(100000))").unwrap_err();
    assert!(full.to_string().contains("full"), "{full}");
    let gone = db.batch_execute("ROLLBACK TO two").unwrap_err();
    assert!(gone.to_string().contains("no such savepoint"), "{gone}");
}

#[test]
fn an_unknown_outcome_is_not_called_success_nor_tried_again() {
    let database = TestDatabase::sqlite();
    block_on(async {
        let store = database.open();
        store.write(&writes("ann"), |on| add(on, 1, "x")).await.unwrap();
        let told = store
            .write(&writes("ann"), |on| {
                add(on, 2, "x")?;
                on.parts().1.batch_execute("COMMIT")?;
                Ok::<_, StoreError>(())
            })
            .await;
        assert!(matches!(told, Err(StoreError::Broken(_))), "{told:?}");
        store.write(&writes("ann"), |on| add(on, 3, "x")).await.unwrap();
    });
}

#[test]
fn nobody_is_told_before_the_commit() {
    let database = TestDatabase::sqlite();
    block_on(async {
        let store = database.open();
        let gate = Gate::shut(&store).await;
        let first = queue(&store, good(1)).await;
        let (open, opened) = mpsc::channel();
        let (reached, last_one_runs) = tokio::sync::oneshot::channel();
        let mut reached = Some(reached);
        let last: Work = Box::new(move |on| {
            reached.take().map(|reached| reached.send(()));
            opened.recv_timeout(Duration::from_secs(10)).expect("the gate is opened");
            add(on, 2, "x")
        });
        let last = queue(&store, last).await;
        gate.release().await;
        last_one_runs.await.unwrap();
        tokio::time::sleep(Duration::from_millis(50)).await;
        let mut beside = database.beside();
        let seen: i64 = notes::table.count().get_result(&mut beside).unwrap();
        assert_eq!(seen, 1, "the group shares one transaction, which is still open");
        assert!(!first.is_finished(), "told before the commit");
        open.send(()).unwrap();
        assert!(first.await.unwrap().is_ok() && last.await.unwrap().is_ok());
        let seen: i64 = notes::table.count().get_result(&mut beside).unwrap();
        assert_eq!(seen, 3);
    });
}

#[test]
fn a_full_queue_says_busy_at_once() {
    let database = TestDatabase::sqlite();
    block_on(async {
        drop(database.open());
        let store = database.try_open(Provision::OnFirstToken, Tuning { queue: 2, ..Tuning::default() }).unwrap();
        let gate = Gate::shut(&store).await;
        let waiting = [queue(&store, good(1)).await, queue(&store, good(2)).await];
        let told = store.write(&writes("ann"), |on| add(on, 3, "x")).await;
        assert_eq!(told, Err(StoreError::Busy(Busy::Queue)));
        gate.release().await;
        for task in waiting {
            task.await.unwrap().unwrap();
        }
    });
}

#[test]
fn closing_does_what_waits_and_empties_the_log() {
    let database = TestDatabase::sqlite();
    block_on(async {
        let store = database.open();
        let gate = Gate::shut(&store).await;
        let waiting = [queue(&store, good(1)).await, queue(&store, good(2)).await];
        let closing = tokio::task::spawn_blocking({
            let store = store.clone();
            move || store.close()
        });
        gate.release().await;
        closing.await.unwrap();
        for task in waiting {
            task.await.unwrap().unwrap();
        }
        let told = store.write(&writes("ann"), |on| add(on, 3, "x")).await;
        assert_eq!(told, Err(StoreError::Busy(Busy::Closing)));
        assert_eq!(store.read(&reads("ann"), list).await.unwrap(), [0, 1, 2]);
        let log = database.path().with_extension("db-wal");
        assert_eq!(std::fs::metadata(log).map_or(0, |log| log.len()), 0);
        store.close();
    });
}
