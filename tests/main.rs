//! The integration tests: one binary, a module a file.

#[cfg(test)]
mod key_server;
#[cfg(test)]
mod token_configuration;
#[cfg(test)]
mod token_mint;
#[cfg(test)]
mod token_opening;
#[cfg(test)]
mod token_properties;
#[cfg(test)]
mod token_refusals;
#[cfg(test)]
mod token_refused_claims;
#[cfg(test)]
mod token_remote;
#[cfg(test)]
mod token_server;
