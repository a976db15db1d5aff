//! Which blobs there are rows for: what is asked before one is taken away.
//! May import `digest` and the rest of `store`.

use std::collections::HashSet;

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Text;

use super::db::Db;
use super::meter::Query;
use super::tables::{contacts, profiles};
use super::{Examined, Store, StoreError, contents, on_backend};
use crate::digest::Digest;

/// The columns that name blobs: asked here, all of them, and listed for the test that finds a forgotten one.
macro_rules! columns_of_blobs {
    ($($table:ident :: $column:ident),+) => {
        /// Every column that names a blob, as `table.column`.
        pub const BLOB_COLUMNS: &[&str] = &[$(concat!(stringify!($table), ".", stringify!($column))),+];

        /// Those of `blobs` that a row names; a content is, by the row that is about it. At most some hundreds at a time.
        pub(super) fn named(db: &mut Db, blobs: &[String]) -> Result<HashSet<String>, StoreError> {
            let mut named = HashSet::new();
            $(
                let asked = $table::table.filter($table::$column.eq_any(blobs)).select($table::$column);
                let found: Vec<Option<String>> = on_backend!(db, |c| asked.load(c))?;
                named.extend(found.into_iter().flatten());
            )+
            let digests: Vec<Digest> = blobs.iter().filter_map(|name| Digest::parse(name)).collect();
            named.extend(contents::known(db, &digests)?.iter().map(Digest::to_string));
            Ok(named)
        }

        /// As [`named`], by the tables alone: an index that lost its rows names nothing, and what is not named is taken away.
        fn named_without_indexes(c: &mut SqliteConnection, blobs: &[String]) -> Result<HashSet<String>, StoreError> {
            let blobs = serde_json::to_string(blobs).map_err(|error| StoreError::Broken(error.to_string()))?;
            let mut named = HashSet::new();
            $(
                let asked = concat!(
                    "SELECT ", stringify!($column), " FROM ", stringify!($table), " NOT INDEXED WHERE ",
                    stringify!($column), " IN (SELECT value FROM json_each("
                );
                named.extend(sql::<Text>(asked).bind::<Text, _>(&blobs).sql("))").load::<String>(c)?);
            )+
            Ok(named)
        }

        /// How many blobs rows name.
        pub(super) fn count(db: &mut Db) -> Result<u64, StoreError> {
            let counts: Vec<i64> = vec![$(
                $table::table.filter($table::$column.is_not_null()).count().get_result(db)?
            ),+];
            let own: u64 = counts.into_iter().map(|count| u64::try_from(count).unwrap_or(0)).sum();
            Ok(own + contents::count(db)?)
        }
    };
}
columns_of_blobs!(profiles::photo_blob, contacts::photo_blob);

impl Store {
    /// Those of `blobs` that a row names. At most some hundreds at a time. That a row names none is said after SQLite's table has
    /// been read.
    pub async fn named_blobs(&self, blobs: Vec<String>) -> Result<HashSet<String>, StoreError> {
        self.inner
            .pool
            .hop(Query::Read, move |db| {
                let mut found = named(db, &blobs)?;
                let rest: Vec<String> = blobs.into_iter().filter(|blob| !found.contains(blob)).collect();
                if let Db::Sqlite(c) = db
                    && !rest.is_empty()
                {
                    found.extend(named_without_indexes(c, &rest)?);
                }
                Ok(found)
            })
            .await
    }

    /// Whether a row names any of `blobs`. Blocks: for the start, when nobody waits yet.
    pub fn names_any_of(&self, blobs: &[String]) -> Result<bool, StoreError> {
        self.inner.pool.wait(Query::Read, |db| named(db, blobs)).map(|named| !named.is_empty())
    }

    /// Whether a row names a blob. Blocks, as [`Store::names_any_of`] does.
    pub fn names_blobs(&self) -> Result<bool, StoreError> {
        self.inner.pool.wait(Query::Read, count).map(|count| count > 0)
    }
}

impl Examined {
    /// As [`Store::names_any_of`].
    pub fn names_any_of(&self, blobs: &[String]) -> Result<bool, StoreError> {
        self.ask(|db| named(db, blobs).map(|named| !named.is_empty()))
    }

    /// As [`Store::names_blobs`].
    pub fn names_blobs(&self) -> Result<bool, StoreError> {
        self.ask(|db| count(db).map(|count| count > 0))
    }

    /// Without an id the tables may not be there either: rows that are not there name nothing.
    fn ask(&self, question: impl FnOnce(&mut Db) -> Result<bool, StoreError>) -> Result<bool, StoreError> {
        let Some(db) = &self.db else { return Ok(false) };
        let told = question(&mut db.borrow_mut());
        if self.installation.is_some() { told } else { Ok(told.unwrap_or(false)) }
    }
}
