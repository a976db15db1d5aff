//! What a picture tells of itself: its kind, its size, and what camera and owner wrote into it (EXIF 3.0, XMP).

mod exif;
mod moment;
mod xmp;

pub use moment::MOST_OFFSET_S;

use chrono::{FixedOffset, NaiveDateTime};

use super::PictureFault;
use super::tiff::Tiff;
use super::walk::walk;

/// Octets of a name that is kept.
const MOST_TEXT: usize = 255;
/// Metres: beyond it is neither sea nor air.
const MOST_ALTITUDE: f64 = 100_000.0;
/// What is told of a degree: it is a centimetre. What seconds add beyond it is noise.
const PER_DEGREE: f64 = 1e7;

/// The four kinds that are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// ITU-T T.81.
    Jpeg,
    /// PNG, third edition.
    Png,
    /// RFC 9649.
    WebP,
    /// `GIF87a` and `GIF89a`.
    Gif,
}

impl Kind {
    /// Its media type.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::WebP => "image/webp",
            Self::Gif => "image/gif",
        }
    }
}

/// What is known of a picture. What cannot be read of it is not known: no picture is refused for its metadata.
#[derive(Debug, Clone, PartialEq)]
pub struct Facts {
    /// By its content.
    pub kind: Kind,
    /// Pixels across, as it is shown: turned as [`Facts::orientation`] says.
    pub width: u32,
    /// Pixels down, as it is shown.
    pub height: u32,
    /// EXIF's number, 1 to 8; 1 if none is given.
    pub orientation: u8,
    /// When it was taken.
    pub taken: Option<Taken>,
    /// Who made the camera.
    pub camera_make: Option<String>,
    /// Which camera.
    pub camera_model: Option<String>,
    /// The aperture's number.
    pub f_number: Option<f64>,
    /// Seconds: numerator and denominator.
    pub exposure: Option<(u32, u32)>,
    /// Millimetres.
    pub focal_length: Option<f64>,
    /// The sensitivity.
    pub iso: Option<u32>,
    /// Where.
    pub location: Option<Location>,
}

/// When a picture was taken, by the clock of its camera; where that clock stood is often not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    /// By the clock on the wall.
    pub local: NaiveDateTime,
    /// `OffsetTimeOriginal`, else `OffsetTime`, else what the satellites' time tells.
    pub offset: Option<FixedOffset>,
}

/// Where a picture was taken, WGS 84.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Location {
    /// Degrees, south is negative.
    pub latitude: f64,
    /// Degrees, west is negative.
    pub longitude: f64,
    /// Metres above the sea, below is negative.
    pub altitude: Option<f64>,
}

/// What is known of a picture of one of the four kinds. EXIF comes before XMP, which fills in what EXIF lacks.
pub fn facts(bytes: &[u8]) -> Result<Facts, PictureFault> {
    let walk = walk(bytes)?;
    // From 5 on width and height change places (EXIF 3.0 §4.6.5.1.6).
    let is_turned = walk.orientation >= 5;
    let (width, height) = if is_turned { (walk.height, walk.width) } else { (walk.width, walk.height) };
    let mut facts = Facts {
        kind: walk.kind,
        width,
        height,
        orientation: walk.orientation,
        taken: None,
        camera_make: None,
        camera_model: None,
        f_number: None,
        exposure: None,
        focal_length: None,
        iso: None,
        location: None,
    };
    if let Some(tiff) = walk.exif.and_then(Tiff::read) {
        exif::read(tiff, &mut facts);
    }
    if let Some(packet) = walk.xmp {
        xmp::read(&packet, &mut facts);
    }
    Ok(facts)
}

/// A name without control characters and without white space around it.
fn text(bytes: &[u8]) -> Option<String> {
    let text: String = String::from_utf8_lossy(bytes).chars().filter(|sign| !sign.is_control()).collect();
    let text = text.trim();
    let text = text.get(..text.floor_char_boundary(MOST_TEXT))?.trim_end();
    (!text.is_empty()).then(|| text.to_owned())
}

/// A number above 0, as apertures and lengths are.
fn positive((numerator, denominator): (u32, u32)) -> Option<f64> {
    (numerator > 0 && denominator > 0).then(|| f64::from(numerator) / f64::from(denominator))
}

/// A time above 0.
fn exposure((numerator, denominator): (u32, u32)) -> Option<(u32, u32)> {
    (numerator > 0 && denominator > 0).then_some((numerator, denominator))
}

/// A place on Earth. Exactly 0°, 0° is none: it is what is written before any satellite was seen.
fn location(latitude: f64, longitude: f64, altitude: Option<f64>) -> Option<Location> {
    let [latitude, longitude] = [latitude, longitude].map(|degrees| (degrees * PER_DEGREE).round() / PER_DEGREE + 0.0);
    let is_place = latitude.abs() <= 90.0 && longitude.abs() <= 180.0 && (latitude != 0.0 || longitude != 0.0);
    let altitude = altitude.filter(|metres| metres.abs() <= MOST_ALTITUDE);
    is_place.then_some(Location { latitude, longitude, altitude })
}
