//! What is cut, and what is left: the pixels, the profile, and how the picture is turned.

use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::blocks::{CANARY, profile};
use super::made::{FLAGS, KINDS, chunk, metadata, plain, riff, seen, segment};
use crate::picture::recipe::{bytes, length, part};
use crate::picture::{Facts, Kind, Piece, cut, facts};

/// What a recipe makes of a file.
pub(super) fn made(recipe: &[Piece], file: &[u8]) -> Vec<u8> {
    bytes(recipe, file).map(|bytes| bytes.expect("only bytes that are there are kept")).collect::<Vec<_>>().concat()
}

pub(super) fn has_canary(file: &[u8]) -> bool {
    file.windows(4).any(|window| window == &CANARY[..4])
}

/// A picture without metadata, and the same with all that may stand beside it, at any places, and turned so.
#[derive(Debug)]
struct Tagged {
    kind: Kind,
    plain: Vec<u8>,
    file: Vec<u8>,
    turned: u8,
}

fn tagged() -> impl Strategy<Value = Tagged> {
    let places = prop::collection::vec(any::<Index>(), 13);
    let (kind, turned) = (select(&KINDS[..]), 0..=9_u8);
    (kind, any::<bool>(), turned, places, any::<bool>()).prop_map(|(kind, profile, turned, places, trails)| {
        let mut picture = plain(kind, profile);
        let plain = picture.file(&[]);
        if kind == Kind::WebP {
            picture.parts[0][FLAGS] |= 0x0c;
        }
        for (block, place) in metadata(kind, turned.into()).into_iter().zip(places) {
            let at = 1 + place.index(picture.parts.len() - 1);
            picture.parts.insert(at, block);
        }
        let second = [&b"\xff\xd8"[..], &CANARY.repeat(3), b"\xff\xd9IEND"].concat();
        Tagged { kind, plain, file: picture.file(if trails { &second } else { &[] }), turned }
    })
}

proptest! {
    #[test]
    fn nothing_is_left_but_the_picture(Tagged { kind, plain, file, turned } in tagged()) {
        prop_assert!(has_canary(&file));
        let recipe = cut(&file).unwrap();
        let left = made(&recipe, &file);
        prop_assert!(!has_canary(&left), "{kind:?} {recipe:?}");
        prop_assert_eq!(length(&recipe), left.len() as u64);
        prop_assert_eq!(made(&cut(&left).unwrap(), &left), &left[..], "cut again");
        let (is, was) = (seen(&left), seen(&plain));
        prop_assert_eq!((is.pixels, is.profile), (was.pixels, was.profile));
        let before = facts(&file).unwrap();
        // After the pixels nothing turns them any longer, but in a WebP, where it stands there.
        let turns = (1..=8).contains(&turned) && kind != Kind::Gif;
        prop_assert!(before.orientation == 1 || turns && before.orientation == turned);
        prop_assert!(kind != Kind::WebP || !turns || before.orientation == turned);
        prop_assert_eq!(is.orientation.to_exif(), before.orientation);
        let nothing = Facts {
            taken: None,
            location: None,
            camera_make: None,
            camera_model: None,
            f_number: None,
            exposure: None,
            focal_length: None,
            iso: None,
            ..before
        };
        prop_assert_eq!(facts(&left).unwrap(), nothing);
    }

    #[test]
    fn any_range_is_a_recipe_of_its_own(Tagged { file, .. } in tagged(), ends in any::<[Index; 2]>(), beyond in 0..9_u64) {
        let recipe = cut(&file).unwrap();
        let left = made(&recipe, &file);
        let [start, end] = ends.map(|end| end.index(left.len() + 1));
        let some = part(&recipe, &(start as u64..end as u64));
        prop_assert_eq!(made(&some, &file), left.get(start..end).unwrap_or_default());
        prop_assert_eq!(length(&some), end.saturating_sub(start) as u64);
        let rest = part(&recipe, &(start as u64..left.len() as u64 + beyond));
        prop_assert_eq!(made(&rest, &file), &left[start..]);
        let kept = serde_json::to_string(&recipe).unwrap();
        prop_assert_eq!(serde_json::from_str::<Vec<Piece>>(&kept).unwrap(), recipe);
    }
}

#[test]
fn bytes_between_segments_that_belong_to_none_are_left_out() {
    for stray in [&[0xff, 0xd3][..], &[0xff, 0x00], &[], &[0xff, 0x01]] {
        let mut picture = plain(Kind::Jpeg, false);
        let plain = picture.file(&[]);
        picture.parts.insert(2, [stray, &CANARY.repeat(3), b"\xff\xff"].concat());
        let file = picture.file(&[]);
        assert_eq!(made(&cut(&file).unwrap(), &file), made(&cut(&plain).unwrap(), &plain));
    }
}

#[test]
fn a_jpeg_begins_anew() {
    let mut picture = plain(Kind::Jpeg, false);
    picture.parts.drain(1..2);
    picture.parts.splice(1..1, metadata(Kind::Jpeg, 3));
    let file = picture.file(&[]);
    let begins =
        b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x02\0\0\x01\0\x01\0\0\xff\xe1\0\x22Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\
                   \0\x03\0\0\0\x01\0\x03\0\0\0\0\0\0\xff\xee\0\x0eAdobe\0\x64\0\0\0\0\x01\xff";
    assert!(made(&cut(&file).unwrap(), &file).starts_with(begins));
}

#[test]
fn of_what_says_the_colours_the_last_before_the_scans_counts() {
    let adobe = |transform: u8| segment(0xee, &[b"Adobe\0\x64\0\0\0\0", &[transform]]);
    let mut picture = plain(Kind::Jpeg, false);
    let behind = picture.parts.len() - 1;
    picture.parts.insert(behind, adobe(2));
    picture.parts.splice(1..1, [adobe(0), adobe(1), segment(0xee, &[b"Adobe"])]);
    let file = picture.file(&[]);
    let left = made(&cut(&file).unwrap(), &file);
    let said: Vec<u8> = left.windows(12).filter(|bytes| bytes.starts_with(b"Adobe")).map(|bytes| bytes[11]).collect();
    assert_eq!(said, [1]);
}

#[test]
fn a_profile_in_parts_is_kept_whole_or_not_at_all() {
    let profile = profile();
    let part = |nth: u8, of: u8, bytes: &[u8]| segment(0xe2, &[b"ICC_PROFILE\0", &[nth, of], bytes]);
    let parts = [part(1, 2, &profile[..90]), part(2, 2, &profile[90..])];
    let with = |parts: &[Vec<u8>]| {
        let mut picture = plain(Kind::Jpeg, false);
        picture.parts.splice(1..1, parts.iter().cloned());
        let file = picture.file(&[]);
        let left = made(&cut(&file).unwrap(), &file);
        left.windows(4).filter(|window| *window == b"ICC_").count()
    };
    assert_eq!(with(&parts), 2);
    assert_eq!(with(&parts[..1]), 0);
    assert_eq!(with(&[&parts[..], &[part(9, 9, CANARY)]].concat()), 0);
    assert_eq!(with(&[part(1, 1, &profile[..150])]), 0);
    assert_eq!(with(&[part(1, 1, &[&profile[..], CANARY].concat())]), 1, "without what is behind it");
    assert_eq!(with(&[parts[1].clone(), parts[0].clone()]), 2, "in any order");
    assert_eq!(with(&[part(1, 2, &profile[..90]), part(1, 2, &profile[90..])]), 0);
}

#[test]
fn a_profile_of_png_loses_its_name_and_what_follows_it() {
    let mut picture = plain(Kind::Png, true);
    let profile = picture.parts.iter().position(|part| &part[4..8] == b"iCCP").unwrap();
    let data = picture.parts[profile][8..].to_vec();
    let packed = data.iter().position(|byte| *byte == 0).unwrap() + 2..data.len() - 4;
    picture.parts[profile] = chunk(*b"iCCP", &[b"CANARY\0\0", &data[packed.clone()]].concat());
    let file = picture.file(&[]);
    let left = made(&cut(&file).unwrap(), &file);
    assert!(!has_canary(&left));
    assert_eq!(seen(&left), seen(&file));
    picture.parts[profile] = chunk(*b"iCCP", &[b"icc\0\0", &data[packed], CANARY].concat());
    let file = picture.file(&[]);
    assert!(!has_canary(&made(&cut(&file).unwrap(), &file)), "bytes after the packed profile");
}

#[test]
fn of_profiles_and_xmp_in_a_png_only_the_first_is_unpacked() {
    let mut picture = plain(Kind::Png, true);
    picture.parts.insert(1, chunk(*b"iCCP", &[b"icc\0\0", CANARY].concat()));
    let file = picture.file(&[]);
    assert!(cut(&file).unwrap().iter().all(|piece| matches!(piece, Piece::Kept(_))), "no profile is written anew");
    picture.parts.splice(1..1, metadata(Kind::Png, 1).into_iter().nth(1));
    assert!(facts(&picture.file(&[])).unwrap().taken.is_some());
    picture.parts.insert(1, chunk(*b"iTXt", b"XML:com.adobe.xmp\0\x01\0\0\0CANARY"));
    assert!(facts(&picture.file(&[])).unwrap().taken.is_none());
}

#[test]
fn a_moving_webp_of_thousands_of_clean_pictures_is_one_piece() {
    let still = plain(Kind::WebP, false).parts.remove(1);
    let mut picture = plain(Kind::WebP, false);
    picture.parts[0][FLAGS] = 0x02;
    picture.parts[1] = riff(*b"ANIM", &[0; 6]);
    let header = [[0; 6], [20, 0, 0, 12, 0, 0], [0; 6]].concat();
    let frame = riff(*b"ANMF", &[&header[..16], &still].concat());
    picture.parts.splice(2..2, std::iter::repeat_n(frame, 3000));
    let file = picture.file(&[]);
    assert_eq!(made(&cut(&file).unwrap(), &file), file);
    assert!(cut(&file).unwrap().len() <= 2);
}

#[test]
fn each_picture_of_a_moving_webp_is_cut() {
    let still = plain(Kind::WebP, false).parts.remove(1);
    let shown = [[0; 6], [20, 0, 0, 12, 0, 0], [9, 0, 0, 2, 0, 0]].concat();
    let frame = [&shown[..16], &riff(*b"CANA", &CANARY.repeat(3)), &still, &riff(*b"XMP ", CANARY)].concat();
    let mut picture = plain(Kind::WebP, false);
    picture.parts[0][FLAGS] = 0x02;
    picture.parts[1] = riff(*b"ANIM", &[0; 6]);
    picture.parts.splice(2..2, [riff(*b"ANMF", &frame), riff(*b"ANMF", &frame), riff(*b"EXIF", &CANARY.repeat(2))]);
    let file = picture.file(CANARY);
    let left = made(&cut(&file).unwrap(), &file);
    assert!(!has_canary(&left));
    assert_eq!(seen(&left).pixels, seen(&plain(Kind::WebP, false).file(&[])).pixels);
    assert_eq!(left.windows(4).filter(|window| *window == b"ANMF").count(), 2);
    assert_eq!(made(&cut(&left).unwrap(), &left), left);
}
