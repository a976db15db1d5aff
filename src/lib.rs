//! Sharehold, a protected resource server.
//!
//! Layers, each importing only what stands left of it (`tests/layering.rs` keeps it so):
//!
//! `config, clock, digest, secret, json, metrics, problem` ← `token` ← `access` ← `store`, `blobs`, `picture`, `query` ← `resources` ←
//! `router` ← `server` ← `cli`, `main`
//!
//! The path of one request: [`server`] (limits, deadlines, request id, address) → [`router`] (one table of endpoints) →
//! [`access::Grant`]'s `from_request` (presentation → [`token::Opener`] → revocation → rate → scope) → a handler in [`resources`] →
//! [`store::Store`] (a query gets [`store::Owned`], which reaches one person's rows) → an answer, or a [`problem::Problem`].

pub mod access;
pub mod blobs;
pub mod cli;
pub mod clock;
pub mod config;
pub mod digest;
pub mod json;
pub mod metrics;
pub mod picture;
pub mod problem;
pub mod query;
pub mod resources;
pub mod router;
pub mod secret;
pub mod server;
pub mod store;
pub mod threads;
pub mod token;
