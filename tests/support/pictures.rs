//! Pictures made for the tests: plain ones to be taken, and what metadata looks like in each format.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};

/// Red above left, green above right, blue below left, white below right.
pub fn quarters(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| match (x < width / 2, y < height / 2) {
        (true, true) => Rgb([255, 0, 0]),
        (false, true) => Rgb([0, 255, 0]),
        (true, false) => Rgb([0, 0, 255]),
        (false, false) => Rgb([255, 255, 255]),
    })
}

/// Pixels without any order, which no format makes small.
pub fn noise(width: u32, height: u32) -> DynamicImage {
    let mut state = 1_u32;
    let mut octet = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    };
    RgbImage::from_fn(width, height, |_, _| image::Rgb([octet(), octet(), octet()])).into()
}

pub fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).expect("a picture");
    bytes.into_inner()
}

pub fn png(width: u32, height: u32) -> Vec<u8> {
    encoded(&quarters(width, height).into(), ImageFormat::Png)
}

/// A small one that is like no other.
pub fn another() -> Vec<u8> {
    let id = uuid::Uuid::now_v7().into_bytes();
    let octet = |at: u32| usize::try_from(at).ok().and_then(|at| id.get(at)).copied().unwrap_or_default();
    let picture = RgbImage::from_fn(16, 2, |x, _| Rgb([octet(x), 0, 0]));
    encoded(&picture.into(), ImageFormat::Png)
}

pub fn jpeg(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, 90).encode_image(&quarters(width, height)).expect("a picture");
    bytes
}

pub fn decoded(bytes: &[u8]) -> RgbImage {
    image::load_from_memory_with_format(bytes, ImageFormat::Jpeg).expect("a JPEG").into_rgb8()
}

/// The colours in the middles of the four quarters, each channel rounded to 0, 128 or 255.
pub fn corners(picture: &RgbImage) -> [[u8; 3]; 4] {
    let side = picture.width();
    let rounded = |value: u8| match value {
        0..64 => 0,
        64..192 => 128,
        _ => 255,
    };
    [(1, 1), (3, 1), (1, 3), (3, 3)].map(|(x, y)| picture.get_pixel(side * x / 4, side * y / 4).0.map(rounded))
}

/// A JPEG with these segments (marker, bytes) behind its start.
pub fn with_segments(jpeg: &[u8], segments: &[(u8, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = jpeg[..2].to_vec();
    for (marker, body) in segments {
        let length = u16::try_from(body.len() + 2).expect("a short segment");
        bytes.extend([0xff, *marker]);
        bytes.extend(length.to_be_bytes());
        bytes.extend(body);
    }
    bytes.extend(&jpeg[2..]);
    bytes
}

/// An EXIF block (TIFF 6.0, little endian) with an orientation, the camera's owner and a GPS directory that holds `canary`.
pub fn exif(orientation: u16, canary: &str) -> Vec<u8> {
    let text = format!("{canary}\0\0\0\0\0");
    let length = u32::try_from(text.len()).expect("short");
    let mut tiff = b"II*\0\x08\0\0\0".to_vec();
    let entry = |tag: u16, kind: u16, count: u32, value: u32| {
        let head = [tag.to_le_bytes(), kind.to_le_bytes()].concat();
        [head, count.to_le_bytes().to_vec(), value.to_le_bytes().to_vec()].concat()
    };
    // Directory 0 at 8: three entries and the next directory's offset; then GPS at 50; then the text at 68.
    tiff.extend(3u16.to_le_bytes());
    tiff.extend(entry(0x0112, 3, 1, orientation.into()));
    tiff.extend(entry(0x010f, 2, length, 68));
    tiff.extend(entry(0x8825, 4, 1, 50));
    tiff.extend(0u32.to_le_bytes());
    tiff.extend(1u16.to_le_bytes());
    tiff.extend(entry(0x001d, 2, length, 68));
    tiff.extend(0u32.to_le_bytes());
    tiff.extend(text.as_bytes());
    tiff
}

/// A chunk of a PNG.
pub fn png_chunk(kind: &[u8], body: &[u8]) -> Vec<u8> {
    let mut chunk = u32::try_from(body.len()).expect("short").to_be_bytes().to_vec();
    chunk.extend(kind);
    chunk.extend(body);
    chunk.extend(crc(&[kind, body].concat()).to_be_bytes());
    chunk
}

/// A PNG with these chunks behind its header.
pub fn with_chunks(png: &[u8], chunks: &[Vec<u8>]) -> Vec<u8> {
    const HEADER: usize = 8 + 25;
    [&png[..HEADER], &chunks.concat(), &png[HEADER..]].concat()
}

// CRC-32 as in PNG, Annex D.
fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { 0xedb8_8320 ^ (crc >> 1) } else { crc >> 1 })
    })
}
