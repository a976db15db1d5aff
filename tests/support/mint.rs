//! Tokens as an authorization server would make them, by code that shares nothing with the code under test:
//! the `rsa` crate signs and wraps, `aes-gcm` encrypts.

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::RngCore as _;
use rand::rngs::OsRng;
use rsa::pkcs1v15::SigningKey;
use rsa::pkcs8::DecodePrivateKey as _;
use rsa::signature::{SignatureEncoding as _, Signer as _};
use rsa::{Oaep, RsaPrivateKey, RsaPublicKey};
use serde_json::{Value, json};
use sha2::Sha256;

/// An authorization server: its signing key, and the key that it encrypts to.
pub struct Authority {
    signing: SigningKey<Sha256>,
    signing_kid: Option<String>,
    recipient: RsaPublicKey,
    recipient_kid: String,
}

impl Authority {
    /// Signs with `signing` (PKCS#8 PEM; its `kid`, if it is published under one), encrypts to the public half of `recipient`.
    pub fn new(signing: &str, signing_kid: Option<&str>, recipient: &str) -> Self {
        let signing = RsaPrivateKey::from_pkcs8_pem(signing).expect("a signing key");
        let recipient_kid =
            sharehold::token::PublishedKey::from_private_pem(recipient).expect("a key").kid().to_owned();
        let recipient = RsaPrivateKey::from_pkcs8_pem(recipient).expect("a key").to_public_key();
        Self { signing: SigningKey::new(signing), signing_kid: signing_kid.map(Into::into), recipient, recipient_kid }
    }

    /// A sealed access token with these claims.
    pub fn mint(&self, claims: &Value) -> String {
        self.seal(&self.sign(claims))
    }

    /// The inner token alone: signed, not encrypted.
    pub fn sign(&self, claims: &Value) -> String {
        let mut header = json!({"typ": "at+jwt", "alg": "RS256"});
        if let Some(kid) = &self.signing_kid {
            header["kid"] = json!(kid);
        }
        let input = format!("{}.{}", part(header.to_string()), part(claims.to_string()));
        let signature = self.signing.sign(input.as_bytes()).to_vec();
        format!("{input}.{}", part(signature))
    }

    fn seal(&self, inner: &str) -> String {
        let header = json!({"alg": "RSA-OAEP-256", "enc": "A256GCM", "kid": self.recipient_kid, "cty": "JWT"});
        let header = part(header.to_string());
        let (mut key, mut iv) = ([0; 32], [0; 12]);
        OsRng.fill_bytes(&mut key);
        OsRng.fill_bytes(&mut iv);
        let wrapped = self.recipient.encrypt(&mut OsRng, Oaep::new::<Sha256>(), &key).expect("wrapped");
        let payload = Payload { msg: inner.as_bytes(), aad: header.as_bytes() };
        let sealed = Aes256Gcm::new(&key.into()).encrypt(Nonce::from_slice(&iv), payload).expect("sealed");
        let (text, tag) = sealed.split_at(sealed.len() - 16);
        [header, part(wrapped), part(iv), part(text), part(tag)].join(".")
    }
}

fn part(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
