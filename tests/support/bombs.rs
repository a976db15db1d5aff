//! Pictures whose files are small and whose pixels, scans or frames are many. Those of WebP are in `webp_bombs`.

use std::io::Cursor;

use image::codecs::gif::GifEncoder;
use image::{DynamicImage, ExtendedColorType, Frame, ImageFormat, Rgba, RgbaImage};

use crate::support::pictures::{encoded, png, png_chunk, with_chunks};
use crate::support::webp_bombs;

/// Those that are refused by their headers, or cost next to nothing.
pub fn small() -> Vec<(String, Vec<u8>)> {
    let mut all = Vec::new();
    for (width, height) in [(0, 0), (0, 64), (64, 0), (30_000, 30_000), (1 << 31, 1), (u32::MAX, u32::MAX), (1, 65_536)]
    {
        all.push((format!("PNG that says {width}x{height}"), png_that_says(width, height)));
    }
    for (width, height) in [(0, 0), (0, 64), (64, 0), (65_535, 65_535), (32_768, 3_000), (65_535, 1)] {
        all.push((format!("JPEG that says {width}x{height}"), progressive(width, height, 1)));
        all.push((format!("GIF that says {width}x{height}"), gif_that_says(width, height)));
        all.push((format!("WebP that says {width}x{height}"), webp_that_says(width, height)));
    }
    all.push(("JPEG of 101 scans".into(), progressive(64, 64, 101)));
    all.push(("JPEG of 60,000 scans".into(), progressive(64, 64, 60_000)));
    all.push(("PNG with a profile that inflates to 64 MiB".into(), png_with_inflating(b"iCCP", b"x\0\0")));
    all.push(("PNG with a text that inflates to 64 MiB".into(), png_with_inflating(b"zTXt", b"x\0\0")));
    all.push(("GIF of 500 frames".into(), gif_of_frames(500)));
    all.push(("GIF of 64x64 on 10,000x10,000".into(), gif_that_says(10_000, 10_000)));
    all.push(("GIF whose picture is 60,000x60,000 and its canvas 64x64".into(), gif_of_larger_picture()));
    all.push(("interlaced PNG that says 9,000x9,000".into(), interlaced(&png_that_says(9_000, 9_000))));
    all.push(("APNG that says 2^31 pictures".into(), moving_png()));
    all.extend(webp_bombs::all());
    all
}

/// Those that are decoded, as costly as the limits let them be, and one beyond; each with the status that it must get.
pub fn costly() -> Vec<(&'static str, Vec<u8>, u16)> {
    let blank = |picture: DynamicImage, format| encoded(&picture, format);
    vec![
        ("a profile that inflates to 192 MiB", png_with_inflating_to(14_200, b"iCCP", b"x\0\0"), 200),
        ("24 megapixels of RGB", blank(DynamicImage::new_rgb8(4870, 4870), ImageFormat::Png), 200),
        ("8 megapixels of RGBA, 16 bit", blank(DynamicImage::new_rgba16(2860, 2860), ImageFormat::Png), 200),
        ("75 megapixels of grey", blank(DynamicImage::new_luma8(8660, 8660), ImageFormat::Png), 200),
        ("8 megapixels of WebP", blank(DynamicImage::new_rgba8(2850, 2850), ImageFormat::WebP), 200),
        ("9 megapixels of GIF", blank(DynamicImage::new_rgba8(3010, 3010), ImageFormat::Gif), 200),
        ("25 megapixels of progressive grey, 100 scans", progressive(5060, 5060, 100), 200),
        ("65 megapixels of progressive grey, 100 scans", progressive(8_100, 8_100, 100), 422),
        ("interlaced, 20 megapixels of RGB", interlaced_blank(), 200),
        ("14 megapixels of WebP", blank(DynamicImage::new_rgba8(3700, 3700), ImageFormat::WebP), 422),
    ]
}

fn png_that_says(width: u32, height: u32) -> Vec<u8> {
    let header = [width.to_be_bytes(), height.to_be_bytes()].concat();
    let header = png_chunk(b"IHDR", &[&header[..], &[8, 2, 0, 0, 0]].concat());
    [&png(64, 64)[..8], &header, &png(64, 64)[33..]].concat()
}

fn gif_that_says(width: u16, height: u16) -> Vec<u8> {
    let mut gif = encoded(&DynamicImage::new_rgb8(64, 64), ImageFormat::Gif);
    gif[6..8].copy_from_slice(&width.to_le_bytes());
    gif[8..10].copy_from_slice(&height.to_le_bytes());
    gif
}

/// The first picture's descriptor (`GIF89a`, §20) says that it is larger than all.
fn gif_of_larger_picture() -> Vec<u8> {
    let mut gif = encoded(&DynamicImage::new_rgb8(64, 64), ImageFormat::Gif);
    let sides = [0x2c, 0, 0, 0, 0, 64, 0, 64, 0];
    let at = gif.windows(9).position(|block| block == sides).expect("a descriptor");
    gif[at + 5..at + 9].copy_from_slice(&[60_000_u16.to_le_bytes(), 60_000_u16.to_le_bytes()].concat());
    gif
}

/// The same, but its header says that its rows come in seven passes.
fn interlaced(png: &[u8]) -> Vec<u8> {
    let header = [&png[16..28], &[1]].concat();
    [&png[..8], &png_chunk(b"IHDR", &header), &png[33..]].concat()
}

/// An interlaced picture of zeros: its passes take 7 rows' filters more than a plain one (PNG, §8.2), which is a few bytes of these.
fn interlaced_blank() -> Vec<u8> {
    let mut blank = interlaced(&encoded(&DynamicImage::new_rgb8(4500, 4500), ImageFormat::Png));
    let side = 4470_u32.to_be_bytes();
    let header = [&side[..], &side, &[8, 2, 0, 0, 1]].concat();
    blank.splice(8..33, png_chunk(b"IHDR", &header));
    blank
}

/// A PNG that moves, or says so (PNG, §11.3.6): the picture is its first frame.
fn moving_png() -> Vec<u8> {
    let control = [&[0; 4][..], &64_u32.to_be_bytes(), &64_u32.to_be_bytes(), &[0; 14]].concat();
    let animation = png_chunk(b"acTL", &[(1_u32 << 31).to_be_bytes(), [0; 4]].concat());
    with_chunks(&png(64, 64), &[animation, png_chunk(b"fcTL", &control)])
}

/// The lossless header (RFC 9649 §3.4): 14 bits each of width − 1 and height − 1 behind the signature.
fn webp_that_says(width: u16, height: u16) -> Vec<u8> {
    let mut webp = encoded(&DynamicImage::new_rgb8(64, 64), ImageFormat::WebP);
    let at = webp.windows(4).position(|kind| kind == b"VP8L").expect("a lossless chunk") + 9;
    let side = |side: u16| u32::from(side.wrapping_sub(1)) & 0x3fff;
    let bits = side(width) | side(height) << 14;
    webp[at..at + 4].copy_from_slice(&bits.to_le_bytes());
    webp
}

/// A chunk of the kind whose text or profile is long and all alike.
fn png_with_inflating(kind: &[u8], start: &[u8]) -> Vec<u8> {
    png_with_inflating_to(8192, kind, start)
}

fn png_with_inflating_to(side: u32, kind: &[u8], start: &[u8]) -> Vec<u8> {
    // The data of a grey picture is such a stream: each row its filter, 0, and its pixels, 0.
    let blank = encoded(&DynamicImage::new_luma8(side, side), ImageFormat::Png);
    let at = blank.windows(4).position(|kind| kind == b"IDAT").expect("data");
    let length = usize::try_from(u32::from_be_bytes(blank[at - 4..at].try_into().expect("four"))).expect("a length");
    with_chunks(&png(64, 64), &[png_chunk(kind, &[start, &blank[at + 4..at + 4 + length]].concat())])
}

fn gif_of_frames(count: usize) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let frame = || Frame::new(RgbaImage::from_pixel(64, 64, Rgba([9, 9, 9, 255])));
    GifEncoder::new(&mut bytes).encode_frames((0..count).map(|_| frame())).expect("frames");
    bytes.into_inner()
}

/// A progressive JPEG (T.81, Annex G) of one component: a first scan of zeros, then scans that end at once for all blocks.
pub fn progressive(width: u16, height: u16, scans: usize) -> Vec<u8> {
    let blocks = usize::from(width).div_ceil(8) * usize::from(height).div_ceil(8);
    let mut bytes = vec![0xff, 0xd8, 0xff, 0xdb, 0, 67, 0];
    bytes.extend([1; 64]);
    let sides = [height.to_be_bytes(), width.to_be_bytes()].concat();
    bytes.extend([&[0xff, 0xc2, 0, 11, 8], &sides[..], &[1, 1, 0x11, 0]].concat());
    // Tables with one code of one bit each: DC of category 0; the end of 2^14 blocks and more (EOB14).
    for (class, symbol) in [(0x00, 0x00), (0x10, 0xe0)] {
        bytes.extend([0xff, 0xc4, 0, 20, class, 1]);
        bytes.extend([0; 15]);
        bytes.push(symbol);
    }
    bytes.extend([0xff, 0xda, 0, 8, 1, 1, 0, 0, 0, 0]);
    bytes.extend(vec![0; blocks.min(1 << 20).div_ceil(8)]);
    // Each run: the code 0, then fourteen bits of zeros.
    let runs = vec![0; (blocks.min(1 << 20).div_ceil(1 << 14) * 15).div_ceil(8)];
    for _ in 1..scans {
        bytes.extend([0xff, 0xda, 0, 8, 1, 1, 0, 1, 63, 0]);
        bytes.extend(&runs);
    }
    bytes.extend([0xff, 0xd9]);
    bytes
}

/// Whether the makers above are what they say: one of each is a picture to the decoder.
#[test]
fn a_progressive_picture_of_a_few_scans_is_one() {
    let picture = image::load_from_memory(&progressive(640, 640, 5)).expect("a picture");
    assert_eq!((picture.width(), picture.color().into()), (640, ExtendedColorType::L8));
}
