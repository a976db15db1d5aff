//! The order in which a photo's blob and row are written: the blob is on the disk before a row names it, and is taken away only
//! after no row does. Whatever ends in between, a crash too, leaves a blob without a row, never a row without its blob; the
//! sweep finds those.

use crate::access::{Grant, Write};
use crate::blobs::{BlobFault, Blobs, Key, SHARDS};
use crate::picture::Square;
use crate::problem::Problem;
use crate::resources::conditions::Conditions;
use crate::resources::profile::Profile;
use crate::resources::profile::photo::model::{self, Photo};
use crate::resources::profile::photo::queries;
use crate::store::{Halt, Owned, Store, StoreError};

/// How many blobs the sweep asks the database about at once.
const ASKED_AT_ONCE: usize = 200;
/// So many blobs without a row may be the work of crashes, even where there are few with one.
const LEFT_BY_CRASHES: usize = 100;

/// Makes `squares` the person's photo.
pub async fn set(
    grant: &Grant<Profile, Write>,
    store: &Store,
    blobs: &Blobs,
    conditions: Conditions,
    squares: &[Square],
) -> Result<Photo, Problem> {
    let (bytes, pieces) = model::pack(squares);
    let blob = blobs.new_key();
    blobs.put(blob, bytes).await?;
    let change = move |on: &mut Owned<'_, Profile, Write>| queries::set(on, &conditions, blob, &pieces);
    match store.write(grant, change).await {
        Ok((photo, former)) => {
            if let Some(former) = former {
                discard(blobs, former).await;
            }
            Ok(photo)
        }
        // Whether the row was written is not known: the sweep will see.
        Err(Halt::Store(fault @ StoreError::Broken(_))) => Err(fault.into()),
        Err(refused) => {
            discard(blobs, blob).await;
            Err(refused.into())
        }
    }
}

/// Removes the person's photo.
pub async fn remove(
    grant: &Grant<Profile, Write>,
    store: &Store,
    blobs: &Blobs,
    conditions: Conditions,
) -> Result<(), Problem> {
    let former = store.write(grant, move |on| queries::remove(on, &conditions)).await?;
    discard(blobs, former).await;
    Ok(())
}

/// Takes a blob away that no row names. What was asked for is done: should this fail, the sweep tries again.
async fn discard(blobs: &Blobs, blob: Key) {
    if let Err(fault) = blobs.delete(blob).await {
        log::warn!("a blob that no row names was left behind: {fault:?}");
    }
}

/// Takes away the blobs that no row names, but for young ones, whose row may be about to be written. Gives how many.
///
/// A crash leaves a few. If the database names none of the blobs, or far fewer than there are, it is more likely another
/// one than theirs, such as a new file under a mistyped name: then nothing is taken away.
pub async fn sweep(store: &Store, blobs: &Blobs) -> Result<usize, SweepFault> {
    let (mut named, mut unnamed) = (0, 0);
    for shard in 0..SHARDS {
        let (theirs, nobodys) = look(store, blobs, shard).await?;
        named += theirs;
        unnamed += nobodys.len();
    }
    if unnamed > 0 && (named == 0 || unnamed > named.max(LEFT_BY_CRASHES)) {
        return Err(SweepFault::Foreign { named, unnamed });
    }
    let mut swept = 0;
    for shard in 0..SHARDS {
        for key in look(store, blobs, shard).await?.1 {
            blobs.delete(key).await?;
            swept += 1;
        }
    }
    Ok(swept)
}

/// How many of a shard's old blobs a row names, and those that none does.
async fn look(store: &Store, blobs: &Blobs, shard: u16) -> Result<(usize, Vec<Key>), SweepFault> {
    let (mut named, mut unnamed) = (0, Vec::new());
    for keys in blobs.old(shard).await?.chunks(ASKED_AT_ONCE) {
        let known = store.named_blobs(keys.iter().map(Key::to_string).collect()).await?;
        named += known.len();
        unnamed.extend(keys.iter().filter(|key| !known.contains(&key.to_string())));
    }
    Ok((named, unnamed))
}

/// Why a sweep did not come to its end; the next one tries again.
#[derive(Debug, thiserror::Error)]
pub enum SweepFault {
    /// The blobs are most likely another database's.
    #[error(
        "of {} blobs this database names {named}, so nothing was taken away: do database.url and blobs.url belong together?",
        named + unnamed
    )]
    Foreign {
        /// Blobs that a row names.
        named: usize,
        /// Blobs that none does.
        unnamed: usize,
    },
    /// The blobs could not be listed or removed.
    #[error("blobs: {0:?}")]
    Blobs(#[from] BlobFault),
    /// The database could not be asked.
    #[error("database: {0:?}")]
    Store(#[from] StoreError),
}
