//! Sharehold, a protected resource server.
pub mod access;
pub mod cli;
pub mod clock;
pub mod config;
pub mod json;
pub mod secret;
pub mod store;
pub mod token;
