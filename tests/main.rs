//! The integration tests: one binary, a module a file.
#![expect(
    clippy::indexing_slicing,
    unreachable_pub,
    reason = "a test that indexes into nothing has failed; nobody imports tests"
)]

mod access_matrix;
mod api;
mod cli;
mod config;
mod contracts;
mod layering;
mod support;
