//! The integration tests: one binary, a module a file.

mod token_mint;
mod token_opening;
mod token_properties;
mod token_refusals;
mod token_refused_claims;
mod token_server;
