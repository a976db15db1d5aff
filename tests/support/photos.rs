//! What the tests ask of an application's photos beside its answers.

use std::path::{Path, PathBuf};

use sharehold::access::Grant;
use sharehold::blobs::Blobs;
use sharehold::picture::Square;
use sharehold::resources::conditions::Conditions;
use sharehold::resources::{profile, sweep};

use crate::support::app::{ISSUER, TestApp};

impl TestApp {
    /// The files in the blobs' folder.
    pub fn blob_files(&self) -> Vec<PathBuf> {
        let entries = |folder: &Path| -> Vec<PathBuf> {
            std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()).collect()
        };
        entries(self.folder.path()).iter().filter(|path| path.is_dir()).flat_map(|shard| entries(shard)).collect()
    }

    /// The blobs' folder.
    pub fn blob_folder(&self) -> &Path {
        self.folder.path()
    }

    /// The blobs.
    pub fn blobs(&self) -> &Blobs {
        &self.blobs
    }

    /// Sweeps the blobs, as the server does every hour.
    pub async fn sweep(&self) -> usize {
        self.try_sweep().await.expect("swept")
    }

    /// The same, where it may be refused.
    pub async fn try_sweep(&self) -> Result<usize, sweep::SweepFault> {
        sweep::sweep(&self.store, &self.blobs).await
    }

    /// Gives `subject` a photo of one small square, whose bytes are their name.
    pub async fn give_photo(&self, subject: &str) {
        let grant = Grant::operator(ISSUER, subject);
        let square = Square { side: 48, jpeg: subject.into() };
        profile::photo::keep::set(&grant, &self.store, &self.blobs, Conditions::default(), &[square])
            .await
            .expect("a photo");
    }
}
