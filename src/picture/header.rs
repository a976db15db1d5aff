//! What a picture would cost, told from its header and held against the limits before anything is decoded.

use std::io::Cursor;

use image::codecs::gif::GifDecoder;
use image::codecs::webp::WebPDecoder;
use image::{ImageDecoder, ImageFormat};
use png::Transformations;

use super::jpeg::{Head, survey};
use super::shape::Shape;
use super::walk::walk;
use super::{PictureFault, SIDES, broken, format};
use crate::config::Limits;

/// What a PNG may hold inflated beside its pixels, such as a profile.
const BESIDE_PNG: usize = 8 * 1024 * 1024;

/// How many pixels a JPEG's scans may pass over, all in all: each takes its time, also where it says nothing (`tests/photo_cost.rs`). Of 100
/// megapixels thirty scans may be; those who make progressive pictures make some ten.
const SCANNED: u64 = 3_000_000_000;

/// The limits that pictures are held to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    pixels: u64,
    side: u64,
    scans: u64,
    memory: u64,
    /// The shorter side of the smallest picture that is shown.
    smallest: u32,
}

impl Bounds {
    /// The same, for pictures that may be as small as they like.
    pub(super) fn of_any_size(self) -> Self {
        Self { smallest: 1, ..self }
    }
}

impl From<&Limits> for Bounds {
    fn from(limits: &Limits) -> Self {
        Self {
            pixels: limits.image_pixels,
            side: limits.image_side_pixels,
            scans: limits.image_scans,
            memory: limits.image_memory_bytes,
            smallest: SIDES.into_iter().min().unwrap_or(1),
        }
    }
}

/// A decoder that has read the header and nothing else.
pub(super) enum Source<'a> {
    /// And how many scans it has.
    Jpeg(Head, u64),
    Png(Box<png::Reader<Cursor<&'a [u8]>>>),
    /// And bytes that it takes beside pixels.
    Other(Box<dyn ImageDecoder + 'a>, u64),
}

/// A picture that is within the limits.
pub(super) struct Opened<'a> {
    pub(super) source: Source<'a>,
    /// Pixels across and down, as they are stored.
    pub(super) size: (u32, u32),
    /// What is made of it.
    pub(super) shapes: Vec<Shape>,
    /// It is decoded at so many of so many pixels across and down; a JPEG at some of eight, others at one of some.
    pub(super) scale: (u32, u32),
}

/// Reads the header of `bytes` and refuses what is beyond `bounds`, if what is made of a picture of its size are `shapes`.
pub(super) fn open<'a>(
    bytes: &'a [u8],
    bounds: &Bounds,
    shapes: impl Fn((u32, u32)) -> Vec<Shape>,
) -> Result<Opened<'a>, PictureFault> {
    let mut source = source(bytes, bounds)?;
    let size = source.size();
    let (width, height) = size;
    refuse(width.max(height).into(), bounds.side, "pixels on one side")?;
    refuse(u64::from(width) * u64::from(height), bounds.pixels, "pixels")?;
    if let Source::Jpeg(_, scans) = &source {
        refuse(u64::from(width) * u64::from(height) * scans, SCANNED, "pixels in all of its scans")?;
    }
    let shorter = width.min(height);
    let smallest = bounds.smallest;
    if shorter < smallest {
        let message = format!("The picture is {width}x{height} pixels: its shorter side must have {smallest} or more.");
        return Err(PictureFault::Size(message));
    }
    let shapes = shapes(size);
    let scale = source.scale(&shapes);
    let base = area(size, scale);
    let needed = source.cost(bytes, scale).max(base * 3 + scaling(size, &shapes, scale));
    refuse(needed.saturating_add(bytes.len() as u64), bounds.memory, "bytes when it is decoded")?;
    if let Source::Other(decoder, _) = &mut source {
        // A frame of a GIF that is larger than the whole is refused.
        let mut limits = image::Limits::default();
        limits.max_alloc = Some(u64::from(width) * u64::from(height) * 4);
        decoder.set_limits(limits).map_err(|fault| PictureFault::Size(fault.to_string()))?;
    }
    Ok(Opened { source, size, shapes, scale })
}

/// What the largest picture that is made needs while it is made (rows go first, and are kept at their new width), and all of them.
fn scaling(size: (u32, u32), shapes: &[Shape], scale: (u32, u32)) -> u64 {
    let sizes = || shapes.iter().map(|shape| shape.of(size));
    let widest = sizes().map(|(width, _)| u64::from(width)).max().unwrap_or(0);
    let made: u64 = sizes().map(|(width, height)| u64::from(width) * u64::from(height)).sum();
    (widest * scaled(size.1, scale) + made) * 3
}

/// Pixels that are decoded.
fn area(size: (u32, u32), scale: (u32, u32)) -> u64 {
    scaled(size.0, scale) * scaled(size.1, scale)
}

fn scaled(side: u32, scale: (u32, u32)) -> u64 {
    (u64::from(side) * u64::from(scale.0)).div_ceil(scale.1.into())
}

impl Source<'_> {
    fn size(&self) -> (u32, u32) {
        match self {
            Self::Jpeg(head, _) => head.size(),
            Self::Png(reader) => (reader.info().width, reader.info().height),
            Self::Other(decoder, _) => decoder.dimensions(),
        }
    }

    /// How much smaller it may be decoded: nothing that is made of it may have to be enlarged.
    fn scale(&self, shapes: &[Shape]) -> (u32, u32) {
        let (width, height) = self.size();
        let sizes = shapes.iter().map(|shape| shape.of((width, height)));
        let least = sizes.fold((1, 1), |least, size| (size.0.max(least.0), size.1.max(least.1)));
        if matches!(self, Self::Jpeg(..)) {
            let holds = |part: &u32| (width * part).div_ceil(8) >= least.0 && (height * part).div_ceil(8) >= least.1;
            return ((1..8).find(holds).unwrap_or(8), 8);
        }
        (1, (width / least.0).min(height / least.1))
    }

    /// Bytes that decoding takes at most, and then making pixels of three samples of what comes of it.
    fn cost(&self, bytes: &[u8], scale: (u32, u32)) -> u64 {
        let pixels = u64::from(self.size().0) * u64::from(self.size().1);
        let base = area(self.size(), scale);
        match self {
            Self::Jpeg(head, _) => {
                let drawn = if head.components() == 3 { 0 } else { (head.components() + 3) * base };
                head.cost(scale.0).max(drawn)
            }
            Self::Png(reader) => {
                let info = reader.info();
                let all = reader.output_buffer_size().map_or(u64::MAX, |size| size as u64);
                let (gray, all) = (reader.output_color_type().0.samples() < 3, if info.interlaced { all } else { 0 });
                // Four sums and a few rows, of at most 8 bytes a pixel; the profile twice.
                let beside = u64::from(info.width) * 32 + info.icc_profile.as_ref().map_or(0, |it| 2 * it.len() as u64);
                (base * if gray { 1 } else { 3 } + all).saturating_add(beside).max(base * if gray { 4 } else { 3 })
            }
            Self::Other(decoder, tables) => {
                // What decoders take beside the pixels. WebP (RFC 9649): lossy ones have samples of their own; lossless ones four
                // channels, and what predicts them; animations a frame and a canvas, and before that, as others with alpha,
                // samples, alpha and the four channels that it comes in. GIF: the frame.
                let beside = match (bytes.get(12..16), bytes.get(20)) {
                    (Some(b"VP8X"), Some(flags)) if flags & 0x12 != 0 => 8,
                    _ if *tables > 0 => 5,
                    _ if bytes.starts_with(b"RIFF") => 2,
                    _ => 4,
                };
                // Profiles and the like are kept, and given away.
                let beside = (pixels * beside).max(base * 3) + 2 * bytes.len() as u64;
                decoder.total_bytes().saturating_add(beside).saturating_add(*tables)
            }
        }
    }
}

fn source<'a>(bytes: &'a [u8], bounds: &Bounds) -> Result<Source<'a>, PictureFault> {
    let reader = Cursor::new(bytes);
    Ok(match format::of(bytes)? {
        ImageFormat::Jpeg => {
            let survey = survey(bytes);
            refuse(survey.scans, bounds.scans, "scans")?;
            if !survey.ends {
                return Err(broken("cut short"));
            }
            Source::Jpeg(Head::read(bytes)?, survey.scans)
        }
        ImageFormat::Png => {
            let mut decoder = png::Decoder::new_with_limits(reader, png::Limits { bytes: BESIDE_PNG });
            // Palettes are looked up, eight bits a sample.
            decoder.set_transformations(Transformations::EXPAND | Transformations::STRIP_16);
            decoder.set_ignore_text_chunk(true);
            Source::Png(Box::new(decoder.read_info().map_err(broken)?))
        }
        ImageFormat::WebP => {
            // The decoder believes what chunks say of their length, and looks at the size of a picture in them when it is decoded.
            let tables = walk(bytes)?.tables;
            let end = bytes.get(4..).and_then(<[u8]>::first_chunk).map(|size| u32::from_le_bytes(*size) as usize + 8);
            let whole = end.and_then(|end| bytes.get(..end)).unwrap_or(bytes);
            Source::Other(Box::new(WebPDecoder::new(Cursor::new(whole)).map_err(broken)?), tables)
        }
        _ => Source::Other(Box::new(GifDecoder::new(reader).map_err(broken)?), 0),
    })
}

fn refuse(value: u64, limit: u64, what: &str) -> Result<(), PictureFault> {
    if value <= limit {
        return Ok(());
    }
    Err(PictureFault::Size(format!("The picture has {value} {what}, more than the {limit} that are taken.")))
}
