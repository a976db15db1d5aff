//! From coefficients to samples (ITU-T T.81, A.3.3), at a scale: the lowest `N` × `N` of a block's frequencies are what a block of
//! `N` × `N` samples would have had. So a smaller picture is had for less than the whole one, and is averaged well.

/// The transform for blocks of `N` × `N`, N being 1, 2, 4 or 8.
pub(super) struct Transform<const N: usize> {
    /// √2·cos((2i+1)kπ/2N), a row for each sample i; k = 0 is 1 in all.
    by_sample: [[f32; N]; N],
    /// The same, a row for each frequency k.
    by_frequency: [[f32; N]; N],
}

impl<const N: usize> Transform<N> {
    pub(super) fn new() -> Self {
        let (mut by_sample, mut by_frequency) = ([[0.0; N]; N], [[0.0; N]; N]);
        let whole = 2.0 * f32::from(u8::try_from(N).unwrap_or(8));
        for (frequency, row) in (0_u8..).zip(&mut by_frequency) {
            for ((sample, place), other) in (0_u8..).zip(row).zip(&mut by_sample) {
                let angle = f32::from(2 * sample + 1) * f32::from(frequency) / whole * std::f32::consts::PI;
                *place = if frequency == 0 { 1.0 } else { std::f32::consts::SQRT_2 * angle.cos() };
                other.iter_mut().skip(frequency.into()).take(1).for_each(|other| *other = *place);
            }
        }
        Self { by_sample, by_frequency }
    }

    /// Writes the samples of a block into `plane`, whose rows are `stride` long. Only the first `rows` rows of coefficients are not 0.
    #[inline]
    pub(super) fn block(&self, coefficients: &[i16], table: &[f32; 64], rows: usize, plane: &mut [u8], stride: usize) {
        let mut across = [[0.0; N]; N];
        let given = coefficients.chunks_exact(N).zip(table.chunks_exact(N));
        for (to, (coefficients, steps)) in across.iter_mut().zip(given).take(rows) {
            for ((coefficient, step), weights) in coefficients.iter().zip(steps).zip(&self.by_frequency) {
                add(to, f32::from(*coefficient) * step, weights);
            }
        }
        for (weights, to) in self.by_sample.iter().zip(plane.chunks_mut(stride)) {
            // The level shift (A.3.1).
            let mut sum = [128.0 * 8.0; N];
            for (weight, row) in weights.iter().zip(&across).take(rows) {
                add(&mut sum, *weight, row);
            }
            if let Some(to) = to.first_chunk_mut::<N>() {
                *to = sum.map(|value| rounded(value * 0.125));
            }
        }
    }
}

#[inline]
fn add<const N: usize>(to: &mut [f32; N], weight: f32, row: &[f32; N]) {
    to.iter_mut().zip(row).for_each(|(to, value)| *to += weight * value);
}

/// The nearest sample: 2²³ more, the last bits of a number are whole ones.
#[inline]
fn rounded(value: f32) -> u8 {
    let [sample, ..] = (value.clamp(0.0, 255.0) + 8_388_608.0).to_bits().to_le_bytes();
    sample
}
