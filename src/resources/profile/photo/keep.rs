//! The order in which a photo's blob and row are written: the blob is on the disk before a row names it, and is taken away only
//! after no row does. Whatever ends in between, a crash too, leaves a blob without a row, never a row without its blob; the
//! sweep finds those.

use crate::access::{Grant, Write};
use crate::blobs::{BlobFault, Blobs, Key, SHARDS};
use crate::picture::Square;
use crate::problem::Problem;
use crate::resources::conditions::Conditions;
use crate::resources::photo::{self, Photo};
use crate::resources::profile::Profile;
use crate::resources::profile::photo::queries;
use crate::store::{Halt, Owned, Store, StoreError};

/// How many blobs the sweep asks the database about at once.
const ASKED_AT_ONCE: usize = 200;

/// Makes `squares` the person's photo.
pub async fn set(
    grant: &Grant<Profile, Write>,
    store: &Store,
    blobs: &Blobs,
    conditions: Conditions,
    squares: &[Square],
) -> Result<Photo, Problem> {
    let (bytes, pieces) = photo::pack(squares);
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

/// Takes a blob away that no row names. What was asked for is done: should this fail, or a backup hold the blobs, the sweep
/// finds it.
async fn discard(blobs: &Blobs, blob: Key) {
    if let Err(fault) = blobs.delete(blob).await {
        log::warn!("a blob that no row names was left behind: {fault:?}");
    }
}

/// Takes away the blobs that no row names, but for young ones, whose row may be about to be written. Gives how many. While a
/// backup holds the blobs none goes; the next sweep finds them.
pub async fn sweep(store: &Store, blobs: &Blobs) -> Result<usize, SweepFault> {
    let mut swept = 0;
    for shard in 0..SHARDS {
        for keys in blobs.old(shard).await?.chunks(ASKED_AT_ONCE) {
            let named = store.named_blobs(keys.iter().map(Key::to_string).collect()).await?;
            for key in keys.iter().filter(|key| !named.contains(&key.to_string())) {
                if !blobs.delete(*key).await? {
                    return Ok(swept);
                }
                swept += 1;
            }
        }
    }
    Ok(swept)
}

/// Why a sweep did not come to its end; the next one tries again.
#[derive(Debug, thiserror::Error)]
pub enum SweepFault {
    /// The blobs could not be listed or removed.
    #[error("blobs: {0:?}")]
    Blobs(#[from] BlobFault),
    /// The database could not be asked.
    #[error("database: {0:?}")]
    Store(#[from] StoreError),
}
