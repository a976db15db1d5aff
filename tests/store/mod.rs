//! The store, on SQLite and on PostgreSQL: one suite, run on each.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod away;
mod catalogue;
mod file;
mod group;
mod lost;
mod parity;
mod people;
mod prepared;
#[path = "../crash/proxy.rs"]
mod proxy;
mod ready;
mod released;
mod revocations;
mod rights;
mod schema;
mod start;
mod support;
mod writes;
