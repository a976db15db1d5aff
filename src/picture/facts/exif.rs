//! What an EXIF block tells (EXIF 3.0 §4.6).

use std::collections::BTreeMap;

use super::{Facts, Location, Taken, exposure, location, moment, positive, text};
use crate::picture::tiff::{Directory, Field, Tiff};

type Fields<'a> = BTreeMap<u16, Field<'a>>;

// §4.6.5 and §4.6.6, in the order of their numbers.
const MAKE: u16 = 0x010f;
const MODEL: u16 = 0x0110;
const EXPOSURE_TIME: u16 = 0x829a;
const F_NUMBER: u16 = 0x829d;
const SENSITIVITY: u16 = 0x8827;
const RECOMMENDED_EXPOSURE_INDEX: u16 = 0x8832;
const TAKEN: u16 = 0x9003;
const DIGITIZED: u16 = 0x9004;
const OFFSET: u16 = 0x9010;
const OFFSET_TAKEN: u16 = 0x9011;
const OFFSET_DIGITIZED: u16 = 0x9012;
const FOCAL_LENGTH: u16 = 0x920a;
const FRACTION_TAKEN: u16 = 0x9291;
const FRACTION_DIGITIZED: u16 = 0x9292;
// §4.6.7.
const GPS_LATITUDE_REF: u16 = 1;
const GPS_LATITUDE: u16 = 2;
const GPS_LONGITUDE_REF: u16 = 3;
const GPS_LONGITUDE: u16 = 4;
const GPS_ALTITUDE_REF: u16 = 5;
const GPS_ALTITUDE: u16 = 6;
const GPS_TIME: u16 = 7;
const GPS_DATE: u16 = 29;

/// What SENSITIVITY says if the true number has more than 16 bits; it is in another field then.
const SENSITIVITY_BEYOND: u32 = 0xffff;

/// Fills in what the block tells.
pub(super) fn read(tiff: Tiff<'_>, facts: &mut Facts) {
    let [primary, exif, gps] = [Directory::Primary, Directory::Exif, Directory::Gps].map(|directory| {
        // Of two fields with one number the first counts.
        let mut fields = Fields::new();
        for (tag, field) in tiff.fields(directory) {
            fields.entry(tag).or_insert(field);
        }
        fields
    });
    facts.camera_make = primary.get(&MAKE).and_then(|field| text(field.text()?));
    facts.camera_model = primary.get(&MODEL).and_then(|field| text(field.text()?));
    facts.exposure = rational(&exif, EXPOSURE_TIME, 0).and_then(exposure);
    facts.f_number = rational(&exif, F_NUMBER, 0).and_then(positive);
    facts.focal_length = rational(&exif, FOCAL_LENGTH, 0).and_then(positive);
    let beyond = || exif.get(&RECOMMENDED_EXPOSURE_INDEX).and_then(|field| field.number());
    let iso = exif.get(&SENSITIVITY).and_then(|field| field.number());
    facts.iso = iso.filter(|iso| *iso != SENSITIVITY_BEYOND).or_else(beyond).filter(|iso| *iso > 0);
    facts.taken = taken(&exif, &gps);
    facts.location = place(&gps);
}

fn rational(fields: &Fields<'_>, tag: u16, nth: usize) -> Option<(u32, u32)> {
    fields.get(&tag)?.rational(nth)
}

fn words<'a>(fields: &Fields<'a>, tag: u16) -> Option<&'a str> {
    std::str::from_utf8(fields.get(&tag)?.text()?).ok().map(str::trim)
}

/// When it was taken, else when it was made digital. When the file was changed says nothing of it.
fn taken(exif: &Fields<'_>, gps: &Fields<'_>) -> Option<Taken> {
    let (text, fraction, offset) =
        [(TAKEN, FRACTION_TAKEN, OFFSET_TAKEN), (DIGITIZED, FRACTION_DIGITIZED, OFFSET_DIGITIZED)]
            .into_iter()
            .find_map(|(tag, fraction, offset)| {
                moment::local(words(exif, tag)?).map(|found| (found, fraction, offset))
            })?;
    let (local, rest) = text;
    let local = words(exif, fraction).map_or(local, |fraction| moment::with_fraction(local, fraction));
    let told = [offset, OFFSET].into_iter().find_map(|tag| moment::offset(words(exif, tag)?));
    let by_satellite = || moment::between(local, satellite_time(gps)?);
    Some(Taken { local, offset: told.or_else(|| moment::offset(rest)).or_else(by_satellite) })
}

/// The satellites' time, UTC, which is put together from two fields.
fn satellite_time(gps: &Fields<'_>) -> Option<chrono::NaiveDateTime> {
    let (date, _) = moment::date(words(gps, GPS_DATE)?)?;
    let part = |nth| {
        let (numerator, denominator) = rational(gps, GPS_TIME, nth)?;
        numerator.checked_div(denominator)
    };
    date.and_hms_opt(part(0)?, part(1)?, part(2)?)
}

fn place(gps: &Fields<'_>) -> Option<Location> {
    let latitude = degrees(gps, GPS_LATITUDE, (GPS_LATITUDE_REF, "N", "S"))?;
    let longitude = degrees(gps, GPS_LONGITUDE, (GPS_LONGITUDE_REF, "E", "W"))?;
    let is_below = gps.get(&GPS_ALTITUDE_REF).and_then(|field| field.number()).is_some_and(|below| below % 2 == 1);
    // Of a denominator of 0, here and in degrees, no number comes, or an infinite one: `location` has no place for either.
    let altitude = rational(gps, GPS_ALTITUDE, 0)
        .map(|(metres, of)| f64::from(metres) / f64::from(of) * if is_below { -1.0 } else { 1.0 });
    location(latitude, longitude, altitude)
}

/// Degrees, minutes and seconds; without its direction a number may be on either half of the Earth.
fn degrees(gps: &Fields<'_>, tag: u16, (direction, positive, negative): (u16, &str, &str)) -> Option<f64> {
    let direction = words(gps, direction)?;
    let sign = match direction {
        _ if direction.eq_ignore_ascii_case(positive) => 1.0,
        _ if direction.eq_ignore_ascii_case(negative) => -1.0,
        _ => return None,
    };
    let mut degrees = 0.0;
    for (nth, share) in [1.0, 60.0, 3600.0].into_iter().enumerate() {
        let (numerator, denominator) = rational(gps, tag, nth)?;
        degrees += f64::from(numerator) / f64::from(denominator) / share;
    }
    Some(sign * degrees)
}
