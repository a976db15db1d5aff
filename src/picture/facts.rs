//! What a picture tells of itself: its kind, its size, and what camera and owner wrote into it (EXIF 3.0, XMP).

use chrono::{FixedOffset, NaiveDateTime};

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
