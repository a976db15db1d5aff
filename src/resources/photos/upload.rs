//! What comes in: a picture's bytes, and what is known of them before a row is written: what it tells of itself, the recipe by which it is
//! given without that, and the renditions that lists show.

use crate::blobs::{BlobFault, Received};
use crate::digest::{Digest, Hasher};
use crate::picture::{self, Examined, Facts, PictureFault, Pictures, Place, Workbench, recipe};
use crate::problem::Problem;

/// A picture that came in.
#[derive(Debug, Clone)]
pub struct Incoming {
    /// What it tells of itself.
    pub facts: Facts,
    /// The original.
    pub whole: Sum,
    /// The original without what its camera and its owner wrote into it, ...
    pub cut: Sum,
    /// ... and how it is made of the original: `Vec<Piece>` as JSON.
    pub recipe: String,
    /// The renditions that lists show, and what stands in for them while they are fetched.
    pub examined: Examined,
}

/// What bytes are known by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sum {
    /// SHA-256.
    pub sha256: Digest,
    /// How many there are.
    pub size: i64,
}

impl Sum {
    /// Of what was received.
    pub fn of_received(received: &Received) -> Self {
        Self { sha256: received.digest(), size: i64::try_from(received.length()).unwrap_or(i64::MAX) }
    }

    fn of<'b>(pieces: impl IntoIterator<Item = &'b [u8]>) -> Self {
        let (mut hasher, mut size) = (Hasher::default(), 0_usize);
        for piece in pieces {
            hasher.update(piece);
            size += piece.len();
        }
        Self { sha256: hasher.finish(), size: i64::try_from(size).unwrap_or(i64::MAX) }
    }
}

/// Looks at a picture, which is refused if it is none that is taken. It is in memory while it is its turn.
pub async fn look(pictures: &Pictures, place: Place, received: Received) -> Result<(Incoming, Received), Problem> {
    let work = move |bench: &Workbench| -> Result<Result<_, BlobFault>, PictureFault> {
        let whole = Sum::of_received(&received);
        match received.bytes() {
            Ok(bytes) => Ok(Ok((known(bench, &bytes, whole)?, received))),
            Err(fault) => Ok(Err(fault)),
        }
    };
    Ok(pictures.work(place, work).await??)
}

fn known(bench: &Workbench, bytes: &[u8], whole: Sum) -> Result<Incoming, PictureFault> {
    let (facts, pieces) = (picture::facts(bytes)?, picture::cut(bytes)?);
    let examined = bench.examine(bytes)?;
    let cut = Sum::of(recipe::bytes(&pieces, bytes).map(Option::unwrap_or_default));
    let recipe = serde_json::to_string(&pieces).map_err(|fault| PictureFault::Broken(fault.to_string()))?;
    Ok(Incoming { facts, whole, cut, recipe, examined })
}
