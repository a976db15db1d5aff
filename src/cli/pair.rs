//! A key pair in a folder: `private.pem` (PKCS#8, mode 0600) and `certificate.pem` (self-signed X.509).
//! The server's decryption keys and an authority's signing keys are made the same way.

use std::path::{Path, PathBuf};

use rsa::RsaPrivateKey;
use rsa::pkcs8::{EncodePrivateKey as _, LineEnding};
use thiserror::Error;

use super::new_file;
use crate::token::certificate::{CertificateError, self_signed};

/// Why a pair was not made.
#[derive(Debug, Error)]
pub enum PairError {
    /// One of the two files is there: keys are never overwritten.
    #[error("{0} exists: keys are never overwritten; give another folder, or move it away")]
    Exists(PathBuf),
    /// The system refused.
    #[error("{0}: {1}")]
    Io(PathBuf, std::io::Error),
    /// The key could not be made.
    #[error("cannot make an RSA key: {0}")]
    Key(String),
    /// The certificate could not be made.
    #[error("{0}")]
    Certificate(#[from] CertificateError),
}

/// Makes `private.pem` and `certificate.pem` in `folder`, which is made if need be; gives their paths.
///
/// # Errors
/// [`PairError`]; whatever went wrong, no file that was there is changed.
pub(super) fn create(folder: &Path, bits: usize) -> Result<(PathBuf, PathBuf), PairError> {
    let private = folder.join("private.pem");
    let certificate = folder.join("certificate.pem");
    for path in [&private, &certificate] {
        if path.symlink_metadata().is_ok() {
            return Err(PairError::Exists(path.clone()));
        }
    }
    std::fs::create_dir_all(folder).map_err(|error| PairError::Io(folder.into(), error))?;
    let key = RsaPrivateKey::new(&mut rand::rngs::OsRng, bits).map_err(|error| PairError::Key(error.to_string()))?;
    let pem = key.to_pkcs8_pem(LineEnding::LF).map_err(|error| PairError::Key(error.to_string()))?;
    let signed = self_signed(&pem)?;
    for (path, text, mode) in [(&private, pem.as_str(), 0o600), (&certificate, &signed, 0o644)] {
        new_file::write(path, text, mode).map_err(|error| match error.kind() {
            std::io::ErrorKind::AlreadyExists => PairError::Exists(path.clone()),
            _ => PairError::Io(path.clone(), error),
        })?;
    }
    Ok((private, certificate))
}
