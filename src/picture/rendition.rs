//! The renditions of a photo (api.md §8): smaller pictures in Graph's sizes, which hold pixels and nothing else.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use image::{DynamicImage, RgbImage};

use super::PictureFault;
use super::header::Bounds;
use super::render::{encode, shapes};
use super::shape::Shape;

/// One of the sizes in which a photo is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Rendition {
    /// Within 96 × 96 pixels.
    Small,
    /// Within 176 × 176.
    Medium,
    /// Within 800 × 800.
    Large,
    /// Within 2048 × 2048.
    Full,
    /// 96 × 96 from the middle.
    SmallSquare,
    /// 176 × 176 from the middle.
    MediumSquare,
    /// 800 × 800 from the middle.
    LargeSquare,
}

impl Rendition {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Small, Self::Medium, Self::Large, Self::Full, Self::SmallSquare, Self::MediumSquare, Self::LargeSquare];

    /// As paths name it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Small => "small",
            Self::Medium => "medium",
            Self::Large => "large",
            Self::Full => "full",
            Self::SmallSquare => "smallSquare",
            Self::MediumSquare => "mediumSquare",
            Self::LargeSquare => "largeSquare",
        }
    }

    /// The longer side, pixels; of a smaller picture that is its own.
    pub const fn side(self) -> u32 {
        match self {
            Self::Small | Self::SmallSquare => 96,
            Self::Medium | Self::MediumSquare => 176,
            Self::Large | Self::LargeSquare => 800,
            Self::Full => 2048,
        }
    }

    /// The one that a path names, in any case.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|which| which.name().eq_ignore_ascii_case(name))
    }

    /// Its width and height, of a picture that is shown in this size.
    pub fn pixels(self, of: (u32, u32)) -> (u32, u32) {
        self.shape().of(of)
    }

    const fn shape(self) -> Shape {
        match self {
            Self::Small | Self::Medium | Self::Large | Self::Full => Shape::Fit(self.side()),
            Self::SmallSquare | Self::MediumSquare | Self::LargeSquare => Shape::Square(self.side()),
        }
    }
}

/// A rendition that was made.
#[derive(Debug, Clone)]
pub struct Rendered {
    /// Which.
    pub which: Rendition,
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// A JPEG.
    pub jpeg: Vec<u8>,
}

impl Rendered {
    fn of(which: Rendition, image: &RgbImage) -> Result<Self, PictureFault> {
        Ok(Self { which, width: image.width(), height: image.height(), jpeg: encode(image)? })
    }
}

/// What is made of a photo when it comes.
#[derive(Debug, Clone)]
pub struct Examined {
    /// The two that lists show.
    pub small: Rendered,
    /// The larger of them.
    pub medium: Rendered,
    /// What stands in for it until one of them is there (`ThumbHash`, base64).
    pub thumb_hash: String,
}

/// Where pictures are worked on while one holds a turn: [`super::Pictures::work`].
#[derive(Debug, Clone, Copy)]
pub struct Workbench {
    pub(super) bounds: Bounds,
}

impl Workbench {
    /// The renditions of a picture in these sizes, in this order. It is decoded once for all.
    pub fn renditions(&self, bytes: &[u8], sizes: &[Rendition]) -> Result<Vec<Rendered>, PictureFault> {
        let images = self.images(bytes, sizes)?;
        sizes.iter().zip(&images).map(|(which, image)| Rendered::of(*which, image)).collect()
    }

    /// What is made of it when it comes.
    pub fn examine(&self, bytes: &[u8]) -> Result<Examined, PictureFault> {
        let images = self.images(bytes, &[Rendition::Small, Rendition::Medium])?;
        let [small, medium] = images.as_slice() else { return Err(super::broken("no pictures")) };
        Ok(Examined {
            small: Rendered::of(Rendition::Small, small)?,
            medium: Rendered::of(Rendition::Medium, medium)?,
            thumb_hash: thumb_hash(small),
        })
    }

    fn images(&self, bytes: &[u8], sizes: &[Rendition]) -> Result<Vec<RgbImage>, PictureFault> {
        let wanted: Vec<_> = sizes.iter().map(|which| which.shape()).collect();
        // A photo may be as small as it likes.
        shapes(bytes, &self.bounds.of_any_size(), |_| wanted.clone())
    }
}

/// Of at most 100 × 100 pixels.
fn thumb_hash(small: &RgbImage) -> String {
    let rgba = DynamicImage::from(small.clone()).into_rgba8();
    STANDARD.encode(thumbhash::rgba_to_thumb_hash(small.width() as usize, small.height() as usize, rgba.as_raw()))
}
