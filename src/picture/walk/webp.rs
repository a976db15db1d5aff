//! WebP: RIFF's chunks (RFC 9649 §2.3). Kept are the picture or the pictures, the profile, and a header that says no more.

use super::{Cursor, Recipe, Walk, broken, icc, packet, vp8l};
use crate::picture::recipe::Piece;
use crate::picture::tiff::{self, Tiff};
use crate::picture::{Kind, PictureFault};

/// VP8X's flags (§2.7.1.1).
const PROFILE: u8 = 0x20;
const ALPHA: u8 = 0x10;
const EXIF: u8 = 0x08;
const ANIMATION: u8 = 0x02;

struct Chunk<'a> {
    kind: [u8; 4],
    data: &'a [u8],
    /// Where its data stand.
    at: usize,
    /// The byte that makes its length even, if that is odd.
    pad: Option<u8>,
}

#[derive(Debug, Default)]
struct Found<'a> {
    /// VP8X: flags, and width and height as it has them.
    extended: Option<(u8, [u8; 6])>,
    /// Of the first still picture.
    size: Option<(u32, u32)>,
    alpha: bool,
    animation: bool,
    profile: Recipe,
    pictures: Recipe,
    exif: Option<&'a [u8]>,
    xmp: Option<&'a [u8]>,
    /// The most of any of its pictures.
    tables: u64,
}

/// Walks to the end that RIFF's header gives; what follows it is not looked at.
pub(super) fn walk(bytes: &[u8]) -> Result<Walk<'_>, PictureFault> {
    let size = Cursor { bytes, at: 4 }.array().map(u32::from_le_bytes)? as usize;
    let bytes = size.checked_add(8).and_then(|end| bytes.get(..end)).ok_or_else(|| broken("cut short"))?;
    let mut cursor = Cursor { bytes, at: 12 };
    let mut found = Found::default();
    while let Some(chunk) = chunk(&mut cursor)? {
        take(&chunk, &mut found)?;
        if found.extended.is_none() {
            break;
        }
    }
    let is_animated = found.extended.is_some_and(|(flags, _)| flags & ANIMATION != 0);
    let whole = found.extended.map(|(_, size)| canvas(size));
    let (Some((width, height)), false) = (whole.or(found.size), found.pictures.pieces.is_empty()) else {
        return Err(broken("no picture"));
    };
    if is_animated != found.animation {
        return Err(broken("an animation without pictures, or pictures without an animation"));
    }
    // Where the header has no place to announce it (§2.5, §2.6), nothing turns the picture.
    let orientation = found.exif.and_then(Tiff::read).and_then(Tiff::orientation).unwrap_or(1);
    let (exif, xmp, tables) = (found.exif, found.xmp.and_then(packet), found.tables);
    let pieces = recipe(found, orientation)?.pieces;
    Ok(Walk { kind: Kind::WebP, width, height, orientation, exif, xmp, pieces, tables })
}

/// The next chunk, or the end.
fn chunk<'a>(cursor: &mut Cursor<'a>) -> Result<Option<Chunk<'a>>, PictureFault> {
    if cursor.at == cursor.bytes.len() {
        return Ok(None);
    }
    let kind = cursor.array()?;
    let length = u32::from_le_bytes(cursor.array()?) as usize;
    let at = cursor.at;
    let data = cursor.take(length)?;
    // At the very end some leave it out.
    let pad = cursor.bytes.get(cursor.at).copied().filter(|_| length % 2 == 1);
    cursor.at += usize::from(pad.is_some());
    Ok(Some(Chunk { kind, data, at, pad }))
}

fn take<'a>(chunk: &Chunk<'a>, found: &mut Found<'a>) -> Result<(), PictureFault> {
    let is_animated = found.extended.is_some_and(|(flags, _)| flags & ANIMATION != 0);
    match &chunk.kind {
        b"VP8X" if chunk.at == 20 => {
            let &[flags, _, _, _, ref canvas @ ..] = chunk.data else { return Err(broken("a header too short")) };
            let canvas = canvas.first_chunk().filter(|_| canvas.len() == 6);
            found.extended = Some((flags, *canvas.ok_or_else(|| broken("a header too long or too short"))?));
        }
        b"VP8X" => return Err(broken("a header in the middle")),
        b"ICCP" if found.profile.pieces.is_empty() => profile(chunk, &mut found.profile)?,
        b"EXIF" if found.exif.is_none() => {
            // Some write JPEG's name for it too.
            found.exif = Some(chunk.data.strip_prefix(b"Exif\0\0").unwrap_or(chunk.data));
        }
        b"XMP " if found.xmp.is_none() => found.xmp = Some(chunk.data),
        b"ANIM" if is_animated && !found.animation && chunk.data.len() == 6 => {
            found.animation = true;
            keep(chunk, &mut found.pictures)?;
        }
        b"ANMF" if found.animation => frame(chunk, found)?,
        b"ALPH" if !is_animated && !found.alpha && found.size.is_none() => {
            found.alpha = true;
            let size = found.extended.map(|(_, size)| canvas(size)).unwrap_or_default();
            found.tables = found.tables.max(tables(chunk, size)?);
            keep(chunk, &mut found.pictures)?;
        }
        b"VP8 " | b"VP8L" if !is_animated && found.size.is_none() => {
            let size = size(chunk).ok_or_else(|| broken("a picture that is none"))?;
            if found.extended.is_some_and(|(_, size_of_canvas)| canvas(size_of_canvas) != size) {
                return Err(broken("a picture that is larger or smaller than its header says"));
            }
            found.size = Some(size);
            found.tables = found.tables.max(tables(chunk, size)?);
            keep(chunk, &mut found.pictures)?;
        }
        _ => {}
    }
    Ok(())
}

/// §2.7.1.1: sixteen bytes of how a picture of an animation is shown, then chunks.
fn frame(chunk: &Chunk<'_>, found: &mut Found<'_>) -> Result<(), PictureFault> {
    let into = &mut found.pictures;
    let header: &[u8; 16] = chunk.data.first_chunk().ok_or_else(|| broken("a picture without header"))?;
    let [_, _, _, _, _, _, sides @ .., _, _, _, _] = *header;
    let mut parts = Recipe::default();
    let mut cursor = Cursor { bytes: chunk.data, at: 16 };
    while let Some(part) = self::chunk(&mut cursor)? {
        if matches!(&part.kind, b"VP8 " | b"VP8L") && size(&part) != Some(canvas(sides)) {
            return Err(broken("a picture of an animation that is larger or smaller than it says"));
        }
        if matches!(&part.kind, b"ALPH" | b"VP8 " | b"VP8L") {
            found.tables = found.tables.max(tables(&part, canvas(sides))?);
            keep(&Chunk { at: chunk.at + part.at, ..part }, &mut parts)?;
        }
    }
    let whole = Piece::Kept((chunk.at + 16) as u64..(chunk.at + chunk.data.len()) as u64);
    if parts.pieces == [whole] {
        return keep(chunk, into);
    }
    into.put(b"ANMF")?;
    into.put(&length(16 + parts.length())?)?;
    into.put(header)?;
    into.append(parts)
}

fn profile(chunk: &Chunk<'_>, recipe: &mut Recipe) -> Result<(), PictureFault> {
    let mut source = Recipe::default();
    source.keep(chunk.at..chunk.at + chunk.data.len())?;
    match icc::kept(chunk.data, &source)? {
        None => Ok(()),
        Some(kept) if kept == source => keep(chunk, recipe),
        // Each part of it is as long as four divides.
        Some(kept) => {
            recipe.put(b"ICCP")?;
            recipe.put(&length(kept.length())?)?;
            recipe.append(kept)
        }
    }
}

/// A chunk as it is, but for the byte that makes its length even, which must be 0.
fn keep(chunk: &Chunk<'_>, recipe: &mut Recipe) -> Result<(), PictureFault> {
    let end = chunk.at + chunk.data.len();
    let has_pad = chunk.pad == Some(0);
    recipe.keep(chunk.at - 8..end + usize::from(has_pad))?;
    if chunk.data.len() % 2 == 1 && !has_pad { recipe.put(&[0]) } else { Ok(()) }
}

/// What a decoder's tables take of memory; alpha may be written as a lossless picture is (§2.7.1.2).
fn tables(chunk: &Chunk<'_>, size: (u32, u32)) -> Result<u64, PictureFault> {
    let lossless = match (&chunk.kind, chunk.data) {
        (b"VP8L", [_, _, _, _, _, rest @ ..]) => rest,
        (b"ALPH", [how, rest @ ..]) if how & 3 == 1 => rest,
        _ => return Ok(0),
    };
    vp8l::tables(lossless, size).ok_or_else(|| broken("a lossless picture that is none"))
}

/// Width and height less one, three bytes each (§2.7.1).
fn canvas([w0, w1, w2, h0, h1, h2]: [u8; 6]) -> (u32, u32) {
    (u32::from_le_bytes([w0, w1, w2, 0]) + 1, u32::from_le_bytes([h0, h1, h2, 0]) + 1)
}

/// RFC 6386 §9.1; RFC 9649 §3.4.
fn size(chunk: &Chunk<'_>) -> Option<(u32, u32)> {
    let (width, height) = match (&chunk.kind, chunk.data) {
        (b"VP8 ", [_, _, _, 0x9d, 0x01, 0x2a, w0, w1, h0, h1, ..]) => {
            (u16::from_le_bytes([*w0, *w1]) & 0x3fff, u16::from_le_bytes([*h0, *h1]) & 0x3fff)
        }
        (b"VP8L", [0x2f, b0, b1, b2, b3, ..]) => {
            let bits = u32::from_le_bytes([*b0, *b1, *b2, *b3]);
            return Some(((bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1));
        }
        _ => return None,
    };
    (width > 0 && height > 0).then_some((width.into(), height.into()))
}

fn recipe(found: Found<'_>, orientation: u8) -> Result<Recipe, PictureFault> {
    let mut chunks = Recipe::default();
    if let Some((flags, canvas)) = found.extended {
        let told = if found.profile.pieces.is_empty() { 0 } else { PROFILE } | if orientation == 1 { 0 } else { EXIF };
        chunks.put(b"VP8X\x0a\0\0\0")?;
        chunks.put(&[flags & (ALPHA | ANIMATION) | told, 0, 0, 0])?;
        chunks.put(&canvas)?;
    }
    chunks.append(found.profile)?;
    chunks.append(found.pictures)?;
    if orientation != 1 {
        let block = tiff::turned(orientation);
        chunks.put(b"EXIF")?;
        chunks.put(&length(block.len() as u64)?)?;
        chunks.put(&block)?;
    }
    let mut recipe = Recipe::default();
    recipe.put(b"RIFF")?;
    recipe.put(&length(4 + chunks.length())?)?;
    recipe.put(b"WEBP")?;
    recipe.append(chunks)?;
    Ok(recipe)
}

fn length(bytes: u64) -> Result<[u8; 4], PictureFault> {
    u32::try_from(bytes).map(u32::to_le_bytes).map_err(|_| broken("too long"))
}
