//! The server's side of the tests of `token`: what it trusts, and an opener that stands still.

use std::path::PathBuf;
use std::sync::Arc;

use serde_json::json;
use sharehold::clock::{Clock, FixedClock};
use sharehold::config::{AuthorizationServer, Limits};
use sharehold::token::{KeyRing, Opener, Trust};

use crate::token_mint::{AUDIENCE, ISSUER, KEYS, NOW, at, jwks, pem};

/// A file that is gone when this is dropped.
pub(crate) struct File(tempfile::TempDir);

impl File {
    pub(crate) fn with(text: impl AsRef<[u8]>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("file"), text).unwrap();
        Self(folder)
    }

    /// Readable by its owner only from now on, as private keys must be.
    pub(crate) fn restrict(&self) {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(self.path(), std::fs::Permissions::from_mode(0o600)).unwrap();
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.0.path().join("file")
    }
}

/// [`ISSUER`] as an operator would configure it, all algorithms allowed but `RSA-OAEP`; its keys to be filled in.
pub(crate) fn server() -> AuthorizationServer {
    serde_json::from_value(json!({
        "issuer": ISSUER,
        "audience": [AUDIENCE],
        "content_encryption_algorithms": ["A256GCM", "A128GCM", "A128CBC-HS256", "A256CBC-HS512"],
    }))
    .unwrap()
}

/// What an opener trusts: servers that all have the same key set.
pub(crate) fn trust(servers: &[AuthorizationServer]) -> Trust {
    let keys = File::with(jwks().to_string());
    let with_keys =
        |server: &AuthorizationServer| AuthorizationServer { jwks_file: Some(keys.path()), ..server.clone() };
    Trust::load(&servers.iter().map(with_keys).collect::<Vec<_>>(), AUDIENCE).unwrap()
}

/// An opener that stands at [`NOW`], with a server changed by `change`.
pub(crate) fn opener_with(change: impl FnOnce(&mut AuthorizationServer)) -> Opener {
    let mut server = server();
    change(&mut server);
    opener_at(&[server], FixedClock::at(at(NOW)))
}

/// An opener that stands at [`NOW`].
pub(crate) fn opener() -> Opener {
    opener_with(|_| {})
}

pub(crate) fn opener_at(servers: &[AuthorizationServer], clock: Arc<dyn Clock>) -> Opener {
    opener_of(trust(servers), clock)
}

pub(crate) fn ring() -> KeyRing {
    KeyRing::from_pems(&[&pem(&KEYS.ours)]).unwrap()
}

pub(crate) fn opener_of(trust: Trust, clock: Arc<dyn Clock>) -> Opener {
    Opener::new(ring(), trust, &Limits::default(), clock)
}
