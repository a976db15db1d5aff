//! GIF: blocks (`GIF89a` §17 to §27). Kept are the pictures, how long each is shown, and how often they are repeated.

use super::{Cursor, Recipe, Walk, broken, packet};
use crate::picture::{Kind, PictureFault};

const EXTENSION: u8 = 0x21;
const PICTURE: u8 = 0x2c;
const TRAILER: u8 = 0x3b;
/// Extensions (§23, §26).
const CONTROL: u8 = 0xf9;
const APPLICATION: u8 = 0xff;

/// Walks to the trailer; what follows it is not looked at.
pub(super) fn walk(bytes: &[u8]) -> Result<Walk<'_>, PictureFault> {
    let mut cursor = Cursor { bytes, at: 6 };
    let [w0, w1, h0, h1, flags, _, _]: [u8; 7] = cursor.array()?;
    cursor.take(colours(flags))?;
    let (mut kept, mut xmp, mut pictures) = (Recipe::default(), None, false);
    kept.keep(0..cursor.at)?;
    loop {
        let start = cursor.at;
        // Some end without a trailer; then it is put.
        if start == bytes.len() {
            kept.put(&[TRAILER])?;
            break;
        }
        match cursor.byte()? {
            EXTENSION => {
                let kind = cursor.byte()?;
                data(&mut cursor)?;
                let block = bytes.get(start..cursor.at).unwrap_or_default();
                if is_kept(block) {
                    kept.keep(start..cursor.at)?;
                } else if kind == APPLICATION && xmp.is_none() {
                    xmp = block.get(3..).and_then(|block| block.strip_prefix(b"XMP DataXMP")).and_then(packet);
                }
            }
            PICTURE => {
                let [.., flags]: [u8; 9] = cursor.array()?;
                // A table of colours, and how many bits the first code has.
                cursor.take(colours(flags) + 1)?;
                data(&mut cursor)?;
                kept.keep(start..cursor.at)?;
                pictures = true;
            }
            TRAILER => {
                kept.keep(start..cursor.at)?;
                break;
            }
            // A second end of the block before.
            0 => {}
            _ => return Err(broken("a block that is not known")),
        }
    }
    let (width, height) = (u16::from_le_bytes([w0, w1]).into(), u16::from_le_bytes([h0, h1]).into());
    if !pictures || width == 0 || height == 0 {
        return Err(broken("no picture"));
    }
    Ok(Walk { kind: Kind::Gif, width, height, orientation: 1, exif: None, xmp, pieces: kept.pieces, tables: 0 })
}

/// How long the table of colours is that these flags announce (§18, §20).
fn colours(flags: u8) -> usize {
    if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 7) + 1) }
}

/// Goes over blocks of data, each with its length before it, to the empty one (§15).
fn data(cursor: &mut Cursor<'_>) -> Result<(), PictureFault> {
    loop {
        match cursor.byte()? {
            0 => return Ok(()),
            length => cursor.take(length.into())?,
        };
    }
}

/// What belongs to the pictures, in the one form that it has.
fn is_kept(extension: &[u8]) -> bool {
    match extension {
        [EXTENSION, CONTROL, 4, _, _, _, _, 0] => true,
        [EXTENSION, APPLICATION, 11, name @ .., 3, 1, _, _, 0] => matches!(name, b"NETSCAPE2.0" | b"ANIMEXTS1.0"),
        _ => false,
    }
}
