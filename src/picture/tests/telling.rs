//! What pictures tell, by EXIF and by XMP, and what is nonsense and so no fact.

use chrono::FixedOffset;

use super::blocks::{Field, ascii, exif, rationals, short};
use super::made::{chunk, metadata, plain, riff, segment};
use crate::picture::{Facts, Kind, Location, facts};

fn with_exif(primary: &[Field], taken: &[Field], gps: &[Field]) -> Facts {
    let mut picture = plain(Kind::Jpeg, false);
    picture.parts.insert(1, segment(0xe1, &[b"Exif\0\0", &exif(primary, taken, gps, b"")]));
    facts(&picture.file(&[])).unwrap()
}

fn with_xmp(properties: &str) -> Facts {
    let mut picture = plain(Kind::Png, false);
    let packet = format!("<rdf:RDF><rdf:Description {properties}/></rdf:RDF>");
    picture.parts.insert(1, chunk(*b"iTXt", &[b"XML:com.adobe.xmp\0\0\0\0\0", packet.as_bytes()].concat()));
    facts(&picture.file(&[])).unwrap()
}

fn place(north: &str, latitude: [(u32, u32); 3], east: &str, longitude: [(u32, u32); 3]) -> Vec<Field> {
    vec![ascii(1, north), rationals(2, &latitude), ascii(3, east), rationals(4, &longitude)]
}

/// By the clock on the wall and where it stood.
fn taken(facts: &Facts) -> Option<(String, Option<i32>)> {
    let taken = facts.taken?;
    Some((taken.local.to_string(), taken.offset.as_ref().map(FixedOffset::local_minus_utc)))
}

#[test]
fn exif_tells_all_of_it() {
    let mut gps = place("S", [(33, 1), (51, 1), (2496, 100)], "E", [(151, 1), (1234, 100), (0, 1)]);
    gps.extend([(5, 1, 1, vec![1]), rationals(6, &[(125, 10)])]);
    let facts = with_exif(
        &[ascii(0x010f, " Sextant\u{1}\u{7f} "), ascii(0x0110, "S1\0hidden"), short(0x0112, 6)],
        &[
            rationals(0x829a, &[(1, 250)]),
            rationals(0x829d, &[(28, 10)]),
            short(0x8827, 400),
            ascii(0x9003, "2026:05:01 18:30:00"),
            ascii(0x9011, "+10:00"),
            rationals(0x920a, &[(35, 1)]),
            ascii(0x9291, "25"),
        ],
        &gps,
    );
    assert_eq!((facts.kind, facts.width, facts.height, facts.orientation), (Kind::Jpeg, 13, 21, 6));
    assert_eq!(facts.camera_make.as_deref(), Some("Sextant"));
    assert_eq!(facts.camera_model.as_deref(), Some("S1"));
    assert_eq!((facts.exposure, facts.f_number, facts.iso), (Some((1, 250)), Some(2.8), Some(400)));
    assert_eq!(facts.focal_length, Some(35.0));
    assert_eq!(taken(&facts), Some(("2026-05-01 18:30:00.250".into(), Some(36_000))));
    let Location { latitude, longitude, altitude } = facts.location.unwrap();
    assert!((latitude + 33.8569).abs() < 1e-4 && (longitude - 151.205_66).abs() < 1e-4, "{latitude} {longitude}");
    assert_eq!(altitude, Some(-12.5));
}

#[test]
fn the_offset_is_that_of_the_time_else_any_else_the_satellites() {
    let day = || ascii(0x9003, "2026:05:01 18:30:00");
    let told = |fields: &[Field], gps: &[Field]| taken(&with_exif(&[], fields, gps)).unwrap().1;
    let gps = [rationals(7, &[(16, 1), (2910, 100), (5000, 100)]), ascii(29, "2026:05:01")];
    assert_eq!(told(&[day(), ascii(0x9010, "+01:00"), ascii(0x9011, "+02:00")], &gps), Some(7200));
    assert_eq!(told(&[day(), ascii(0x9010, "+01:00"), ascii(0x9011, "   :  ")], &gps), Some(3600));
    assert_eq!(told(&[day(), ascii(0x9011, "+99:00")], &gps), Some(7200));
    assert_eq!(told(&[day()], &[rationals(7, &[(16, 1), (0, 0), (0, 1)]), ascii(29, "2026:05:01")]), None);
    assert_eq!(told(&[day()], &gps[..1]), None);
    assert_eq!(told(&[day(), ascii(0x9012, "+05:00")], &[]), None, "of another time");
    assert_eq!(told(&[ascii(0x9004, "2026:05:01 18:30:00"), ascii(0x9012, "+05:00")], &[]), Some(18_000));
}

#[test]
fn nonsense_is_no_fact() {
    let facts = with_exif(
        &[ascii(0x010f, "\u{1} \u{2}"), ascii(0x0110, &"é".repeat(200)), short(0x0112, 9)],
        &[
            rationals(0x829a, &[(1, 0)]),
            rationals(0x829d, &[(0, 10)]),
            short(0x8827, 0),
            ascii(0x9003, "0000:00:00 00:00:00"),
            rationals(0x920a, &[(0, 0)]),
        ],
        &[],
    );
    assert_eq!(facts.camera_model.as_deref().map(str::len), Some(254));
    let nothing = Facts { camera_model: None, ..facts.clone() };
    assert_eq!((facts.orientation, taken(&facts)), (1, None));
    let plain = crate::picture::facts(&plain(Kind::Jpeg, false).file(&[])).unwrap();
    assert_eq!(nothing, plain);
    let (good, zero) = ([(51, 1), (30, 1), (0, 1)], [(0, 1); 3]);
    let of_other_kinds =
        with_exif(&[(0x0112, 4, 1, vec![0, 0, 0, 6])], &[(0x829d, 7, 8, vec![0, 0, 0, 9, 0, 0, 0, 1])], &[]);
    assert_eq!(of_other_kinds, plain);
    let location = |gps: &[Field]| with_exif(&[], &[], gps).location;
    assert!(location(&place("N", good, "W", zero)).is_some());
    assert_eq!(location(&place("N", [(91, 1), (0, 1), (0, 1)], "W", zero)), None);
    assert_eq!(location(&place("N", good, "W", [(180, 1), (1, 1), (0, 1)])), None);
    assert_eq!(location(&place("N", [(51, 1), (30, 1), (0, 0)], "W", zero)), None);
    assert_eq!(location(&place("N", zero, "E", zero)), None);
    assert!(location(&place("N", zero, "E", good)).is_some());
    assert_eq!(location(&place("?", good, "W", zero)), None);
    for height in [(u32::MAX, 1), (1, 0), (0, 0)] {
        let gps = [place("N", good, "W", zero), vec![rationals(6, &[height])]].concat();
        assert_eq!(location(&gps).unwrap().altitude, None);
    }
    assert_eq!(location(&place("N", good, "W", zero)[..3]), None);
}

#[test]
fn xmp_tells_what_exif_does_not() {
    let facts = with_xmp(
        "tiff:Make='A' tiff:Model='B' exif:FNumber='28/10' exif:ExposureTime='1/60' exif:FocalLength='50' \
         exif:GPSLatitude='51,30,36N' exif:GPSLongitude='0,7.5W' exif:GPSAltitude='110/10' exif:GPSAltitudeRef='1' \
         exif:DateTimeOriginal='2026-05-01T18:30:00.5+02:00' xmp:CreateDate='2027-01-01T00:00:00Z' \
         exifEX:PhotographicSensitivity='200'",
    );
    assert_eq!((facts.camera_make.as_deref(), facts.camera_model.as_deref()), (Some("A"), Some("B")));
    assert_eq!((facts.f_number, facts.exposure, facts.focal_length), (Some(2.8), Some((1, 60)), Some(50.0)));
    assert_eq!((facts.iso, taken(&facts)), (Some(200), Some(("2026-05-01 18:30:00.500".into(), Some(7200)))));
    assert_eq!(facts.location, Some(Location { latitude: 51.51, longitude: -0.125, altitude: Some(-11.0) }));
    let facts = with_xmp("photoshop:DateCreated='2026-05-01T18:30' exif:GPSTimeStamp='2026-05-01T23:31:00Z'");
    assert_eq!(taken(&facts), Some(("2026-05-01 18:30:00".into(), Some(-18_000))));
    let nonsense =
        with_xmp("exif:FNumber='NaN' exif:ExposureTime='1/0' exif:GPSLatitude='infN' exif:GPSLongitude='1,0E'");
    assert_eq!(nonsense, with_xmp(""));
}

#[test]
fn the_picture_is_turned_by_what_stands_before_its_pixels() {
    let block = |turned| exif(&[short(0x0112, turned)], &[], &[], b"");
    let jpeg = |turned| segment(0xe1, &[b"Exif\0\0", &block(turned)]);
    let mut picture = plain(Kind::Jpeg, false);
    picture.parts.splice(1..1, [jpeg(4), jpeg(5)]);
    let end = picture.parts.len() - 1;
    picture.parts.insert(end, jpeg(3));
    let told = facts(&picture.file(&[])).unwrap();
    assert_eq!((told.orientation, told.width, told.height), (5, 13, 21));
    picture.parts.remove(2);
    let told = facts(&picture.file(&[])).unwrap();
    assert_eq!((told.orientation, told.width, told.height), (4, 21, 13));
    let mut picture = plain(Kind::Png, false);
    let end = picture.parts.len() - 1;
    picture.parts.insert(end, chunk(*b"eXIf", &block(6)));
    assert_eq!(facts(&picture.file(&[])).unwrap().orientation, 1);
}

#[test]
fn every_kind_has_its_place_for_both() {
    for kind in [Kind::Jpeg, Kind::Png, Kind::WebP, Kind::Gif] {
        let mut picture = plain(kind, false);
        picture.parts.splice(1..1, metadata(kind, 8).into_iter().take(2));
        let facts = facts(&picture.file(&[])).unwrap();
        let offset = if kind == Kind::Gif { Some(7200) } else { None };
        assert_eq!(taken(&facts), Some(("2026-05-01 18:30:00".into(), offset)), "{kind:?}: EXIF comes first");
        assert!(facts.location.is_some(), "{kind:?}");
        let (size, model) = if kind == Kind::Gif { ((21, 13), None) } else { ((13, 21), Some("Model CANARY")) };
        assert_eq!(((facts.width, facts.height), facts.camera_model.as_deref()), (size, model), "{kind:?}");
    }
    let mut picture = plain(Kind::WebP, false);
    picture.parts.insert(1, riff(*b"EXIF", &[b"Exif\0\0", &exif(&[short(0x0112, 3)], &[], &[], b"")[..]].concat()));
    assert_eq!(facts(&picture.file(&[])).unwrap().orientation, 3);
}
