//! What a minted token says.

use chrono::{DateTime, Utc};
use rand::RngCore as _;
use rand::rngs::OsRng;
use serde_json::{Map, Value, json};
use uuid::Builder;

/// The claims of an access token (RFC 9068 §2.2).
#[derive(Debug, Clone, Default)]
pub struct Claims {
    /// `iss`.
    pub issuer: String,
    /// `aud`: one is written as a string, several as an array (RFC 7519 §4.1.3).
    pub audience: Vec<String>,
    /// `sub`: the person; equal to `client` for a token without a person.
    pub subject: String,
    /// `client_id`.
    pub client: String,
    /// `scope`, separated by single spaces; empty: the claim is left out.
    pub scope: String,
    /// Seconds from `iat` to `exp`.
    pub lifetime_s: i64,
    /// Further claims. They replace those above of the same name; `null` leaves a claim out.
    pub more: Map<String, Value>,
}

impl Claims {
    /// The claims of a token issued at `now`, with a `jti` of its own.
    pub fn issued_at(&self, now: DateTime<Utc>) -> Map<String, Value> {
        let iat = now.timestamp();
        let audience = match self.audience.as_slice() {
            [one] => json!(one),
            several => json!(several),
        };
        let mut claims = Map::new();
        let mut say = |name: &str, value: Value| claims.insert(name.to_owned(), value);
        say("iss", json!(self.issuer));
        say("aud", audience);
        say("sub", json!(self.subject));
        say("client_id", json!(self.client));
        say("iat", json!(iat));
        say("exp", json!(iat.saturating_add(self.lifetime_s)));
        say("jti", json!(jti()));
        if !self.scope.is_empty() {
            say("scope", json!(self.scope));
        }
        for (name, value) in &self.more {
            say(name, value.clone());
        }
        claims.retain(|_, value| !value.is_null());
        claims
    }
}

fn jti() -> String {
    let mut bytes = [0; 16];
    OsRng.fill_bytes(&mut bytes);
    Builder::from_random_bytes(bytes).into_uuid().to_string()
}
