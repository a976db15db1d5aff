//! JPEG: markers and their segments (ITU-T T.81, Annex B). Kept are the frame, its tables and its scans, an ICC profile
//! (ICC.1:2022 §B.4) and what says which colours the components are (JFIF, ITU-T T.871; Adobe's APP14, T.872 §6.5.3).

use std::ops::Range;

use super::{Cursor, Recipe, Walk, broken, icc, packet};
use crate::picture::format;
use crate::picture::tiff::{self, Tiff};
use crate::picture::{Kind, PictureFault, recipe};

const SOI: u8 = 0xd8;
const EOI: u8 = 0xd9;
const SOS: u8 = 0xda;
const EXIF: &[u8] = b"Exif\0\0";
const XMP: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";
const ICC: &[u8] = b"ICC_PROFILE\0";
/// Of a profile in one segment: what is left of 65,535 by the length, the name and the two numbers.
const LONGEST_PART: u64 = 65_519;

/// What stands before the frame of a picture without metadata, and what is told of it.
#[derive(Debug, Default)]
struct Found<'a> {
    frame: Option<(u32, u32)>,
    scans: bool,
    jfif: Option<[u8; 7]>,
    adobe: Option<[u8; 7]>,
    exif: Option<&'a [u8]>,
    xmp: Option<&'a [u8]>,
    profile: Vec<(Range<usize>, &'a [u8])>,
    kept: Recipe,
}

/// Walks to the end of the first picture; what follows it (CIPA DC-007 puts more pictures there) is not looked at.
pub(super) fn walk(bytes: &[u8]) -> Result<Walk<'_>, PictureFault> {
    let mut cursor = Cursor { bytes, at: 2 };
    let mut found = Found::default();
    loop {
        let marker = marker(&mut cursor)?;
        match marker {
            EOI => break,
            // Without a segment (B.1.1.4); outside of scans they say nothing.
            0x01 | 0xd0..=0xd7 => {}
            SOI => return Err(broken("a picture within the picture")),
            _ => segment(&mut cursor, marker, &mut found)?,
        }
    }
    found.kept.keep(cursor.at - 2..cursor.at)?;
    let Some((width, height)) = found.frame.filter(|_| found.scans) else { return Err(broken("no frame or no scan")) };
    let orientation = found.exif.and_then(Tiff::read).and_then(Tiff::orientation).unwrap_or(1);
    let (exif, xmp) = (found.exif, found.xmp.and_then(packet));
    let pieces = recipe(found, orientation)?.pieces;
    Ok(Walk { kind: Kind::Jpeg, width, height, orientation, exif, xmp, pieces, tables: 0 })
}

/// The next marker. Bytes that stand before it and belong to nothing are passed over, as decoders do, and so never kept.
fn marker(cursor: &mut Cursor<'_>) -> Result<u8, PictureFault> {
    // B.1.1.2: any number of 0xFF may stand before a marker.
    let marks = |rest: &[u8]| rest.windows(2).position(|pair| matches!(pair, [0xff, 1..=0xfe]));
    cursor.at += cursor.bytes.get(cursor.at..).and_then(marks).ok_or_else(|| broken("cut short"))? + 1;
    cursor.byte()
}

fn segment<'a>(cursor: &mut Cursor<'a>, marker: u8, found: &mut Found<'a>) -> Result<(), PictureFault> {
    let start = cursor.at - 2;
    let length = usize::from(u16::from_be_bytes(cursor.array()?));
    let body = cursor.take(length.checked_sub(2).ok_or_else(|| broken("a segment shorter than its length"))?)?;
    let understood = match marker {
        0xc0..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf => {
            format::jpeg(marker, body.first().copied().unwrap_or_default())?;
            let size = frame(body).filter(|_| found.frame.is_none());
            found.frame = size;
            size.is_some()
        }
        0xc4 => {
            tables(body, |table| match table {
                // B.2.4.2: of DC or AC, of four; the codes of each length are counted.
                [0x00..=0x03 | 0x10..=0x13, counts @ ..] => {
                    Some(17 + counts.get(..16)?.iter().map(|codes| usize::from(*codes)).sum::<usize>())
                }
                _ => None,
            })
        }
        0xdb => tables(body, |table| Some(if table.first()? >> 4 == 0 { 65 } else { 129 })),
        0xdd => body.len() == 2,
        SOS => {
            entropy(cursor);
            found.scans = true;
            found.frame.is_some() && body.first().is_some_and(|parts| body.len() == 4 + 2 * usize::from(*parts))
        }
        0xc8 | 0xcc | 0xdc | 0xde | 0xdf => return Err(broken("of a kind of JPEG that is not taken")),
        _ => {
            told(start..cursor.at, marker, body, found);
            return Ok(());
        }
    };
    if !understood {
        return Err(broken("a segment that is not what its marker says"));
    }
    found.kept.keep(start..cursor.at)
}

/// B.2.2: precision, lines, samples a line, and three bytes for each component.
fn frame(body: &[u8]) -> Option<(u32, u32)> {
    let &[_, y1, y0, x1, x0, components, ..] = body else { return None };
    let (width, height) = (u16::from_be_bytes([x1, x0]), u16::from_be_bytes([y1, y0]));
    (width > 0 && height > 0 && body.len() == 6 + 3 * usize::from(components)).then_some((width.into(), height.into()))
}

/// B.2.4: whether a segment is full of tables, each as long as `length` says of what begins with it.
fn tables(mut rest: &[u8], length: impl Fn(&[u8]) -> Option<usize>) -> bool {
    while !rest.is_empty() {
        let Some(next) = length(rest).and_then(|length| rest.get(length..)) else { return false };
        rest = next;
    }
    true
}

/// B.1.1.5: goes on to the next marker that does not belong to the scan.
fn entropy(cursor: &mut Cursor<'_>) {
    let ends = |rest: &[u8]| rest.windows(2).position(|pair| matches!(pair, [0xff, 1..=0xcf | 0xd8..=0xfe]));
    let rest = cursor.bytes.get(cursor.at..).unwrap_or_default();
    cursor.at += ends(rest).unwrap_or(rest.len());
}

/// `APPn` and `COM`: written down by whoever made the picture.
fn told<'a>(range: Range<usize>, marker: u8, body: &'a [u8], found: &mut Found<'a>) {
    match marker {
        // Of several the last before the first scan is what the colours are read by: as libjpeg has it.
        0xe0 if !found.scans => {
            // Version, units and densities; the two bytes after them are the size of a thumbnail, which may follow.
            let jfif = body.strip_prefix(b"JFIF\0").and_then(<[u8]>::first_chunk::<9>);
            found.jfif = jfif.and_then(|jfif| jfif.first_chunk()).copied().or(found.jfif);
        }
        // Of several the last before the first scan is the one that turns the picture: as zune-jpeg has it.
        0xe1 if !found.scans => match (body.strip_prefix(EXIF), body.strip_prefix(XMP)) {
            (Some(exif), _) => found.exif = Some(exif),
            (None, Some(xmp)) => found.xmp = Some(xmp),
            (None, None) => {}
        },
        0xe2 if !found.scans && found.profile.len() <= 255 => {
            found.profile.extend(body.strip_prefix(ICC).map(|part| (range, part)));
        }
        0xee if !found.scans => {
            found.adobe = body.strip_prefix(b"Adobe").and_then(<[u8]>::first_chunk).copied().or(found.adobe);
        }
        _ => {}
    }
}

fn recipe(found: Found<'_>, orientation: u8) -> Result<Recipe, PictureFault> {
    let mut recipe = Recipe::default();
    recipe.put(&[0xff, SOI])?;
    if let Some(jfif) = found.jfif {
        recipe.put(b"\xff\xe0\0\x10JFIF\0")?;
        recipe.put(&jfif)?;
        recipe.put(&[0, 0])?;
    }
    if orientation != 1 {
        recipe.put(b"\xff\xe1\0\x22Exif\0\0")?;
        recipe.put(&tiff::turned(orientation))?;
    }
    profile(&found.profile, &mut recipe)?;
    if let Some(adobe) = found.adobe {
        recipe.put(b"\xff\xee\0\x0eAdobe")?;
        recipe.put(&adobe)?;
    }
    recipe.append(found.kept)?;
    Ok(recipe)
}

/// ICC.1:2022 §B.4: each part begins with its number and how many there are. They may come in any order.
fn profile(parts: &[(Range<usize>, &[u8])], recipe: &mut Recipe) -> Result<(), PictureFault> {
    let mut source = Recipe::default();
    let mut whole = Vec::new();
    let mut parts = parts.to_vec();
    parts.sort_by_key(|(_, part)| part.first().copied());
    for (nth, (range, part)) in parts.iter().enumerate() {
        match part {
            [number, of, part @ ..] if usize::from(*number) == nth + 1 && usize::from(*of) == parts.len() => {
                source.keep(range.end - part.len()..range.end)?;
                whole.extend_from_slice(part);
            }
            _ => return Ok(()),
        }
    }
    let Some(kept) = icc::kept(&whole, &source)? else { return Ok(()) };
    if kept == source {
        return parts.iter().try_for_each(|(range, _)| recipe.keep(range.clone()));
    }
    let of = kept.length().div_ceil(LONGEST_PART);
    for nth in 0..of {
        let range = nth * LONGEST_PART..kept.length().min((nth + 1) * LONGEST_PART);
        let (Ok(number), Ok(of)) = (u8::try_from(nth + 1), u8::try_from(of)) else { return Ok(()) };
        let length = u16::try_from(range.end - range.start + 2 + ICC.len() as u64 + 2).unwrap_or(u16::MAX);
        recipe.put(&[0xff, 0xe2])?;
        recipe.put(&length.to_be_bytes())?;
        recipe.put(ICC)?;
        recipe.put(&[number, of])?;
        recipe::part(&kept.pieces, &range).into_iter().try_for_each(|piece| recipe.add(piece))?;
    }
    Ok(())
}
