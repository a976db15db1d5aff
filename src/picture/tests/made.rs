//! Small pictures of every kind as lists of their parts, so that metadata can be put between any two of them.

use image::codecs::gif::{GifEncoder, Repeat};
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::codecs::webp::WebPEncoder;
use image::{DynamicImage, Frame, ImageDecoder as _, ImageEncoder, ImageFormat, Rgb, RgbImage};

use super::blocks::{CANARY, full, profile, xmp};
use crate::picture::Kind;

/// A picture's file in parts: the first and the last stay where they are.
#[derive(Debug, Clone)]
pub(super) struct Parts {
    pub(super) kind: Kind,
    pub(super) parts: Vec<Vec<u8>>,
}

/// Where a WebP's header says what else is there.
pub(super) const FLAGS: usize = 20;
pub(super) const KINDS: [Kind; 4] = [Kind::Jpeg, Kind::Png, Kind::WebP, Kind::Gif];

fn drawn() -> DynamicImage {
    let wave = |x: u32, y: u32| u8::try_from((x * x + y * 7) % 251).unwrap();
    RgbImage::from_fn(21, 13, |x, y| Rgb([wave(x, y), wave(y, x), u8::try_from(x * 12).unwrap()])).into()
}

fn encoded(mut encoder: impl ImageEncoder, has_profile: bool) {
    if has_profile {
        encoder.set_icc_profile(profile()).unwrap();
    }
    drawn().write_with_encoder(encoder).unwrap();
}

/// A picture without metadata but for a profile, if its kind has a place for one.
pub(super) fn plain(kind: Kind, has_profile: bool) -> Parts {
    let mut file = Vec::new();
    match kind {
        Kind::Jpeg => encoded(JpegEncoder::new_with_quality(&mut file, 90), has_profile),
        Kind::Png => encoded(PngEncoder::new(&mut file), has_profile),
        Kind::WebP => encoded(WebPEncoder::new_lossless(&mut file), has_profile),
        Kind::Gif => {
            let mut encoder = GifEncoder::new(&mut file);
            encoder.set_repeat(Repeat::Infinite).unwrap();
            encoder.encode_frames([drawn(), drawn().rotate180()].map(|frame| Frame::new(frame.into_rgba8()))).unwrap();
        }
    }
    let parts = match kind {
        Kind::Jpeg => jpeg(&file),
        Kind::Png => png(&file),
        Kind::WebP => webp(&file, if has_profile { 0x20 } else { 0 }),
        Kind::Gif => gif(&file),
    };
    Parts { kind, parts }
}

fn jpeg(file: &[u8]) -> Vec<Vec<u8>> {
    let (mut at, mut parts) = (2, vec![file[..2].to_vec()]);
    while file[at + 1] != 0xda {
        let end = at + 2 + usize::from(u16::from_be_bytes([file[at + 2], file[at + 3]]));
        parts.push(file[at..end].to_vec());
        at = end;
    }
    parts.extend([file[at..file.len() - 2].to_vec(), file[file.len() - 2..].to_vec()]);
    parts
}

fn png(file: &[u8]) -> Vec<Vec<u8>> {
    let (mut at, mut parts) = (33, vec![file[..33].to_vec()]);
    while at < file.len() {
        let end = at + 12 + u32::from_be_bytes(file[at..at + 4].try_into().unwrap()) as usize;
        parts.push(file[at..end].to_vec());
        at = end;
    }
    parts
}

/// Of RIFF's header only the place; the header VP8X is always there, and its flags are byte [`FLAGS`] of the first part.
fn webp(file: &[u8], flags: u8) -> Vec<Vec<u8>> {
    let header = riff(*b"VP8X", &[flags, 0, 0, 0, 20, 0, 0, 12, 0, 0]);
    let (mut at, mut parts) = (12, vec![[&[0; 12][..], &header].concat()]);
    while at < file.len() {
        let length = u32::from_le_bytes(file[at + 4..at + 8].try_into().unwrap()) as usize;
        let end = at + 8 + length + length % 2;
        if &file[at..at + 4] != b"VP8X" {
            parts.push(file[at..end].to_vec());
        }
        at = end;
    }
    parts.push(Vec::new());
    parts
}

/// Parts: the header with its colours, what leads the first picture, and what begins with the second, without and with the end.
fn gif(file: &[u8]) -> Vec<Vec<u8>> {
    let colours = if file[10] & 0x80 == 0 { 0 } else { 3 << ((file[10] & 7) + 1) };
    let (mut at, mut parts) = (13 + colours, vec![file[..13 + colours].to_vec()]);
    while file[at] != 0x3b {
        let mut end = at + 2;
        if file[at] == 0x2c {
            let colours = if file[at + 9] & 0x80 == 0 { 0 } else { 3 << ((file[at + 9] & 7) + 1) };
            end = at + 11 + colours;
        }
        while file[end] != 0 {
            end += usize::from(file[end]) + 1;
        }
        parts.push(file[at..=end].to_vec());
        at = end + 1;
    }
    parts.push(vec![0x3b]);
    parts
}

pub(super) fn segment(marker: u8, body: &[&[u8]]) -> Vec<u8> {
    let body = body.concat();
    let length = u16::try_from(body.len() + 2).unwrap().to_be_bytes();
    [&[0xff, marker][..], &length, &body].concat()
}

pub(super) fn chunk(kind: [u8; 4], data: &[u8]) -> Vec<u8> {
    let check = crc32fast::hash(&[&kind[..], data].concat()).to_be_bytes();
    [&u32::try_from(data.len()).unwrap().to_be_bytes()[..], &kind, data, &check].concat()
}

pub(super) fn riff(kind: [u8; 4], data: &[u8]) -> Vec<u8> {
    let pad = if data.len() % 2 == 1 { CANARY.get(..1).unwrap() } else { &[] };
    [&kind[..], &u32::try_from(data.len()).unwrap().to_le_bytes(), data, pad].concat()
}

/// An extension of data in blocks; `name` is the first.
pub(super) fn extension(kind: u8, name: &[u8], data: &[u8]) -> Vec<u8> {
    let block = |bytes: &[u8]| [&[u8::try_from(bytes.len()).unwrap()][..], bytes].concat();
    let mut all = [&[0x21, kind][..], &if name.is_empty() { Vec::new() } else { block(name) }].concat();
    all.extend(data.chunks(255).flat_map(block));
    all.push(0);
    all
}

/// All that may stand in a file of this kind beside its picture; the first is EXIF, the second XMP, if it has a place for them.
pub(super) fn metadata(kind: Kind, orientation: u16) -> Vec<Vec<u8>> {
    let (exif, xmp, canary) = (full(orientation), xmp(), CANARY.repeat(9));
    match kind {
        Kind::Jpeg => vec![
            segment(0xe1, &[b"Exif\0\0", &exif]),
            segment(0xe1, &[b"http://ns.adobe.com/xap/1.0/\0", &xmp]),
            segment(0xe1, &[b"http://ns.adobe.com/xmp/extension/\0", &canary]),
            segment(0xe0, &[b"JFIF\0\x01\x02\0\0\x01\0\x01\x02\x09", &canary]),
            segment(0xe0, &[b"JFXX\0\x10", &canary]),
            segment(0xe2, &[b"MPF\0", &canary]),
            segment(0xe2, &[b"FPXR\0", &canary]),
            segment(0xed, &[b"Photoshop 3.0\08BIM\x04\x04", &canary]),
            segment(0xee, &[b"Adobe\0\x64\0\0\0\0\x01", &canary]),
            segment(0xef, &[&canary]),
            segment(0xfe, &[&canary]),
            segment(0x15, &[&canary]),
        ],
        Kind::Png => vec![
            chunk(*b"eXIf", &exif),
            chunk(*b"iTXt", &[b"XML:com.adobe.xmp\0\0\0\0\0", &xmp[..]].concat()),
            chunk(*b"tEXt", &[b"Author\0", &canary[..]].concat()),
            chunk(*b"zTXt", &canary),
            chunk(*b"tIME", CANARY),
            chunk(*b"sPLT", &canary),
            chunk(*b"gAMA", &canary),
            chunk(*b"caBX", &canary),
            [&chunk(*b"cHRM", &[0; 32])[..36 + 4], CANARY.get(..4).unwrap()].concat(),
        ],
        Kind::WebP => vec![
            riff(*b"EXIF", &exif),
            riff(*b"XMP ", &xmp),
            riff(*b"CANA", &canary),
            riff(*b"ICCP", &canary),
            riff(*b"ANMF", &canary),
            riff(*b"ANIM", CANARY),
        ],
        Kind::Gif => vec![
            extension(0xfe, &[], &CANARY.repeat(60)),
            [b"\x21\xff\x0bXMP DataXMP", &xmp[..], &[1], &(0..=255).rev().collect::<Vec<u8>>(), &[0]].concat(),
            extension(0x01, &[0; 12], &canary),
            extension(0xff, b"CANARY01.00", &[1, 0, 0]),
            extension(0xff, b"NETSCAPE2.0", &canary),
            extension(0xf9, &[], &canary),
            vec![0],
        ],
    }
}

impl Parts {
    /// The file, with what stands after the picture.
    pub(super) fn file(&self, trailing: &[u8]) -> Vec<u8> {
        let mut file = self.parts.concat();
        if self.kind == Kind::WebP {
            let size = u32::try_from(file.len() - 8).unwrap().to_le_bytes();
            file[..12].copy_from_slice(&[&b"RIFF"[..], &size, b"WEBP"].concat());
        }
        file.extend(trailing);
        file
    }
}

/// What a decoder of others makes of a file.
#[derive(Debug, PartialEq)]
pub(super) struct Seen {
    pub(super) pixels: DynamicImage,
    pub(super) profile: Option<Vec<u8>>,
    pub(super) orientation: image::metadata::Orientation,
}

/// The picture, its profile, and how it is turned.
pub(super) fn seen(file: &[u8]) -> Seen {
    let format = image::guess_format(file).unwrap();
    let reader = image::ImageReader::with_format(std::io::Cursor::new(file), format);
    let mut decoder = reader.into_decoder().unwrap();
    let profile = decoder.icc_profile().unwrap();
    let orientation = decoder.orientation().unwrap();
    assert!(format != ImageFormat::Gif || profile.is_none());
    Seen { pixels: DynamicImage::from_decoder(decoder).unwrap(), profile, orientation }
}
