//! Nothing of a picture's metadata survives: not where it was taken, by whom, with what, nor the thumbnail of what was cut away
//! (security.md row 25). More than a hundred tagged pictures, each with its own canary.

use actix_web::http::Method;
use image::{DynamicImage, ImageFormat};

use crate::on_both;
use crate::support::app::{Backend, TestApp};
use crate::support::pictures::{encoded, exif, jpeg, png, png_chunk, quarters, with_chunks, with_segments};

on_both! { no_metadata_survives }

const VALUE: &str = "/v1.0/me/photo/$value";

/// The JPEG segments that cameras and programs write, with the canary inside.
fn segments(canary: &str) -> Vec<Vec<(u8, Vec<u8>)>> {
    let exif_block = [b"Exif\0\0".to_vec(), exif(6, canary)].concat();
    let xmp = format!(
        "http://ns.adobe.com/xap/1.0/\0<x:xmpmeta xmlns:x='adobe:ns:meta/'><exif:GPSLatitude>{canary}</exif:GPSLatitude></x:xmpmeta>"
    );
    let extended = format!("http://ns.adobe.com/xmp/extension/\0{:032}{canary}", 0);
    let iptc = [b"Photoshop 3.0\08BIM\x04\x04\0\0\0\0\0\x20\x1c\x02\x5a\0\x1b".to_vec(), canary.into()].concat();
    let icc = [b"ICC_PROFILE\0\x01\x01".to_vec(), canary.into()].concat();
    let thumbnail = [&exif_block, &jpeg(64, 64)[..], canary.as_bytes()].concat();
    let jfxx = [b"JFXX\0\x10".to_vec(), canary.into()].concat();
    let mpf = [b"MPF\0".to_vec(), canary.into()].concat();
    let alone = [
        (0xe1, exif_block),
        (0xe1, xmp.into()),
        (0xe1, extended.into()),
        (0xed, iptc),
        (0xe2, icc),
        (0xe1, thumbnail),
        (0xe0, jfxx),
        (0xe2, mpf),
        (0xfe, canary.into()),
    ];
    let unknown = (3..=15).filter(|at| *at != 13).map(|at| (0xe0 + at, canary.as_bytes().to_vec()));
    let mut each: Vec<Vec<_>> = alone.iter().cloned().chain(unknown).map(|one| vec![one]).collect();
    each.push(alone.to_vec());
    each
}

/// The PNG chunks that hold more than pixels.
fn chunks(canary: &str) -> Vec<Vec<Vec<u8>>> {
    let text = |keyword: &str| [keyword.as_bytes(), b"\0", canary.as_bytes()].concat();
    let international = [b"XML:com.adobe.xmp\0\0\0\0\0".to_vec(), canary.into()].concat();
    let alone = vec![
        png_chunk(b"tEXt", &text("Author")),
        png_chunk(b"tEXt", &text("Raw profile type exif")),
        png_chunk(b"iTXt", &international),
        png_chunk(b"eXIf", &exif(1, canary)),
        png_chunk(b"prVt", canary.as_bytes()),
        png_chunk(b"zTXt", &[b"Comment\0\0".to_vec(), canary.into()].concat()),
    ];
    let mut each: Vec<Vec<_>> = alone.iter().cloned().map(|one| vec![one]).collect();
    each.push(alone);
    each
}

/// A RIFF container with these chunks behind the picture (WebP Container Specification).
fn webp_with(canary: &str) -> Vec<Vec<u8>> {
    let simple = encoded(&DynamicImage::from(quarters(64, 64)), ImageFormat::WebP);
    let chunk = |kind: &[u8; 4], body: &[u8]| {
        let length = u32::try_from(body.len()).expect("short").to_le_bytes();
        [&kind[..], &length, body, &vec![0; body.len() % 2]].concat()
    };
    let file = |flags: u8, more: &[u8]| {
        let extended = chunk(b"VP8X", &[flags, 0, 0, 0, 63, 0, 0, 63, 0, 0]);
        let body = [b"WEBP", &extended[..], &simple[12..], more].concat();
        chunk(b"RIFF", &body)
    };
    vec![
        file(0x08, &chunk(b"EXIF", &exif(1, canary))),
        file(0x04, &chunk(b"XMP ", canary.as_bytes())),
        file(0x0c, &[chunk(b"EXIF", &exif(3, canary)), chunk(b"XMP ", canary.as_bytes())].concat()),
        file(0, &chunk(b"prvt", canary.as_bytes())),
        [&simple[..], canary.as_bytes()].concat(),
    ]
}

/// A GIF with a comment, an application's block or a plain text, and with something behind its end.
fn gif_with(canary: &str) -> Vec<Vec<u8>> {
    let gif = encoded(&DynamicImage::from(quarters(64, 64)), ImageFormat::Gif);
    // Blocks may stand before the first of the extension or image blocks (GIF89a, Appendix B).
    let at = gif.windows(2).position(|pair| pair == [0x21, 0xf9]).expect("a control block");
    let length = u8::try_from(canary.len()).expect("short");
    let data = [&[length], canary.as_bytes(), &[0]].concat();
    let insert = |block: &[u8]| [&gif[..at], block, &gif[at..]].concat();
    vec![
        insert(&[&[0x21, 0xfe], &data[..]].concat()),
        insert(&[&[0x21, 0xff, 11], &b"XMP DataXMP"[..], &data].concat()),
        [&gif[..], canary.as_bytes()].concat(),
    ]
}

/// Everything, with whether it must be taken: a decoder may refuse a private chunk, but never let it through.
fn tagged(canary: &str) -> Vec<Vec<u8>> {
    let picture = jpeg(64, 64);
    let behind = [&picture[..], canary.as_bytes(), &jpeg(48, 48), canary.as_bytes()].concat();
    let mut all: Vec<Vec<u8>> = segments(canary).iter().map(|one| with_segments(&picture, one)).collect();
    all.push(behind);
    all.extend(chunks(canary).iter().map(|one| with_chunks(&png(64, 64), one)));
    all.extend(webp_with(canary));
    all.extend(gif_with(canary));
    all
}

async fn no_metadata_survives(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "User.ReadWrite");
    let (mut seen, mut taken) = (0, 0);
    for round in 0..3 {
        let canary = format!("canary-{round}-48.8584N-2.2945E-owner");
        for (at, bytes) in tagged(&canary).into_iter().enumerate() {
            app.revocations.refreshed();
            assert!(contains(&bytes, canary.as_bytes()), "{at} holds no canary");
            let answer = ann.send_body(Method::PUT, VALUE, "image/jpeg", bytes).await;
            assert!([200, 422].contains(&answer.status.as_u16()), "{at}: {}", answer.text());
            seen += 1;
            taken += usize::from(answer.status == 200);
            for file in app.blob_files() {
                let blob = std::fs::read(file).expect("a blob");
                for trace in
                    [canary.as_bytes(), b"canary", b"Exif", b"adobe", b"ICC_", b"8BIM", b"\xff\xe1", b"\xff\xfe"]
                {
                    assert!(!contains(&blob, trace), "{at}: {:?}", String::from_utf8_lossy(trace));
                }
            }
        }
    }
    assert!(seen > 100, "only {seen}");
    assert!(taken * 10 >= seen * 9, "only {taken} of {seen} were taken");
}

fn contains(bytes: &[u8], what: &[u8]) -> bool {
    bytes.windows(what.len()).any(|window| window == what)
}
