//! The profile photo: the mark is drawn into the picture, eight by eight black and white fields, and read back from the JPEG that
//! is served. A blob that is lost, empty or another's cannot give it.

use std::io::Cursor;

use image::{GrayImage, ImageFormat, Luma};

use super::{Found, Kind, Mark, changes_of};
use crate::http::{Answer, Connection, Request};
use crate::outcome::{Fault, Outcome};

/// `PUT /v1.0/me/photo/$value`
pub(crate) struct Photo;

/// Fields in a row, and pixels of a field's side.
const FIELDS: u32 = 8;
const FIELD: u32 = 8;

const PATH: &str = "/v1.0/me/photo/$value";

impl Kind for Photo {
    fn name(&self) -> &'static str {
        "photo"
    }

    fn write(&self, mark: Mark) -> Outcome<Request> {
        let bits = sealed(mark);
        let side = FIELDS * FIELD;
        let picture =
            GrayImage::from_fn(side, side, |x, y| Luma([if bit(bits, x / FIELD, y / FIELD) { 255 } else { 0 }]));
        let mut bytes = Cursor::new(Vec::new());
        picture.write_to(&mut bytes, ImageFormat::Png)?;
        Ok(Request { method: "PUT", path: PATH.into(), body: Some(("image/png", bytes.into_inner())) })
    }

    fn acknowledged(&self, mark: Mark, answer: &Answer) -> Outcome<Found> {
        Ok(Found { number: mark.number, changes: changes_of(answer)? })
    }

    fn found(&self, connection: &mut Connection, token: &str, client: u16) -> Outcome<Found> {
        let answer = connection.send(&Request::get(PATH), Some(token))?;
        if answer.status == 404 {
            let profile = connection.send(&Request::get("/v1.0/me"), Some(token))?;
            return Ok(Found { number: 0, changes: changes_of(&profile)? });
        }
        if answer.status != 200 {
            return Err(format!("GET {PATH}: {} {}", answer.status, answer.words()).into());
        }
        let number = read(&answer.body, client).map_err(|fault| format!("torn: {fault}"))?;
        Ok(Found { number, changes: changes_of(&answer)? })
    }
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

fn read(jpeg: &[u8], client: u16) -> Result<u64, Fault> {
    let picture = image::load_from_memory(jpeg)?.into_luma8();
    if picture.dimensions() != (FIELDS * FIELD, FIELDS * FIELD) {
        return Err(format!("{:?} pixels", picture.dimensions()).into());
    }
    let mut bits = 0_u64;
    for place in 0..FIELDS * FIELDS {
        let (column, row) = (place % FIELDS, place / FIELDS);
        let Luma([light]) = picture.get_pixel(column * FIELD + FIELD / 2, row * FIELD + FIELD / 2);
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
