//! Whom a token is for: the server's public key, from its certificate or from its JWK set.

use std::path::Path;

use rsa::RsaPublicKey;
use serde_json::Value;

use super::MintError;
use crate::json;
use crate::token::PublishedKey;

/// A public key to encrypt to, with its name.
#[derive(Debug, Clone)]
pub struct Recipient {
    key: RsaPublicKey,
    kid: String,
}

impl Recipient {
    /// The `kid`s of all keys that the file at `path` says can be encrypted to.
    pub fn kids(path: &Path) -> Result<Vec<String>, MintError> {
        Ok(Self::all(path)?.into_iter().map(|key| key.kid).collect())
    }

    /// Reads a certificate (PEM) or a JWK set; of a set, the first RSA key that is not for signatures, which is the one that
    /// the server publishes first.
    pub fn load(path: &Path) -> Result<Self, MintError> {
        // There is one, or it would have been an error.
        Self::all(path)?.into_iter().next().ok_or(MintError::Recipient("has no key".into()))
    }

    fn all(path: &Path) -> Result<Vec<Self>, MintError> {
        let text = std::fs::read_to_string(path).map_err(|error| MintError::Unreadable(path.into(), error))?;
        if text.trim_start().starts_with('{') {
            return Self::from_jwks(&text);
        }
        let key = PublishedKey::from_certificate_pem(&text).map_err(|fault| MintError::Key(path.into(), fault))?;
        Ok(vec![Self::from(&key)])
    }

    /// The keys of the JWK set `text` that can be encrypted to (RFC 7517 §4.2, §4.3), at least one.
    fn from_jwks(text: &str) -> Result<Vec<Self>, MintError> {
        let fault = |what: &str| MintError::Recipient(what.to_owned());
        let set = json::strict(text.as_bytes(), 8).map_err(|error| fault(&format!("is not JSON: {error}")))?;
        let keys = set.get("keys").and_then(Value::as_array).ok_or_else(|| fault("is no JWK set: it has no `keys`"))?;
        let usable = |jwk: &Value| {
            let key = PublishedKey::from_jwk(jwk).ok()?;
            let kid = jwk.get("kid").and_then(Value::as_str).unwrap_or(key.kid()).to_owned();
            Some(Self { key: key.public_key().clone(), kid })
        };
        let encrypts = |jwk: &&Value| jwk.get("use").and_then(Value::as_str).is_none_or(|used| used == "enc");
        let found: Vec<Self> = keys.iter().filter(encrypts).filter_map(usable).collect();
        if found.is_empty() { Err(fault("has no RSA key of 2048 bits or more to encrypt to")) } else { Ok(found) }
    }

    pub(super) fn key(&self) -> &RsaPublicKey {
        &self.key
    }

    pub(super) fn kid(&self) -> &str {
        &self.kid
    }
}

impl From<&PublishedKey> for Recipient {
    fn from(key: &PublishedKey) -> Self {
        Self { key: key.public_key().clone(), kid: key.kid().to_owned() }
    }
}
