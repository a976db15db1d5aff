//! Opening an access token: envelope (JWE) → signature (JWS) → claims.
//! May import `config, clock, secret, json`. Knows neither HTTP nor a database.

pub mod published;

pub use published::{KeyFault, PublishedKey};
