//! The integration tests: one binary, a module a file.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    unreachable_pub,
    reason = "a test that expects or indexes in vain has failed; nobody imports tests"
)]

mod access_matrix;
mod access_uses;
mod api;
mod blobs;
mod card;
mod cli;
mod config;
mod connections;
mod contracts;
mod cors;
mod edges;
mod event;
mod failing_disk;
mod forwarded;
mod held;
mod held_open;
mod held_properties;
mod import_lost;
mod import_report;
mod key_server;
mod layering;
mod metrics;
mod people;
mod people_by_id;
mod photo_cost;
mod query;
mod rates;
mod rates_proxies;
mod recurring;
mod releases;
mod reload;
mod reload_fetched;
mod request_log;
mod rotation;
mod serving;
mod stopping;
mod store;
mod support;
mod tls;
mod token_configuration;
mod token_mint;
mod token_opening;
mod token_properties;
mod token_refusals;
mod token_refused_claims;
mod token_remote;
mod token_server;
mod tokens;
mod uploads_killed;
