//! One walk over the parts of a picture's file. It tells how large the picture is, where its metadata stands, and which bytes
//! make the picture without it. A part is kept only if it is known what every byte of it is for; a file whose parts
//! cannot be told apart is broken. Linear in the file, without recursion, and nothing is decoded.

mod gif;
mod icc;
mod jpeg;
mod png;
mod vp8l;
mod webp;

use std::borrow::Cow;
use std::ops::Range;

use image::ImageFormat;

use super::recipe::{self, Piece};
use super::{Kind, PictureFault, format};

/// Real pictures have some dozens; an animation with a comment in each of its pictures has some hundreds.
const MOST_PIECES: usize = 1000;
/// More XMP than any camera or editor writes.
const MOST_XMP: usize = 1024 * 1024;

/// What was found.
#[derive(Debug)]
pub(super) struct Walk<'a> {
    /// By its content.
    pub(super) kind: Kind,
    /// Pixels across, as they are stored.
    pub(super) width: u32,
    /// Pixels down, as they are stored.
    pub(super) height: u32,
    /// EXIF's number, 1 to 8.
    pub(super) orientation: u8,
    /// An EXIF block, beginning with TIFF's header.
    pub(super) exif: Option<&'a [u8]>,
    /// An XMP packet.
    pub(super) xmp: Option<Cow<'a, [u8]>>,
    /// What is left without metadata.
    pub(super) pieces: Vec<Piece>,
    /// Bytes that decoding takes for tables that the file asks for, beside the pixels.
    pub(super) tables: u64,
}

/// Walks over a picture of one of the four kinds.
pub(super) fn walk(bytes: &[u8]) -> Result<Walk<'_>, PictureFault> {
    match format::of(bytes)? {
        ImageFormat::Jpeg => jpeg::walk(bytes),
        ImageFormat::Png => png::walk(bytes),
        ImageFormat::WebP => webp::walk(bytes),
        _ => gif::walk(bytes),
    }
}

fn broken(why: &str) -> PictureFault {
    PictureFault::Broken(why.to_owned())
}

/// XMP that is worth reading.
fn packet(bytes: &[u8]) -> Option<Cow<'_, [u8]>> {
    (bytes.len() <= MOST_XMP).then_some(Cow::Borrowed(bytes))
}

/// A place in a file.
#[derive(Debug, Clone, Copy)]
struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], PictureFault> {
        let taken = self.bytes.get(self.at..).and_then(|rest| rest.get(..length)).ok_or_else(|| broken("cut short"))?;
        self.at += length;
        Ok(taken)
    }

    fn array<const LENGTH: usize>(&mut self) -> Result<[u8; LENGTH], PictureFault> {
        self.take(LENGTH)?.first_chunk().copied().ok_or_else(|| broken("cut short"))
    }

    fn byte(&mut self) -> Result<u8, PictureFault> {
        self.array().map(|[byte]| byte)
    }
}

/// Pieces while they are gathered: neighbours become one.
#[derive(Debug, Clone, Default, PartialEq)]
struct Recipe {
    pieces: Vec<Piece>,
}

impl Recipe {
    fn keep(&mut self, range: Range<usize>) -> Result<(), PictureFault> {
        self.add(Piece::Kept(range.start as u64..range.end as u64))
    }

    fn put(&mut self, bytes: &[u8]) -> Result<(), PictureFault> {
        self.add(Piece::Put(bytes.to_vec()))
    }

    fn append(&mut self, other: Self) -> Result<(), PictureFault> {
        other.pieces.into_iter().try_for_each(|piece| self.add(piece))
    }

    fn add(&mut self, piece: Piece) -> Result<(), PictureFault> {
        let is_full = self.pieces.len() >= MOST_PIECES;
        match (self.pieces.last_mut(), piece) {
            (Some(Piece::Kept(last)), Piece::Kept(next)) if last.end == next.start => last.end = next.end,
            (Some(Piece::Put(last)), Piece::Put(next)) => last.extend(next),
            _ if is_full => return Err(broken("in too many pieces")),
            (_, piece) => self.pieces.push(piece),
        }
        Ok(())
    }

    fn length(&self) -> u64 {
        recipe::length(&self.pieces)
    }
}
