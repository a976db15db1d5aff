//! Opening an access token: envelope (JWE) → signature (JWS) → claims.
//! May import `config, clock, secret, json`. Knows neither HTTP nor a database.
//!
//! The steps are types, and each can be had only from the one before:
//!
//! `Sealed` (the shape is right) → `Decrypted` (someone encrypted it to us: anyone can) → `Signed` (its issuer wrote it)
//! → [`Verified`] (and its claims hold). Only [`Verified`] has claims.

mod algorithm;
mod attempt;
mod cache;
pub mod certificate;
mod claims;
mod compact;
mod content;
mod envelope;
mod error;
mod inner;
mod inspection;
mod keys;
mod meter;
mod opener;
pub mod published;
mod remote;
mod trust;
#[cfg(test)]
mod vectors;
mod verifying;

pub use claims::{Lent, Verified};
pub use error::{Refusal, TokenError};
pub use inspection::{Finding, Inspection, IssuerKeys, Step};
pub use keys::{KeyError, KeyRing};
pub use opener::{Opener, Recalled, Unopened};
pub use published::{KeyFault, MAX_BITS, MIN_BITS, PublishedKey};
pub use trust::{Trust, TrustError, TrustFault};
pub use verifying::KeySetFault;
