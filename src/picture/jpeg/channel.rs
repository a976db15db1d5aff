//! What is kept of one component while it is decoded: its samples, or, of a progressive picture until its last scan, its coefficients,
//! but only those that a picture of this scale needs. Of all others a bit is kept, which later scans need to know: whether it is 0.

use super::idct::Transform;
use super::segments::{Component, Frame};

/// Where in a block the coefficients are, in the order in which they are written (A.3.6).
const ZIGZAG: [u8; 64] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21,
    28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54,
    47, 55, 62, 63,
];

/// By the order in which they are written: each coefficient's place among those of the lowest frequencies that are kept, so many
/// across and down.
pub(super) type Places = [Option<u8>; 64];

fn places((across, down): (usize, usize)) -> Places {
    ZIGZAG.map(|at| {
        let (row, column) = (usize::from(at / 8), usize::from(at % 8));
        (row < down && column < across).then(|| u8::try_from(row * across + column).unwrap_or_default())
    })
}

/// One component.
pub(super) struct Channel {
    pub(super) component: Component,
    /// Blocks across and down: of whole units, and those that hold something.
    pub(super) blocks: (usize, usize),
    pub(super) own: (usize, usize),
    pub(super) transform: Transform,
    pub(super) places: Places,
    /// Samples, a row of them `stride` long: as many as every other component has.
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

impl Channel {
    pub(super) fn new(frame: &Frame, component: Component, scale: u32) -> Self {
        let both = |(across, down): (u32, u32)| (across as usize, down as usize);
        let (blocks, own) = (both(frame.blocks(&component)), both(frame.own_blocks(&component)));
        let transform = Transform::new(both(frame.samples(&component, scale)));
        let mut made = Self {
            component,
            blocks,
            own,
            places: places(transform.kept),
            transform,
            samples: Vec::new(),
            kept: Vec::new(),
            nonzero: Vec::new(),
            prediction: 0,
            seen: false,
        };
        if frame.progressive {
            made.nonzero = vec![0; blocks.0 * blocks.1];
            made.kept = vec![0; blocks.0 * blocks.1 * made.each()];
        } else {
            made.make_room();
        }
        made
    }

    fn make_room(&mut self) {
        self.samples = vec![0; self.stride() * self.blocks.1 * self.transform.size.1];
    }

    pub(super) fn stride(&self) -> usize {
        self.blocks.0 * self.transform.size.0
    }

    /// Coefficients that are kept of a block.
    pub(super) fn each(&self) -> usize {
        self.transform.kept.0 * self.transform.kept.1
    }

    /// The steps of a table (DQT) as factors for the coefficients that are kept.
    pub(super) fn factors(&self, steps: &[u16; 64]) -> [f32; 64] {
        let mut factors = [0.0; 64];
        for (step, place) in steps.iter().zip(self.places) {
            if let Some(factor) = place.and_then(|place| factors.get_mut(usize::from(place))) {
                *factor = f32::from(*step);
            }
        }
        factors
    }

    /// Turns a block's coefficients into samples. None stands behind that in place `highest`.
    #[inline]
    pub(super) fn show(&mut self, at: (usize, usize), coefficients: &[i16], highest: usize, factors: &[f32; 64]) {
        let (stride, (across, down)) = (self.stride(), self.transform.size);
        let rows = highest / self.transform.kept.0 + 1;
        if let Some(plane) = self.samples.get_mut(at.1 * down * stride + at.0 * across..) {
            self.transform.block(coefficients, factors, rows, plane, stride);
        }
    }

    /// Progressive: turns all that was kept into samples. What takes memory goes before other takes its place.
    pub(super) fn show_all(&mut self, factors: &[f32; 64]) {
        self.nonzero = Vec::new();
        self.make_room();
        let (kept, each) = (std::mem::take(&mut self.kept), self.each());
        for (number, block) in kept.chunks_exact(each).enumerate() {
            let highest = block.iter().rposition(|coefficient| *coefficient != 0).unwrap_or_default();
            self.show((number % self.blocks.0, number / self.blocks.0), block, highest, factors);
        }
    }
}
