//! An authorization server's signing half: its key pair in a folder, and the inner JWS.

use std::path::{Path, PathBuf};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeyPair;
use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RSA_PSS_SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clap::ValueEnum;
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::pki_types::pem::PemObject as _;
use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

use super::super::pair::{self, PairError};
use super::{MintError, wire_name};
use crate::token::{KeyFault, PublishedKey};

/// JWS `alg` (RFC 7518 §3.1) that an RSA key can do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Signature {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    #[default]
    #[value(name = "RS256")]
    Rs256,
    /// RSASSA-PSS with SHA-256 and a salt of 32 bytes.
    #[value(name = "PS256")]
    Ps256,
}

/// An authority that signs: `private.pem` in a folder, and `certificate.pem` beside it for those who are to trust it.
#[derive(Debug)]
pub struct Authority {
    key: KeyPair,
    published: PublishedKey,
    certificate: PathBuf,
}

impl Authority {
    /// Makes the pair in `folder` and loads it. Never overwrites.
    pub fn create(folder: &Path, bits: usize) -> Result<Self, CreateError> {
        pair::create(folder, bits)?;
        Ok(Self::load(folder)?)
    }

    /// Loads the pair in `folder`, as `sharehold keys new` makes it.
    pub fn load(folder: &Path) -> Result<Self, MintError> {
        let path = folder.join("private.pem");
        let pem = std::fs::read_to_string(&path).map(Zeroizing::new);
        let pem = pem.map_err(|error| MintError::Unreadable(path.clone(), error))?;
        let published = PublishedKey::from_private_pem(&pem).map_err(|fault| MintError::Key(path.clone(), fault))?;
        let not_rsa = || MintError::Key(path.clone(), KeyFault::NotRsa);
        let der = PrivatePkcs8KeyDer::from_pem_slice(pem.as_bytes()).map_err(|_| not_rsa())?;
        let key = KeyPair::from_pkcs8(der.secret_pkcs8_der()).map_err(|_| not_rsa())?;
        Ok(Self { key, published, certificate: folder.join("certificate.pem") })
    }

    /// Its public key.
    pub fn published(&self) -> &PublishedKey {
        &self.published
    }

    /// Its certificate's path, for `authorization_servers.certificate`.
    pub fn certificate(&self) -> &Path {
        &self.certificate
    }

    /// `claims` as a compact JWS with `typ` = `at+jwt` and `kid`: what a server issues that does not encrypt.
    pub fn sign(&self, claims: &Map<String, Value>, signature: Signature) -> Result<String, MintError> {
        let header = json!({"alg": wire_name(&signature), "typ": "at+jwt", "kid": self.published.kid()});
        let encode = |value: &str| URL_SAFE_NO_PAD.encode(value);
        let payload = Value::Object(claims.clone()).to_string();
        let signed = format!("{}.{}", encode(&header.to_string()), encode(&payload));
        let padding: &'static dyn aws_lc_rs::signature::RsaEncoding = match signature {
            Signature::Rs256 => &RSA_PKCS1_SHA256,
            Signature::Ps256 => &RSA_PSS_SHA256,
        };
        let mut bytes = vec![0; self.key.public_modulus_len()];
        let made = self.key.sign(padding, &SystemRandom::new(), signed.as_bytes(), &mut bytes);
        made.map_err(|_| MintError::Crypto("sign the token"))?;
        Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(bytes)))
    }
}

/// Why an authority was not made.
#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    /// Its pair could not be written.
    #[error(transparent)]
    Pair(#[from] PairError),
    /// Its pair could not be read back.
    #[error(transparent)]
    Load(#[from] MintError),
}
