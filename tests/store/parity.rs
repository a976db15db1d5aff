//! Where the two databases behave alike because we make them, and where they do not, so that nobody relies on it.

use chrono::DateTime;
use diesel::prelude::*;
use sharehold::store::tables::{people, profiles};
use sharehold::store::{Db, Instant, StoreError, Uid};

use super::support::{TestDatabase, notes, on_both, writes};

on_both! {
    text_sorts_by_its_bytes
    unique_and_dangling_rows_are_one_error
    foreign_keys_hold
    ids_instants_and_numbers_come_back_as_they_went
    empty_text_is_not_null
    like_and_nulls_differ
}

async fn insert(database: &TestDatabase, texts: &[Option<&str>]) -> Db {
    let store = database.open();
    let me = store.write(&writes("ann"), |on| Ok::<_, StoreError>(on.person())).await.unwrap();
    let mut db = database.beside();
    for (id, text) in (1_i64..).zip(texts) {
        let row = (notes::person.eq(me.id), notes::id.eq(id), notes::changed.eq(1), notes::text.eq(*text));
        diesel::insert_into(notes::table).values(row).execute(&mut db).unwrap();
    }
    db
}

async fn text_sorts_by_its_bytes(database: &TestDatabase) {
    let store = database.open();
    for subject in ["b", "B", "a b", "ab", "é", "Z", "z", "\u{1F600}", "\u{FFFD}"] {
        store.write(&writes(subject), |_| Ok::<_, StoreError>(())).await.unwrap();
    }
    let order: Vec<String> =
        people::table.order(people::subject).select(people::subject).load(&mut database.beside()).unwrap();
    assert_eq!(order, ["B", "Z", "a b", "ab", "b", "z", "é", "\u{FFFD}", "\u{1F600}"]);
}

/// Through the store's own `?`, as query functions do it.
async fn unique_and_dangling_rows_are_one_error(database: &TestDatabase) {
    let store = database.open();
    let insert = |person: i64, id: i64| {
        let store = store.clone();
        async move {
            let row = (notes::person.eq(person), notes::id.eq(id), notes::changed.eq(1));
            let grant = writes("ann");
            let write = store.write(&grant, move |on| {
                Ok::<_, StoreError>(diesel::insert_into(notes::table).values(row).execute(on.parts().1)?)
            });
            write.await
        }
    };
    let me = store.write(&writes("ann"), |on| Ok::<_, StoreError>(on.person())).await.unwrap();
    assert_eq!(insert(me.id, 1).await, Ok(1));
    assert_eq!(insert(me.id, 1).await, Err(StoreError::Conflict));
    assert_eq!(insert(987_654, 1).await, Err(StoreError::Conflict));
}

async fn foreign_keys_hold(database: &TestDatabase) {
    let store = database.open();
    let gone = store
        .write(&writes("ann"), |on| {
            let (me, db) = on.parts();
            diesel::delete(people::table.find(me.id)).execute(db)?;
            let left: i64 = profiles::table.count().get_result(db)?;
            Ok::<_, StoreError>(left)
        })
        .await;
    assert_eq!(gone, Ok(0), "ON DELETE CASCADE");
}

async fn ids_instants_and_numbers_come_back_as_they_went(database: &TestDatabase) {
    drop(database.open());
    let mut db = database.beside();
    let uid = Uid::new(DateTime::from_timestamp(1_767_225_600, 0).unwrap());
    for (subject, micros) in ["a", "b", "c", "d"].into_iter().zip([i64::MIN, -1, 0, i64::MAX]) {
        let uid = if subject == "a" { uid } else { Uid::new(DateTime::UNIX_EPOCH) };
        let row = (
            people::uid.eq(uid),
            people::issuer.eq("x"),
            people::subject.eq(subject),
            people::created_at.eq(Instant::from_micros(micros)),
        );
        diesel::insert_into(people::table).values(row).execute(&mut db).unwrap();
    }
    let ordered: Vec<Instant> =
        people::table.order(people::created_at).select(people::created_at).load(&mut db).unwrap();
    assert_eq!(ordered.into_iter().map(Instant::micros).collect::<Vec<_>>(), [i64::MIN, -1, 0, i64::MAX]);
    let back: Uid = people::table.filter(people::subject.eq("a")).select(people::uid).get_result(&mut db).unwrap();
    assert_eq!(back, uid);
    let nanos = DateTime::from_timestamp(0, 999_999_999).unwrap();
    assert_eq!(Instant::from(nanos).micros(), 999_999, "cut, not rounded, before either database sees it");
}

async fn empty_text_is_not_null(database: &TestDatabase) {
    let mut db = insert(database, &[Some(""), None]).await;
    let empty: i64 = notes::table.filter(notes::text.eq("")).count().get_result(&mut db).unwrap();
    let null: i64 = notes::table.filter(notes::text.is_null()).count().get_result(&mut db).unwrap();
    assert_eq!((empty, null), (1, 1));
}

/// Compare folded columns with LIKE, and say where NULLs go: these differ.
async fn like_and_nulls_differ(database: &TestDatabase) {
    let mut db = insert(database, &[Some("Ann"), None, Some("bob")]).await;
    let folded: i64 = notes::table.filter(notes::text.like("ann%")).count().get_result(&mut db).unwrap();
    assert_eq!(folded, i64::from(database.is_sqlite()), "SQLite's LIKE folds ASCII case");
    let first: Option<String> = notes::table.order(notes::text).select(notes::text).first(&mut db).unwrap();
    assert_eq!(first.is_none(), database.is_sqlite(), "NULLs come first on SQLite, last on PostgreSQL");
}
