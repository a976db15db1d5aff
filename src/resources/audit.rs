//! What `verify` and `backup` ask of every kind of resource: whether its rows can be read, and which blobs they name.
//! A kind joins by an [`Audit`] of its own in [`super::audits`].

use std::ops::Range;

use sha2::{Digest as _, Sha256};

use crate::blobs::Key;
use crate::store::{Inspection, StoreError};

/// A kind's own account of its rows.
#[derive(Debug)]
pub struct Audit {
    /// The kind.
    pub kind: &'static str,
    /// Reads every row of everybody's, and tells what it sees.
    pub run: Run,
}

/// Reads, and gives what is seen to the function.
pub type Run = fn(&mut Inspection, &mut dyn FnMut(Seen)) -> Result<(), StoreError>;

/// What an audit tells.
#[derive(Debug)]
pub enum Seen {
    /// A row that is read.
    Row,
    /// What is wrong with it, in a line.
    Fault(String),
    /// A blob that it names.
    Blob(Named),
}

/// A blob that a row names, and what it must hold.
#[derive(Debug)]
pub struct Named {
    /// Its name.
    pub key: Key,
    /// Whose it is, for the line about a fault.
    pub of: String,
    /// Which bytes have which SHA-256 (hexadecimal); together they are the whole blob. None: the row cannot be read.
    pub pieces: Vec<(Range<u64>, String)>,
}

impl Named {
    /// What is wrong with the blob's bytes, if anything; for [`Named::line`].
    pub fn fault(&self, bytes: &[u8]) -> Option<String> {
        if self.pieces.is_empty() {
            // The row cannot be read, which is told already.
            return None;
        }
        let size = self.pieces.iter().map(|(range, _)| range.end).max().unwrap_or(0);
        let (found, expected) = (u64::try_from(bytes.len()).ok()?, size);
        if found != expected {
            return Some(format!("has {found} bytes, and {expected} were written"));
        }
        let is = |(range, sha256): &(Range<u64>, String)| {
            let (start, end) = (usize::try_from(range.start).ok()?, usize::try_from(range.end).ok()?);
            Some(format!("{:x}", Sha256::digest(bytes.get(start..end)?)) == *sha256)
        };
        let whole = self.pieces.iter().all(|piece| is(piece).unwrap_or(false));
        (!whole).then(|| "does not hold the bytes that were written (SHA-256 differs)".into())
    }

    /// A line about it.
    pub fn line(&self, what: &str) -> String {
        format!("blob {} ({}) {what}", self.key, self.of)
    }
}
