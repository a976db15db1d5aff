//! A picture made of the bytes of another one: which of them are kept, and what is put between them. So it is served from the
//! original, whole or in part, and is stored nowhere.

use std::ops::Range;

use serde::{Deserialize, Serialize};

/// One piece of a picture without metadata.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Piece {
    /// Bytes that are not in it: a header that says less. First, because serde also reads two numbers as a range.
    Put(Vec<u8>),
    /// These bytes of the original.
    Kept(Range<u64>),
}

impl Piece {
    /// How many bytes it is.
    pub fn length(&self) -> u64 {
        match self {
            Self::Kept(range) => range.end.saturating_sub(range.start),
            Self::Put(bytes) => bytes.len() as u64,
        }
    }

    /// The bytes of it from `range.start` to `range.end`, which may lie beyond its end.
    fn part(&self, range: &Range<u64>) -> Self {
        let (start, end) = (range.start.min(self.length()), range.end.min(self.length()));
        match self {
            Self::Kept(kept) => Self::Kept(kept.start + start..kept.start + end),
            Self::Put(bytes) => {
                let ends = usize::try_from(start).unwrap_or(usize::MAX)..usize::try_from(end).unwrap_or(usize::MAX);
                Self::Put(bytes.get(ends).unwrap_or_default().to_vec())
            }
        }
    }
}

/// How many bytes a recipe makes.
pub fn length(recipe: &[Piece]) -> u64 {
    recipe.iter().map(Piece::length).sum()
}

/// The recipe of a range of what a recipe makes; what lies beyond its end is left out.
pub fn part(recipe: &[Piece], range: &Range<u64>) -> Vec<Piece> {
    let mut at = 0;
    let mut parts = Vec::new();
    for piece in recipe {
        let (start, end) = (range.start.saturating_sub(at), range.end.saturating_sub(at));
        at += piece.length();
        let part = piece.part(&(start..end));
        if part.length() > 0 {
            parts.push(part);
        }
    }
    parts
}

/// What a recipe makes of the original, piece by piece; None stands for bytes that the original does not have.
pub fn bytes<'a>(recipe: &'a [Piece], original: &'a [u8]) -> impl Iterator<Item = Option<&'a [u8]>> {
    recipe.iter().map(|piece| match piece {
        Piece::Kept(range) => original.get(usize::try_from(range.start).ok()?..usize::try_from(range.end).ok()?),
        Piece::Put(bytes) => Some(&bytes[..]),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Piece;

    fn piece() -> impl Strategy<Value = Piece> {
        let put = prop::collection::vec(any::<u8>(), 0..5).prop_map(Piece::Put);
        prop_oneof![put, (any::<u64>(), any::<u64>()).prop_map(|(start, end)| Piece::Kept(start..end))]
    }

    proptest! {
        #[test]
        fn what_is_read_is_what_was_written(recipe in prop::collection::vec(piece(), 0..8)) {
            let text = serde_json::to_string(&recipe).unwrap();
            prop_assert_eq!(serde_json::from_str::<Vec<Piece>>(&text).unwrap(), recipe);
        }
    }
}
