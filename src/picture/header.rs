//! What a picture would cost, told from its header and held against the limits before anything is decoded.

use std::io::Cursor;

use image::codecs::gif::GifDecoder;
use image::codecs::jpeg::JpegDecoder;
use image::codecs::png::PngDecoder;
use image::codecs::webp::WebPDecoder;
use image::{ImageDecoder, ImageFormat, ImageResult};

use super::{Facts, Kind, PictureFault, SIDES, format, jpeg};
use crate::config::Limits;

/// What a PNG may hold inflated beside its pixels; rows of pixels while they are read too.
const BESIDE_PNG: u64 = 8 * 1024 * 1024;

/// The limits that pictures are held to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    pixels: u64,
    side: u64,
    scans: u64,
    memory: u64,
    /// The shorter side of the smallest picture that is shown.
    pub(super) smallest: u32,
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
pub(super) type Decoder<'a> = Box<dyn ImageDecoder + 'a>;

/// Reads the header of `bytes` and refuses what is beyond `bounds`.
pub(super) fn open<'a>(bytes: &'a [u8], bounds: &Bounds) -> Result<Decoder<'a>, PictureFault> {
    let format = format::of(bytes)?;
    let survey = (format == ImageFormat::Jpeg).then(|| jpeg::survey(bytes));
    if let Some(survey) = survey {
        refuse(survey.scans, bounds.scans, "scans")?;
        if !survey.ends {
            return Err(PictureFault::Broken("cut short".into()));
        }
    }
    let mut decoder = decoder(format, bytes).map_err(|fault| PictureFault::Broken(fault.to_string()))?;
    let (width, height) = decoder.dimensions();
    refuse(width.max(height).into(), bounds.side, "pixels on one side")?;
    let pixels = u64::from(width) * u64::from(height);
    refuse(pixels, bounds.pixels, "pixels")?;
    let beside = match format {
        ImageFormat::Jpeg => survey.map_or(0, |survey| survey.coefficients),
        // Beside the decoded picture image-webp has the samples of a plain lossy one (RFC 9649 §2.5), else a canvas of four
        // channels and a plane of alpha; gif has the frame.
        ImageFormat::WebP => pixels * if bytes.get(12..16) == Some(b"VP8 ") { 2 } else { 5 },
        ImageFormat::Gif => pixels * 4,
        _ => 0,
    };
    // Scaling goes over the rows of the square first, and keeps them at their new width.
    let shorter = width.min(height);
    let largest = SIDES.into_iter().filter(|side| *side <= shorter).max().unwrap_or(shorter);
    let scaling = u64::from(largest) * u64::from(shorter) * u64::from(decoder.color_type().bytes_per_pixel());
    let needed = decoder.total_bytes().saturating_add(beside).saturating_add(scaling);
    refuse(needed, bounds.memory, "bytes when it is decoded")?;
    let smallest = bounds.smallest;
    if shorter < smallest {
        let message = format!("The picture is {width}x{height} pixels: its shorter side must have {smallest} or more.");
        return Err(PictureFault::Size(message));
    }
    // A second line: what a decoder takes beyond what its header says, such as for compressed profiles.
    let mut limits = image::Limits::default();
    limits.max_alloc = Some(bounds.memory);
    decoder.set_limits(limits).map_err(|fault| PictureFault::Size(fault.to_string()))?;
    Ok(decoder)
}

/// What the header tells, but for what camera and owner wrote into it.
pub(super) fn glance(bytes: &[u8], bounds: &Bounds) -> Result<Facts, PictureFault> {
    let kind = match format::of(bytes)? {
        ImageFormat::Jpeg => Kind::Jpeg,
        ImageFormat::Png => Kind::Png,
        ImageFormat::WebP => Kind::WebP,
        _ => Kind::Gif,
    };
    let mut decoder = open(bytes, bounds)?;
    let (width, height) = decoder.dimensions();
    let orientation = decoder.orientation().map_or(1, image::metadata::Orientation::to_exif);
    let (width, height) = if orientation < 5 { (width, height) } else { (height, width) };
    Ok(Facts {
        kind,
        width,
        height,
        orientation,
        taken: None,
        camera_make: None,
        camera_model: None,
        f_number: None,
        exposure: None,
        focal_length: None,
        iso: None,
        location: None,
    })
}

fn decoder(format: ImageFormat, bytes: &[u8]) -> ImageResult<Decoder<'_>> {
    let bytes = Cursor::new(bytes);
    Ok(match format {
        ImageFormat::Jpeg => Box::new(JpegDecoder::new(bytes)?),
        ImageFormat::Png => {
            // What inflates beside the pixels, such as a profile: read by the decoder before any other limit reaches it.
            let mut limits = image::Limits::no_limits();
            limits.max_alloc = Some(BESIDE_PNG);
            Box::new(PngDecoder::with_limits(bytes, limits)?)
        }
        ImageFormat::WebP => Box::new(WebPDecoder::new(bytes)?),
        _ => Box::new(GifDecoder::new(bytes)?),
    })
}

fn refuse(value: u64, limit: u64, what: &str) -> Result<(), PictureFault> {
    if value <= limit {
        return Ok(());
    }
    Err(PictureFault::Size(format!("The picture has {value} {what}, more than the {limit} that are taken.")))
}
