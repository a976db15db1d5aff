//! Pictures as a camera makes them: JPEGs of scenes, each with a remark, which is cut away for whoever may not read it. Imports `scene`.

use std::sync::Arc;

use image::ExtendedColorType;
use image::codecs::jpeg::JpegEncoder;

use crate::cores::Fault;
use crate::scene;

/// Of JPEG, as cameras have it.
const QUALITY: u8 = 92;
/// Start of image, then a comment (ISO 10918-1 B.1.1.3).
const BEGIN: [u8; 2] = [0xff, 0xd8];
const COMMENT: [u8; 2] = [0xff, 0xfe];

/// A picture without its remark.
#[derive(Clone)]
pub(crate) struct Picture(Arc<Vec<u8>>);

impl Picture {
    /// Of the scene of this number.
    pub(crate) fn of(scene: u32, (width, height): (u16, u16)) -> Result<Self, Fault> {
        let pixels: Vec<u8> = scene::pixels(width.into(), height.into(), scene).flatten().collect();
        let mut jpeg = Vec::new();
        let encoder = &mut JpegEncoder::new_with_quality(&mut jpeg, QUALITY);
        encoder.encode(&pixels, width.into(), height.into(), ExtendedColorType::Rgb8)?;
        Ok(Self(Arc::new(jpeg)))
    }

    /// It with `remark`: bytes that no other picture has.
    pub(crate) fn with(&self, remark: &str) -> Result<Vec<u8>, Fault> {
        let rest = self.0.strip_prefix(&BEGIN).ok_or("no JPEG")?;
        let length = u16::try_from(remark.len() + 2)?.to_be_bytes();
        Ok([&BEGIN, &COMMENT, &length, remark.as_bytes(), rest].concat())
    }
}
