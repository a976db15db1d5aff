//! From a picture to its squares: decoded, made opaque, cut to the square in its middle, scaled down, turned as its EXIF
//! says, and written as new JPEGs, which hold pixels and nothing else.

use fast_image_resize::images::Image;
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use image::codecs::jpeg::JpegEncoder;
use image::metadata::Orientation;
use image::{DynamicImage, ExtendedColorType, Pixel, Primitive as _, RgbImage};

use super::header::{self, Bounds};
use super::{PictureFault, SIDES, Square};

/// Of JPEG's scale to 100: where the eye sees no difference in a face.
const QUALITY: u8 = 85;

/// The squares of the picture in `bytes`, the largest first.
pub(super) fn squares(bytes: &[u8], bounds: &Bounds) -> Result<Vec<Square>, PictureFault> {
    let mut decoder = header::open(bytes, bounds)?;
    // What cannot be read of the EXIF turns nothing.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut picture = DynamicImage::from_decoder(decoder).map_err(broken)?;
    flatten(&mut picture);
    let shorter = picture.width().min(picture.height());
    let mut sides = SIDES.into_iter().rev().filter(|side| *side <= shorter);
    // `header` has refused what is smaller than is wanted; what is wanted is shown as large as it is.
    let largest = sides.next().unwrap_or(shorter);
    // Scaled before it is turned: then that costs nothing, whatever was sent.
    let mut master = largest_square(&picture, largest)?;
    drop(picture);
    master.apply_orientation(orientation);
    let master = master.into_rgb8();
    let mut made = vec![Square { side: largest, jpeg: encode(&master)? }];
    for side in sides {
        made.push(Square { side, jpeg: encode(&smaller(&master, side)?)? });
    }
    Ok(made)
}

fn options() -> ResizeOptions {
    ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Lanczos3)).use_alpha(false)
}

/// The square in the middle of `picture`, scaled to `side`, in the picture's own kind of pixels.
fn largest_square(picture: &DynamicImage, side: u32) -> Result<DynamicImage, PictureFault> {
    let mut square = DynamicImage::new(side, side, picture.color());
    let cut = options().fit_into_destination(None);
    Resizer::new().resize(picture, &mut square, &cut).map_err(broken)?;
    Ok(square)
}

fn smaller(master: &RgbImage, side: u32) -> Result<RgbImage, PictureFault> {
    let (width, height) = master.dimensions();
    let source = Image::from_vec_u8(width, height, master.as_raw().clone(), PixelType::U8x3).map_err(broken)?;
    let mut square = Image::new(side, side, PixelType::U8x3);
    Resizer::new().resize(&source, &mut square, &options()).map_err(broken)?;
    RgbImage::from_raw(side, side, square.into_vec()).ok_or_else(|| PictureFault::Broken("no square".into()))
}

/// JPEG has no alpha: what shines through is white, as the pages are on which such pictures are drawn. In place, and before
/// scaling, which would else need a second copy of the whole picture to weigh its pixels by their alpha.
fn flatten(picture: &mut DynamicImage) {
    match picture {
        DynamicImage::ImageRgba8(pixels) => pixels.pixels_mut().for_each(on_white),
        DynamicImage::ImageRgba16(pixels) => pixels.pixels_mut().for_each(on_white),
        DynamicImage::ImageLumaA8(pixels) => pixels.pixels_mut().for_each(on_white),
        DynamicImage::ImageLumaA16(pixels) => pixels.pixels_mut().for_each(on_white),
        _ => {}
    }
}

fn on_white<P: Pixel<Subpixel: Into<u32> + TryFrom<u32>>>(pixel: &mut P) {
    let Some((alpha, colours)) = pixel.channels_mut().split_last_mut() else { return };
    let white = P::Subpixel::DEFAULT_MAX_VALUE;
    let (opaque, covers): (u32, u32) = (white.into(), (*alpha).into());
    for colour in colours {
        // Both products together are at most opaque², which fits.
        let mixed = ((*colour).into() * covers + opaque * (opaque - covers)) / opaque;
        *colour = mixed.try_into().unwrap_or(white);
    }
    *alpha = white;
}

fn encode(square: &RgbImage) -> Result<Vec<u8>, PictureFault> {
    let mut jpeg = Vec::new();
    let (width, height) = square.dimensions();
    JpegEncoder::new_with_quality(&mut jpeg, QUALITY)
        .encode(square.as_raw(), width, height, ExtendedColorType::Rgb8)
        .map_err(broken)?;
    Ok(jpeg)
}

fn broken(fault: impl std::fmt::Display) -> PictureFault {
    PictureFault::Broken(fault.to_string())
}
