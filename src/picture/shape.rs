//! What is made of a picture: how large, of how much of it, and from what.

use std::cmp::Reverse;

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use image::RgbImage;

use super::{PictureFault, broken};

/// No picture is ever enlarged: of a smaller one it is as large as can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// The whole picture, its longer side so many pixels.
    Fit(u32),
    /// The square in its middle.
    Square(u32),
}

impl Shape {
    /// Its width and height, of a picture of this size.
    pub(super) fn of(self, (width, height): (u32, u32)) -> (u32, u32) {
        match self {
            Self::Square(side) => {
                let side = side.min(width).min(height);
                (side, side)
            }
            Self::Fit(side) => {
                let longer = u64::from(width.max(height).max(1));
                let side = u64::from(side).min(longer);
                let scaled =
                    |own: u32| u32::try_from((u64::from(own) * side + longer / 2) / longer).unwrap_or(own).max(1);
                (scaled(width), scaled(height))
            }
        }
    }

    /// Whether it can be made of what has been made.
    fn is_in(self, made: &Made, size: (u32, u32)) -> bool {
        let whole = matches!(made.shape, Self::Fit(_)) || matches!(self, Self::Square(_));
        whole && made.image.width() >= size.0 && made.image.height() >= size.1
    }
}

/// One that others can be made of.
struct Made {
    shape: Shape,
    image: RgbImage,
    /// How much of it is picture, across and down: at the end of a row the last pixel of an averaged one may be less than one.
    extent: (f64, f64),
}

/// Makes all `shapes` of `base`, which is the picture of `size` at one of `factor` pixels across and down; each of the smallest made
/// before that will do.
pub(super) fn make(
    base: RgbImage,
    size: (u32, u32),
    factor: f64,
    shapes: &[Shape],
) -> Result<Vec<RgbImage>, PictureFault> {
    let mut order: Vec<_> = shapes.iter().map(|shape| (*shape, shape.of(size))).enumerate().collect();
    order.sort_by_key(|(_, (_, (width, height)))| Reverse(width * height));
    let extent = (f64::from(size.0) / factor, f64::from(size.1) / factor);
    let mut made = vec![Made { shape: Shape::Fit(u32::MAX), image: base, extent }];
    let mut numbers = Vec::new();
    for (number, (shape, size)) in order {
        let from = made.iter().rev().find(|one| shape.is_in(one, size)).or(made.first());
        let Some(from) = from else { continue };
        let image = scaled(from, size, shape)?;
        made.push(Made { shape, image, extent: (size.0.into(), size.1.into()) });
        numbers.push(number);
    }
    let mut made: Vec<_> = numbers.into_iter().zip(made.into_iter().skip(1).map(|one| one.image)).collect();
    made.sort_by_key(|(number, _)| *number);
    Ok(made.into_iter().map(|(_, image)| image).collect())
}

fn scaled(from: &Made, (width, height): (u32, u32), shape: Shape) -> Result<RgbImage, PictureFault> {
    let (image, (across, down)) = (&from.image, from.extent);
    if image.dimensions() == (width, height) {
        return Ok(image.clone());
    }
    let source = ImageRef::new(image.width(), image.height(), image.as_raw(), PixelType::U8x3).map_err(broken)?;
    let mut to = Image::new(width, height, PixelType::U8x3);
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Lanczos3));
    let options = match shape {
        Shape::Square(_) => {
            let side = across.min(down);
            options.crop((across - side) / 2.0, (down - side) / 2.0, side, side)
        }
        Shape::Fit(_) => options.crop(0.0, 0.0, across, down),
    };
    Resizer::new().resize(&source, &mut to, &options).map_err(broken)?;
    RgbImage::from_raw(width, height, to.into_vec()).ok_or_else(|| broken("no pixels"))
}

#[cfg(test)]
mod tests {
    use super::Shape;

    #[test]
    fn nothing_is_enlarged_and_nothing_vanishes() {
        assert_eq!(Shape::Fit(2048).of((6000, 4000)), (2048, 1365));
        assert_eq!(Shape::Fit(96).of((4000, 6000)), (64, 96));
        assert_eq!(Shape::Fit(96).of((32_768, 1)), (96, 1));
        assert_eq!(Shape::Fit(800).of((640, 480)), (640, 480));
        assert_eq!(Shape::Square(96).of((6000, 4000)), (96, 96));
        assert_eq!(Shape::Square(800).of((640, 480)), (480, 480));
    }
}
