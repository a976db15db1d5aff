//! Sharehold, a protected resource server.
//!
//! Layers, each importing only what stands left of it (`tests/layering.rs` keeps it so):
//!
//! `config, clock, secret, json, problem` ← `token` ← `access` ← `store` ← `resources` ← `router` ← `server` ← `cli`, `main`

pub mod access;
pub mod cli;
pub mod clock;
pub mod config;
pub mod json;
pub mod secret;
pub mod token;
