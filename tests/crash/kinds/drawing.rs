//! A picture that carries a mark: eight by eight black and white fields, which can be read back from any form that is served of it.
//! Bytes that are lost, empty or another's cannot give it.

use std::io::Cursor;

use image::{GrayImage, ImageFormat, Luma};

use super::Mark;
use crate::outcome::{Fault, Outcome};

/// Fields in a row.
const FIELDS: u32 = 8;
/// Pixels of a field's side.
pub(crate) const SMALL: u32 = 8;
/// The same of one that has so much noise in it that its file does not fit into what a server keeps in memory.
pub(crate) const LARGE: u32 = 80;

/// As PNG, with fields of this side; the same mark always gives the same bytes.
pub(crate) fn png(mark: Mark, field: u32) -> Outcome<Vec<u8>> {
    let (bits, side) = (sealed(mark), FIELDS * field);
    let mut noise = bits | 1;
    let mut grain = || {
        // Xorshift: noise that no compression takes away.
        noise ^= noise << 13;
        noise ^= noise >> 7;
        noise ^= noise << 17;
        if field == SMALL { 0 } else { u8::try_from(noise >> 58).unwrap_or(0) }
    };
    let picture = GrayImage::from_fn(side, side, |x, y| {
        Luma([if bit(bits, x / field, y / field) { 255 - grain() } else { grain() }])
    });
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, ImageFormat::Png)?;
    Ok(bytes.into_inner())
}

/// The number of the write that is drawn into this picture, which must be this client's.
pub(crate) fn read(bytes: &[u8], client: u16) -> Result<u64, Fault> {
    let picture = image::load_from_memory(bytes)?.into_luma8();
    let (width, height) = picture.dimensions();
    let field = width / FIELDS;
    if width != height || field * FIELDS != width || field == 0 {
        return Err(format!("{width} by {height} pixels").into());
    }
    let mut bits = 0_u64;
    for place in 0..FIELDS * FIELDS {
        let (column, row) = (place % FIELDS, place / FIELDS);
        let Luma([light]) = picture.get_pixel(column * field + field / 2, row * field + field / 2);
        bits |= u64::from(*light > 127) << place;
    }
    let payload = bits >> 16;
    if sum(payload) != bits & 0xffff {
        return Err("the fields do not add up".into());
    }
    if payload >> 36 != u64::from(client) {
        return Err(format!("another client's: {}", payload >> 36).into());
    }
    Ok(payload & ((1 << 36) - 1))
}

/// 12 bits of client, 36 of number, 16 of sum.
fn sealed(mark: Mark) -> u64 {
    let payload = (u64::from(mark.client) << 36) | (mark.number & ((1 << 36) - 1));
    (payload << 16) | sum(payload)
}

fn sum(payload: u64) -> u64 {
    (payload.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 48) & 0xffff
}

fn bit(bits: u64, column: u32, row: u32) -> bool {
    (bits >> (row * FIELDS + column)) & 1 == 1
}
