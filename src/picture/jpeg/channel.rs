//! What is kept of one component while it is decoded: its samples, and of a progressive picture its coefficients, but only those
//! that a picture of this scale needs. Of all others a bit is kept, which later scans need to know: whether it is 0.

use super::idct::Transform;
use super::segments::{Component, Frame};

/// Where in a block the coefficients are, in the order in which they are written (A.3.6).
const ZIGZAG: [u8; 64] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21,
    28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54,
    47, 55, 62, 63,
];

/// By the order in which they are written: each coefficient's place among the `scale` × `scale` that are kept.
pub(super) fn places(scale: usize) -> [Option<u8>; 64] {
    ZIGZAG.map(|at| {
        let (row, column) = (usize::from(at / 8), usize::from(at % 8));
        (row < scale && column < scale).then(|| u8::try_from(row * scale + column).unwrap_or_default())
    })
}

/// The steps of a table in the order of DQT as factors for the coefficients that are kept.
pub(super) fn factors(steps: &[u16; 64], scale: usize) -> [f32; 64] {
    let mut factors = [0.0; 64];
    for (step, place) in steps.iter().zip(places(scale)) {
        if let Some(factor) = place.and_then(|place| factors.get_mut(usize::from(place))) {
            *factor = f32::from(*step);
        }
    }
    factors
}

/// One component.
pub(super) struct Channel<const N: usize> {
    pub(super) component: Component,
    /// Blocks across and down: of whole units, and those that hold something.
    pub(super) blocks: (usize, usize),
    pub(super) own: (usize, usize),
    /// Samples, a row of them `stride` long.
    pub(super) samples: Vec<u8>,
    /// Progressive: the coefficients that are kept, block by block.
    pub(super) kept: Vec<i16>,
    /// Progressive: which are not 0, a bit each in the order in which they are written.
    pub(super) nonzero: Vec<u64>,
    /// The last block's (F.1.1.5.1).
    pub(super) prediction: i32,
    /// Whether there was a scan that every picture has of it.
    pub(super) seen: bool,
}

impl<const N: usize> Channel<N> {
    pub(super) fn new(frame: &Frame, component: Component) -> Self {
        let both = |(across, down): (u32, u32)| (across as usize, down as usize);
        let (blocks, own) = (both(frame.blocks(&component)), both(frame.own_blocks(&component)));
        let count = blocks.0 * blocks.1;
        let held = if frame.progressive { count } else { 0 };
        Self {
            component,
            blocks,
            own,
            samples: vec![0; count * N * N],
            kept: vec![0; held * N * N],
            nonzero: vec![0; held],
            prediction: 0,
            seen: false,
        }
    }

    pub(super) fn stride(&self) -> usize {
        self.blocks.0 * N
    }

    /// Turns a block's coefficients into samples.
    #[inline]
    pub(super) fn show(
        &mut self,
        at: (usize, usize),
        coefficients: &[i16],
        rows: usize,
        factors: &[f32; 64],
        by: &Transform<N>,
    ) {
        let stride = self.stride();
        if let Some(plane) = self.samples.get_mut(at.1 * N * stride + at.0 * N..) {
            by.block(coefficients, factors, rows, plane, stride);
        }
    }

    /// Progressive: turns all that was kept into samples.
    pub(super) fn show_all(&mut self, factors: &[f32; 64], by: &Transform<N>) {
        let (kept, nonzero) = (std::mem::take(&mut self.kept), std::mem::take(&mut self.nonzero));
        for (number, (block, nonzero)) in kept.chunks_exact(N * N).zip(nonzero).enumerate() {
            let rows = if nonzero >> 1 == 0 { 1 } else { N };
            self.show((number % self.blocks.0, number / self.blocks.0), block, rows, factors, by);
        }
    }
}
