//! Pixels as they come from a decoder, before their colours are those of the screen, and the rows that they come in.

/// What the samples of a pixel are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Colours {
    /// One: how bright.
    Gray,
    /// Three.
    Rgb,
    /// Four: how much ink.
    Cmyk,
}

/// Eight bits a sample, opaque.
pub(super) struct Raster {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) colours: Colours,
    pub(super) pixels: Vec<u8>,
}

/// Takes the rows of a picture as they are read, and keeps the averages of squares of `factor` × `factor` of its pixels.
pub(super) struct Rows {
    width: usize,
    factor: usize,
    /// Samples of a pixel that comes: one or three, and one more with alpha.
    samples: usize,
    /// By averaged sample: the sum of what has come of it.
    sums: Vec<u32>,
    come: usize,
    height: usize,
    pixels: Vec<u8>,
}

impl Rows {
    /// Of a picture of this width; `samples` a pixel, from 1 to 4.
    pub(super) fn new(width: usize, factor: usize, samples: usize) -> Self {
        let colours = if samples < 3 { 1 } else { 3 };
        Self {
            width,
            factor,
            samples,
            sums: vec![0; width.div_ceil(factor) * colours],
            come: 0,
            height: 0,
            pixels: Vec::new(),
        }
    }

    /// Room for so many rows to come, so that none is copied for others.
    pub(super) fn expect(&mut self, rows: usize) {
        self.pixels.reserve_exact(rows.div_ceil(self.factor) * self.sums.len());
    }

    /// The next row, eight bits a sample.
    pub(super) fn push(&mut self, row: &[u8]) {
        match self.samples {
            1 => self.add::<1, 1>(row),
            2 => self.add::<2, 1>(row),
            3 => self.add::<3, 3>(row),
            _ => self.add::<4, 3>(row),
        }
        self.come += 1;
        if self.come == self.factor {
            self.close();
        }
    }

    fn add<const SAMPLES: usize, const COLOURS: usize>(&mut self, row: &[u8]) {
        let row = row.as_chunks::<SAMPLES>().0;
        for (pixels, sums) in row.chunks(self.factor).zip(self.sums.as_chunks_mut::<COLOURS>().0) {
            for pixel in pixels {
                let alpha = if SAMPLES > COLOURS { pixel.last().copied().unwrap_or(u8::MAX) } else { u8::MAX };
                sums.iter_mut().zip(pixel).for_each(|(sum, sample)| *sum += u32::from(on_white(*sample, alpha)));
            }
        }
    }

    /// The averages of the rows that have come.
    fn close(&mut self) {
        let colours = if self.samples < 3 { 1 } else { 3 };
        let rows = u32::try_from(self.come).unwrap_or(u32::MAX);
        for (number, sums) in self.sums.chunks_mut(colours).enumerate() {
            let columns = self.factor.min(self.width - number * self.factor);
            let count = rows * u32::try_from(columns).unwrap_or(u32::MAX);
            for sum in sums {
                self.pixels.push(u8::try_from((*sum + count / 2) / count).unwrap_or(u8::MAX));
                *sum = 0;
            }
        }
        self.come = 0;
        self.height += 1;
    }

    /// All that has come.
    pub(super) fn finish(mut self) -> Raster {
        if self.come > 0 {
            self.close();
        }
        let colours = if self.samples < 3 { Colours::Gray } else { Colours::Rgb };
        Raster { width: self.width.div_ceil(self.factor), height: self.height, colours, pixels: self.pixels }
    }
}

/// JPEG has no alpha: what shines through is white, as the pages are on which such pictures are drawn.
#[inline]
fn on_white(sample: u8, alpha: u8) -> u8 {
    if alpha == u8::MAX {
        return sample;
    }
    let (sample, covers, opaque) = (u32::from(sample), u32::from(alpha), u32::from(u8::MAX));
    u8::try_from((sample * covers + opaque * (opaque - covers)) / opaque).unwrap_or(u8::MAX)
}

#[cfg(test)]
mod tests {
    use super::{Colours, Rows};

    #[test]
    fn squares_of_pixels_are_averaged_and_the_last_hold_fewer() {
        let mut rows = Rows::new(3, 2, 1);
        for row in [[10, 20, 100], [30, 40, 200], [50, 70, 7]] {
            rows.push(&row);
        }
        let raster = rows.finish();
        assert_eq!((raster.width, raster.height, raster.colours), (2, 2, Colours::Gray));
        assert_eq!(raster.pixels, [25, 150, 60, 7]);
    }

    #[test]
    fn what_shines_through_is_white() {
        let mut rows = Rows::new(2, 1, 4);
        rows.push(&[255, 0, 0, 255, 0, 0, 0, 0]);
        rows.push(&[0, 0, 0, 128, 200, 100, 0, 51]);
        assert_eq!(rows.finish().pixels, [255, 0, 0, 255, 255, 255, 127, 127, 127, 244, 224, 204]);
    }
}
