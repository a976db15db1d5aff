//! What comes in: a picture's bytes, and what is known of them before a row is written. Here is where the photo's own machinery meets the rest:
//! what it tells of itself, the recipe by which it is given without that, and where its bytes are kept.

use sha2::{Digest as _, Sha256};

use crate::picture::{Facts, Pictures, Piece, Place};
use crate::problem::Problem;
use crate::resources::apart::apart;

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
    fn of(bytes: &[u8]) -> Self {
        Self { sha256: format!("{:x}", Sha256::digest(bytes)), size: i64::try_from(bytes.len()).unwrap_or(i64::MAX) }
    }
}

/// Looks at a picture, which is refused if it is none that is taken; gives its bytes back.
pub async fn look(pictures: &Pictures, place: Place, bytes: Vec<u8>) -> Result<(Incoming, Vec<u8>), Problem> {
    let pictures = pictures.clone();
    let work = move || -> Result<(Incoming, Vec<u8>), Problem> {
        let _held_meanwhile = place;
        let facts = pictures.glance(&bytes)?;
        let whole = Sum::of(&bytes);
        // Until pictures are cut, nothing is taken out of them, and nothing of them is given either.
        let pieces = [Piece::Kept(0..u64::try_from(bytes.len()).unwrap_or(u64::MAX))];
        let recipe = serde_json::to_string(&pieces).map_err(|fault| Problem::internal(fault.to_string()))?;
        let incoming = Incoming { facts, cut: whole.clone(), whole, recipe, thumb_hash: String::new() };
        Ok((incoming, bytes))
    };
    // Reading 64 MiB takes a while however little is looked at.
    apart(usize::MAX, work).await?
}
