//! JPEG (ITU-T T.81), baseline and progressive, decoded at a half, a quarter or an eighth of its size where that is what is needed
//! (`idct`), and in memory that goes with what is needed too: of a progressive picture no more coefficients are kept than that
//! (`channel`). No library in Rust does both; those that scale keep all coefficients, which of 100 megapixels are 300 to 600 MB.

mod bits;
mod channel;
mod colour;
mod decode;
mod idct;
mod progressive;
mod scan;
mod segments;
mod survey;
#[cfg(test)]
mod tests;

pub(super) use decode::decode;
pub(super) use segments::Head;
pub(super) use survey::survey;

/// What is wrong with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(super) struct Broken(&'static str);
