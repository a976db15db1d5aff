//! From coefficients to samples (ITU-T T.81, A.3.3), at a scale: of a block as many samples are made as are needed, from the lowest of
//! its frequencies if they are fewer than eight each way, from all if they are more. So a smaller picture is had for less than the
//! whole one and is averaged well, and a component that is sampled more coarsely than the others comes out as large as they.

/// The most samples of a block each way: eight, of a component that has a quarter of the samples.
const MOST: usize = 32;

/// The transform for blocks of one size.
pub(super) struct Transform {
    /// Samples of a block across and down.
    pub(super) size: (usize, usize),
    /// Coefficients that they are made of: as many, and at most eight.
    pub(super) kept: (usize, usize),
    /// By frequency k, √2·cos((2i+1)kπ/2n) for each sample i of a row of n; k = 0 is 1 in all.
    across: [[f32; MOST]; 8],
    /// The same by sample of a column, for each frequency.
    down: [[f32; 8]; MOST],
}

impl Transform {
    pub(super) fn new(size: (usize, usize)) -> Self {
        let mut made =
            Self { size, kept: (size.0.min(8), size.1.min(8)), across: [[0.0; MOST]; 8], down: [[0.0; 8]; MOST] };
        for (frequency, row) in (0..).zip(&mut made.across).take(made.kept.0) {
            for (sample, place) in (0..).zip(row).take(size.0) {
                *place = weight(frequency, sample, size.0);
            }
        }
        for (sample, row) in (0..).zip(&mut made.down).take(size.1) {
            for (frequency, place) in (0..).zip(row).take(made.kept.1) {
                *place = weight(frequency, sample, size.1);
            }
        }
        made
    }

    /// Writes the samples of a block into `plane`, whose rows are `stride` long. Only the first `rows` rows of coefficients are not 0.
    #[inline]
    pub(super) fn block(&self, coefficients: &[i16], table: &[f32; 64], rows: usize, plane: &mut [u8], stride: usize) {
        match self.size.0 {
            0..=4 => self.lanes::<4>(coefficients, table, rows, plane, stride),
            5..=8 => self.lanes::<8>(coefficients, table, rows, plane, stride),
            9..=16 => self.lanes::<16>(coefficients, table, rows, plane, stride),
            _ => self.lanes::<MOST>(coefficients, table, rows, plane, stride),
        }
    }

    /// With rows of `L` numbers at once, of which those that are no samples are dropped.
    #[inline]
    fn lanes<const L: usize>(
        &self,
        coefficients: &[i16],
        table: &[f32; 64],
        rows: usize,
        plane: &mut [u8],
        stride: usize,
    ) {
        let (across, down) = self.size;
        let mut half = [[0.0; L]; 8];
        let given = coefficients.chunks_exact(self.kept.0).zip(table.chunks_exact(self.kept.0));
        for (to, (coefficients, steps)) in half.iter_mut().zip(given).take(rows) {
            for ((coefficient, step), weights) in coefficients.iter().zip(steps).zip(&self.across) {
                if let Some(weights) = weights.first_chunk() {
                    add(to, f32::from(*coefficient) * step, weights);
                }
            }
        }
        for (weights, to) in self.down.iter().zip(plane.chunks_mut(stride)).take(down) {
            // The level shift (A.3.1).
            let mut sum = [128.0 * 8.0; L];
            for (weight, row) in weights.iter().zip(&half).take(rows) {
                add(&mut sum, *weight, row);
            }
            let samples = sum.map(|value| rounded(value * 0.125));
            match to.first_chunk_mut() {
                Some(to) if across == L => *to = samples,
                _ => to.iter_mut().zip(samples).take(across).for_each(|(to, sample)| *to = sample),
            }
        }
    }
}

fn weight(frequency: u8, sample: u8, of: usize) -> f32 {
    let whole = 2.0 * f32::from(u8::try_from(of).unwrap_or(u8::MAX));
    let angle = (2.0 * f32::from(sample) + 1.0) * f32::from(frequency) / whole * std::f32::consts::PI;
    if frequency == 0 { 1.0 } else { std::f32::consts::SQRT_2 * angle.cos() }
}

#[inline]
fn add<const L: usize>(to: &mut [f32; L], weight: f32, row: &[f32; L]) {
    to.iter_mut().zip(row).for_each(|(to, value)| *to += weight * value);
}

/// The nearest sample: 2²³ more, the last bits of a number are whole ones.
#[inline]
fn rounded(value: f32) -> u8 {
    let [sample, ..] = (value.clamp(0.0, 255.0) + 8_388_608.0).to_bits().to_le_bytes();
    sample
}
