//! Which contents there are, and which of them may go. A row is there before the bytes, and goes after them; while anybody's row
//! names it, the database itself keeps it. May import `digest` and the rest of `store`.
//!
//! Who writes a content: [`Store::reserve`] → the bytes are put in place → [`touch`] in the transaction that names it.
//! Who takes one away: [`Store::unnamed_contents`] → [`Store::doom`] → the bytes go → [`Store::bury`].

use std::collections::HashSet;

use chrono::TimeDelta;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{Binary, Bool};

use super::columns::Instant;
use super::db::Db;
use super::meter::Query;
use super::owned::{Changes, Owned};
use super::tables::contents;
use super::{Store, StoreError, on_backend};
use crate::digest::Digest;

/// Every column that names contents, as table and column. Each `REFERENCES contents (sha256)` and has an index that begins with it;
/// a test finds a forgotten one.
pub const CONTENT_COLUMNS: &[(&str, &str)] =
    &[("photos", "sha256"), ("photo_renditions", "sha256"), ("upload_chunks", "sha256")];

/// How long whoever dooms contents has for taking their bytes away. Who takes longer stops; after that, and some more, another sweep
/// may take it over from a process that died.
const MINE: TimeDelta = TimeDelta::minutes(2);
const ANOTHERS: TimeDelta = TimeDelta::minutes(10);

/// Contents whose bytes are to be taken away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doomed {
    /// Which.
    pub digests: Vec<Digest>,
    at: Instant,
}

impl Doomed {
    /// None of these yet.
    #[must_use]
    pub fn none(&self) -> Self {
        Self { digests: Vec::new(), at: self.at }
    }
}

impl Store {
    /// Means to name a content, whose bytes may be put in place then. `false`: it is being taken away at the moment.
    pub async fn reserve(&self, digest: Digest, size: u64) -> Result<bool, StoreError> {
        let (now, size) = (self.now(), i64::try_from(size).unwrap_or(i64::MAX));
        self.submit(Query::Write, move |db| {
            let row = (contents::sha256.eq(digest), contents::size.eq(size), contents::touched.eq(now));
            let again = (contents::touched.eq(now), contents::size.eq(size));
            let insert = diesel::insert_into(contents::table).values(row);
            let upsert = insert.on_conflict(contents::sha256).do_update().set(again);
            let changed =
                on_backend!(db, |c| diesel::query_dsl::methods::FilterDsl::filter(upsert, contents::doomed.is_null())
                    .execute(c))?;
            Ok(changed == 1)
        })
        .await
    }

    /// Contents of a shard, by their first byte, that nobody's row names and nobody touched since `before`; at most so many, the
    /// first after `after`. Those whose taking away a process has left undone are among them.
    pub async fn unnamed_contents(
        &self,
        shard: u8,
        before: Instant,
        after: Option<Digest>,
        most: i64,
    ) -> Result<Vec<Digest>, StoreError> {
        let late = self.now().datetime() - ANOTHERS;
        self.inner
            .pool
            .hop(Query::Read, move |db| {
                // What comes after a digest begins with that and a byte more, even if that is 0.
                let from = after.map_or(vec![shard], |after| [after.bytes().as_slice(), &[0]].concat());
                let to = shard.checked_add(1).map_or(vec![shard; 33], |next| vec![next]);
                let asked = contents::table
                    .filter(contents::sha256.ge(from).and(contents::sha256.lt(to)))
                    .filter(sql::<Bool>(&free(CONTENT_COLUMNS, before, late.into())))
                    .select(contents::sha256)
                    .order(contents::sha256)
                    .limit(most);
                let found: Vec<Digest> = on_backend!(db, |c| asked.load(c))?;
                let named = named_without_indexes(db, CONTENT_COLUMNS, &found)?;
                Ok(found.into_iter().filter(|digest| !named.contains(digest)).collect())
            })
            .await
    }

    /// Those of `digests` that no row is about. At most some hundreds at a time.
    pub async fn unknown_contents(&self, digests: Vec<Digest>) -> Result<Vec<Digest>, StoreError> {
        self.inner
            .pool
            .hop(Query::Read, move |db| {
                let known = known(db, &digests)?;
                Ok(digests.into_iter().filter(|digest| !known.contains(digest)).collect())
            })
            .await
    }

    /// Begins to take contents away: those of `digests` that nobody's row names and nobody touched since `before`, whether a row is
    /// about them or their bytes alone were left.
    pub async fn doom(&self, digests: Vec<Digest>, before: Instant) -> Result<Doomed, StoreError> {
        let now = self.now();
        let late = (now.datetime() - ANOTHERS).into();
        let doom = move |db: &mut Db| -> Result<Doomed, StoreError> {
            let there = contents::table.filter(contents::sha256.eq_any(&digests)).filter(sql::<Bool>(&free(
                CONTENT_COLUMNS,
                before,
                late,
            )));
            let update = diesel::update(there).set(contents::doomed.eq(now)).returning(contents::sha256);
            let mut doomed: Vec<Digest> = on_backend!(db, |c| update.get_results(c))?;
            let known = known(db, &digests)?;
            for left in digests.iter().filter(|digest| !known.contains(*digest)) {
                let about = (contents::sha256.eq(left), contents::size.eq(0_i64), contents::touched.eq(before));
                let row = (about, contents::doomed.eq(now));
                let insert = diesel::insert_into(contents::table).values(row);
                // Somebody may reserve it at this moment.
                let inserted = on_backend!(db, |c| insert.on_conflict_do_nothing().execute(c))?;
                doomed.extend((inserted == 1).then_some(*left));
            }
            Ok(Doomed { digests: doomed, at: now })
        };
        self.submit(Query::Expiry, doom).await
    }

    /// Whether there is still time to take them away.
    pub fn has_time(&self, doomed: &Doomed) -> bool {
        self.now().datetime() - doomed.at.datetime() < MINE
    }

    /// The bytes of these are gone.
    pub async fn bury(&self, doomed: Doomed) -> Result<(), StoreError> {
        let delete = move |db: &mut Db| -> Result<(), StoreError> {
            diesel::delete(ours(&doomed)).execute(db)?;
            Ok(())
        };
        self.submit(Query::Expiry, delete).await
    }

    /// The bytes of these stay for now.
    pub async fn spare(&self, doomed: Doomed) -> Result<(), StoreError> {
        let update = move |db: &mut Db| -> Result<(), StoreError> {
            diesel::update(ours(&doomed)).set(contents::doomed.eq(None::<i64>)).execute(db)?;
            Ok(())
        };
        self.submit(Query::Expiry, update).await
    }
}

/// Names a content in the transaction that does: whoever takes contents away waits for that, and then leaves it. `false`: it is
/// being taken away, or gone; it must be reserved and put in place again.
pub fn touch<K, A: Changes>(on: &mut Owned<'_, K, A>, digest: Digest) -> Result<bool, StoreError> {
    let now = on.now();
    let (_, db) = on.parts();
    let there = contents::table.filter(contents::sha256.eq(digest)).filter(contents::doomed.is_null());
    Ok(diesel::update(there).set(contents::touched.eq(now)).execute(db)? == 1)
}

/// How many contents rows name.
pub(super) fn count(db: &mut Db) -> Result<u64, StoreError> {
    let named = format!("NOT ({})", unnamed(CONTENT_COLUMNS));
    let count: i64 = contents::table.filter(sql::<Bool>(&named)).count().get_result(db)?;
    Ok(u64::try_from(count).unwrap_or(0))
}

/// Those of `digests` that a row is about.
pub(super) fn known(db: &mut Db, digests: &[Digest]) -> Result<HashSet<Digest>, StoreError> {
    let asked = contents::table.filter(contents::sha256.eq_any(digests)).select(contents::sha256);
    let found: Vec<Digest> = on_backend!(db, |c| asked.load(c))?;
    Ok(found.into_iter().collect())
}

/// Those that nobody's row names, that nobody touched since `before`, and that nobody is taking away since `late`.
fn free(columns: &[(&str, &str)], before: Instant, late: Instant) -> String {
    let (before, late) = (before.micros(), late.micros());
    format!("touched < {before} AND (doomed IS NULL OR doomed < {late}) AND {}", unnamed(columns))
}

/// Of our own words, as all SQL here that is made of text: nothing in it comes from outside.
fn unnamed(columns: &[(&str, &str)]) -> String {
    let in_none = columns.iter().map(|(table, column)| {
        format!(" AND NOT EXISTS (SELECT 1 FROM {table} WHERE {table}.{column} = contents.sha256)")
    });
    format!("(1 = 1{})", in_none.collect::<String>())
}

/// Those of `digests` that a row of SQLite names, by the tables alone: an index that lost its rows names nothing.
fn named_without_indexes(
    db: &mut Db,
    columns: &[(&str, &str)],
    digests: &[Digest],
) -> Result<HashSet<Digest>, StoreError> {
    let mut named = HashSet::new();
    let (Db::Sqlite(c), false) = (db, digests.is_empty()) else { return Ok(named) };
    let listed = digests.iter().map(|digest| format!("x'{digest}'")).collect::<Vec<_>>().join(", ");
    for (table, column) in columns {
        let asked = format!("SELECT {column} FROM {table} NOT INDEXED WHERE {column} IN ({listed})");
        named.extend(sql::<Binary>(&asked).load::<Digest>(c)?);
    }
    Ok(named)
}

/// The rows that this sweep has doomed, and no other has taken over since.
#[diesel::dsl::auto_type(no_type_alias)]
fn ours<'d>(doomed: &'d Doomed) -> _ {
    let digests: &'d [Digest] = doomed.digests.as_slice();
    let at: Instant = doomed.at;
    contents::table.filter(contents::sha256.eq_any(digests)).filter(contents::doomed.eq(at))
}

#[cfg(test)]
mod tests {
    use diesel::connection::SimpleConnection as _;
    use diesel::dsl::sql;
    use diesel::prelude::*;
    use diesel::sql_types::Bool;

    use super::{contents, free, named_without_indexes};
    use crate::digest::Digest;
    use crate::store::Db;
    use crate::store::columns::Instant;

    const NAMED: &[(&str, &str)] = &[("pictures", "whole"), ("parts", "part")];

    #[test]
    fn what_a_row_names_is_not_free_and_neither_is_what_is_young_or_doomed() {
        let mut c = SqliteConnection::establish(":memory:").unwrap();
        c.batch_execute(include_str!("../../migrations/sqlite/20260101001000_photos/up.sql")).unwrap();
        c.batch_execute(
            "CREATE TABLE pictures (whole BLOB NOT NULL); CREATE INDEX i ON pictures (whole); CREATE TABLE parts (part BLOB)",
        )
        .unwrap();
        let all = ["whole", "part", "young", "doomed", "left", "free"].map(|name| Digest::of(name.as_bytes()));
        for (digest, (touched, doomed)) in
            all.iter().zip([(1, None), (1, None), (9, None), (1, Some(9)), (1, Some(2)), (1, None)])
        {
            let row = (contents::sha256.eq(digest), contents::size.eq(1), contents::touched.eq(touched));
            diesel::insert_into(contents::table).values((row, contents::doomed.eq(doomed))).execute(&mut c).unwrap();
        }
        let [whole, part, .., left, free_one] = all;
        c.batch_execute(&format!(
            "INSERT INTO pictures VALUES (x'{whole}'); INSERT INTO parts VALUES (x'{part}'), (NULL)"
        ))
        .unwrap();
        let condition = free(NAMED, Instant::from_micros(5), Instant::from_micros(5));
        let asked = contents::table.filter(sql::<Bool>(&condition)).select(contents::sha256);
        let mut found: Vec<Digest> = asked.load(&mut c).unwrap();
        found.sort_unstable();
        let mut expected = [left, free_one];
        expected.sort_unstable();
        assert_eq!(found, expected);
        let mut db = Db::Sqlite(c);
        let named = named_without_indexes(&mut db, NAMED, &all).unwrap();
        assert_eq!(named, [whole, part].into());
    }
}
