//! SIGHUP: reads the configuration again and takes keys, trust, TLS certificate, CORS and what is published from it, all or
//! nothing. What only a restart can take is named.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use actix_web::web::Data;
use arc_swap::ArcSwap;
use tokio::signal::unix::Signal;

use crate::config::{Config, Fault, need_restart};
use crate::resources::well_known::Published;
use crate::server::cors::Cors;
use crate::server::material::Material;
use crate::server::tls::Certificate;
use crate::token::{Opener, PublishedKey, Trust};

/// How long a reload waits for key sets that are fetched from a new place: as long as a fetch may take.
const FIRST_FETCH: Duration = Duration::from_secs(5);

/// Where the configuration is read again, checked as at start.
pub type Source = Arc<dyn Fn() -> Result<Config, Vec<Fault>> + Send + Sync>;

/// What is replaced, and where from.
pub struct Reload {
    /// The configuration that the process started with.
    pub started: Config,
    /// Where it is read again.
    pub source: Source,
    /// Opens tokens: keys and trust.
    pub opener: Arc<Opener>,
    /// What the server says of itself.
    pub published: Data<ArcSwap<Published>>,
    /// Which sites' pages may call.
    pub cors: Data<ArcSwap<Cors>>,
    /// The certificate of TLS, if TLS is served.
    pub certificate: Option<Arc<Certificate>>,
}

impl Reload {
    /// Reloads at each signal, until the process ends.
    pub async fn at_each(self, mut hangup: Signal) {
        let this = Arc::new(self);
        while hangup.recv().await.is_some() {
            log::info!("SIGHUP: reading the configuration again");
            // Files are read, keys parsed and fetched: not on the thread that waits for signals.
            let reader = Arc::clone(&this);
            let fresh = tokio::task::spawn_blocking(move || reader.fresh()).await;
            match fresh.unwrap_or_else(|error| Err(vec![Fault::new("", error.to_string())])) {
                Ok((config, material)) => this.take(&config, material),
                Err(faults) => {
                    for fault in faults {
                        log::error!("not reloaded, everything is as it was: {fault}");
                    }
                }
            }
        }
    }

    fn fresh(&self) -> Result<(Config, Material), Vec<Fault>> {
        let config = (self.source)()?;
        let faults = refused(&self.started, &config);
        if !faults.is_empty() {
            return Err(faults);
        }
        let material = Material::load(&config).map_err(|fault| vec![fault])?;
        self.opener.lend_keys(&material.trust);
        wait_for_keys(&material.trust, &self.opener.issuers_without_keys());
        Ok((config, material))
    }

    /// From here on nothing can fail. A key opens tokens before it is published.
    fn take(&self, config: &Config, material: Material) {
        let summary = summary(config, &material);
        self.opener.replace(material.keys, material.trust);
        self.published.store(Arc::new(material.published));
        self.cors.store(Arc::new(Cors::new(&config.cors)));
        if let (Some(certificate), Some(certified)) = (&self.certificate, material.tls) {
            certificate.replace(certified);
        }
        let waiting = need_restart(&self.started, config);
        if !waiting.is_empty() {
            log::warn!("changed, but taken by a restart only: {}", waiting.join(", "));
        }
        log::info!("reloaded: {summary}");
    }
}

/// Until then good tokens would have to wait, and the server would not be ready. An authorization server that is away holds a
/// reload up so long and no longer, and not at all if it was away before: it may be urgent.
fn wait_for_keys(trust: &Trust, away: &[String]) {
    let start = Instant::now();
    let awaited = || trust.issuers_without_keys().iter().any(|issuer| !away.contains(issuer));
    while awaited() && start.elapsed() < FIRST_FETCH {
        thread::sleep(Duration::from_millis(20));
    }
    for issuer in trust.issuers_without_keys() {
        log::warn!("no keys of {issuer} could be fetched yet: its tokens get 503 until then");
    }
}

/// Changes that a running server can neither take nor leave: the rest would no longer fit together.
fn refused(started: &Config, config: &Config) -> Vec<Fault> {
    let mut faults = Vec::new();
    if started.public_url != config.public_url {
        let what = "was changed, and what tokens are meant for and links begin with goes by it: restart to take it";
        faults.push(Fault::new("public_url", what));
    }
    match (&started.tls, &config.tls) {
        (None, Some(_)) => faults.push(Fault::new("tls", "was added: restart to serve TLS")),
        (Some(_), None) => faults.push(Fault::new("tls", "was taken out: restart to serve plain HTTP, or put it back")),
        _ => {}
    }
    faults
}

/// What was taken, for the log.
fn summary(config: &Config, material: &Material) -> String {
    let keys = material.keys.published();
    let kids: Vec<&str> = keys.iter().map(PublishedKey::kid).collect();
    let issuers: Vec<&str> = config.authorization_servers.iter().map(|server| server.issuer.as_str()).collect();
    let tls = if material.tls.is_some() { "with" } else { "without" };
    format!(
        "decryption keys {}; authorization servers {}; CORS origins: {}; {tls} TLS",
        kids.join(", "),
        issuers.join(", "),
        config.cors.origins.len(),
    )
}
