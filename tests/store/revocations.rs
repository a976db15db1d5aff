//! The revocations' rows and their numbers.

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use sharehold::store::tables::revocations as rows;
use sharehold::store::{Instant, Revocation, Store, StoreError, revocations};

use super::support::{TestDatabase, on_both, writes};

on_both! {
    each_revocation_has_the_next_number
    every_change_is_counted_and_no_number_comes_twice
}

fn revocation(number: i64, client: Option<&str>) -> Revocation {
    Revocation {
        number,
        issuer: "https://as.example".into(),
        subject: Some("ann".into()),
        client: client.map(Into::into),
        token: None,
        before: Some(Instant::from_micros(1_767_225_600_000_000)),
        own: 0,
    }
}

async fn each_revocation_has_the_next_number(database: &TestDatabase) {
    let store = database.open();
    assert_eq!(store.revocation_number().await, Ok(0));
    assert_eq!(store.revocations().await, Ok(vec![]));
    let tasks: Vec<_> = (0..16)
        .map(|index| {
            let store = store.clone();
            tokio::spawn(async move {
                let subject = format!("person {index}");
                let row = revocation(0, (index == 0).then_some("site"));
                let grant = writes(&subject);
                let add = store.write(&grant, move |on| revocations::add(on.parts().1, &row, Instant::from_micros(1)));
                add.await
            })
        })
        .collect();
    let mut numbers = Vec::new();
    for task in tasks {
        numbers.push(task.await.unwrap().unwrap());
    }
    let of_client = numbers[0];
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=16).collect::<Vec<_>>());
    assert_eq!(store.revocation_number().await, Ok(16));
    let rows = store.revocations().await.unwrap();
    let expected: Vec<_> = (1..=16).map(|number| revocation(number, (number == of_client).then_some("site"))).collect();
    assert_eq!(rows, expected);
    let grant = writes("ann");
    let refused = store.write(&grant, |on| {
        revocations::add(on.parts().1, &revocation(0, None), Instant::from_micros(1))?;
        Err::<(), _>(StoreError::NotFound)
    });
    assert!(refused.await.is_err());
    assert_eq!(store.revocation_number().await, Ok(16));
}

async fn add(store: &Store) -> i64 {
    let row = revocation(0, None);
    let grant = writes("ann");
    let add = store.write(&grant, move |on| revocations::add(on.parts().1, &row, Instant::from_micros(1)));
    add.await.unwrap()
}

async fn every_change_is_counted_and_no_number_comes_twice(database: &TestDatabase) {
    let store = database.open();
    let mut beside = database.beside();
    let mut seen = store.revocation_number().await.unwrap();
    let mut moved = async |why: &str| {
        let number = store.revocation_number().await.unwrap();
        assert!(number > seen, "{why}: {number} after {seen}");
        seen = number;
    };
    let (first, second) = (add(&store).await, add(&store).await);
    moved("added").await;
    diesel::delete(rows::table.find(second)).execute(&mut beside).unwrap();
    let third = add(&store).await;
    assert!(third > second, "{third} after {second}");
    moved("the highest deleted, and one added").await;
    diesel::delete(rows::table.find(first)).execute(&mut beside).unwrap();
    moved("one below the highest deleted").await;
    diesel::update(rows::table.find(third)).set(rows::subject.eq(None::<String>)).execute(&mut beside).unwrap();
    moved("widened to everyone").await;
    let empty = if database.is_sqlite() { "DELETE FROM revocations" } else { "TRUNCATE revocations" };
    beside.batch_execute(empty).unwrap();
    moved("emptied").await;
    assert_eq!(store.revocations().await, Ok(vec![]));
    beside.batch_execute("BEGIN").unwrap();
    diesel::delete(rows::table).execute(&mut beside).unwrap();
    beside.batch_execute("ROLLBACK").unwrap();
    add(&store).await;
    moved("added to none").await;
}
