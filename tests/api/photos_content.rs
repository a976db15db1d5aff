//! The bytes of a photo: as they came, or without what its camera wrote into them; whole, in parts, unchanged.

use actix_web::http::{Method, StatusCode};
use actix_web::test::TestRequest;
use sharehold::access::{Revocation, Revoked};
use sharehold::digest::Digest;

use super::photos::{ALL, WRITE, asked, id};
use crate::on_both;
use crate::support::app::{Backend, Caller, ISSUER, TestApp};
use crate::support::{bucket, pictures};

on_both! {
    by_scope_in_a_folder by_scope_in_a_bucket in_parts unchanged_or_not_there what_is_taken_back_meanwhile_is_broken_off
    bytes_that_are_gone_are_a_fault
}

const LOCATED: &str = "Photos.Read Photos.Location.Read";
const CANARY: &str = "canary";

/// A JPEG that lies on its side, with words of its camera and its owner.
fn jpeg() -> Vec<u8> {
    let exif = [b"Exif\0\0".to_vec(), pictures::exif(6, CANARY)].concat();
    pictures::with_segments(&pictures::jpeg(80, 60), &[(0xe1, exif), (0xfe, CANARY.into())])
}

fn holds(bytes: &[u8], word: &str) -> bool {
    bytes.windows(word.len()).any(|window| window == word.as_bytes())
}

/// Adds it under that name; gives the photo's path.
async fn given(caller: &Caller<'_>, name: &str, bytes: Vec<u8>) -> String {
    let made = caller.send_body(Method::POST, &asked(&format!("{ALL}?name={name}")), "image/jpeg", bytes).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
    format!("{ALL}/{}", id(&made.json()))
}

async fn by_scope_in_a_folder(on: Backend) {
    by_scope(&TestApp::on(on)).await;
}

async fn by_scope_in_a_bucket(on: Backend) {
    by_scope(&TestApp::with(on, |config| config.blobs = bucket::fresh())).await;
}

async fn by_scope(app: &TestApp) {
    let ann = app.caller("ann", WRITE);
    for (name, bytes) in [
        ("a.jpg", jpeg()),
        // As cameras write it, without a JFIF segment: all that is put anew are its first two bytes.
        ("camera.jpg", {
            let exif = [b"Exif\0\0".to_vec(), pictures::exif(1, CANARY)].concat();
            let drawn = pictures::jpeg(80, 60);
            assert_eq!(drawn[2..6], [0xff, 0xe0, 0, 16]);
            pictures::with_segments(&[&drawn[..2], &drawn[20..]].concat(), &[(0xe1, exif)])
        }),
        // In several pieces.
        ("b.png", {
            let noise = pictures::encoded(&pictures::noise(500, 500), image::ImageFormat::Png);
            pictures::with_chunks(&noise, &[pictures::png_chunk(b"tEXt", b"Comment\0canary")])
        }),
    ] {
        let one = given(&ann, name, bytes.clone()).await;
        let located = app.caller("ann", LOCATED).get(&format!("{one}/content")).await;
        assert_eq!(located.status, StatusCode::OK, "{}", located.text());
        assert!(located.bytes() == bytes, "{name} comes back as it came");
        let plain = ann.get(&format!("{one}/content")).await;
        assert!(holds(&bytes, CANARY) && !holds(plain.bytes(), CANARY), "{name}");
        let pixels = |bytes: &[u8]| image::load_from_memory(bytes).expect("a picture").into_rgb8();
        assert!(pixels(plain.bytes()) == pixels(&bytes), "{name}: not a pixel differs");
        for (caller, answer) in [(&app.caller("ann", LOCATED), &located), (&ann, &plain)] {
            let told = caller.get(&one).await.json();
            assert_eq!(told["size"], answer.bytes().len());
            assert_eq!(told["file"]["hashes"]["sha256Hash"], Digest::of(answer.bytes()).to_string());
            assert_eq!(told["file"]["mimeType"], answer.header("content-type"));
            assert_eq!(answer.header("content-disposition"), format!("inline; filename=\"{name}\""));
            assert_eq!(answer.header("etag"), format!("\"{}\"", &Digest::of(answer.bytes()).to_string()[..32]));
        }
    }
}

async fn in_parts(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", WRITE);
    let at = format!("{}/content", given(&ann, "a.jpg", jpeg()).await);
    for caller in [ann, app.caller("ann", LOCATED)] {
        let whole = caller.get(&at).await;
        let (bytes, length) = (whole.bytes(), whole.bytes().len());
        for (first, last) in (0..length).step_by(29).map(|first| (first, (first + first / 3).min(length - 1))) {
            let part = caller.with("range", &format!("bytes={first}-{last}")).get(&at).await;
            assert!(part.bytes() == &bytes[first..=last], "{first}-{last}");
            assert_eq!(part.header("content-range"), format!("bytes {first}-{last}/{length}"));
            assert_eq!((part.status, part.header("etag")), (StatusCode::PARTIAL_CONTENT, whole.header("etag")));
        }
        let beyond = caller.with("range", &format!("bytes={length}-")).get(&at).await;
        assert_eq!((beyond.status, beyond.code()), (StatusCode::RANGE_NOT_SATISFIABLE, "invalidRange".into()));
        assert_eq!(beyond.header("content-range"), format!("bytes */{length}"));
        let ranged = caller.with("range", "bytes=-10");
        assert!(ranged.with("if-range", &whole.header("etag")).get(&at).await.bytes() == &bytes[length - 10..]);
        assert!(ranged.with("if-range", "\"another\"").get(&at).await.bytes() == bytes);
        let head = ranged.call(Method::HEAD, &at).await;
        assert_eq!((head.status, head.bytes().len(), head.header("etag")), (StatusCode::OK, 0, whole.header("etag")));
    }
}

async fn unchanged_or_not_there(on: Backend) {
    let app = TestApp::on(on);
    let (ann, with) = (app.caller("ann", WRITE), app.caller("ann", LOCATED));
    let one = given(&ann, "a.jpg", jpeg()).await;
    let at = format!("{one}/content");
    let tag = ann.get(&at).await.header("etag");
    let current = ann.with("if-none-match", &tag).get(&at).await;
    assert_eq!((current.status, current.bytes().len()), (StatusCode::NOT_MODIFIED, 0));
    assert_eq!(with.with("if-none-match", &tag).get(&at).await.status, StatusCode::OK, "these are other bytes");
    let other = ann.with("if-match", "\"another\"").get(&at).await;
    assert_eq!(other.status, StatusCode::PRECONDITION_FAILED);
    assert_eq!(ann.with("accept", "text/html").get(&at).await.status, StatusCode::NOT_ACCEPTABLE);
    assert_eq!(ann.get(&format!("{at}?$x=1")).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(app.caller("bob", LOCATED).get(&at).await.status, StatusCode::NOT_FOUND);
    assert_eq!(ann.get(&format!("{ALL}/nothing/content")).await.status, StatusCode::NOT_FOUND);
    ann.call(Method::DELETE, &one).await;
    assert_eq!(ann.with("if-none-match", &tag).get(&at).await.status, StatusCode::NOT_FOUND);
}

async fn what_is_taken_back_meanwhile_is_broken_off(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", WRITE);
    let at = format!("{}/content", given(&ann, "a.jpg", jpeg()).await);
    let request = || TestRequest::with_uri(&at).insert_header(("authorization", format!("Bearer {}", ann.token())));
    app.body_after(request(), || ()).await.expect("the whole");
    let scope = Revoked::Subject("ann".into());
    let revoke = || {
        let all = vec![Revocation { issuer: ISSUER.into(), scope, until_auth_after: None, own: false }];
        app.revocations.replace(all, Vec::new());
    };
    app.body_after(request(), revoke).await.expect_err("it is broken off");
}

/// What should not happen is told while there is somebody to tell, and is no empty answer.
async fn bytes_that_are_gone_are_a_fault(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", WRITE);
    let at = format!("{}/content", given(&ann, "a.jpg", jpeg()).await);
    for file in app.blob_files() {
        std::fs::remove_file(file).expect("removed");
    }
    // What is given without its location begins with a header that is not in the original.
    for caller in [app.caller("ann", LOCATED), ann.with("range", "bytes=1-"), ann] {
        assert_eq!(caller.get(&at).await.status, StatusCode::INTERNAL_SERVER_ERROR);
    }
}
