//! From a picture to what is shown of it: decoded, its colours made sRGB, scaled down, turned as its EXIF says, and written as new
//! JPEGs, which hold pixels and nothing else.

use image::codecs::jpeg::JpegEncoder;
use image::metadata::Orientation;
use image::{DynamicImage, ExtendedColorType, RgbImage};

use super::header::{self, Bounds, Opened};
use super::shape::{Shape, make};
use super::{PictureFault, broken, colour, decode};

/// Of JPEG's scale to 100: where the eye sees no difference in a face.
const QUALITY: u8 = 85;

/// The pictures of these shapes, which may depend on its size, as they are shown.
pub(super) fn shapes(
    bytes: &[u8],
    bounds: &Bounds,
    shapes: impl Fn((u32, u32)) -> Vec<Shape>,
) -> Result<Vec<RgbImage>, PictureFault> {
    let Opened { source, size, shapes, scale } = header::open(bytes, bounds, shapes)?;
    let (raster, profile, orientation) = decode::decode(bytes, source, size, scale)?;
    let base = colour::srgb(raster, profile.as_deref())?;
    // Scaled before they are turned: then that costs nothing, whatever was sent.
    let factor = f64::from(scale.1) / f64::from(scale.0);
    Ok(make(base, size, factor, &shapes)?.into_iter().map(|image| turned(image, orientation)).collect())
}

fn turned(image: RgbImage, orientation: Orientation) -> RgbImage {
    if orientation == Orientation::NoTransforms {
        return image;
    }
    let mut image = DynamicImage::from(image);
    image.apply_orientation(orientation);
    image.into_rgb8()
}

/// The JPEG of one.
pub(super) fn encode(image: &RgbImage) -> Result<Vec<u8>, PictureFault> {
    let mut jpeg = Vec::new();
    let (width, height) = image.dimensions();
    JpegEncoder::new_with_quality(&mut jpeg, QUALITY)
        .encode(image.as_raw(), width, height, ExtendedColorType::Rgb8)
        .map_err(broken)?;
    Ok(jpeg)
}
