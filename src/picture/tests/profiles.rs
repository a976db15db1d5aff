//! What is kept of a colour profile: what the colours mean, and nothing of the screen's owner.

use proptest::prelude::*;
use proptest::sample::select;
use sha2::Digest as _;

use super::blocks::{CANARY, profile, profile_of};
use super::cutting::{has_canary, made};
use super::made::{FLAGS, chunk, plain, riff, seen, segment};
use crate::picture::{Kind, Piece, cut};

const KINDS: [Kind; 3] = [Kind::Jpeg, Kind::Png, Kind::WebP];

/// A picture with this profile.
fn picture(kind: Kind, profile: &[u8]) -> Vec<u8> {
    let mut picture = plain(kind, false);
    let blocks = match kind {
        Kind::Png => {
            let mut packed = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
            std::io::Write::write_all(&mut packed, profile).unwrap();
            vec![chunk(*b"iCCP", &[b"icc\0\0", &packed.finish().unwrap()[..]].concat())]
        }
        Kind::WebP => {
            picture.parts[0][FLAGS] |= 0x20;
            vec![riff(*b"ICCP", profile)]
        }
        _ => {
            let parts: Vec<_> = profile.chunks(60_000).collect();
            let of = u8::try_from(parts.len()).unwrap();
            let segments = (1..=of).zip(parts);
            segments.map(|(nth, part)| segment(0xe2, &[b"ICC_PROFILE\0", &[nth, of], part])).collect()
        }
    };
    picture.parts.splice(1..1, blocks);
    picture.file(&[])
}

/// The profile of this picture without metadata.
fn left(kind: Kind, with: &[u8]) -> Option<Vec<u8>> {
    let file = picture(kind, with);
    let recipe = cut(&file).unwrap();
    let left = made(&recipe, &file);
    assert!(!has_canary(&left), "{kind:?} {recipe:?}");
    assert_eq!(made(&cut(&left).unwrap(), &left), left, "cut again");
    let (is, was) = (seen(&left), seen(&file));
    assert_eq!(is.pixels, was.pixels);
    is.profile
}

#[test]
fn what_names_the_screen_and_its_owner_goes() {
    let [desc, wtpt] = [(*b"desc", &b"desc\0\0\0\0"[..], 24), (*b"wtpt", &b"XYZ \0\0\0\0"[..], 20)];
    let telling = |signature| (signature, CANARY, 40);
    let behind_padding = profile_of(&[desc, wtpt], &[&[0; 3], CANARY].concat());
    for kind in KINDS {
        assert_eq!(left(kind, &profile()).as_ref(), Some(&profile()));
        assert_eq!(left(kind, &behind_padding).as_ref(), Some(&profile()));
        for signature in [*b"mmod", *b"meta", *b"targ", *b"CANA"] {
            let with = profile_of(&[desc, telling(signature), wtpt], b"");
            assert_eq!(left(kind, &with).as_ref(), Some(&profile()), "{kind:?} {signature:?}");
            let with = profile_of(&[wtpt, desc, telling(signature)], CANARY);
            assert_eq!(left(kind, &with).as_ref(), Some(&profile()), "{kind:?} {signature:?}");
        }
        // Of two of one name the first; what lies beyond the end is none.
        assert_eq!(left(kind, &profile_of(&[desc, wtpt, telling(*b"desc")], b"")).as_ref(), Some(&profile()));
        let mut beyond = profile_of(&[desc, wtpt, telling(*b"chad")], b"");
        beyond[128 + 4 + 2 * 12 + 8..][..4].copy_from_slice(&41_u32.to_be_bytes());
        assert_eq!(left(kind, &beyond).as_ref(), Some(&profile()));
    }
}

#[test]
fn what_a_profile_says_of_its_length_takes_no_colours_away() {
    for (says, behind) in [(200_u32, &[0; 4][..]), (200, CANARY), (0, b""), (150, b""), (900, b"")] {
        let mut with = [&profile()[..], behind].concat();
        with[..4].copy_from_slice(&says.to_be_bytes());
        for kind in KINDS {
            assert_eq!(left(kind, &with).as_ref(), Some(&profile()), "{kind:?} {says}");
        }
    }
}

#[test]
fn a_long_profile_goes_on_from_part_to_part() {
    let table = (*b"A2B0", &b"mft2\0\0\0\0"[..], 200_000);
    let with = profile_of(&[table, (*b"meta", CANARY, 1000), (*b"desc", b"desc", 24)], b"");
    let without = profile_of(&[table, (*b"desc", b"desc", 24)], b"");
    for kind in KINDS {
        assert_eq!(left(kind, &with).as_ref(), Some(&without), "{kind:?}");
    }
    let recipe = cut(&picture(Kind::Jpeg, &with)).unwrap();
    let put: usize = recipe.iter().map(|piece| if let Piece::Put(bytes) = piece { bytes.len() } else { 0 }).sum();
    assert!(put < 1000, "a table is not written into the recipe: {put}");
}

#[test]
fn what_tags_have_in_common_is_written_once_and_what_overlaps_does_not_grow() {
    let curves = [*b"bTRC", *b"gTRC", *b"rTRC"].map(|signature| (signature, &b"curv\0\0\0\0"[..], 300));
    let mut with = profile_of(&[&curves[..], &[(*b"mmod", CANARY, 40)]].concat(), b"");
    for nth in 0..3 {
        with[128 + 4 + nth * 12 + 4..][..4].copy_from_slice(&(132_u32 + 4 * 12).to_be_bytes());
    }
    let kept = left(Kind::WebP, &with).unwrap();
    assert_eq!(kept.len(), 132 + 3 * 12 + 300);
    for nth in 0..3_u32 {
        let at = 132 + 4 * 12 + nth;
        with[128 + 4 + nth as usize * 12 + 4..][..4].copy_from_slice(&at.to_be_bytes());
    }
    assert_eq!(left(Kind::WebP, &with).map(|kept| kept.len()), Some(132 + 3 * 12 + 3 * 300));
    let names = [b"A2B0", b"A2B1", b"A2B2", b"B2A0", b"B2A1", b"B2A2", b"gamt", b"chad", b"lumi", b"tech"];
    let mut many = profile_of(&names.map(|name| (*name, &b""[..], 1000)), CANARY);
    for nth in 0..10_u32 {
        let entry = &mut many[128 + 4 + nth as usize * 12 + 4..][..8];
        entry[..4].copy_from_slice(&(252 + nth).to_be_bytes());
        entry[4..].copy_from_slice(&9_000_u32.to_be_bytes());
    }
    assert_eq!(left(Kind::WebP, &many), None, "ten tables of 9,000 bytes in a profile of 10,252");
}

#[test]
fn what_a_png_would_hold_of_a_profile_anew_is_bounded() {
    // What no packing makes shorter.
    let noise: Vec<u8> = (0..9000_u32).flat_map(|nth| sha2::Sha256::digest(nth.to_be_bytes())).collect();
    let length = u32::try_from(noise.len()).unwrap();
    let with = profile_of(&[(*b"A2B0", &noise, length)], CANARY);
    assert!(left(Kind::Png, &with).is_none());
    let zeros = profile_of(&[(*b"A2B0", b"mft2", 2_000_000)], CANARY);
    assert!(left(Kind::Png, &zeros).is_none(), "not even packed");
    let alone = profile_of(&[(*b"A2B0", &noise, length)], b"");
    assert!(left(Kind::Png, &alone) == Some(alone), "as it is, of any length");
}

proptest! {
    #[test]
    fn any_profile_is_kept_or_not(
        kind in select(&KINDS[..]),
        (places, bytes) in (prop::collection::vec((0..400_u32, 0..400_u32), 4), prop::collection::vec(any::<u8>(), 0..200)),
    ) {
        let names = [b"desc", b"wtpt", b"mmod", b"desc"];
        let mut with = profile_of(&names.map(|name| (*name, &b""[..], 20)), &bytes);
        for (nth, (at, length)) in places.into_iter().enumerate() {
            let entry = &mut with[128 + 4 + nth * 12 + 4..][..8];
            entry[..4].copy_from_slice(&at.to_be_bytes());
            entry[4..].copy_from_slice(&length.to_be_bytes());
        }
        let kept = left(kind, &with);
        prop_assert!(kept.is_none_or(|kept| kept.len() <= with.len() + 3 * 38));
    }
}
