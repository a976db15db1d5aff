//! The order in which a photo's blob and row are written: the blob is on the disk before a row names it, and is taken away only
//! after no row does. Whatever ends in between, a crash too, leaves a blob without a row, never a row without its blob; the
//! sweep finds those.

use super::Piece;
use crate::access::{Grant, Kind, Write};
use crate::blobs::{Blobs, Key};
use crate::picture::Square;
use crate::problem::Problem;
use crate::store::{Halt, Owned, Store, StoreError};

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
