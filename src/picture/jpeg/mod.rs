//! JPEG (ITU-T T.81), baseline and progressive, decoded at one to seven eighths of its size where that is what is needed (`idct`), and in
//! memory that goes with what is needed too: of a progressive picture no more coefficients are kept than that (`channel`).
//!
//! Ours, for no library in Rust does both. Of 96 megapixels, progressive, `zune-jpeg`, which knows no scale, takes 580 to 850 MiB, and
//! `jpeg-decoder`, which knows some and is no longer developed, 340 to 610; this takes 77 to 95, in less time than either. Nor does that one
//! give halved colours (4:2:0) at a scale as more than half of its pixels. `cargo bench --bench thumbnails` has the figures
//! (benches/README.md).

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

use super::PictureFault;

/// What is wrong with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(super) struct Broken(&'static str);

impl From<Broken> for PictureFault {
    fn from(why: Broken) -> Self {
        super::broken(why)
    }
}
