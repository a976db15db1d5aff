//! What a picture would cost, told from its header and held against the limits before anything is decoded.

use std::io::Cursor;

use image::codecs::gif::GifDecoder;
use image::codecs::webp::WebPDecoder;
use image::{ImageDecoder, ImageFormat};
use png::Transformations;

use super::jpeg::{Head, survey};
use super::shape::Shape;
use super::{PictureFault, SIDES, broken, format};
use crate::config::Limits;

/// What a PNG may hold inflated beside its pixels, such as a profile.
const BESIDE_PNG: usize = 8 * 1024 * 1024;

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
    Jpeg(Head),
    Png(Box<png::Reader<Cursor<&'a [u8]>>>),
    Other(Box<dyn ImageDecoder + 'a>),
}

/// A picture that is within the limits.
pub(super) struct Opened<'a> {
    pub(super) source: Source<'a>,
    /// Pixels across and down, as they are stored.
    pub(super) size: (u32, u32),
    /// It is decoded at one in so many pixels across and down; of a JPEG 1, 2, 4 or 8.
    pub(super) factor: u32,
}

/// Reads the header of `bytes` and refuses what is beyond `bounds`, if `shapes` are to be made of it.
pub(super) fn open<'a>(bytes: &'a [u8], bounds: &Bounds, shapes: &[Shape]) -> Result<Opened<'a>, PictureFault> {
    let format = format::of(bytes)?;
    if format == ImageFormat::Jpeg {
        let survey = survey(bytes);
        refuse(survey.scans, bounds.scans, "scans")?;
        if !survey.ends {
            return Err(broken("cut short"));
        }
    }
    let mut source = source(format, bytes)?;
    let size = source.size();
    let (width, height) = size;
    refuse(width.max(height).into(), bounds.side, "pixels on one side")?;
    let pixels = u64::from(width) * u64::from(height);
    refuse(pixels, bounds.pixels, "pixels")?;
    let shorter = width.min(height);
    let smallest = bounds.smallest;
    if shorter < smallest {
        let message = format!("The picture is {width}x{height} pixels: its shorter side must have {smallest} or more.");
        return Err(PictureFault::Size(message));
    }
    let factor = factor(size, shapes, format);
    let base = rounded_up(width, factor) * rounded_up(height, factor) * 3;
    let decoding = base + source.beside(pixels, factor, bytes);
    let scaling = base + scaling(size, shapes, factor);
    let needed = decoding.max(scaling).saturating_add(bytes.len() as u64);
    refuse(needed, bounds.memory, "bytes when it is decoded")?;
    if let Source::Other(decoder) = &mut source {
        // A second line: what a decoder takes beyond what its header says.
        let mut limits = image::Limits::default();
        limits.max_alloc = Some(bounds.memory);
        decoder.set_limits(limits).map_err(|fault| PictureFault::Size(fault.to_string()))?;
    }
    Ok(Opened { source, size, factor })
}

/// How much smaller it may be decoded: nothing that is made of it may have to be enlarged.
fn factor((width, height): (u32, u32), shapes: &[Shape], format: ImageFormat) -> u32 {
    let sizes = shapes.iter().map(|shape| shape.of((width, height)));
    let (least_width, least_height) = sizes.fold((1, 1), |least, size| (size.0.max(least.0), size.1.max(least.1)));
    if format == ImageFormat::Jpeg {
        let holds = |factor: &u32| width.div_ceil(*factor) >= least_width && height.div_ceil(*factor) >= least_height;
        return [8, 4, 2].into_iter().find(holds).unwrap_or(1);
    }
    (width / least_width).min(height / least_height)
}

/// What the largest picture that is made needs while it is made (rows go first, and are kept at their new width), and all of them.
fn scaling(size: (u32, u32), shapes: &[Shape], factor: u32) -> u64 {
    let sizes = || shapes.iter().map(|shape| shape.of(size));
    let widest = sizes().map(|(width, _)| u64::from(width)).max().unwrap_or(0);
    let made: u64 = sizes().map(|(width, height)| u64::from(width) * u64::from(height)).sum();
    (widest * rounded_up(size.1, factor) + made) * 3
}

fn rounded_up(side: u32, factor: u32) -> u64 {
    u64::from(side.div_ceil(factor))
}

impl Source<'_> {
    fn size(&self) -> (u32, u32) {
        match self {
            Self::Jpeg(head) => head.size(),
            Self::Png(reader) => (reader.info().width, reader.info().height),
            Self::Other(decoder) => decoder.dimensions(),
        }
    }

    /// Bytes that decoding takes beside what comes of it.
    fn beside(&self, pixels: u64, factor: u32, bytes: &[u8]) -> u64 {
        match self {
            Self::Jpeg(head) => head.cost((8 / factor).into()),
            // Four sums and a few rows, of at most 8 bytes a pixel.
            Self::Png(reader) => {
                let all = reader.output_buffer_size().map_or(u64::MAX, |size| size as u64);
                u64::from(reader.info().width) * 32 + if reader.info().interlaced { all } else { 0 }
            }
            Self::Other(decoder) => {
                let beside = match bytes.get(12..16) {
                    // image-webp has the samples of a plain lossy one (RFC 9649 §2.5), else a canvas of four channels and a plane
                    // of alpha; gif has the frame.
                    Some(b"VP8 ") => 2,
                    Some(_) if bytes.starts_with(b"RIFF") => 5,
                    _ => 4,
                };
                decoder.total_bytes().saturating_add(pixels * beside)
            }
        }
    }
}

fn source(format: ImageFormat, bytes: &[u8]) -> Result<Source<'_>, PictureFault> {
    let reader = Cursor::new(bytes);
    Ok(match format {
        ImageFormat::Jpeg => Source::Jpeg(Head::read(bytes).map_err(broken)?),
        ImageFormat::Png => {
            let mut decoder = png::Decoder::new_with_limits(reader, png::Limits { bytes: BESIDE_PNG });
            // Palettes are looked up, eight bits a sample.
            decoder.set_transformations(Transformations::EXPAND | Transformations::STRIP_16);
            decoder.set_ignore_text_chunk(true);
            Source::Png(Box::new(decoder.read_info().map_err(broken)?))
        }
        ImageFormat::WebP => Source::Other(Box::new(WebPDecoder::new(reader).map_err(broken)?)),
        _ => Source::Other(Box::new(GifDecoder::new(reader).map_err(broken)?)),
    })
}

fn refuse(value: u64, limit: u64, what: &str) -> Result<(), PictureFault> {
    if value <= limit {
        return Ok(());
    }
    Err(PictureFault::Size(format!("The picture has {value} {what}, more than the {limit} that are taken.")))
}
