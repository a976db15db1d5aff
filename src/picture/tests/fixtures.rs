//! What the pictures in `fixtures/photos` tell, and that nothing of it is left in them when they are cut.

use chrono::FixedOffset;

use super::cutting::made;
use super::made::seen;
use crate::picture::{Kind, PictureFault, cut, facts};

/// What make.py writes into them.
const PRIVATE: [&str; 6] = ["Okafor", "SX-7-0042137", "Sextant", "SEXTANT", "GPS", "Corinth"];

/// Each with its size as it is shown, how it is turned, when and where.
type Known = (&'static [u8], Kind, (u32, u32), u8, Option<(&'static str, Option<i32>)>, Option<(f64, f64)>);

macro_rules! photo {
    ($name:literal) => {
        include_bytes!(concat!("../../../fixtures/photos/", $name))
    };
}

const KNOWN: &[Known] = &[
    (
        photo!("heathrow-gate-b36.jpg"),
        Kind::Jpeg,
        (640, 960),
        6,
        Some(("2026-11-16 17:32:08", Some(0))),
        Some((51.47, -0.4543)),
    ),
    (
        photo!("corinth-canal.jpg"),
        Kind::Jpeg,
        (960, 640),
        1,
        Some(("2026-11-17 10:42:51", Some(7200))),
        Some((37.9352, 22.9842)),
    ),
    (
        photo!("piraeus-at-dusk.jpg"),
        Kind::Jpeg,
        (2000, 500),
        1,
        Some(("2026-11-17 17:09:30", None)),
        Some((37.942, 23.6465)),
    ),
    (
        photo!("acropolis-from-the-wall.jpg"),
        Kind::Jpeg,
        (960, 640),
        3,
        Some(("2026-11-18 09:15:00", Some(7200))),
        Some((37.9715, 23.7257)),
    ),
    (
        photo!("methana-mountains.webp"),
        Kind::WebP,
        (640, 960),
        8,
        Some(("2026-11-19 12:00:00", Some(7200))),
        Some((37.5079, 23.4563)),
    ),
    (
        photo!("monastiraki-market.png"),
        Kind::Png,
        (800, 600),
        1,
        Some(("2026-11-19 17:45:10", Some(7200))),
        Some((37.9761, 23.7257)),
    ),
    (
        photo!("mum-and-dad.jpg"),
        Kind::Jpeg,
        (640, 800),
        1,
        Some(("2026-11-21 17:20:00", Some(3600))),
        Some((6.455, 3.39)),
    ),
    (photo!("grandfathers-hill-1961.jpg"), Kind::Jpeg, (480, 360), 1, None, None),
    (photo!("compass-rose.png"), Kind::Png, (480, 480), 1, None, None),
    (
        photo!("last-ferry.gif"),
        Kind::Gif,
        (320, 213),
        1,
        Some(("2026-11-19 18:30:00", Some(7200))),
        Some((37.942, 23.6465)),
    ),
];

#[test]
fn they_tell_what_was_written_into_them() {
    for (file, kind, size, orientation, taken, place) in KNOWN {
        let facts = facts(file).unwrap();
        assert_eq!((facts.kind, (facts.width, facts.height), facts.orientation), (*kind, *size, *orientation));
        let when =
            facts.taken.map(|taken| (taken.local.to_string(), taken.offset.as_ref().map(FixedOffset::local_minus_utc)));
        assert_eq!(when.as_ref().map(|(local, offset)| (local.as_str(), *offset)), *taken);
        let Some((latitude, longitude)) = place else { continue };
        let found = facts.location.unwrap();
        assert_eq!((found.latitude, found.longitude), (*latitude, *longitude));
    }
}

#[test]
fn cut_they_are_the_same_pictures_and_tell_nothing() {
    for (file, .., orientation, _, _) in KNOWN {
        let left = made(&cut(file).unwrap(), file);
        for word in PRIVATE {
            assert!(!left.windows(word.len()).any(|window| window == word.as_bytes()), "{word}");
        }
        assert_eq!(seen(&left), seen(file));
        assert_eq!(seen(&left).orientation.to_exif(), *orientation);
        let facts = facts(&left).unwrap();
        assert_eq!((facts.taken, facts.location, facts.camera_make), (None, None, None));
    }
}

#[test]
fn the_damaged_one_is_refused_and_the_bomb_costs_nothing() {
    assert!(matches!(facts(photo!("damaged.jpg")), Err(PictureFault::Broken(_))));
    assert!(matches!(cut(photo!("damaged.jpg")), Err(PictureFault::Broken(_))));
    let bomb = photo!("bomb.png");
    let facts = facts(bomb).unwrap();
    assert_eq!((facts.width, facts.height), (20_000, 20_000));
    assert_eq!(made(&cut(bomb).unwrap(), bomb), bomb);
}
