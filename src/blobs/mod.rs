//! The blob store: pictures' bytes in a folder (`blobs.url`), by `object_store`. May import `config`, `clock`,
//! `metrics`.
//!
//! A blob is written once and never changed. [`Blobs::put`] answers when the bytes survive a power cut: temporary file, fsync,
//! rename, fsync of the folder (`with_fsync`); the folders are there from the start on. Only then is a row written that names the blob: no row is ever
//! without its bytes. What a crash leaves behind is a blob that no row names; [`Blobs::old`] finds those.

mod fault;
mod folder;
mod key;
mod marker;
mod meter;
mod shelf;

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use chrono::TimeDelta;
use object_store::local::LocalFileSystem;
use object_store::path::Path as Location;
use object_store::{ObjectStore as _, ObjectStoreExt as _, PutMode};
use uuid::Uuid;

pub use fault::{BlobFault, StartFault};
pub use key::Key;
pub use marker::{Hold, Names};
pub use shelf::Shelf;

use meter::Op;

use crate::clock::Clock;
use crate::config;

/// Into how many folders blobs are spread by the end of their keys; the sweep looks at one at a time.
pub const SHARDS: u16 = 256;
/// A blob younger than this may belong to a request that has not written its row yet.
const YOUNG: TimeDelta = TimeDelta::hours(1);

/// The blobs. Cheap to clone.
#[derive(Clone)]
pub struct Blobs {
    store: LocalFileSystem,
    root: PathBuf,
    database: Uuid,
    clock: Arc<dyn Clock>,
}

impl Blobs {
    /// Opens the folder that `settings` name, making it if it is missing, tries a write, and sees that it is that of this
    /// database, whose rows say `names`. Blocks.
    pub fn open(
        settings: &config::Blobs,
        database: Uuid,
        names: &Names<'_>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, StartFault> {
        meter::begin();
        let root = folder::prepare(folder::named_by(settings)?)?;
        marker::claim(&root, database, names)?;
        folder::make_shards(&root)?;
        let store = LocalFileSystem::new_with_prefix(&root)
            .map_err(|fault| StartFault(format!("{} cannot be opened: {fault}", root.display())))?
            .with_fsync(true);
        Ok(Self { store, root, database, clock })
    }

    /// Refuses a folder that a database of this id (none: it has none yet), whose rows say `names`, is not to be served from;
    /// changes nothing.
    pub fn examine(settings: &config::Blobs, database: Option<Uuid>, names: &Names<'_>) -> Result<(), StartFault> {
        marker::examine(folder::named_by(settings)?, database, names).map(drop)
    }

    /// A key that no blob has.
    pub fn new_key(&self) -> Key {
        Key::new(self.clock.now())
    }

    /// Stores `bytes` under a key that was never used; `Ok` means that they are on the disk, `Err` that nothing is left of them
    /// unless the disk refuses that too.
    pub async fn put(&self, key: Key, bytes: Vec<u8>) -> Result<(), BlobFault> {
        counted(Op::Put, self.try_put(key, bytes).await)
    }

    async fn try_put(&self, key: Key, bytes: Vec<u8>) -> Result<(), BlobFault> {
        self.check().await?;
        let put = self.store.put_opts(&location(key), bytes.into(), PutMode::Create.into()).await;
        // Again, because the folder may have gone meanwhile, and the library makes one that is missing.
        let put = match put {
            Ok(_) => self.check().await,
            Err(fault) => Err(fault.into()),
        };
        if put.is_err() {
            // It may have its name already, when only the sync of the folder failed.
            let _ = self.store.delete(&location(key)).await;
        }
        put
    }

    /// These bytes of a blob.
    pub async fn get(&self, key: Key, range: Range<u64>) -> Result<Vec<u8>, BlobFault> {
        let got = match self.store.get_range(&location(key), range).await.map_err(BlobFault::from) {
            Err(fault) => Err(self.check().await.err().unwrap_or(fault)),
            Ok(bytes) => Ok(bytes.into()),
        };
        counted(Op::Get, got)
    }

    /// Whether the folder is still the one that was opened.
    async fn check(&self) -> Result<(), BlobFault> {
        let (root, database) = (self.root.clone(), self.database);
        let looked = tokio::task::spawn_blocking(move || marker::check(&root, database)).await;
        looked.unwrap_or_else(|fault| Err(BlobFault::Failed(fault.to_string())))
    }

    /// Takes a blob away; one that is not there is no fault. Not synced: what comes back after a power cut is swept.
    /// `false`: it was left where it is, because a backup holds the blobs; that is the sweep's then.
    pub async fn delete(&self, key: Key) -> Result<bool, BlobFault> {
        let Some(_pass) = marker::pass(&self.root, self.database)? else { return Ok(false) };
        match counted(Op::Delete, self.store.delete(&location(key)).await.map_err(BlobFault::from)) {
            Ok(()) | Err(BlobFault::Absent) => Ok(true),
            Err(fault) => Err(fault),
        }
    }

    /// The keys in one of the [`SHARDS`] that are no longer young. What a write that was cut off left unfinished there is
    /// removed.
    pub async fn old(&self, shard: u16) -> Result<Vec<Key>, BlobFault> {
        let folder = self.root.join(key::shard_name(shard));
        let oldest_young = self.clock.now() - YOUNG;
        let looked = tokio::task::spawn_blocking(move || folder::old(&folder, oldest_young)).await;
        looked
            .map_err(|fault| BlobFault::Failed(fault.to_string()))?
            .map_err(|fault| BlobFault::Failed(fault.to_string()))
    }
}

fn location(key: Key) -> Location {
    Location::from_iter([key.shard(), key.to_string()])
}

fn counted<T>(op: Op, result: Result<T, BlobFault>) -> Result<T, BlobFault> {
    meter::note(op, &result);
    result
}
