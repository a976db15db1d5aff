//! The blob store: pictures' bytes in a folder or in a bucket that speaks S3 (`blobs.url`). May import `config`, `clock`, `digest`,
//! `metrics`.
//!
//! A blob never changes. Some are one row's own, under a name that is never used again ([`Blobs::put`]); the contents of photos are named
//! by their SHA-256, whoever's rows name them ([`Blobs::keep`]). Both answer when the bytes survive a power cut: temporary file,
//! fsync, rename, fsync of the folder; the folders are there from the start on. Only then is a row written that names the blob: no row
//! is ever without its bytes. What a crash leaves behind is a blob that no row names; [`Blobs::old`] finds those.

mod bucket;
mod cached;
mod contents;
mod fault;
mod folder;
mod incoming;
mod key;
mod lock;
mod marker;
mod meter;
mod place;
mod shelf;

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::TimeDelta;
use object_store::local::LocalFileSystem;
use object_store::path::Path as Location;
use object_store::{ObjectStore, ObjectStoreExt as _, PutMode};
use uuid::Uuid;

pub use fault::{BlobFault, StartFault};
pub use incoming::{Incoming, Received};
pub use key::Key;
pub use marker::Names;
pub use place::Hold;
pub use shelf::Shelf;

use meter::Op;
use place::{Limits, Place};

use crate::clock::Clock;
use crate::config;

/// Into how many folders blobs are spread by their keys; the sweep looks at one at a time.
pub const SHARDS: u16 = 256;
/// A blob younger than this may belong to a request that has not written its row yet.
const YOUNG: TimeDelta = TimeDelta::hours(1);
/// A content that nobody has written for so long, and that nobody's row named meanwhile, may go. Rows have the same limit.
pub const CONTENTS_YOUNG: TimeDelta = TimeDelta::hours(24);
/// What is larger goes into a bucket in parts of this size, and is read from it so by an operator's commands.
const PART: u64 = 8 << 20;
/// What came in and was not written to for so long was cut off.
const UNFINISHED: TimeDelta = TimeDelta::hours(1);

/// The blobs. Cheap to clone.
#[derive(Clone)]
pub struct Blobs {
    place: Place,
    store: Arc<dyn ObjectStore>,
    /// Where bytes lie that have no name yet: in the folder itself, so that they only need a name.
    incoming: PathBuf,
    database: Uuid,
    clock: Arc<dyn Clock>,
}

impl Blobs {
    /// Opens the folder that `settings` name, making it if it is missing, tries a write, and sees that it is that of this
    /// database, whose rows say `names`; a bucket likewise, and what comes in for it lies in `data_dir`. Blocks.
    pub fn open(
        settings: &config::Blobs,
        data_dir: &Path,
        database: Uuid,
        names: &Names<'_>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, StartFault> {
        meter::begin();
        let (place, store, incoming): (_, Arc<dyn ObjectStore>, _) = match Place::named_by(settings)? {
            Place::Folder(root) => {
                let root = folder::prepare(&root)?;
                marker::claim(&Place::Folder(root.clone()), database, names)?;
                folder::make_shards(&root)?;
                let store = LocalFileSystem::new_with_prefix(&root)
                    .map_err(|fault| StartFault::Refused(format!("{} cannot be opened: {fault}", root.display())))?
                    .with_fsync(true);
                (Place::Folder(root.clone()), Arc::new(store), root)
            }
            Place::Bucket(bucket) => {
                let incoming = folder::prepare(data_dir)?;
                let (place, store) = (Place::Bucket(bucket.clone()), bucket.store());
                marker::claim(&place, database, names)?;
                (place, store, incoming)
            }
        };
        Ok(Self { place, store, incoming, database, clock })
    }

    /// Refuses a folder or bucket that a database of this id (none: it has none yet), whose rows say `names`, is not to be served
    /// from; changes nothing.
    pub fn examine(settings: &config::Blobs, database: Option<Uuid>, names: &Names<'_>) -> Result<(), StartFault> {
        marker::examine(&Place::named_by(settings)?, database, names).map(drop)
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
        let Place::Folder(_) = &self.place else {
            // All or nothing, and a bucket does not go away and leave another in its place.
            let put = self.store.put(&location(key), bytes.into()).await.map(drop).map_err(BlobFault::from);
            return put.map_err(|fault| self.place.away(fault));
        };
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

    /// Whether the folder or bucket is still the one that was opened.
    async fn check(&self) -> Result<(), BlobFault> {
        let (place, database) = (self.place.clone(), self.database);
        tokio::task::spawn_blocking(move || place.check(database)).await?
    }

    /// Takes a blob away; one that is not there is no fault. Not synced: what comes back after a power cut is swept.
    /// `false`: it was left where it is, because a backup holds the blobs; that is the sweep's then.
    pub async fn delete(&self, key: Key) -> Result<bool, BlobFault> {
        let Some(_pass) = self.place.pass(self.database).await? else { return Ok(false) };
        match counted(Op::Delete, self.store.delete(&location(key)).await.map_err(BlobFault::from)) {
            Ok(()) | Err(BlobFault::Absent) => Ok(true),
            Err(fault) => Err(fault),
        }
    }

    /// The keys in one of the [`SHARDS`] that are no longer young. What a write that was cut off left unfinished there is
    /// removed.
    pub async fn old(&self, shard: u16) -> Result<Vec<Key>, BlobFault> {
        let now = self.clock.now();
        self.place.old(shard, Limits { made: now - YOUNG, written: now - CONTENTS_YOUNG }).await
    }
}

fn location(key: Key) -> Location {
    Location::from_iter([key.shard(), key.to_string()])
}

fn counted<T>(op: Op, result: Result<T, BlobFault>) -> Result<T, BlobFault> {
    meter::note(op, &result);
    result
}
