//! The store, on SQLite and on PostgreSQL: one suite, run on each.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod catalogue;
mod file;
mod group;
mod lost;
mod parity;
mod people;
mod prepared;
mod ready;
mod released;
mod revocations;
mod schema;
mod start;
mod support;
mod writes;
