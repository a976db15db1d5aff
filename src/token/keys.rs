//! Our private keys: what opens envelopes. May import `algorithm`, `certificate`, `published`.

use std::path::{Path, PathBuf};
use std::{fmt, fs};

use aws_lc_rs::rsa::{OAEP_SHA1_MGF1SHA1, OAEP_SHA256_MGF1SHA256, OaepPrivateDecryptingKey, PrivateDecryptingKey};
use rsa::pkcs8::SecretDocument;
use thiserror::Error;
use zeroize::Zeroizing;

use super::algorithm::KeyManagement;
use super::certificate::{CertificateError, self_signed};
use super::published::{KeyFault, MAX_BITS, PublishedKey};

/// The most keys in a ring: a token without `kid` costs a private-key operation for each.
const MOST_KEYS: usize = 8;

/// Why our keys cannot be used: which file, what is wrong, how to mend it. One line.
#[derive(Debug, Error)]
pub enum KeyError {
    /// The file cannot be read.
    #[error("decryption key {}: cannot be read: {fault}", path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        fault: std::io::Error,
    },
    /// Others on this machine may read the file.
    #[error("decryption key {}: may be read by others on this machine; `chmod 600 {}`", .0.display(), .0.display())]
    Exposed(PathBuf),
    /// The key is no good.
    #[error("decryption key {name} {fault}")]
    Unusable {
        /// Which file, or which of the keys given.
        name: String,
        /// What is wrong.
        fault: KeyFault,
    },
    /// There is no certificate to be had of the key.
    #[error("decryption key {name}: {fault}")]
    Certificate {
        /// Which file, or which of the keys given.
        name: String,
        /// What is wrong.
        fault: CertificateError,
    },
    /// The same key twice.
    #[error("decryption key {0} is listed twice; list each key once")]
    Twice(String),
    /// No key at all.
    #[error(
        "no decryption key is listed; make one with `sharehold keys new DIR` and list it under `[keys] decryption`"
    )]
    None,
    /// More than a ring holds.
    #[error("{0} decryption keys are listed; at most {MOST_KEYS} may be (retire the oldest)")]
    Many(usize),
}

/// Our private keys. The first is the one that others should encrypt to; all open tokens.
pub struct KeyRing {
    keys: Vec<DecryptionKey>,
    certificate: String,
}

impl KeyRing {
    /// Reads the keys of `files` (PKCS#8 PEM, readable by their owner only).
    pub fn load(files: &[PathBuf]) -> Result<Self, KeyError> {
        let mut named = Vec::with_capacity(files.len());
        for path in files {
            let unreadable = |fault| KeyError::Unreadable { path: path.clone(), fault };
            if is_exposed(path).map_err(unreadable)? {
                return Err(KeyError::Exposed(path.clone()));
            }
            let pem = Zeroizing::new(fs::read_to_string(path).map_err(unreadable)?);
            named.push((path.display().to_string(), pem));
        }
        Self::new(named.iter().map(|(name, pem)| (name.clone(), pem.as_str())))
    }

    /// The ring of the keys in `pems` (PKCS#8 PEM).
    pub fn from_pems(pems: &[&str]) -> Result<Self, KeyError> {
        Self::new(pems.iter().enumerate().map(|(index, pem)| (format!("number {}", index + 1), *pem)))
    }

    fn new<'a>(named: impl ExactSizeIterator<Item = (String, &'a str)>) -> Result<Self, KeyError> {
        if named.len() > MOST_KEYS {
            return Err(KeyError::Many(named.len()));
        }
        let mut keys: Vec<DecryptionKey> = Vec::with_capacity(named.len());
        let mut certificate = String::new();
        for (name, pem) in named {
            let key = DecryptionKey::from_pem(pem).map_err(|fault| KeyError::Unusable { name: name.clone(), fault })?;
            if keys.iter().any(|other| other.published.kid() == key.published.kid()) {
                return Err(KeyError::Twice(name));
            }
            if keys.is_empty() {
                certificate = self_signed(pem).map_err(|fault| KeyError::Certificate { name, fault })?;
            }
            keys.push(key);
        }
        if keys.is_empty() {
            return Err(KeyError::None);
        }
        Ok(Self { keys, certificate })
    }

    /// The ring of one key under another name, for vectors that name theirs.
    #[cfg(test)]
    pub(super) fn of_one_named(pem: &str, kid: &str) -> Self {
        let mut key = DecryptionKey::from_pem(pem).expect("a vector's key");
        key.published = key.published.renamed(kid);
        Self { keys: vec![key], certificate: String::new() }
    }

    /// The public halves, in the order of the ring.
    pub fn published(&self) -> Vec<PublishedKey> {
        self.keys.iter().map(|key| key.published.clone()).collect()
    }

    /// The certificate of the first of them, as PEM.
    pub fn certificate(&self) -> &str {
        &self.certificate
    }

    /// The keys that may open a token whose header has this `kid`: that one, or without a `kid` all of them.
    pub(super) fn for_kid(&self, kid: Option<&str>) -> &[DecryptionKey] {
        match kid {
            None => &self.keys,
            Some(kid) => match self.keys.iter().position(|key| key.published.kid() == kid) {
                Some(at) => self.keys.get(at..=at).unwrap_or_default(),
                None => &[],
            },
        }
    }
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.keys.iter().map(|key| key.published.kid())).finish()
    }
}

/// One private key, parsed once.
pub(super) struct DecryptionKey {
    published: PublishedKey,
    private: OaepPrivateDecryptingKey,
}

impl DecryptionKey {
    /// Its name.
    pub(super) fn kid(&self) -> &str {
        self.published.kid()
    }

    pub(super) fn from_pem(pem: &str) -> Result<Self, KeyFault> {
        let published = PublishedKey::from_private_pem(pem)?;
        let (_, der) = SecretDocument::from_pem(pem.trim()).map_err(|_| KeyFault::NotRsa)?;
        let private = PrivateDecryptingKey::from_pkcs8(der.as_bytes())
            .and_then(|key| OaepPrivateDecryptingKey::new(key).map_err(Into::into))
            .map_err(|_| KeyFault::NotRsa)?;
        Ok(Self { published, private })
    }

    /// Whether an encrypted content key of `len` bytes can be for this key (RFC 8017 §7.1.2 step 1).
    pub(super) fn fits(&self, len: usize) -> bool {
        self.private.key_size_bytes() == len
    }

    /// Decrypts a content key into `cek`, or leaves `cek` as it is when that fails or gives another length.
    ///
    /// The caller fills `cek` with random bytes first and goes on either way (RFC 7516 §11.5), so a sender cannot tell by
    /// the answer or by its time whether the padding was right. By aws-lc-rs, whose private-key operation is blinded.
    pub(super) fn unwrap(&self, alg: KeyManagement, encrypted: &[u8], cek: &mut [u8]) {
        let algorithm = match alg {
            KeyManagement::RsaOaep256 => &OAEP_SHA256_MGF1SHA256,
            KeyManagement::RsaOaep => &OAEP_SHA1_MGF1SHA1,
        };
        let mut buffer = Zeroizing::new([0_u8; MAX_BITS / 8]);
        if let Ok(plain) = self.private.decrypt(algorithm, encrypted, buffer.as_mut_slice(), None)
            && plain.len() == cek.len()
        {
            cek.copy_from_slice(plain);
        }
    }
}

/// Whether anyone but its owner may read the file.
#[cfg(unix)]
fn is_exposed(path: &Path) -> std::io::Result<bool> {
    use std::os::unix::fs::PermissionsExt as _;
    Ok(fs::metadata(path)?.permissions().mode() & 0o077 != 0)
}

/// Whether anyone but its owner may read the file: not to be told by a mode here.
#[cfg(not(unix))]
fn is_exposed(path: &Path) -> std::io::Result<bool> {
    fs::metadata(path).map(|_| false)
}
