//! The picture without what its camera and its owner wrote into it: which bytes of the original are kept, and what is put between
//! them. Nothing is decoded or encoded: its pixels stay what they are.

use std::ops::Range;

use serde::{Deserialize, Serialize};

/// One piece of a picture without metadata.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Piece {
    /// These bytes of the original.
    Kept(Range<u64>),
    /// Bytes that are not in it: a header that says less.
    Put(Vec<u8>),
}
