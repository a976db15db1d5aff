//! `/metrics`: what is read at the moment of a scrape, so that it costs no request anything, and then everything as text.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rustix::fs::statvfs;
use rustix::process::{Resource, getrlimit};

use crate::access::Revocations;
use crate::config::Config;
use crate::metrics;
use crate::metrics::catalogue::{
    ACCESS_LOG_LAG, BUILD_INFO, DB_POOL_IDLE, DB_POOL_IN_USE, DB_UP, JWKS_AGE, MAX_FDS, OPEN_FDS, RESIDENT,
    REVOCATION_LAG, STORAGE_FREE, TOKEN_ENTRIES, TOKEN_QUEUE, WAL_BYTES,
};
use crate::store::Store;
use crate::token::Opener;

/// What a scrape looks at.
pub struct Scrape {
    store: Store,
    opener: Arc<Opener>,
    revocations: Arc<Revocations>,
    /// Whose file systems should have room.
    folders: Vec<PathBuf>,
    /// The issuers whose keys had an age at the last scrape.
    issuers: Mutex<BTreeSet<String>>,
}

impl Scrape {
    /// Of these, stored where `config` says.
    pub fn new(config: &Config, store: Store, opener: Arc<Opener>, revocations: Arc<Revocations>) -> Self {
        let blobs = config.blobs.folder().map(PathBuf::from);
        let database = store.file().and_then(Path::parent).map(PathBuf::from);
        let folders = blobs.into_iter().chain(database).chain([config.data_dir.clone()]).collect();
        BUILD_INFO.with([env!("CARGO_PKG_VERSION"), store.kind()]).set(1.0);
        Self { store, opener, revocations, folders, issuers: Mutex::default() }
    }

    /// Everything. Blocks for as long as the file systems do.
    pub fn text(&self) -> String {
        self.tokens();
        self.storage();
        process();
        metrics::text()
    }

    fn tokens(&self) {
        TOKEN_ENTRIES.handle().set(count(self.opener.remembered()));
        TOKEN_QUEUE.handle().set(count(self.opener.queued()));
        REVOCATION_LAG.handle().set(self.revocations.age().map_or(f64::INFINITY, |age| age.as_secs_f64()));
        let mut known = self.issuers.lock().unwrap_or_else(PoisonError::into_inner);
        let mut gone = std::mem::take(&mut *known);
        for (issuer, age) in self.opener.key_ages() {
            JWKS_AGE.with([&issuer]).set(age.map_or(f64::INFINITY, |age| age.as_secs_f64()));
            gone.remove(&issuer);
            known.insert(issuer);
        }
        // After a reload: an age that no longer grows, or no longer shrinks, would be taken for true.
        for issuer in gone {
            JWKS_AGE.with([&issuer]).set(f64::NAN);
        }
    }

    fn storage(&self) {
        ACCESS_LOG_LAG.handle().set(self.store.uses().lag().as_secs_f64());
        DB_UP.handle().set(if self.store.is_up() { 1.0 } else { 0.0 });
        let (in_use, idle) = self.store.lent_and_idle();
        DB_POOL_IN_USE.handle().set(f64::from(in_use));
        DB_POOL_IDLE.handle().set(f64::from(idle));
        if let Some(file) = self.store.file() {
            let mut wal = file.as_os_str().to_owned();
            wal.push("-wal");
            WAL_BYTES.handle().set(fs::metadata(wal).map_or(0.0, |wal| bytes(wal.len())));
        }
        let free = |folder: &PathBuf| statvfs(folder).ok().map(|room| room.f_bavail.saturating_mul(room.f_frsize));
        if let Some(least) = self.folders.iter().filter_map(free).min() {
            STORAGE_FREE.handle().set(bytes(least));
        }
    }
}

/// What Linux tells of this process; elsewhere there is no `/proc`, and these are missing.
fn process() {
    if let Ok(open) = fs::read_dir("/proc/self/fd") {
        OPEN_FDS.handle().set(count(open.count()));
    }
    if let Some(most) = getrlimit(Resource::Nofile).current {
        MAX_FDS.handle().set(bytes(most));
    }
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.split_whitespace().next()?.parse().ok());
    if let Some(kib) = resident {
        RESIDENT.handle().set(bytes(kib) * 1024.0);
    }
}

fn count(number: usize) -> f64 {
    bytes(number as u64)
}

#[expect(clippy::cast_precision_loss, reason = "exact below 2^53, and beyond that nobody counts the last ones")]
fn bytes(number: u64) -> f64 {
    number as f64
}
