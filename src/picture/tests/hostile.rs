//! Files that are made to be endless, costly, or to hide something: they are read in time linear to their length or refused.

use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::blocks::{CANARY, exif, profile, short};
use super::cutting::{has_canary, made};
use super::made::{FLAGS, KINDS, Parts, chunk, extension, metadata, plain, riff, segment};
use crate::picture::recipe::length;
use crate::picture::{Kind, PictureFault, cut, facts};

/// A picture with all that may stand beside it.
fn tagged(kind: Kind) -> Parts {
    let mut picture = plain(kind, kind != Kind::Gif);
    if kind == Kind::WebP {
        picture.parts[0][FLAGS] |= 0x0c;
    }
    picture.parts.splice(1..1, metadata(kind, 6));
    picture
}

/// Whatever the file is: what is cut is a picture that is cut no further, and tells nothing.
fn holds(file: &[u8]) {
    let (Ok(recipe), told) = (cut(file), facts(file)) else { return };
    let left = made(&recipe, file);
    assert_eq!(length(&recipe), left.len() as u64);
    assert_eq!(made(&cut(&left).unwrap(), &left), left);
    let (told, after) = (told.unwrap(), facts(&left).unwrap());
    assert_eq!((after.width, after.height, after.orientation), (told.width, told.height, told.orientation));
    assert_eq!((after.location, after.taken, after.camera_model), (None, None, None));
}

fn is_broken(file: &[u8]) -> bool {
    matches!(cut(file), Err(PictureFault::Broken(_))) && matches!(facts(file), Err(PictureFault::Broken(_)))
}

#[test]
fn a_picture_that_is_cut_short_anywhere_is_refused() {
    for kind in KINDS {
        let picture = tagged(kind);
        let file = picture.file(&[]);
        // Of fewer bytes it is not even told what kind of file it is.
        let whole = (12..file.len()).filter(|length| !is_broken(&file[..*length]));
        // A GIF may end behind either of its pictures, or behind what stands between them.
        let [.., control, second, _] = picture.parts.as_slice() else { panic!() };
        let ends = [1, 1 + second.len(), 1 + second.len() + control.len()].map(|behind| file.len() - behind);
        for length in whole {
            assert!(kind == Kind::Gif && ends.contains(&length), "{kind:?} {length} of {}", file.len());
            assert!(made(&cut(&file[..length]).unwrap(), &file).ends_with(&[0, 0x3b]));
        }
        assert!(!is_broken(&file));
    }
}

proptest! {
    #[test]
    fn no_change_of_bytes_does_harm(kind in select(&KINDS[..]), changes in prop::collection::vec(any::<(Index, u8)>(), 1..4)) {
        let mut file = tagged(kind).file(CANARY);
        for (at, byte) in changes {
            *at.get_mut(&mut file) = byte;
        }
        holds(&file);
    }

    #[test]
    fn no_bytes_do_harm(kind in select(&KINDS[..]), bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        holds(&[&plain(kind, false).parts[0][..], &bytes].concat());
        let mut picture = plain(kind, false);
        picture.parts.insert(1, match kind {
            Kind::Jpeg => segment(0xe1, &[b"Exif\0\0MM\0*\0\0\0\x08", &bytes]),
            Kind::Png => chunk(*b"eXIf", &[b"II*\0\x08\0\0\0", &bytes[..]].concat()),
            Kind::WebP => riff(*b"XMP ", &[b"<rdf:li exif:FNumber='", &bytes[..]].concat()),
            Kind::Gif => extension(0xff, b"XMP DataXMP", &bytes),
        });
        let file = picture.file(&[]);
        prop_assert!(cut(&file).is_ok() && facts(&file).is_ok());
        holds(&file);
    }
}

#[test]
fn directories_that_point_to_each_other_end() {
    let mut block = exif(&[short(0x0112, 6)], &[], &[], b"");
    // Of 5,000 pointers each leads to a directory of up to 65,535 fields within the next.
    block[8..10].copy_from_slice(&5000_u16.to_be_bytes());
    for pointer in 0..5000_u32 {
        block.extend([&b"\x87\x69\0\x04\0\0\0\x01"[..], &(8 + 12 * pointer).to_be_bytes()].concat());
    }
    let mut picture = plain(Kind::Jpeg, false);
    picture.parts.insert(1, segment(0xe1, &[b"Exif\0\0", &block]));
    assert_eq!(facts(&picture.file(&[])).unwrap().orientation, 6);
}

#[test]
fn thousands_of_segments_are_passed_over_and_thousands_of_pieces_refused() {
    let between = |kind: Kind, block: &[u8], other: &[u8]| {
        let mut picture = plain(kind, false);
        let at = picture.parts.len() - 2;
        picture.parts.splice(at..at, (0..10_000).flat_map(|_| [block.to_vec(), other.to_vec()]));
        cut(&picture.file(&[]))
    };
    for (kind, block, kept) in [
        (Kind::Jpeg, segment(0xef, &[CANARY]), segment(0xdd, &[&[0; 2]])),
        (Kind::Png, chunk(*b"tEXt", CANARY), chunk(*b"pHYs", &[0; 9])),
        (Kind::Gif, extension(0xfe, &[], CANARY), extension(0xf9, &[], &[0; 4])),
    ] {
        assert!(between(kind, &block, &block).unwrap().len() < 5, "{kind:?}");
        assert!(between(kind, &kept, &kept).unwrap().len() < 5, "{kind:?}");
        assert!(matches!(between(kind, &block, &kept), Err(PictureFault::Broken(_))), "{kind:?}");
    }
}

#[test]
fn what_is_longer_than_its_purpose_is_not_kept() {
    let hidden = CANARY.repeat(20);
    let jpegs = [
        segment(0xdb, &[&[0; 65], &hidden]),
        segment(0xc4, &[&[0; 17], &hidden]),
        segment(0xdd, &[&[0, 1], &hidden]),
        segment(0xc0, &[&[8, 0, 9, 0, 9, 0], &hidden]),
        segment(0xc0, &[&[8, 0, 9, 0, 9, 1, 1, 0x11, 0]]),
        segment(0xdc, &[&[0, 9], &hidden]),
        segment(0xc8, &[&hidden]),
        segment(0xda, &[&[0, 0, 0, 0], &hidden]),
        [&[0xff, 0xd8][..], &hidden].concat(),
        vec![0xff, 0xd8, 0, 2],
        vec![0xff, 0xfe, 0, 1],
    ];
    let pngs = [
        chunk(*b"PLTE", &CANARY.repeat(200)),
        chunk(*b"CgBI", &hidden),
        chunk(*b"IHDR", &hidden),
        chunk(*b"IHDR", &[0, 0, 0, 9, 0, 0, 0, 9, 8, 0, 0, 0, 0]),
        chunk(*b"4bcd", &hidden),
    ];
    let gifs = [vec![0x2d], vec![0x77, 1, 0]];
    let blocks = [(Kind::Jpeg, jpegs.to_vec()), (Kind::Png, pngs.to_vec()), (Kind::Gif, gifs.to_vec())];
    for (kind, block) in
        blocks.into_iter().flat_map(|(kind, blocks)| blocks.into_iter().map(move |block| (kind, block)))
    {
        // First of all, and after all that stands before the pixels.
        for behind in [1, plain(kind, false).parts.len() - 2] {
            let mut picture = plain(kind, false);
            picture.parts.insert(behind, block.clone());
            assert!(is_broken(&picture.file(&[])), "{kind:?} {block:?} {behind}");
        }
    }
    for kind in [
        b"tRNS", b"gAMA", b"cICP", b"cHRM", b"sRGB", b"mDCV", b"cLLI", b"acTL", b"sBIT", b"bKGD", b"pHYs", b"hIST",
        b"fcTL",
    ] {
        let mut picture = plain(Kind::Png, false);
        picture.parts.insert(1, chunk(*kind, &CANARY.repeat(90)));
        let file = picture.file(&[]);
        assert!(!has_canary(&made(&cut(&file).unwrap(), &file)), "{kind:?}");
    }
}

#[test]
fn what_belongs_to_nothing_that_is_there_goes() {
    // Parts of an animation that is none, and how often colours occur that are in no table: of their right lengths.
    for (kind, length) in [(b"fcTL", 26), (b"fdAT", 80), (b"hIST", 32)] {
        let mut picture = plain(Kind::Png, false);
        picture.parts.insert(1, chunk(*kind, &CANARY.repeat(20)[..length]));
        let file = picture.file(&[]);
        assert!(!has_canary(&made(&cut(&file).unwrap(), &file)), "{kind:?}");
    }
    // A table of codes of a class that there is not (T.81 B.2.4.2).
    let table = [&[1][..], &[0; 15], b"C"].concat();
    for (class, is_there) in [(0x13, true), (0x20, false), (0x04, false)] {
        let mut picture = plain(Kind::Jpeg, false);
        picture.parts.insert(1, segment(0xc4, &[&[class], &table]));
        assert_eq!(is_broken(&picture.file(&[])), !is_there, "{class:#x}");
    }
}

#[test]
fn a_frame_is_as_long_as_its_components() {
    let mut picture = plain(Kind::Jpeg, false);
    let frame = picture.parts.iter().position(|part| part[1] == 0xc0).unwrap();
    picture.parts[frame] = segment(0xc0, &[&picture.parts[frame][4..], CANARY]);
    assert!(is_broken(&picture.file(&[])));
}

#[test]
fn a_webp_says_no_more_than_its_pictures() {
    let still = plain(Kind::WebP, true).parts;
    let simple = [&b"RIFF"[..], &u32::try_from(4 + still[2].len()).unwrap().to_le_bytes(), b"WEBP", &still[2]].concat();
    let mut file = [&simple[..], &riff(*b"EXIF", &exif(&[short(0x0112, 6)], &[], &[], b""))].concat();
    let size = u32::try_from(file.len() - 8).unwrap().to_le_bytes();
    file[4..8].copy_from_slice(&size);
    assert_eq!(made(&cut(&file).unwrap(), &file), simple);
    let mut picture = tagged(Kind::WebP);
    picture.parts[0][FLAGS] = 0xfd;
    picture.parts[0][FLAGS + 1..FLAGS + 4].copy_from_slice(&CANARY[..3]);
    let file = picture.file(&[]);
    let left = made(&cut(&file).unwrap(), &file);
    assert_eq!(&left[FLAGS..FLAGS + 4], &[0x38, 0, 0, 0]);
    assert_eq!(left.windows(200).filter(|window| *window == profile()).count(), 1);
    picture.parts.splice(1..1, [riff(*b"ALPH", b"odd"), riff(*b"ALPH", CANARY)]);
    picture.parts.push(riff(*b"ALPH", CANARY));
    let file = picture.file(&[]);
    let left = made(&cut(&file).unwrap(), &file);
    assert_eq!(
        left.windows(8).filter(|window| *window == b"\x03\0\0\0odd\0").count(),
        1,
        "the byte that makes it even"
    );
    assert!(!has_canary(&left));
    picture.parts.insert(2, riff(*b"VP8X", &[0; 10]));
    assert!(is_broken(&picture.file(&[])));
}
