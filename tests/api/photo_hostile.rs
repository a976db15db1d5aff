//! Hostile pictures: cut short, lying about their size, bombs, two things at once, changed at random. Each is a 200 with a JPEG
//! of our own or a refusal that leaves nothing; never a panic, a 5xx or something that acts.

use actix_web::http::Method;
use image::{DynamicImage, ImageFormat};
use proptest::prelude::*;
use sharehold::config::Limits;
use sharehold::picture::{PictureFault, Pictures};

use crate::on_both;
use crate::support::app::{Backend, TestApp};
use crate::support::bombs;
use crate::support::pictures::{decoded, encoded, jpeg, png, png_chunk, quarters, with_segments};

on_both! { hostile_pictures_leave_nothing }

const VALUE: &str = "/v1.0/me/photo/$value";
const FORMATS: [ImageFormat; 4] = [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP, ImageFormat::Gif];

fn good(format: ImageFormat) -> Vec<u8> {
    encoded(&DynamicImage::from(quarters(64, 64)), format)
}

/// Each format cut at many places.
fn truncated() -> Vec<(String, Vec<u8>)> {
    let cut = |format: ImageFormat| {
        let whole = good(format);
        (0..8).map(move |part| (format!("{format:?} cut at {part}/8"), whole[..whole.len() * part / 8].to_vec()))
    };
    FORMATS.into_iter().flat_map(cut).collect()
}

/// Two things at once: what a browser or a shell could take for something that acts.
fn polyglots() -> Vec<(String, Vec<u8>)> {
    let script = b"<html><script>alert(1)</script></html>";
    let mut all = Vec::new();
    for format in FORMATS {
        let picture = good(format);
        all.push((format!("{format:?} then HTML"), [&picture[..], script].concat()));
        all.push((format!("HTML then {format:?}"), [&script[..], &picture].concat()));
        all.push((format!("first bytes of {format:?}, then HTML"), [&picture[..12], script].concat()));
        all.push((format!("{format:?} then a ZIP"), [&picture[..], b"PK\x03\x04payload", b"PK\x05\x06"].concat()));
    }
    all.push(("GIF as JavaScript".into(), b"GIF89a/*\0\0\0\0*/=1;alert(1)//;".to_vec()));
    all.push(("HTML in a comment".into(), with_segments(&jpeg(64, 64), &[(0xfe, script.to_vec())])));
    all.push(("PHP in a chunk".into(), [&png(64, 64)[..33], &png_chunk(b"tEXt", b"x\0<?php ?>")].concat()));
    all
}

/// Active or foreign formats.
fn foreign() -> Vec<(String, Vec<u8>)> {
    let texts: [&[u8]; 12] = [
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"<?xml version='1.0'?><!DOCTYPE svg [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><svg>&x;</svg>",
        b"\xff\xfe<\0s\0v\0g\0",
        b"<!DOCTYPE html><script>alert(1)</script>",
        b"%PDF-1.7",
        b"%!PS-Adobe-3.0",
        b"BM\x46\0\0\0\0\0",
        b"II*\0\x08\0\0\0",
        b"\0\0\x01\0\x01\0",
        b"\0\0\0\x20ftypavif\0\0\0\0",
        b"#!/bin/sh\n",
        b"\x7fELF",
    ];
    texts.iter().map(|text| (String::from_utf8_lossy(text).into_owned(), text.to_vec())).collect()
}

async fn hostile_pictures_leave_nothing(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "User.ReadWrite");
    let all = [truncated(), polyglots(), foreign(), bombs::small()].concat();
    assert!(all.len() >= 80, "only {}", all.len());
    let mut taken = Vec::new();
    for (name, bytes) in all {
        app.revocations.refreshed();
        for media in ["image/png", "image/svg+xml"] {
            let answer = ann.send_body(Method::PUT, VALUE, media, bytes.clone()).await;
            match answer.status.as_u16() {
                200 => {
                    let value = ann.get(VALUE).await;
                    assert_eq!((value.status.as_u16(), value.header("content-type")), (200, "image/jpeg".into()));
                    decoded(value.bytes());
                    assert!(!value.text().contains("script"), "{name}");
                    assert_eq!(ann.call(Method::DELETE, VALUE).await.status, 204);
                    taken.push(name.clone());
                }
                status => {
                    assert!([415, 422].contains(&status), "{name}: {}", answer.text());
                    assert!(!answer.reason().unwrap_or_default().contains("panic"), "{name}: {:?}", answer.reason());
                    assert_eq!(ann.get(VALUE).await.status, 404, "{name}");
                }
            }
            assert!(app.blob_files().is_empty(), "{name} left something");
        }
    }
    // A whole picture with something behind it is a picture; what is cut short is none.
    let (cut, whole): (Vec<_>, Vec<_>) = taken.into_iter().partition(|name| name.contains(" cut at "));
    assert!(cut.is_empty(), "{cut:?}");
    assert!(whole.iter().any(|name| name == "Png then HTML"), "{whole:?}");
}

fn outcome(bytes: Vec<u8>) -> Result<usize, PictureFault> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let pictures = Pictures::new(&Limits::default()).expect("threads");
    let place = pictures.place("ann").expect("a place");
    runtime.block_on(pictures.squares(place, bytes)).map(|squares| {
        for square in &squares {
            assert_eq!(decoded(&square.jpeg).dimensions(), (square.side, square.side));
        }
        squares.len()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    /// Some bytes changed, removed or put in, anywhere.
    #[test]
    fn changed_pictures_never_panic(
        format in 0..4usize,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..3u8), 1..8),
    ) {
        let mut bytes = good(FORMATS[format]);
        for (at, byte, how) in changes {
            let at = at.index(bytes.len());
            match how {
                0 => bytes[at] = byte,
                1 => drop(bytes.remove(at)),
                _ => bytes.insert(at, byte),
            }
        }
        if let Err(PictureFault::Broken(cause)) = outcome(bytes) {
            prop_assert!(!cause.contains("panic"), "{cause}");
        }
    }

    /// The first bytes of a picture, then anything.
    #[test]
    fn noise_behind_a_header_never_panics(format in 0..4usize, keep in 4..60usize, noise in prop::collection::vec(any::<u8>(), 0..2000)) {
        let mut bytes = good(FORMATS[format]);
        bytes.truncate(keep);
        bytes.extend(noise);
        if let Err(PictureFault::Broken(cause)) = outcome(bytes) {
            prop_assert!(!cause.contains("panic"), "{cause}");
        }
    }
}
