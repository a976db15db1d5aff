//! A picture with as much in it as a photo: surfaces that go over into each other, edges, and the noise of a sensor.

use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::path::Path;

/// Writes it as PPM, row by row.
pub(crate) fn write(path: &Path, width: u32, height: u32) -> io::Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    writeln!(file, "P6 {width} {height} 255")?;
    pixels(width, height, 0).try_for_each(|pixel| file.write_all(&pixel))?;
    file.flush()
}

/// Its pixels, red, green and blue, row by row: of each `scene` others.
pub(crate) fn pixels(width: u32, height: u32, scene: u32) -> impl Iterator<Item = [u8; 3]> {
    let place = (0..height).flat_map(move |y| (0..width).map(move |x| (x, y)));
    place.map(move |(x, y)| {
        let value = |side, layer| value(x, y, side, layer + 5 * scene);
        let noise = value(1, 4) * 24 + value(7, 2) * 28;
        let bright = value(600, 0) * 110 + value(60, 1) * 60 + noise;
        let tint = value(900, 3) * 60;
        let part = |value: i32| u8::try_from((128 + value / 1024).clamp(0, 255)).unwrap_or_default();
        [part(bright + tint), part(bright), part(bright - tint)]
    })
}

/// Between -512 and 511; chosen at the corners of cells of this side, straight in between.
fn value(x: u32, y: u32, side: u32, seed: u32) -> i32 {
    let part = |at: u32| i32::try_from(at % side).unwrap_or_default();
    let (whole, right, below) = (i32::try_from(side).unwrap_or(1), part(x), part(y));
    let row = |y: u32| chosen(x / side, y, seed) * (whole - right) + chosen(x / side + 1, y, seed) * right;
    if side == 1 {
        return chosen(x, y, seed);
    }
    (row(y / side) / whole * (whole - below) + row(y / side + 1) / whole * below) / whole
}

fn chosen(x: u32, y: u32, seed: u32) -> i32 {
    let mixed =
        (x.wrapping_mul(374_761_393) ^ y.wrapping_mul(668_265_263)).wrapping_add(seed.wrapping_mul(2_246_822_519));
    let mixed = (mixed ^ (mixed >> 13)).wrapping_mul(1_274_126_177);
    i32::try_from((mixed ^ (mixed >> 16)) & 1023).unwrap_or_default() - 512
}
