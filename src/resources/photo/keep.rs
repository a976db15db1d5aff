//! The order in which a photo's blob and row are written: the blob is on the disk before a row names it, and is taken away only
//! after no row does. Whatever ends in between, a crash too, leaves a blob without a row, never a row without its blob; the
//! sweep finds those.

use super::Piece;
use crate::access::{Grant, Kind, Write};
use crate::blobs::{BlobFault, Blobs, Key, SHARDS};
use crate::picture::Square;
use crate::problem::Problem;
use crate::store::{Halt, Owned, Store, StoreError};

/// How many blobs the sweep asks the database about at once.
const ASKED_AT_ONCE: usize = 200;

/// Keeps `squares` in a blob, which `change` makes a row name; that gives its answer and the blob that no row names any longer.
pub async fn set<K: Kind, T: Send + 'static>(
    grant: &Grant<K, Write>,
    store: &Store,
    blobs: &Blobs,
    squares: &[Square],
    mut change: impl FnMut(&mut Owned<'_, K, Write>, Key, &[Piece]) -> Result<(T, Option<Key>), Halt<Problem>>
    + Send
    + 'static,
) -> Result<T, Problem> {
    let (bytes, pieces) = super::pack(squares);
    let blob = blobs.new_key();
    blobs.put(blob, bytes).await?;
    match store.write(grant, move |on| change(on, blob, &pieces)).await {
        Ok((answer, former)) => {
            if let Some(former) = former {
                discard(blobs, former).await;
            }
            Ok(answer)
        }
        // Whether the row was written is not known: the sweep will see.
        Err(Halt::Store(fault @ StoreError::Broken(_))) => Err(fault.into()),
        Err(refused) => {
            discard(blobs, blob).await;
            Err(refused.into())
        }
    }
}

/// Takes a blob away that no row names. What was asked for is done: should this fail, or a backup hold the blobs, the sweep
/// finds it.
pub async fn discard(blobs: &Blobs, blob: Key) {
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
