//! `fixtures/releases`: what every release left behind, to be loaded into an empty database.

use std::fs;
use std::path::{Path, PathBuf};

use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, PgConnection, SqliteConnection};

use sha2::{Digest as _, Sha256};

use crate::support::app::Backend;

/// The folder of each release.
pub fn releases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/releases");
    let entries = fs::read_dir(folder).expect("the releases").map(|entry| entry.expect("an entry").path());
    let mut all: Vec<PathBuf> = entries.filter(|path| path.is_dir()).collect();
    all.sort();
    assert!(!all.is_empty());
    all
}

/// How its files are named.
pub fn name(backend: Backend) -> &'static str {
    match backend {
        Backend::Sqlite => "sqlite",
        Backend::Postgres => "postgres",
    }
}

/// Loads the release's database into the one at `url`, which is empty.
pub fn load_rows(release: &Path, backend: Backend, url: &str) {
    let dump = fs::read_to_string(release.join(format!("{}.sql", name(backend)))).expect("the dump");
    match backend {
        Backend::Sqlite => {
            let path = url.strip_prefix("sqlite://").expect("a file");
            SqliteConnection::establish(path).expect("a file").batch_execute(&dump).expect("the dump");
        }
        Backend::Postgres => {
            PgConnection::establish(url).expect("a connection").batch_execute(&dump).expect("the dump");
        }
    }
}

/// SHA-256, in hexadecimal figures.
pub fn sum(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |sum, byte| format!("{sum}{byte:02x}"))
}

/// Copies the release's blobs to `to`.
pub fn load_blobs(release: &Path, backend: Backend, to: &Path) {
    copy(&release.join(format!("{}-blobs", name(backend))), to);
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let path = entry.expect("an entry").path();
        let target = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).expect("a copy");
        }
    }
}
