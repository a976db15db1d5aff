//! What comes in: a picture's bytes, and what is known of them before a row is written. Here is where the photo's own machinery meets the rest:
//! what it tells of itself, the recipe by which it is given without that, and where its bytes are kept.

use crate::digest::Hasher;
use crate::picture::{self, Facts, PictureFault, Pictures, Place, Workbench, recipe};
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
    /// What stands in for it while it is fetched; '' if there is none.
    pub thumb_hash: String,
}

/// What bytes are known by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sum {
    /// SHA-256, hexadecimal.
    pub sha256: String,
    /// How many there are.
    pub size: i64,
}

impl Sum {
    fn of<'b>(pieces: impl IntoIterator<Item = &'b [u8]>) -> Self {
        let (mut hasher, mut size) = (Hasher::default(), 0_usize);
        for piece in pieces {
            hasher.update(piece);
            size += piece.len();
        }
        Self { sha256: hasher.finish().to_string(), size: i64::try_from(size).unwrap_or(i64::MAX) }
    }
}

/// Looks at a picture, which is refused if it is none that is taken; gives its bytes back.
pub async fn look(pictures: &Pictures, place: Place, bytes: Vec<u8>) -> Result<(Incoming, Vec<u8>), Problem> {
    let work = move |bench: &Workbench| -> Result<(Incoming, Vec<u8>), PictureFault> {
        let (facts, pieces) = (picture::facts(&bytes)?, picture::cut(&bytes)?);
        let examined = bench.examine(&bytes)?;
        let cut = Sum::of(recipe::bytes(&pieces, &bytes).map(|piece| piece.unwrap_or_default()));
        let recipe = serde_json::to_string(&pieces).map_err(|fault| PictureFault::Broken(fault.to_string()))?;
        let whole = Sum::of([&bytes[..]]);
        Ok((Incoming { facts, whole, cut, recipe, thumb_hash: examined.thumb_hash }, bytes))
    };
    Ok(pictures.work(place, work).await?)
}
