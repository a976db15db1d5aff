//! What a write promises, on both databases.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use diesel::prelude::*;
use sharehold::access::Write;
use sharehold::store::tables::people;
use sharehold::store::{Db, Halt, Owned, StoreError};

use super::support::{Notes, TestDatabase, add, list, notes, on_both, reads, writes};

on_both! {
    acknowledged_writes_are_there_for_everyone
    a_refused_write_leaves_nothing
    a_panic_is_its_callers_alone
    one_persons_changes_are_numbered_in_the_order_of_commits
    a_caller_that_goes_away_hurts_nobody
    a_write_after_a_failed_query_is_not_acknowledged_and_lost
    readers_cannot_write
    two_persons_never_see_each_other
}

fn count(db: &mut Db) -> i64 {
    notes::table.count().get_result(db).unwrap()
}

async fn acknowledged_writes_are_there_for_everyone(database: &TestDatabase) {
    let store = database.open();
    let mut beside = database.beside();
    for id in 1..=20 {
        store.write(&writes("ann"), move |on| add(on, id, "x")).await.unwrap();
        assert_eq!(count(&mut beside), id);
    }
}

async fn a_refused_write_leaves_nothing(database: &TestDatabase) {
    let store = database.open();
    let before = store.write(&writes("ann"), |on| add(on, 1, "x")).await.unwrap();
    let refused = store
        .write(&writes("ann"), |on| -> Result<(), Halt<&'static str>> {
            add(on, 2, "x")?;
            Err(Halt::Refused("not the version that If-Match says"))
        })
        .await;
    assert_eq!(refused, Err(Halt::Refused("not the version that If-Match says")));
    assert_eq!(store.read(&reads("ann"), list).await.unwrap(), [1]);
    let seq: i64 = people::table.select(people::seq).get_result(&mut database.beside()).unwrap();
    assert_eq!(seq, before, "a refused write takes no number");
}

async fn a_panic_is_its_callers_alone(database: &TestDatabase) {
    let store = database.open();
    let broken = store
        .write(&writes("ann"), |on| -> Result<(), StoreError> {
            add(on, 1, "x")?;
            panic!("on purpose")
        })
        .await;
    assert!(matches!(&broken, Err(StoreError::Broken(detail)) if detail.contains("on purpose")), "{broken:?}");
    let broken = store.read(&reads("ann"), |_| -> Result<(), StoreError> { panic!("on purpose") }).await;
    assert!(matches!(broken, Err(StoreError::Broken(_))));
    let broken = store.point(&reads("ann"), |_| -> Result<(), StoreError> { panic!("on purpose") }).await;
    assert!(matches!(broken, Err(StoreError::Broken(_))));
    store.write(&writes("ann"), |on| add(on, 2, "x")).await.unwrap();
    assert_eq!(store.point(&reads("ann"), list).await.unwrap(), [2]);
}

/// A reader that goes from change to change must never find a lower number after a higher one.
async fn one_persons_changes_are_numbered_in_the_order_of_commits(database: &TestDatabase) {
    const WRITES: i64 = 60;
    let store = database.open();
    let first = store.write(&writes("ann"), |on| add(on, 0, "x")).await.unwrap();
    let tasks: Vec<_> = (1..=WRITES)
        .map(|id| {
            let store = store.clone();
            tokio::spawn(async move { store.write(&writes("ann"), move |on| add(on, id, "x")).await })
        })
        .collect();
    let watch = {
        let mut beside = database.beside();
        tokio::task::spawn_blocking(move || {
            let mut seen = 0;
            while seen <= WRITES {
                let numbers: Vec<i64> =
                    notes::table.order(notes::changed).select(notes::changed).load(&mut beside).unwrap();
                seen = i64::try_from(numbers.len()).unwrap();
                assert_eq!(numbers, (first..first + seen).collect::<Vec<_>>(), "a gap: a reader would miss a change");
            }
        })
    };
    let mut numbers = Vec::new();
    for task in tasks {
        numbers.push(task.await.unwrap().unwrap());
    }
    numbers.sort_unstable();
    assert_eq!(numbers, (first + 1..=first + WRITES).collect::<Vec<_>>());
    watch.await.unwrap();
}

async fn a_caller_that_goes_away_hurts_nobody(database: &TestDatabase) {
    let store = database.open();
    store.write(&writes("ann"), |on| add(on, 1, "x")).await.unwrap();
    let (started, has_started) = tokio::sync::oneshot::channel();
    let mut started = Some(started);
    let caller = tokio::spawn({
        let store = store.clone();
        async move {
            let slow = move |on: &mut Owned<'_, Notes, Write>| {
                started.take().map(|started| started.send(()));
                std::thread::sleep(Duration::from_millis(50));
                add(on, 2, "x")
            };
            store.write(&writes("ann"), slow).await
        }
    });
    has_started.await.unwrap();
    caller.abort();
    assert!(caller.await.unwrap_err().is_cancelled(), "the caller has gone away before the write was done");
    store.write(&writes("ann"), |on| add(on, 3, "x")).await.unwrap();
    assert_eq!(store.read(&reads("ann"), list).await.unwrap(), [1, 2, 3]);
}

/// PostgreSQL answers the COMMIT of a failed transaction with success, and rolls it back.
async fn a_write_after_a_failed_query_is_not_acknowledged_and_lost(database: &TestDatabase) {
    let store = database.open();
    store.write(&writes("ann"), |on| add(on, 1, "x")).await.unwrap();
    let told = store
        .write(&writes("ann"), |on| {
            add(on, 2, "x")?;
            let twice = add(on, 1, "x");
            assert_eq!(twice, Err(StoreError::Conflict));
            Ok::<_, StoreError>(())
        })
        .await;
    let there = store.read(&reads("ann"), list).await.unwrap().contains(&2);
    assert_eq!(told.is_ok(), there, "{told:?}");
    store.write(&writes("ann"), |on| add(on, 3, "x")).await.unwrap();
}

async fn readers_cannot_write(database: &TestDatabase) {
    let store = database.open();
    store.write(&writes("ann"), |on| add(on, 1, "x")).await.unwrap();
    let wrote = store
        .read(&reads("ann"), |on| {
            let (_, db) = on.parts();
            Ok::<_, StoreError>(diesel::delete(notes::table).execute(db)?)
        })
        .await;
    assert!(matches!(wrote, Err(StoreError::Broken(_))), "{wrote:?}");
    assert_eq!(count(&mut database.beside()), 1);
}

async fn two_persons_never_see_each_other(database: &TestDatabase) {
    let store = database.open();
    for id in 1..=3 {
        store.write(&writes("ann"), move |on| add(on, id, "ann's")).await.unwrap();
    }
    store.write(&writes("bob"), |on| add(on, 9, "bob's")).await.unwrap();
    assert_eq!(store.read(&reads("ann"), list).await.unwrap(), [1, 2, 3]);
    assert_eq!(store.read(&reads("bob"), list).await.unwrap(), [9]);
    assert_eq!(store.point(&reads("bob"), list).await.unwrap(), [9]);
    assert_eq!(store.read(&reads("cat"), list).await.unwrap(), [0_i64; 0]);
    // The same id may be in both: it is no one else's business.
    store.write(&writes("bob"), |on| add(on, 1, "bob's")).await.unwrap();
}

/// Two writes that lock each other out: PostgreSQL ends one, which is then run again.
#[test]
fn a_deadlock_is_tried_again() {
    let database = TestDatabase::postgres();
    super::support::block_on(async {
        let store = database.open();
        let me = store.write(&writes("ann"), |on| add(on, 1, "x").map(|_| on.person())).await.unwrap();
        store.write(&writes("bob"), |on| add(on, 1, "x")).await.unwrap();
        let bob = store.write(&writes("bob"), |on| Ok::<_, StoreError>(on.person())).await.unwrap();
        let both_hold_theirs = Arc::new(std::sync::Barrier::new(2));
        let runs = Arc::new(AtomicU32::new(0));
        let crossing = |subject: &'static str, other: i64| {
            let (store, barrier, runs) = (store.clone(), both_hold_theirs.clone(), runs.clone());
            tokio::spawn(async move {
                store
                    .write(&writes(subject), move |on| {
                        // The person's own row is locked by now.
                        if runs.fetch_add(1, Ordering::SeqCst) < 2 {
                            barrier.wait();
                        }
                        let (_, db) = on.parts();
                        let theirs = people::table.find(other);
                        diesel::update(theirs).set(people::created_at.eq(0)).execute(db)?;
                        Ok::<_, StoreError>(())
                    })
                    .await
            })
        };
        let (one, two) = (crossing("ann", bob.id), crossing("bob", me.id));
        one.await.unwrap().unwrap();
        two.await.unwrap().unwrap();
        assert_eq!(runs.load(Ordering::SeqCst), 3);
    });
}
