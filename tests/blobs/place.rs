//! A blob store of a test's own, in a folder or in a bucket.

use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use futures_util::TryStreamExt as _;
use sharehold::blobs::{BlobFault, Blobs, Names};
use sharehold::clock::{Clock as _, FixedClock, SystemClock};
use sharehold::config;
use sharehold::digest::Digest;
use tempfile::TempDir;
use uuid::Uuid;

use crate::support::bucket;

/// Makes two tests of each function: in a folder and in a bucket.
macro_rules! in_both {
    ($($name:ident)*) => {
        $(mod $name {
            #[actix_web::test]
            async fn folder() {
                super::$name($crate::blobs::place::Kept::in_folder()).await;
            }
            #[actix_web::test]
            async fn bucket() {
                super::$name($crate::blobs::place::Kept::in_bucket()).await;
            }
        })*
    };
}
pub(super) use in_both;

pub(super) struct Kept {
    pub(super) blobs: Blobs,
    pub(super) clock: Arc<FixedClock>,
    pub(super) settings: config::Blobs,
    pub(super) database: Uuid,
    folder: TempDir,
}

impl Kept {
    pub(super) fn in_folder() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let url = format!("file://{}", folder.path().display());
        Self::by(config::Blobs { url, ..config::Blobs::default() }, folder)
    }

    pub(super) fn in_bucket() -> Self {
        Self::by(bucket::fresh(), tempfile::tempdir().expect("a folder"))
    }

    pub(super) fn by(settings: config::Blobs, folder: TempDir) -> Self {
        // A bucket has a clock of its own.
        let (clock, database) = (FixedClock::at(SystemClock.now()), Uuid::now_v7());
        let blobs =
            Blobs::open(&settings, folder.path(), database, &Names::NONE, clock.clone()).expect("opened and marked");
        Self { blobs, clock, settings, database, folder }
    }

    pub(super) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// Where unfinished bytes lie.
    pub(super) fn incoming(&self) -> &Path {
        self.folder.path()
    }

    /// What is there of uploads that are not finished.
    pub(super) fn unfinished(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.incoming()).expect("a folder");
        let names = entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("a name"));
        names.filter(|name| name.starts_with(".incoming")).collect()
    }

    /// Receives `bytes` in parts, and keeps them.
    pub(super) async fn keep(&self, bytes: &[u8]) -> Result<Digest, BlobFault> {
        let mut incoming = self.blobs.receive(bytes.len() as u64);
        for part in bytes.chunks(70_000) {
            incoming.write(part).await?;
        }
        let received = incoming.finish().await?;
        let digest = received.digest();
        self.blobs.keep(received).await.map(|()| digest)
    }

    pub(super) async fn read(&self, digest: Digest, range: std::ops::Range<u64>) -> Result<Vec<u8>, BlobFault> {
        let pieces: Vec<_> = self.blobs.stream(digest, range).await?.try_collect().await?;
        assert!(pieces.iter().all(|piece| (1..=256 << 10).contains(&piece.len())), "a piece is too large, or empty");
        Ok(pieces.concat())
    }
}

/// Bytes that do not repeat.
pub(super) fn bytes(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    };
    std::iter::repeat_with(&mut next).flatten().take(length).collect()
}
