//! Where blobs are: in a folder or in a bucket. What is asked of either without waiting for a request. Imports `bucket`, `folder`,
//! `key`, `lock`.

use std::fmt;
use std::io;
use std::path::PathBuf;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::bucket::{self, Bucket};
use super::fault::{BlobFault, StartFault};
use super::key::{self, Key};
use super::{folder, lock};
use crate::config;

/// The object or file that says whose blobs these are. A name that no key has.
pub(super) const MARKER: &str = ".sharehold";

/// Before which instants blobs of each kind are no longer young.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// Of those that a row has for itself: by their names.
    pub(super) made: DateTime<Utc>,
    /// Of contents: by when they were last written.
    pub(super) written: DateTime<Utc>,
}

impl Limits {
    /// Whether the blob is old that was written then.
    pub(super) fn passed(self, key: Key, written: impl FnOnce() -> io::Result<DateTime<Utc>>) -> io::Result<bool> {
        match key.made_at() {
            Some(made) => Ok(made < self.made),
            None => Ok(written()? < self.written),
        }
    }
}

/// Where they are. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) enum Place {
    Folder(PathBuf),
    Bucket(Bucket),
}

impl Place {
    /// That which the settings name.
    pub(super) fn named_by(settings: &config::Blobs) -> Result<Self, StartFault> {
        match settings.folder() {
            Some(root) => Ok(Self::Folder(root.to_owned())),
            None => Bucket::named_by(settings).map(Self::Bucket),
        }
    }

    /// What the marker is called, for whoever reads a fault.
    pub(super) fn marker(&self) -> String {
        match self {
            Self::Folder(root) => root.join(MARKER).display().to_string(),
            Self::Bucket(bucket) => format!("{bucket}/{MARKER}"),
        }
    }

    /// Whose it is, if it says so. Blocks.
    pub(super) fn owner(&self) -> io::Result<Option<Uuid>> {
        match self {
            Self::Folder(root) => lock::owner(root),
            Self::Bucket(bucket) => bucket::wait(bucket.owner()),
        }
    }

    /// Writes the marker unless there is one: whole and for good, or not at all. `false`: there is one. Blocks.
    pub(super) fn mark(&self, database: Uuid) -> io::Result<bool> {
        match self {
            Self::Folder(root) => lock::mark(root, database),
            Self::Bucket(bucket) => bucket::wait(bucket.mark(database)),
        }
    }

    /// Every key, in no order. Blocks.
    pub(super) fn all(&self) -> io::Result<Vec<Key>> {
        match self {
            Self::Folder(root) => folder::all(root),
            Self::Bucket(bucket) => bucket::wait(bucket.all()),
        }
    }

    /// The keys in a shard that are no longer young. What a write that was cut off left there is removed.
    pub(super) async fn old(&self, shard: u16, limits: Limits) -> Result<Vec<Key>, BlobFault> {
        match self {
            Self::Folder(root) => {
                let folder = root.join(key::shard_name(shard));
                let looked = tokio::task::spawn_blocking(move || folder::old(&folder, limits)).await?;
                looked.map_err(|fault| BlobFault::Failed(fault.to_string()))
            }
            Self::Bucket(bucket) => bucket.old(shard, limits).await,
        }
    }

    /// Sees that it is still this database's: a folder may have been unmounted or moved since the start, and what lies there now
    /// would hide what is written to it as soon as the folder is back. Blocks.
    pub(super) fn check(&self, database: Uuid) -> Result<(), BlobFault> {
        let closed = |why: String| Err(BlobFault::Closed(format!("{}: {why}", self.marker())));
        match self.owner() {
            Ok(Some(theirs)) if theirs == database => Ok(()),
            Ok(Some(theirs)) => closed(format!("of database {theirs}")),
            Ok(None) => {
                closed("is missing: what the blobs are kept in is away, or something else is in its place".into())
            }
            Err(fault) => closed(fault.to_string()),
        }
    }

    /// What it means that what was to be written is not there: its bucket is not.
    pub(super) fn away(&self, fault: BlobFault) -> BlobFault {
        if fault == BlobFault::Absent { BlobFault::Closed(format!("{self} is not there")) } else { fault }
    }

    /// What lets one blob be taken away, unless a backup or a verification holds the blobs.
    pub(super) async fn pass(&self, database: Uuid) -> Result<Option<Pass>, BlobFault> {
        match self {
            Self::Folder(root) => Ok(lock::pass(root, database)?.map(|lock| Pass { _lock: Some(lock) })),
            // Nothing need be held on to: see `bucket::hold`.
            Self::Bucket(bucket) => Ok((!bucket.is_held().await?).then_some(Pass { _lock: None })),
        }
    }

    /// Holds the blobs as soon as nobody else does; `waiting` is called once if that is not now. Blocks.
    pub(super) fn hold(&self, waiting: impl FnOnce()) -> io::Result<Hold> {
        let held = match self {
            Self::Folder(root) => Held::Folder { _lock: lock::hold(root, waiting)? },
            Self::Bucket(bucket) => Held::Bucket { _lease: bucket.hold(waiting)? },
        };
        Ok(Hold { _held: held })
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(root) => root.display().fmt(f),
            Self::Bucket(bucket) => bucket.fmt(f),
        }
    }
}

/// What lets one blob be taken away.
#[derive(Debug)]
pub(super) struct Pass {
    _lock: Option<lock::Locked>,
}

/// Held while a backup or a verification reads: no process takes a blob away meanwhile. What a row no longer names is left to
/// the sweep.
#[derive(Debug)]
pub struct Hold {
    _held: Held,
}

#[derive(Debug)]
enum Held {
    /// By a lock of the marker, until the file is closed.
    Folder { _lock: lock::Locked },
    /// By an object beside the marker, until this is dropped.
    Bucket { _lease: bucket::Lease },
}
