//! `Db`: diesel's queries are written once and run on it, whichever database it is; `on_backend!` is for the few that cannot.
//! May import diesel.
#![expect(missing_docs, reason = "the derive makes public types without documentation")]

use diesel::{PgConnection, SqliteConnection};

/// A connection to either database.
///
/// What works through it and what does not: batch inserts, `ON CONFLICT` and `as_returning()` need `on_backend!`.
#[derive(diesel::MultiConnection)]
pub enum Db {
    /// PostgreSQL.
    Postgres(PgConnection),
    /// SQLite.
    Sqlite(SqliteConnection),
}

/// Compiles one expression for each database: `on_backend!(db, |c| insert_into(t).values(v).on_conflict_do_nothing().execute(c))`.
macro_rules! on_backend {
    ($db:expr, |$c:ident| $body:expr) => {
        match $db {
            $crate::store::Db::Postgres($c) => $body,
            $crate::store::Db::Sqlite($c) => $body,
        }
    };
}
pub(crate) use on_backend;
