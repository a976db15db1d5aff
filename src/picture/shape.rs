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

    /// Whether it can be made of what has that shape and size.
    fn is_in(self, (shape, image): &(Self, RgbImage), size: (u32, u32)) -> bool {
        let whole = matches!(shape, Self::Fit(_)) || matches!(self, Self::Square(_));
        whole && image.width() >= size.0 && image.height() >= size.1
    }
}

/// Makes all `shapes` of `base`, which is the picture at a part of its `size`; each of the smallest made before that will do.
pub(super) fn make(base: RgbImage, size: (u32, u32), shapes: &[Shape]) -> Result<Vec<RgbImage>, PictureFault> {
    let mut order: Vec<_> = shapes.iter().map(|shape| (*shape, shape.of(size))).enumerate().collect();
    order.sort_by_key(|(_, (_, (width, height)))| Reverse(width * height));
    let mut made: Vec<(Shape, RgbImage)> = vec![(Shape::Fit(u32::MAX), base)];
    let mut numbers = Vec::new();
    for (number, (shape, size)) in order {
        let from = made.iter().rev().find(|one| shape.is_in(one, size)).or(made.first());
        let Some((_, from)) = from else { continue };
        made.push((shape, scaled(from, size, shape)?));
        numbers.push(number);
    }
    let mut made: Vec<_> = numbers.into_iter().zip(made.into_iter().skip(1).map(|(_, image)| image)).collect();
    made.sort_by_key(|(number, _)| *number);
    Ok(made.into_iter().map(|(_, image)| image).collect())
}

fn scaled(from: &RgbImage, (width, height): (u32, u32), shape: Shape) -> Result<RgbImage, PictureFault> {
    if from.dimensions() == (width, height) {
        return Ok(from.clone());
    }
    let source = ImageRef::new(from.width(), from.height(), from.as_raw(), PixelType::U8x3).map_err(broken)?;
    let mut to = Image::new(width, height, PixelType::U8x3);
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Lanczos3));
    // A square is cut from the middle; what fits differs from the whole by a rounded pixel.
    let options = if matches!(shape, Shape::Square(_)) { options.fit_into_destination(None) } else { options };
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
