//! Takes away the blobs that no row names: what a kill or a lost client left, and the contents of photos that are gone. Young ones
//! stay, whose row may be about to be written. While a backup holds the blobs none goes; the next sweep finds them.

use crate::blobs::{BlobFault, Blobs, CONTENTS_YOUNG, Key, SHARDS};
use crate::digest::Digest;
use crate::store::{Instant, Store, StoreError};

/// How many blobs the database is asked about at once.
const ASKED_AT_ONCE: usize = 200;

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

/// Whether to go on.
enum Swept {
    These(usize),
    /// Somebody holds the blobs.
    Held,
}

/// Sweeps. Gives how many went.
pub async fn sweep(store: &Store, blobs: &Blobs) -> Result<usize, SweepFault> {
    blobs.clear_incoming().await?;
    let mut swept = 0;
    for shard in 0..SHARDS {
        let (mut made, mut written) = (Vec::new(), Vec::new());
        for key in blobs.old(shard).await? {
            match key {
                Key::Made(_) => made.push(key),
                Key::Content(digest) => written.push(digest),
            }
        }
        for some in made.chunks(ASKED_AT_ONCE) {
            match sweep_made(store, blobs, some).await? {
                Swept::These(more) => swept += more,
                Swept::Held => return Ok(swept),
            }
        }
        match sweep_contents(store, blobs, u8::try_from(shard).unwrap_or_default(), &written).await? {
            Swept::These(more) => swept += more,
            Swept::Held => return Ok(swept),
        }
    }
    Ok(swept)
}

/// Blobs under names that are never used again: what no row names now, none ever will.
async fn sweep_made(store: &Store, blobs: &Blobs, keys: &[Key]) -> Result<Swept, SweepFault> {
    let named = store.named_blobs(keys.iter().map(Key::to_string).collect()).await?;
    let mut swept = 0;
    for key in keys.iter().filter(|key| !named.contains(&key.to_string())) {
        if !blobs.delete(*key).await? {
            return Ok(Swept::Held);
        }
        swept += 1;
    }
    Ok(Swept::These(swept))
}

/// Contents, which somebody may mean to name at any moment: they are doomed first. `written` are those whose bytes are there.
async fn sweep_contents(store: &Store, blobs: &Blobs, shard: u8, written: &[Digest]) -> Result<Swept, SweepFault> {
    let before: Instant = (store.now().datetime() - CONTENTS_YOUNG).into();
    let mut swept = 0;
    // First, because what goes now has no row any more then.
    for some in written.chunks(ASKED_AT_ONCE) {
        let unknown = store.unknown_contents(some.to_vec()).await?;
        match take_away(store, blobs, unknown, before).await? {
            Swept::These(more) => swept += more,
            held @ Swept::Held => return Ok(held),
        }
    }
    let mut last = None;
    let most = i64::try_from(ASKED_AT_ONCE).unwrap_or(i64::MAX);
    loop {
        let unnamed = store.unnamed_contents(shard, before, last, most).await?;
        let Some(next) = unnamed.last().copied() else { break };
        last = Some(next);
        match take_away(store, blobs, unnamed, before).await? {
            Swept::These(more) => swept += more,
            held @ Swept::Held => return Ok(held),
        }
    }
    Ok(Swept::These(swept))
}

/// Dooms them, takes their bytes away, and then their rows.
async fn take_away(store: &Store, blobs: &Blobs, digests: Vec<Digest>, before: Instant) -> Result<Swept, SweepFault> {
    if digests.is_empty() {
        return Ok(Swept::These(0));
    }
    let mut left = store.doom(digests, before).await?;
    let mut gone = left.none();
    let mut fault = None;
    while let Some(digest) = left.digests.last().copied() {
        if !store.has_time(&left) {
            break;
        }
        match blobs.delete(digest.into()).await {
            Ok(true) => gone.digests.push(digest),
            Ok(false) => break,
            // It may have gone all the same, or be going: it stays doomed, for another sweep.
            Err(error) => fault = Some(error),
        }
        left.digests.pop();
        if fault.is_some() {
            break;
        }
    }
    let (swept, held) = (gone.digests.len(), !left.digests.is_empty());
    store.bury(gone).await?;
    if held {
        store.spare(left).await?;
    }
    match fault {
        Some(fault) => Err(fault.into()),
        None if held => Ok(Swept::Held),
        None => Ok(Swept::These(swept)),
    }
}
