//! What a reload replaces: read and found good as a whole, at start and at each SIGHUP. `check` has read the same files
//! before, to name every fault; what is taken is what is read here.

use rustls::sign::CertifiedKey;

use crate::config::{Config, Fault};
use crate::resources::well_known::Published;
use crate::server::{publish, tls};
use crate::token::{KeyRing, Trust};

/// Keys, trust, what is said of them, and the certificate of TLS.
pub struct Material {
    /// Our private keys.
    pub keys: KeyRing,
    /// Whose tokens open.
    pub trust: Trust,
    /// What the server says of itself.
    pub published: Published,
    /// The certificate of TLS, if TLS is served.
    pub tls: Option<CertifiedKey>,
}

impl Material {
    /// Reads what `config` names. The trust comes last: with it the fetching of key sets begins.
    pub fn load(config: &Config) -> Result<Self, Fault> {
        let keys = KeyRing::load(&config.keys.decryption).map_err(|fault| refused("keys.decryption", &fault))?;
        let published = publish::published(config, &keys);
        let tls = config.tls.as_ref().map(tls::read).transpose()?;
        let trust = Trust::load(&config.authorization_servers, &config.public_url)
            .map_err(|fault| refused("authorization_servers", &fault))?;
        Ok(Self { keys, trust, published, tls })
    }
}

fn refused(key: &str, fault: &impl std::fmt::Display) -> Fault {
    Fault::new(key, fault.to_string())
}
