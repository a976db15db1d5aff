//! JPEGs that another encoder wrote (fixtures/jpeg/make), each of a kind that is read by code of its own, against what another
//! decoder makes of them; and changed at random.

use proptest::prelude::*;

use super::super::PictureFault;
use super::super::raster::{Colours, Raster};
use super::{Head, decode};

const HALVED: &[u8] = include_bytes!("../../../fixtures/jpeg/halved.jpg");
const PROGRESSIVE: &[u8] = include_bytes!("../../../fixtures/jpeg/progressive.jpg");
const RESTARTS: &[u8] = include_bytes!("../../../fixtures/jpeg/restarts.jpg");
const INKS: &[u8] = include_bytes!("../../../fixtures/jpeg/inks.jpg");

fn at(bytes: &[u8], scale: u32) -> Result<Raster, PictureFault> {
    Ok(decode(bytes, &Head::read(bytes)?, scale)?)
}

/// Decibels.
fn likeness(one: &[u8], other: &[u8]) -> f64 {
    assert_eq!(one.len(), other.len());
    let sum: f64 = one.iter().zip(other).map(|(one, other)| f64::from(one.abs_diff(*other)).powi(2)).sum();
    10.0 * (255.0_f64.powi(2) * f64::from(u32::try_from(one.len()).unwrap()) / sum).log10()
}

fn theirs(bytes: &[u8]) -> image::RgbImage {
    image::load_from_memory(bytes).unwrap().into_rgb8()
}

#[test]
fn whole_pictures_are_what_another_decoder_makes_of_them() {
    for (name, bytes) in [("halved", HALVED), ("progressive", PROGRESSIVE), ("restarts", RESTARTS)] {
        let ours = at(bytes, 8).unwrap();
        assert_eq!((ours.width, ours.height, ours.colours), (150, 107, Colours::Rgb));
        let likeness = likeness(&ours.pixels, theirs(bytes).as_raw());
        assert!(likeness > 40.0, "{name}: {likeness:.1} dB");
    }
}

/// The average of a square of pixels, those at its edges by their part.
fn average(whole: &image::RgbImage, (left, top): (f64, f64), side: f64, colour: usize) -> f64 {
    let covered = |from: f64, at: u32| ((from + side).min(f64::from(at) + 1.0) - from.max(f64::from(at))).max(0.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "sides")]
    let range = |from: f64, end: u32| from as u32..((from + side).ceil() as u32).min(end);
    let (mut sum, mut area) = (0.0, 0.0);
    for row in range(top, whole.height()) {
        for column in range(left, whole.width()) {
            let weight = covered(left, column) * covered(top, row);
            (sum, area) = (sum + weight * f64::from(whole.get_pixel(column, row).0[colour]), area + weight);
        }
    }
    sum / area
}

#[test]
fn a_part_of_a_picture_is_its_average() {
    for (name, bytes) in [("halved", HALVED), ("progressive", PROGRESSIVE), ("restarts", RESTARTS)] {
        let whole = theirs(bytes);
        for scale in 1..8 {
            let part = at(bytes, scale).unwrap();
            let sides = [150, 107].map(|side: u32| (side * scale).div_ceil(8) as usize);
            assert_eq!([part.width, part.height], sides);
            let length = 8.0 / f64::from(scale);
            let (mut ours, mut averages) = (Vec::new(), Vec::new());
            // Those that are whole.
            for (x, y) in (0..107 * scale / 8).flat_map(|y| (0..150 * scale / 8).map(move |x| (x, y))) {
                let from = (f64::from(x) * length, f64::from(y) * length);
                for colour in 0..3 {
                    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 255")]
                    averages.push(average(&whole, from, length, colour).round() as u8);
                    ours.push(part.pixels[(y as usize * part.width + x as usize) * 3 + colour]);
                }
            }
            let likeness = likeness(&ours, &averages);
            assert!(likeness > 35.0, "{name} at {scale}/8: {likeness:.1} dB");
        }
    }
}

#[test]
fn kinds_that_few_programs_show_are_refused_by_name() {
    let frame = RESTARTS.windows(2).position(|pair| pair == [0xff, 0xc0]).unwrap();
    for (at, byte, says) in [
        (1, 0xc3, "lossless"),
        (1, 0xc9, "arithmetic"),
        (1, 0xca, "arithmetic"),
        (1, 0xc5, "few programs"),
        (4, 12, "eight bits"),
    ] {
        let mut bytes = RESTARTS.to_vec();
        bytes[frame + at] = byte;
        for fault in [Head::read(&bytes).err(), super::super::cut(&bytes).err()] {
            assert!(matches!(fault, Some(PictureFault::Kind(kind)) if kind.contains(says)), "{byte:x}");
        }
    }
}

#[test]
fn colours_are_what_jfif_and_adobe_say() {
    let adobe = |transform| [&b"\xff\xee\0\x0eAdobe\0\x64\0\0\0\0"[..], &[transform]].concat();
    let jfif = b"\xff\xe0\0\x10JFIF\0\x01\x02\0\0\x01\0\x01\0\0";
    let with = |segments: &[&[u8]]| [&RESTARTS[..2], &segments.concat(), &RESTARTS[2..]].concat();
    let pixels = |segments: &[&[u8]]| at(&with(segments), 2).unwrap().pixels;
    let plain = pixels(&[]);
    assert_ne!(pixels(&[&adobe(0)]), plain);
    assert_eq!(pixels(&[&adobe(1)]), plain);
    // JFIF's are YCbCr, whatever Adobe's segment says.
    assert_eq!(pixels(&[jfif, &adobe(0)]), plain);
}

#[test]
fn inks_are_those_of_the_picture() {
    let ours = at(INKS, 8).unwrap();
    assert_eq!(ours.colours, Colours::Cmyk);
    let shown = super::super::colour::srgb(ours, None).unwrap();
    // No profile says what the inks look like: near is enough, and inverted is far.
    let likeness = likeness(shown.as_raw(), theirs(RESTARTS).as_raw());
    assert!(likeness > 14.0, "{likeness:.1} dB");
}

#[test]
fn no_component_has_more_scans_than_the_picture_needs() {
    let scan = RESTARTS.windows(2).position(|pair| pair == [0xff, 0xda]).unwrap();
    let twice = [&RESTARTS[..RESTARTS.len() - 2], &RESTARTS[scan..]].concat();
    assert_eq!(at(&twice, 8).err(), Some(PictureFault::Broken("a component twice".into())));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_makes_it_panic(
        which in 0..4usize,
        scale in 0..4u32,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..4u8), 1..8),
    ) {
        let mut bytes = [HALVED, PROGRESSIVE, RESTARTS, INKS][which].to_vec();
        for (at, byte, how) in changes {
            let at = at.index(bytes.len());
            match how {
                // Headers, where most is decided.
                0 => bytes[at % 700] = byte,
                1 => bytes[at] = byte,
                2 => drop(bytes.remove(at)),
                _ => bytes.insert(at, byte),
            }
        }
        let head = Head::read(&bytes);
        if head.as_ref().is_ok_and(|head| head.size().0 <= 2000 && head.size().1 <= 2000) {
            let _ = at(&bytes, 1 << scale);
        }
    }
}
