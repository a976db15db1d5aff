//! Colours as the screen has them: sRGB. What the samples mean is said by an ICC profile (ICC.1:2022); without, gray and RGB are
//! taken for sRGB, and inks for what they would be on white paper.

use image::RgbImage;
use moxcms::{ColorProfile, DataColorSpace, Layout, Transform8BitExecutor, TransformOptions};

use super::PictureFault;
use super::raster::{Colours, Raster};

/// Longer than those of printers' tables are: such a profile is not looked at.
const LONGEST: usize = 4 * 1024 * 1024;

/// The same picture in sRGB. What cannot be read of the profile changes nothing.
pub(super) fn srgb(raster: Raster, profile: Option<&[u8]>) -> Result<RgbImage, PictureFault> {
    let profile = profile.and_then(|profile| transform(profile, raster.colours));
    let Raster { width, height, colours, mut pixels } = raster;
    match (colours, profile) {
        (Colours::Rgb, None) => {}
        (Colours::Rgb, Some(profile)) => {
            let mut from = vec![0; width * 3];
            for row in pixels.chunks_exact_mut(width * 3) {
                from.copy_from_slice(row);
                profile.transform(&from, row).map_err(super::broken)?;
            }
        }
        (_, profile) => pixels = drawn(&pixels, width, colours, profile.as_deref())?,
    }
    let side = |side: usize| u32::try_from(side).unwrap_or(u32::MAX);
    RgbImage::from_raw(side(width), side(height), pixels).ok_or_else(|| super::broken("rows are missing"))
}

fn transform(profile: &[u8], colours: Colours) -> Option<std::sync::Arc<Transform8BitExecutor>> {
    let profile = ColorProfile::new_from_slice(Some(profile).filter(|profile| profile.len() <= LONGEST)?).ok()?;
    let layout = match (colours, profile.color_space) {
        (Colours::Gray, DataColorSpace::Gray) => Layout::Gray,
        (Colours::Rgb, DataColorSpace::Rgb) => Layout::Rgb,
        (Colours::Cmyk, DataColorSpace::Cmyk) => Layout::Rgba,
        _ => return None,
    };
    profile.create_transform_8bit(layout, &ColorProfile::new_srgb(), Layout::Rgb, TransformOptions::default()).ok()
}

/// From one sample or four to three.
fn drawn(
    pixels: &[u8],
    width: usize,
    colours: Colours,
    profile: Option<&Transform8BitExecutor>,
) -> Result<Vec<u8>, PictureFault> {
    let samples = if colours == Colours::Gray { 1 } else { 4 };
    let mut drawn = vec![0; pixels.len() / samples * 3];
    for (row, to) in pixels.chunks_exact(width * samples).zip(drawn.chunks_exact_mut(width * 3)) {
        if let Some(profile) = profile {
            profile.transform(row, to).map_err(super::broken)?;
            continue;
        }
        for (pixel, to) in row.chunks_exact(samples).zip(to.as_chunks_mut().0) {
            *to = match *pixel {
                [gray] => [gray; 3],
                [cyan, magenta, yellow, black] => [cyan, magenta, yellow].map(|ink| left(ink, black)),
                _ => [u8::MAX; 3],
            };
        }
    }
    Ok(drawn)
}

/// What two inks leave of the paper's white.
fn left(ink: u8, black: u8) -> u8 {
    u8::try_from(u32::from(255 - ink) * u32::from(255 - black) / 255).unwrap_or(u8::MAX)
}
