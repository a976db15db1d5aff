//! The database, the blobs and the data folder. Folders that are absent are made by `migrate`; here it is only asked whether
//! they could be.

use std::path::{Path, PathBuf};

use url::Url;

use super::{Report, on_loopback, web_url};
use crate::config::{Config, NO_CREDENTIALS, paths};

pub(super) fn check(config: &Config, report: &mut Report) {
    folder("data_dir", &config.data_dir, report);
    let database = database(config.database.url.expose(), report);
    blobs(config, database.as_deref(), report);
}

/// The file, if the database is one. The URL is never repeated: it may hold a password.
fn database(url: &str, report: &mut Report) -> Option<PathBuf> {
    if let Some(path) = url.strip_prefix("sqlite://") {
        if path.is_empty() || path.ends_with('/') || Path::new(path).is_dir() {
            report.fault("database.url", "must name a file, as in sqlite://data/sharehold.db");
            return None;
        }
        if path.contains(['?', '#', '\0']) || !paths::is_path(path) {
            let what =
                "must be sqlite:// and the path of a file, without parameters (`?`, `#`), `file:` and `:memory:`";
            report.fault("database.url", what);
            return None;
        }
        if let Some(parent) = Path::new(path).parent() {
            folder("database.url", parent, report);
        }
        return Some(path.into());
    }
    if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
        report.fault("database.url", "must begin with sqlite:// or postgres://");
    } else if !cfg!(feature = "postgres-tls") && asks_for_tls(url) {
        report.fault("database.url", "asks for TLS (sslmode): build with `--features postgres-tls`, or drop it");
    }
    None
}

/// Whether the URL says that the connection must be encrypted.
fn asks_for_tls(url: &str) -> bool {
    let (_, parameters) = url.split_once('?').unwrap_or_default();
    parameters.split('&').any(|one| matches!(one, "sslmode=require" | "sslmode=verify-ca" | "sslmode=verify-full"))
}

fn blobs(config: &Config, database: Option<&Path>, report: &mut Report) {
    let url = &config.blobs.url;
    if let Some(path) = url.strip_prefix("file://") {
        if path.is_empty() {
            report.fault("blobs.url", "must name a folder, as in file://data/blobs");
            return;
        }
        folder("blobs.url", Path::new(path), report);
        if database.is_some_and(|database| database.starts_with(path)) {
            report.fault("blobs.url", "holds the database too: give the blobs a folder of their own");
        }
        if config.blobs.s3.is_some() {
            report.warn("blobs.s3", "has no effect: blobs.url is not s3://");
        }
    } else if url.starts_with("s3://") {
        s3(config, report);
    } else {
        report.fault("blobs.url", "must begin with file:// or s3://");
    }
}

fn s3(config: &Config, report: &mut Report) {
    let known = report.faults.len();
    s3_settings(config, report);
    if report.faults.len() == known && config.blobs.credentials.is_none() {
        report.fault("blobs.url", NO_CREDENTIALS);
    }
}

fn s3_settings(config: &Config, report: &mut Report) {
    let plain = |url: &Url| {
        let bucket = url.host_str().is_some_and(|host| !host.is_empty());
        bucket && url.username().is_empty() && url.password().is_none() && url.query().is_none()
    };
    if !Url::parse(&config.blobs.url).is_ok_and(|url| plain(&url)) {
        report.fault("blobs.url", "must be s3://bucket/prefix; credentials come from the environment");
    }
    let Some(settings) = &config.blobs.s3 else { return };
    match settings.endpoint.as_deref().map(web_url) {
        Some(Err(what)) => report.fault("blobs.s3.endpoint", what),
        Some(Ok(url)) if url.scheme() == "http" && !on_loopback(&url) => {
            report.warn("blobs.s3.endpoint", "is plain http: photos would travel in the clear");
        }
        _ => {}
    }
    if settings.region.as_deref() == Some("") {
        report.fault("blobs.s3.region", "is empty: leave it out or name it");
    }
}

/// A fault unless `path` is a folder that can be written to, or could be made.
fn folder(key: &str, path: &Path, report: &mut Report) {
    let Some(there) = path.ancestors().find(|path| path.symlink_metadata().is_ok()) else { return };
    let shown = there.display();
    if !there.is_dir() {
        report.fault(key, format!("{shown} is not a folder: name another, or move the file away"));
    } else if !writable(there) {
        report.fault(key, format!("{shown} cannot be written to: give it to the user that runs the server"));
    }
}

#[cfg(unix)]
fn writable(folder: &Path) -> bool {
    rustix::fs::access(folder, rustix::fs::Access::WRITE_OK | rustix::fs::Access::EXEC_OK).is_ok()
}

#[cfg(not(unix))]
fn writable(folder: &Path) -> bool {
    folder.metadata().is_ok_and(|found| !found.permissions().readonly())
}
