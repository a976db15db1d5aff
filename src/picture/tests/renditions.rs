//! Renditions of pictures of all kinds: their sizes, how they are turned, what their colours become, how near they are to what an
//! exact reduction gives, and that no bytes make them fail otherwise than by a fault.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, GrayImage, ImageEncoder as _, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};
use moxcms::ColorProfile;
use proptest::prelude::*;

use crate::config::Limits;
use crate::picture::rendition::{Rendered, Rendition, Workbench};
use crate::picture::{PictureFault, header};

fn bench() -> Workbench {
    Workbench { bounds: header::Bounds::from(&Limits::default()) }
}

/// Smooth, coloured, and different in every part.
fn scene(width: u32, height: u32) -> RgbImage {
    let wave = |at: f32, length: f32| ((at / length).sin() + 1.0) * 0.5;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "0 to 255"
    )]
    RgbImage::from_fn(width, height, |x, y| {
        let (x, y) = (x as f32, y as f32);
        let part = |value: f32| (value * 255.0) as u8;
        Rgb([part(wave(x + y, 80.0)), part(wave(x - 2.0 * y, 120.0)), part(wave(x * y, 90_000.0))])
    })
}

fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn jpeg(picture: &DynamicImage, quality: u8) -> Vec<u8> {
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, quality).encode_image(picture).unwrap();
    bytes
}

fn shown(rendered: &Rendered) -> RgbImage {
    let image = image::load_from_memory_with_format(&rendered.jpeg, ImageFormat::Jpeg).unwrap().into_rgb8();
    assert_eq!(image.dimensions(), (rendered.width, rendered.height));
    image
}

fn one(bytes: &[u8], which: Rendition) -> RgbImage {
    shown(bench().renditions(bytes, &[which]).unwrap().first().unwrap())
}

/// Decibels; of what are samples of eight bits.
fn likeness(one: &RgbImage, other: &RgbImage) -> f64 {
    assert_eq!(one.dimensions(), other.dimensions());
    let differences =
        one.as_raw().iter().zip(other.as_raw()).map(|(one, other)| f64::from(one.abs_diff(*other)).powi(2));
    let count = f64::from(u32::try_from(one.as_raw().len()).unwrap());
    10.0 * (255.0_f64.powi(2) / (differences.sum::<f64>() / count)).log10()
}

/// Each pixel the average of what it covers, the edges by their part.
fn reduced(from: &RgbImage, (width, height): (u32, u32)) -> RgbImage {
    let part = |at: u32, to: u32, of: u32| f64::from(at) * f64::from(of) / f64::from(to);
    let covered = |from: f64, to: f64, at: u32| (to.min(f64::from(at) + 1.0) - from.max(f64::from(at))).max(0.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "sides, and 0 to 255")]
    RgbImage::from_fn(width, height, |x, y| {
        let (left, right) = (part(x, width, from.width()), part(x + 1, width, from.width()));
        let (top, bottom) = (part(y, height, from.height()), part(y + 1, height, from.height()));
        let (mut sums, mut area) = ([0.0; 3], 0.0);
        for row in top as u32..(bottom.ceil() as u32).min(from.height()) {
            for column in left as u32..(right.ceil() as u32).min(from.width()) {
                let weight = covered(top, bottom, row) * covered(left, right, column);
                area += weight;
                let pixel = from.get_pixel(column, row).0;
                sums.iter_mut().zip(pixel).for_each(|(sum, sample)| *sum += weight * f64::from(sample));
            }
        }
        Rgb(sums.map(|sum| (sum / area).round() as u8))
    })
}

/// Colours at half of the picture's size (fixtures/jpeg/make).
const HALVED: &[u8] = include_bytes!("../../../fixtures/jpeg/large.jpg");

#[test]
fn each_size_is_near_an_exact_reduction() {
    let picture = scene(2200, 1400);
    // What is lost of colours that were halved is lost for all: that one is held against what another decoder makes of it.
    let halved = image::load_from_memory(HALVED).unwrap().into_rgb8();
    let (large, medium, small) = (Rendition::Large, Rendition::Medium, Rendition::Small);
    for (kind, bytes, picture, sizes) in [
        ("JPEG", jpeg(&picture.clone().into(), 95), &picture, &[Rendition::Full, medium][..]),
        ("PNG", encoded(&picture.clone().into(), ImageFormat::Png), &picture, &[large, small]),
        ("halved JPEG", HALVED.to_vec(), &halved, &[large]),
        ("halved JPEG", HALVED.to_vec(), &halved, &[medium]),
        ("halved JPEG", HALVED.to_vec(), &halved, &[small]),
    ] {
        // Those of a line are decoded once.
        for rendered in bench().renditions(&bytes, sizes).unwrap() {
            let (width, height) = picture.dimensions();
            let side = rendered.which.side();
            assert_eq!((rendered.width, rendered.height), (side, (side * height + width / 2) / width), "{kind}");
            let likeness = likeness(&shown(&rendered), &reduced(picture, (rendered.width, rendered.height)));
            assert!(likeness >= 35.0, "{kind} {}: {likeness:.1} dB", rendered.which.name());
        }
    }
}

#[test]
fn all_at_once_are_what_each_is_alone_and_in_the_order_asked_for() {
    let bytes = jpeg(&scene(1000, 700).into(), 90);
    let all = bench().renditions(&bytes, &Rendition::ALL).unwrap();
    let names: Vec<_> = all.iter().map(|one| (one.which.name(), one.width, one.height)).collect();
    assert_eq!(
        names,
        [
            ("small", 96, 67),
            ("medium", 176, 123),
            ("large", 800, 560),
            ("full", 1000, 700),
            ("smallSquare", 96, 96),
            ("mediumSquare", 176, 176),
            ("largeSquare", 700, 700),
        ]
    );
    for rendered in &all {
        let likeness = likeness(&shown(rendered), &one(&bytes, rendered.which));
        assert!(likeness >= 35.0, "{}: {likeness:.1} dB", rendered.which.name());
    }
    let examined = bench().examine(&bytes).unwrap();
    assert_eq!((examined.small.width, examined.medium.width), (96, 176));
    assert!((20..40).contains(&examined.thumb_hash.len()), "{}", examined.thumb_hash);
}

#[test]
fn what_is_small_stays_so() {
    for (width, height) in [(1, 1), (1, 3000), (3000, 1), (95, 40)] {
        let bytes = encoded(&scene(width, height).into(), ImageFormat::Png);
        for rendered in bench().renditions(&bytes, &Rendition::ALL).unwrap() {
            let side = rendered.which.side().min(width.max(height));
            assert!(rendered.width.max(rendered.height) <= side, "{width}x{height}: {rendered:?}");
            shown(&rendered);
        }
        assert!(!bench().examine(&bytes).unwrap().thumb_hash.is_empty());
    }
}

/// Red above left, green above right, blue below left, white below right.
fn quarters(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| match (x < width / 2, y < height / 2) {
        (true, true) => Rgb([255, 0, 0]),
        (false, true) => Rgb([0, 255, 0]),
        (true, false) => Rgb([0, 0, 255]),
        (false, false) => Rgb([255, 255, 255]),
    })
}

#[test]
fn all_eight_orientations_are_applied() {
    // By EXIF's number: the corners above left, above right, below left, below right, as they are to be seen.
    let seen = ["RGBW", "GRWB", "WBGR", "BWRG", "RBGW", "BRWG", "WGBR", "GWRB"];
    let stored = quarters(320, 240);
    for (number, corners) in (1_u8..).zip(seen) {
        let mut exif = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0".to_vec();
        exif.extend([number, 0, 0, 0, 0, 0, 0, 0]);
        let plain = jpeg(&stored.clone().into(), 90);
        let length = u16::try_from(exif.len() + 2).unwrap().to_be_bytes();
        let bytes = [&plain[..2], &[0xff, 0xe1], &length, &exif, &plain[2..]].concat();
        let turned = one(&bytes, Rendition::Medium);
        assert_eq!(turned.dimensions(), if number > 4 { (132, 176) } else { (176, 132) }, "{number}");
        let (width, height) = turned.dimensions();
        let found: String = [(1, 1), (3, 1), (1, 3), (3, 3)]
            .map(|(x, y)| match turned.get_pixel(width * x / 4, height * y / 4).0.map(|sample| sample > 128) {
                [true, false, false] => 'R',
                [false, true, false] => 'G',
                [false, false, true] => 'B',
                _ => 'W',
            })
            .into_iter()
            .collect();
        assert_eq!(found, corners, "{number}");
    }
}

#[test]
fn squares_are_of_the_middle() {
    let mut picture = RgbImage::from_pixel(900, 300, Rgb([255, 0, 0]));
    for x in 300..600 {
        (0..300).for_each(|y| picture.put_pixel(x, y, Rgb([0, 0, 255])));
    }
    for format in [ImageFormat::Jpeg, ImageFormat::Png] {
        let square = one(&encoded(&picture.clone().into(), format), Rendition::SmallSquare);
        let inner = square.enumerate_pixels().filter(|(x, _, _)| (4..92).contains(x));
        assert!(inner.into_iter().all(|(_, _, pixel)| pixel.0[0] < 40 && pixel.0[2] > 215), "{format:?}");
    }
}

#[test]
fn what_shines_through_is_white_and_first_frames_and_deep_samples_are_shown() {
    let clear = RgbaImage::from_pixel(400, 300, Rgba([255, 0, 0, 0]));
    let deep = DynamicImage::from(scene(400, 300)).into_rgb16();
    for (name, bytes, should) in [
        ("PNG", encoded(&clear.clone().into(), ImageFormat::Png), [255; 3]),
        ("WebP", encoded(&clear.clone().into(), ImageFormat::WebP), [255; 3]),
        ("GIF", encoded(&clear.into(), ImageFormat::Gif), [255; 3]),
        ("gray", encoded(&GrayImage::from_pixel(400, 300, image::Luma([77])).into(), ImageFormat::Png), [77; 3]),
        ("gray JPEG", jpeg(&GrayImage::from_pixel(400, 300, image::Luma([77])).into(), 90), [77; 3]),
    ] {
        let pixel = one(&bytes, Rendition::Small).get_pixel(40, 30).0;
        assert!(pixel.iter().zip(should).all(|(is, should)| is.abs_diff(should) < 3), "{name}: {pixel:?}");
    }
    let shallow = one(&encoded(&scene(400, 300).into(), ImageFormat::Png), Rendition::Medium);
    assert!(likeness(&one(&encoded(&deep.into(), ImageFormat::Png), Rendition::Medium), &shallow) > 40.0);
}

#[test]
fn a_wide_gamut_is_brought_into_srgb() {
    let profile = ColorProfile::new_display_p3().encode().unwrap();
    let picture = RgbImage::from_pixel(300, 300, Rgb([180, 120, 60]));
    let mut png = Vec::new();
    let mut encoder = image::codecs::png::PngEncoder::new(&mut png);
    encoder.set_icc_profile(profile.clone()).unwrap();
    encoder.write_image(picture.as_raw(), 300, 300, image::ExtendedColorType::Rgb8).unwrap();
    let mut jpeg = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut jpeg, 95);
    encoder.set_icc_profile(profile.clone()).unwrap();
    encoder.write_image(picture.as_raw(), 300, 300, image::ExtendedColorType::Rgb8).unwrap();
    let mut webp = Vec::new();
    let mut encoder = image::codecs::webp::WebPEncoder::new_lossless(&mut webp);
    encoder.set_icc_profile(profile).unwrap();
    encoder.write_image(picture.as_raw(), 300, 300, image::ExtendedColorType::Rgb8).unwrap();
    // By the matrices and the curve of both (CSS Color 4, §10): 191, 118, 46.
    for (name, bytes) in [("PNG", png), ("JPEG", jpeg), ("WebP", webp)] {
        let [red, green, blue] = one(&bytes, Rendition::Small).get_pixel(48, 48).0;
        let near = red.abs_diff(191) < 4 && green.abs_diff(118) < 4 && blue.abs_diff(46) < 5;
        assert!(near, "{name}: {red} {green} {blue}");
    }
}

fn samples() -> [Vec<u8>; 4] {
    let picture = DynamicImage::from(scene(120, 90));
    [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP, ImageFormat::Gif].map(|format| encoded(&picture, format))
}

#[test]
fn what_is_cut_short_anywhere_is_a_fault() {
    for whole in samples() {
        for length in (0..whole.len() * 9 / 10).step_by(7) {
            let cut = bench().renditions(&whole[..length], &[Rendition::Small]);
            assert!(
                matches!(cut, Err(PictureFault::Broken(_) | PictureFault::Kind(_) | PictureFault::Size(_))),
                "{length}"
            );
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_makes_it_panic(
        format in 0..4usize,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..3u8), 1..8),
    ) {
        let mut bytes = samples()[format].clone();
        for (at, byte, how) in changes {
            let at = at.index(bytes.len());
            match how {
                0 => bytes[at] = byte,
                1 => drop(bytes.remove(at)),
                _ => bytes.insert(at, byte),
            }
        }
        if let Ok(all) = bench().renditions(&bytes, &[Rendition::Small, Rendition::LargeSquare]) {
            prop_assert!(all.iter().all(|one| one.width <= 800 && one.height <= 800));
        }
    }
}
