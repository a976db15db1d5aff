//! Who gets which account.

use diesel::prelude::*;
use sharehold::access::{Grant, Read};
use sharehold::config::Provision;
use sharehold::store::tables::{people, profiles};
use sharehold::store::{Person, Store, StoreError, Tuning};

use super::support::{Notes, TestDatabase, add, on_both, reads, writes};

on_both! {
    the_first_token_makes_one_account
    issuer_and_subject_together_are_the_person
    nobody_gets_an_account_if_the_operator_says_never
    a_deleted_account_is_not_found_again_by_its_number
}

async fn who(store: &Store, grant: &Grant<Notes, Read>) -> Result<Person, StoreError> {
    store.read(grant, |on| Ok(on.person())).await
}

async fn the_first_token_makes_one_account(database: &TestDatabase) {
    let store = database.open();
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move { who(&store, &reads("ann")).await })
        })
        .collect();
    let mut found = Vec::new();
    for task in tasks {
        found.push(task.await.unwrap().unwrap());
    }
    assert!(found.windows(2).all(|pair| pair[0] == pair[1]), "{found:?}");
    let mut beside = database.beside();
    assert_eq!(people::table.count().get_result(&mut beside), Ok(1));
    let profile: (i64, String, i32) = profiles::table
        .select((profiles::changed, profiles::projection, profiles::projection_version))
        .get_result(&mut beside)
        .unwrap();
    assert_eq!(profile, (1, "{}".into(), 0));
    drop(store);
    let again = database.open();
    assert_eq!(who(&again, &reads("ann")).await.unwrap(), found[0], "the same after a restart");
}

async fn issuer_and_subject_together_are_the_person(database: &TestDatabase) {
    let store = database.open();
    let ann = who(&store, &reads("ann")).await.unwrap();
    let elsewhere = who(&store, &Grant::operator("https://other.example", "ann")).await.unwrap();
    let shouting = who(&store, &reads("ANN")).await.unwrap();
    let joined = who(&store, &Grant::operator("https://as.exampl", "eann")).await.unwrap();
    let all = [ann, elsewhere, shouting, joined];
    for (index, one) in all.iter().enumerate() {
        assert!(all[..index].iter().all(|other| other.id != one.id && other.uid != one.uid), "{all:?}");
    }
    assert_eq!(who(&store, &reads("ann")).await.unwrap(), ann);
}

async fn nobody_gets_an_account_if_the_operator_says_never(database: &TestDatabase) {
    let made = {
        let store = database.open();
        who(&store, &reads("ann")).await.unwrap()
    };
    let store = database.try_open(Provision::Never, Tuning::default()).unwrap();
    assert_eq!(who(&store, &reads("ann")).await, Ok(made));
    assert_eq!(who(&store, &reads("bob")).await, Err(StoreError::NoAccount));
    assert_eq!(store.write(&writes("bob"), |on| add(on, 1, "x")).await, Err(StoreError::NoAccount));
    assert_eq!(people::table.count().get_result(&mut database.beside()), Ok(1));
}

/// The store remembers who is who; what it remembers of a deleted person must not become somebody else.
async fn a_deleted_account_is_not_found_again_by_its_number(database: &TestDatabase) {
    let store = database.open();
    let ann = who(&store, &reads("ann")).await.unwrap();
    let mut beside = database.beside();
    diesel::delete(people::table.find(ann.id)).execute(&mut beside).unwrap();
    assert_eq!(profiles::table.count().get_result(&mut beside), Ok(0));
    let bob = who(&store, &reads("bob")).await.unwrap();
    assert_ne!(bob.id, ann.id, "a number is never used again");
    assert_eq!(store.write(&writes("ann"), |on| add(on, 1, "x")).await, Err(StoreError::NoAccount));
    let new = store.write(&writes("ann"), |on| add(on, 1, "x").map(|_| on.person())).await.unwrap();
    assert_ne!(new, ann);
}
