//! JPEGs that another encoder wrote (fixtures/jpeg/make), each of a kind that is read by code of its own, against what another
//! decoder makes of them; and changed at random.

use proptest::prelude::*;

use super::super::raster::{Colours, Raster};
use super::{Broken, Head, decode};

const HALVED: &[u8] = include_bytes!("../../../fixtures/jpeg/halved.jpg");
const PROGRESSIVE: &[u8] = include_bytes!("../../../fixtures/jpeg/progressive.jpg");
const RESTARTS: &[u8] = include_bytes!("../../../fixtures/jpeg/restarts.jpg");
const INKS: &[u8] = include_bytes!("../../../fixtures/jpeg/inks.jpg");

fn at(bytes: &[u8], scale: u32) -> Result<Raster, Broken> {
    decode(bytes, &Head::read(bytes)?, scale)
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

#[test]
fn a_part_of_a_picture_is_its_average() {
    for (name, bytes) in [("halved", HALVED), ("progressive", PROGRESSIVE), ("restarts", RESTARTS)] {
        let whole = at(bytes, 8).unwrap();
        for scale in [1, 2, 4] {
            let part = at(bytes, scale).unwrap();
            let factor = 8 / scale as usize;
            assert_eq!((part.width, part.height), (150_usize.div_ceil(factor), 107_usize.div_ceil(factor)));
            let (mut ours, mut averages) = (Vec::new(), Vec::new());
            // Those of whole pixels.
            for (y, x, colour) in
                (0..107 / factor).flat_map(|y| (0..150 / factor).flat_map(move |x| [(y, x, 0), (y, x, 1), (y, x, 2)]))
            {
                let of = |row: usize, column: usize| u32::from(whole.pixels[(row * 150 + column) * 3 + colour]);
                let covered = (0..factor * factor).map(|at| of(y * factor + at / factor, x * factor + at % factor));
                averages.push(u8::try_from(covered.sum::<u32>() / u32::try_from(factor * factor).unwrap()).unwrap());
                ours.push(part.pixels[(y * part.width + x) * 3 + colour]);
            }
            let likeness = likeness(&ours, &averages);
            // Colours that are sampled half as finely as brightness stay so in a part.
            let least = if name == "restarts" { 33.0 } else { 22.0 };
            assert!(likeness > least, "{name} at {scale}/8: {likeness:.1} dB");
        }
    }
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
    assert_eq!(at(&twice, 8).err(), Some(Broken("a component twice")));
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
