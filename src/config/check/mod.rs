//! What is wrong with a configuration that can be read, as far as it alone and the files it names can tell: every fault, and
//! apart from them what is allowed but worth knowing. May import `secret` and the rest of `config`; changes nothing.
//! What needs a key parsed is `cli::check`'s, what needs the database open is `store`'s.

mod limits;
mod network;
mod servers;
mod storage;

use std::path::Path;

use chrono::{DateTime, Utc};
use url::{Host, Url};

use super::{Config, Fault, paths};

/// What `check` found.
#[derive(Debug, Default)]
pub struct Report {
    /// What must be mended before the server starts.
    pub faults: Vec<Fault>,
    /// What is allowed, and looser or larger than the default.
    pub warnings: Vec<Fault>,
}

impl Report {
    /// Adds a fault of `key`.
    pub fn fault(&mut self, key: impl Into<String>, what: impl Into<String>) {
        self.faults.push(Fault::new(key, what));
    }

    /// Adds a warning about `key`.
    pub fn warn(&mut self, key: impl Into<String>, what: impl Into<String>) {
        self.warnings.push(Fault::new(key, what));
    }

    /// A fault unless `path` is a file that this process may read.
    fn readable(&mut self, key: &str, path: &Path) -> bool {
        let what = match std::fs::metadata(path) {
            Ok(found) if !found.is_file() => "is not a file".to_owned(),
            Ok(_) => match std::fs::File::open(path) {
                Ok(_) => return true,
                Err(error) => format!("cannot be read ({error})"),
            },
            Err(error) => format!("cannot be found ({error})"),
        };
        self.fault(key, format!("{} {what}; paths are relative to the configuration file", path.display()));
        false
    }

    /// A fault unless `path` is a file that this process may read and others may not.
    fn private(&mut self, key: &str, path: &Path) {
        if self.readable(key, path)
            && let Some(what) = paths::exposed(path)
        {
            self.fault(key, what);
        }
    }
}

/// Everything wrong with `config` at the time `now`. Nothing is changed or made.
pub fn check(config: &Config, now: DateTime<Utc>) -> Report {
    let mut report = Report::default();
    network::check(config, &mut report);
    servers::check(config, &mut report);
    storage::check(config, &mut report);
    limits::check(config, &mut report);
    clock(now, &mut report);
    report
}

/// A clock before the build date would take tokens for current that expired long ago.
fn clock(now: DateTime<Utc>, report: &mut Report) {
    let built = option_env!("SHAREHOLD_BUILT").and_then(|seconds| seconds.parse().ok()).unwrap_or_default();
    let built = DateTime::from_timestamp(built, 0).unwrap_or_default();
    if now < built {
        let (now, built) = (now.format("%F %T"), built.format("%F %T"));
        report.fault("", format!("the system's clock says {now} UTC, before this program was built ({built}): set it"));
    }
}

/// Whether `url` stays on this machine: plain http is allowed there.
fn on_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    }
}

/// `text` as an absolute http or https URL with a host, without credentials and fragment; else what is wrong with it.
fn web_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| format!("`{text}` is no absolute URL ({error})"))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(format!("must begin with https://, not {}:", url.scheme()));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("must not hold a user or password".into());
    }
    if url.fragment().is_some() {
        return Err(format!("`{text}` must not have a fragment (#…)"));
    }
    Ok(url)
}

/// As [`web_url`], and https unless it stays on this machine.
fn secure_url(text: &str) -> Result<Url, String> {
    let url = web_url(text)?;
    if url.scheme() == "https" || on_loopback(&url) {
        return Ok(url);
    }
    Err(format!("`{text}` must be https (plain http on loopback only)"))
}
