//! The order in which a content's row and bytes are written: reserved, put in place, and then named by a row. Whatever ends in between,
//! a kill too, leaves a content that no row names, never a row without its bytes; the sweep finds those.
//!
//! Who names one says [`touch`](crate::store::contents::touch) in the transaction that does, and begins anew if that says no.

use std::time::Duration;

use crate::blobs::{Blobs, Received};
use crate::digest::Digest;
use crate::problem::{Code, Problem};
use crate::store::Store;

/// How often it is looked whether what is being taken away is gone, and how long between.
const LOOKS: u32 = 20;
const BETWEEN: Duration = Duration::from_millis(100);

/// Keeps what was received under its digest; it may be named then.
pub async fn keep(store: &Store, blobs: &Blobs, received: Received) -> Result<Digest, Problem> {
    let digest = received.digest();
    reserve(store, digest, received.length()).await?;
    blobs.keep(received).await?;
    Ok(digest)
}

/// As [`keep`], for bytes that were made here.
pub async fn keep_bytes(store: &Store, blobs: &Blobs, bytes: Vec<u8>) -> Result<Digest, Problem> {
    reserve(store, Digest::of(&bytes), bytes.len() as u64).await?;
    Ok(blobs.keep_bytes(bytes).await?)
}

async fn reserve(store: &Store, digest: Digest, size: u64) -> Result<(), Problem> {
    for look in 0..LOOKS {
        if look > 0 {
            // That its bytes go is a matter of moments, unless who does it was killed meanwhile.
            tokio::time::sleep(BETWEEN).await;
        }
        if store.reserve(digest, size).await? {
            return Ok(());
        }
    }
    Err(going())
}

/// What is told of a content that is being taken away, and cannot be named: whoever sends it again puts it in place again.
pub fn going() -> Problem {
    let message = "A picture with the same content is being removed at the moment. Try again.";
    Problem::new(Code::Unavailable, message).retry_after(30).cause("a content is doomed")
}
