//! PNG: chunks (PNG, third edition, §5.3). Kept are those that say what the pixels are; of the others each is somebody's text.

use std::borrow::Cow;
use std::io::{Read as _, Write as _};

use flate2::Compression;
use flate2::bufread::ZlibDecoder;
use flate2::write::ZlibEncoder;

use super::{Cursor, MOST_XMP, Recipe, Walk, broken, icc, packet};
use crate::picture::recipe::Piece;
use crate::picture::tiff::{self, Tiff};
use crate::picture::{Kind, PictureFault};

const SIGNATURE: usize = 8;
/// A profile's longest form that is unpacked to see whether it is one.
const MOST_PROFILE: u64 = 8 * 1024 * 1024;
/// What a recipe holds of a profile that is packed anew; those of screens and cameras are shorter.
const MOST_WRITTEN: usize = 256 * 1024;
/// What is packed anew at all: a longer one would not become that short, and packing is what costs most here.
const MOST_PACKED: u64 = 1024 * 1024;

struct Chunk<'a> {
    kind: [u8; 4],
    data: &'a [u8],
    /// Where its length stands.
    start: usize,
    /// Where its check stands, which is right.
    check: usize,
}

#[derive(Debug, Default)]
struct Found<'a> {
    size: Option<(u32, u32)>,
    pixels: bool,
    animation: bool,
    exif: Option<&'a [u8]>,
    /// The first chunks of their kind, which are to hold packed XMP and a profile: unpacking is the one thing that costs more
    /// than it is long, and so is done once.
    xmp: Option<&'a [u8]>,
    profile: bool,
    header: Recipe,
    kept: Recipe,
}

/// Walks to IEND; what follows it is not looked at.
pub(super) fn walk(bytes: &[u8]) -> Result<Walk<'_>, PictureFault> {
    let mut cursor = Cursor { bytes, at: SIGNATURE };
    let mut found = Found::default();
    loop {
        let Some(chunk) = chunk(&mut cursor)? else { continue };
        if found.size.is_none() != (chunk.kind == *b"IHDR") {
            return Err(broken("IHDR is not the first chunk, or not the only one"));
        }
        let end = chunk.check + 4;
        match &chunk.kind {
            b"IHDR" => {
                found.size = Some(size(chunk.data).ok_or_else(|| broken("IHDR is not what it must be"))?);
                found.header.keep(0..end)?;
            }
            b"iCCP" if !found.profile => profile(&chunk, &mut found)?,
            // Decoders that read a picture from its beginning turn it by what stands before its pixels.
            b"eXIf" if !found.pixels && found.exif.is_none() => found.exif = Some(chunk.data),
            b"iTXt" if found.xmp.is_none() => found.xmp = chunk.data.strip_prefix(b"XML:com.adobe.xmp\0"),
            // Without acTL there is no animation that these would be of.
            b"fcTL" | b"fdAT" if !found.animation => {}
            kind if is_kept(*kind, chunk.data.len()) => {
                found.pixels |= kind == b"IDAT";
                found.animation |= kind == b"acTL";
                found.kept.keep(chunk.start..end)?;
                if kind == b"IEND" {
                    break;
                }
            }
            // §5.4: a capital letter says that the picture cannot be drawn without.
            [b'A'..=b'Z', ..] => return Err(broken("a chunk that is not known, or too long or too short")),
            _ => {}
        }
    }
    let Some((width, height)) = found.size.filter(|_| found.pixels) else { return Err(broken("no pixels")) };
    let orientation = found.exif.and_then(Tiff::read).and_then(Tiff::orientation).unwrap_or(1);
    let mut recipe = found.header;
    if orientation != 1 {
        write(&mut recipe, *b"eXIf", &tiff::turned(orientation))?;
    }
    recipe.append(found.kept)?;
    let (exif, xmp, pieces) = (found.exif, found.xmp.and_then(xmp), recipe.pieces);
    Ok(Walk { kind: Kind::Png, width, height, orientation, exif, xmp, pieces, tables: 0 })
}

/// The next chunk; None if its check is wrong and it can be done without.
fn chunk<'a>(cursor: &mut Cursor<'a>) -> Result<Option<Chunk<'a>>, PictureFault> {
    let start = cursor.at;
    let length = u32::from_be_bytes(cursor.array()?);
    let kind: [u8; 4] = cursor.array()?;
    if length > i32::MAX as u32 || !kind.iter().all(u8::is_ascii_alphabetic) {
        return Err(broken("a chunk that is none"));
    }
    let data = cursor.take(length as usize)?;
    let check = cursor.at;
    let right = u32::from_be_bytes(cursor.array()?) == crc(kind, data);
    if !right && kind[0].is_ascii_uppercase() {
        return Err(broken("a chunk whose check is wrong"));
    }
    Ok(right.then_some(Chunk { kind, data, start, check }))
}

/// §5.5.
fn crc(kind: [u8; 4], data: &[u8]) -> u32 {
    let mut crc = crc32fast::Hasher::new();
    crc.update(&kind);
    crc.update(data);
    crc.finalize()
}

fn size(header: &[u8]) -> Option<(u32, u32)> {
    let &[w0, w1, w2, w3, h0, h1, h2, h3, _, _, _, _, _] = header else { return None };
    let (width, height) = (u32::from_be_bytes([w0, w1, w2, w3]), u32::from_be_bytes([h0, h1, h2, h3]));
    (width > 0 && height > 0).then_some((width, height))
}

/// Whether a chunk of this length says what the pixels are (§11, third edition: with animation, cICP, mDCV and cLLI). A longer
/// one would hold something else.
fn is_kept(kind: [u8; 4], length: usize) -> bool {
    match &kind {
        b"IDAT" => true,
        b"IEND" => length == 0,
        b"PLTE" => length <= 768 && length.is_multiple_of(3),
        b"tRNS" => length <= 256,
        b"gAMA" | b"cICP" => length == 4,
        b"cHRM" => length == 32,
        b"sRGB" => length == 1,
        b"mDCV" => length == 24,
        b"cLLI" | b"acTL" => length == 8,
        b"sBIT" => length <= 4,
        b"bKGD" => length <= 6,
        b"pHYs" => length == 9,
        b"fcTL" => length == 26,
        b"fdAT" => length >= 4,
        _ => false,
    }
}

/// §11.3.2.3: a name, which is text and so becomes another, a NUL, the one method, and the profile in zlib's form.
fn profile(chunk: &Chunk<'_>, found: &mut Found<'_>) -> Result<(), PictureFault> {
    let name = chunk.data.iter().take(80).position(|byte| *byte == 0);
    let packed = name.and_then(|name| chunk.data.get(name + 1..)?.strip_prefix(&[0]));
    found.profile = true;
    let Some((packed, (profile, is_all))) = packed.and_then(|packed| Some((packed, unpacked(packed)?))) else {
        return Ok(());
    };
    let mut source = Recipe::default();
    source.put(&profile)?;
    let Some(kept) = icc::kept(&profile, &source)? else { return Ok(()) };
    if kept != source || !is_all {
        if kept.length() > MOST_PACKED {
            return Ok(());
        }
        let packed = repacked(&kept).map_err(|fault| broken(&fault.to_string()))?;
        let named = [&b"ICC\0\0"[..], &packed].concat();
        return if packed.len() > MOST_WRITTEN { Ok(()) } else { write(&mut found.kept, *b"iCCP", &named) };
    }
    let named = [&b"ICC\0\0"[..], packed].concat();
    let length = u32::try_from(named.len()).map_err(|_| broken("a profile too long"))?;
    found.kept.put(&length.to_be_bytes())?;
    found.kept.put(b"iCCPICC\0\0")?;
    found.kept.keep(chunk.check - packed.len()..chunk.check)?;
    found.kept.put(&crc(*b"iCCP", &named).to_be_bytes())
}

/// What this unpacks to, and whether nothing follows it.
fn unpacked(packed: &[u8]) -> Option<(Vec<u8>, bool)> {
    let mut unpacking = ZlibDecoder::new(packed);
    let mut profile = Vec::new();
    unpacking.by_ref().take(MOST_PROFILE).read_to_end(&mut profile).ok()?;
    Some((profile, unpacking.total_in() == packed.len() as u64))
}

fn repacked(profile: &Recipe) -> std::io::Result<Vec<u8>> {
    let mut packing = ZlibEncoder::new(Vec::new(), Compression::default());
    for piece in &profile.pieces {
        if let Piece::Put(bytes) = piece {
            packing.write_all(bytes)?;
        }
    }
    packing.finish()
}

/// §11.3.3.4, after the keyword and its NUL: whether it is packed, the one method, a language, a NUL, the keyword translated, a NUL, the text.
fn xmp(data: &[u8]) -> Option<Cow<'_, [u8]>> {
    let [is_packed, 0, rest @ ..] = data else { return None };
    let text = rest.splitn(3, |byte| *byte == 0).nth(2)?;
    if *is_packed == 0 {
        return packet(text);
    }
    let mut unpacked = Vec::new();
    ZlibDecoder::new(text).take(MOST_XMP as u64).read_to_end(&mut unpacked).ok()?;
    Some(Cow::Owned(unpacked))
}

fn write(recipe: &mut Recipe, kind: [u8; 4], data: &[u8]) -> Result<(), PictureFault> {
    let length = u32::try_from(data.len()).map_err(|_| broken("a chunk too long"))?;
    recipe.put(&length.to_be_bytes())?;
    recipe.put(&kind)?;
    recipe.put(data)?;
    recipe.put(&crc(kind, data).to_be_bytes())
}
