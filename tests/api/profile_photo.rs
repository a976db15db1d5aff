//! `/v1.0/me/photo`, `/v1.0/me/photos/{size}`: round trips, sizes, tags, conditions, refusals.

use actix_web::http::Method;
use image::{DynamicImage, ImageFormat, Rgba, RgbaImage};
use serde_json::{Value, json};

use crate::on_both;
use crate::support::app::{Answer, Backend, Caller, TestApp};
use crate::support::pictures::{corners, decoded, encoded, exif, jpeg, png, quarters, with_segments};

on_both! {
    a_photo_comes_back_in_every_size smaller_originals_have_fewer_sizes every_format_is_taken
    orientation_is_applied_and_the_middle_kept tags_answer_304_and_guard_changes a_photo_is_removed
    a_photo_is_a_change_of_the_profile what_is_no_picture_is_refused answers_cannot_act spellings
    limits_are_the_operators
}

const VALUE: &str = "/v1.0/me/photo/$value";
const RED: [u8; 3] = [255, 0, 0];
const GREEN: [u8; 3] = [0, 255, 0];
const BLUE: [u8; 3] = [0, 0, 255];
const WHITE: [u8; 3] = [255, 255, 255];

async fn put(who: &Caller<'_>, media: &str, bytes: Vec<u8>) -> Answer {
    who.send_body(Method::PUT, VALUE, media, bytes).await
}

async fn a_photo_comes_back_in_every_size(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "User.ReadWrite");
    for path in ["/v1.0/me/photo", VALUE, "/v1.0/me/photos/48x48", "/v1.0/me/photos/48x48/$value"] {
        let none = ann.get(path).await;
        assert_eq!((none.status.as_u16(), none.code()), (404, "ImageNotFound".into()), "{path}");
    }
    let set = put(&ann, "image/jpeg", jpeg(800, 800)).await;
    assert_eq!(set.status, 200, "{}", set.text());
    let told = ann.get("/v1.0/me/photo").await;
    assert_eq!(told.json(), set.json());
    let expected = json!({
        "@odata.mediaContentType": "image/jpeg", "@odata.mediaEtag": told.header("etag"),
        "id": "648x648", "width": 648, "height": 648,
    });
    assert_eq!(told.json(), expected);
    let basic = app.caller("ann", "User.ReadBasic");
    for side in [48, 64, 96, 120, 240, 360, 432, 504, 648] {
        let value = basic.get(&format!("/v1.0/me/photos/{side}x{side}/$value")).await;
        assert_eq!((value.status.as_u16(), value.header("content-type")), (200, "image/jpeg".into()));
        let picture = decoded(value.bytes());
        assert_eq!(picture.dimensions(), (side, side));
        assert_eq!(corners(&picture), [RED, GREEN, BLUE, WHITE]);
        let told = basic.get(&format!("/v1.0/me/photos/{side}x{side}")).await.json();
        assert_eq!((&told["width"], &told["@odata.mediaEtag"]), (&json!(side), &json!(value.header("etag"))));
    }
    assert_eq!(ann.get(VALUE).await.bytes(), ann.get("/v1.0/me/photos/648x648/$value").await.bytes());
    for size in ["100x100", "48x64", "0x0", "048x048", "x", "648x648x", "..", "%2e%2e"] {
        assert_eq!(ann.get(&format!("/v1.0/me/photos/{size}/$value")).await.status, 404, "{size}");
    }
}

async fn smaller_originals_have_fewer_sizes(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "User.ReadWrite");
    assert_eq!(put(&ann, "image/png", png(200, 300)).await.json()["id"], "120x120");
    assert_eq!(decoded(ann.get("/v1.0/me/photos/96x96/$value").await.bytes()).dimensions(), (96, 96));
    let larger = ann.get("/v1.0/me/photos/240x240/$value").await;
    assert_eq!((larger.status.as_u16(), larger.code()), (404, "ImageNotFound".into()));
    assert!(larger.text().contains("120x120, 96x96, 64x64, 48x48"), "{}", larger.text());
    let tiny = put(&ann, "image/png", png(47, 900)).await;
    assert_eq!((tiny.status.as_u16(), tiny.code()), (422, "invalidImage".into()));
    assert_eq!(put(&ann, "image/png", png(48, 48)).await.json()["id"], "48x48");
}

async fn every_format_is_taken(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "User.ReadWrite");
    let picture = DynamicImage::from(quarters(64, 64));
    for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP, ImageFormat::Gif] {
        // What the client says it is does not matter, as long as it means a picture.
        for media in ["application/octet-stream", "image/png", "image/svg+xml"] {
            let set = put(&ann, media, encoded(&picture, format)).await;
            assert_eq!(set.status, 200, "{format:?} {media}: {}", set.text());
            assert_eq!(corners(&decoded(ann.get(VALUE).await.bytes())), [RED, GREEN, BLUE, WHITE], "{format:?}");
        }
    }
    let kinds: [DynamicImage; 4] = [
        picture.to_luma8().into(),
        picture.to_rgb16().into(),
        picture.to_rgba16().into(),
        picture.to_luma_alpha16().into(),
    ];
    for kind in kinds {
        assert_eq!(put(&ann, "image/png", encoded(&kind, ImageFormat::Png)).await.status, 200, "{:?}", kind.color());
    }
    // What shines through is white.
    let clear = RgbaImage::from_pixel(64, 64, Rgba([255, 0, 0, 0]));
    assert_eq!(put(&ann, "image/png", encoded(&clear.into(), ImageFormat::Png)).await.status, 200);
    assert_eq!(corners(&decoded(ann.get(VALUE).await.bytes())), [WHITE; 4]);
}

async fn orientation_is_applied_and_the_middle_kept(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "User.ReadWrite");
    // Exif 2.32, 4.6.4, Orientation: where the 0th row and column are seen.
    let turned = [
        (1, [RED, GREEN, BLUE, WHITE]),
        (2, [GREEN, RED, WHITE, BLUE]),
        (3, [WHITE, BLUE, GREEN, RED]),
        (4, [BLUE, WHITE, RED, GREEN]),
        (5, [RED, BLUE, GREEN, WHITE]),
        (6, [BLUE, RED, WHITE, GREEN]),
        (7, [WHITE, GREEN, BLUE, RED]),
        (8, [GREEN, WHITE, RED, BLUE]),
        (9, [RED, GREEN, BLUE, WHITE]),
    ];
    for (orientation, seen) in turned {
        for (width, height) in [(96, 96), (300, 96), (96, 300)] {
            let block = [b"Exif\0\0".to_vec(), exif(orientation, "x")].concat();
            let bytes = with_segments(&jpeg(width, height), &[(0xe1, block)]);
            assert_eq!(put(&ann, "image/jpeg", bytes).await.status, 200);
            let picture = decoded(ann.get("/v1.0/me/photos/96x96/$value").await.bytes());
            assert_eq!(corners(&picture), seen, "{orientation} {width}x{height}");
        }
    }
}

async fn tags_answer_304_and_guard_changes(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "User.ReadWrite");
    assert_eq!(put(&ann.with("if-match", "*"), "image/png", png(64, 64)).await.status, 412);
    assert_eq!(put(&ann.with("if-none-match", "*"), "image/png", png(64, 64)).await.status, 200);
    assert_eq!(put(&ann.with("if-none-match", "*"), "image/png", png(64, 64)).await.status, 412);
    for path in ["/v1.0/me/photo", VALUE, "/v1.0/me/photos/48x48", "/v1.0/me/photos/48x48/$value"] {
        let first = ann.get(path).await;
        let same = ann.with("if-none-match", &first.header("etag")).get(path).await;
        assert_eq!((same.status.as_u16(), same.bytes()), (304, &b""[..]), "{path}");
        assert_eq!(same.header("etag"), first.header("etag"));
        // HEAD tells the same and brings nothing.
        let head = ann.call(Method::HEAD, path).await;
        assert_eq!((head.status, head.header("etag")), (first.status, first.header("etag")));
        assert_eq!(head.header("content-type"), first.header("content-type"));
    }
    let first = ann.get(VALUE).await.header("etag");
    // Another size of the same photo is another picture, but the same photo to change.
    assert_eq!(ann.with("if-none-match", &first).get("/v1.0/me/photos/48x48/$value").await.status, 200);
    let small = ann.get("/v1.0/me/photos/48x48/$value").await.header("etag");
    assert_eq!(put(&ann.with("if-match", &small), "image/png", png(65, 65)).await.status, 200);
    let stale = put(&ann.with("if-match", &first), "image/png", png(64, 64)).await;
    assert_eq!((stale.status.as_u16(), stale.code()), (412, "ErrorIrresolvableConflict".into()));
    assert_eq!(ann.with("if-match", &first).call(Method::DELETE, VALUE).await.status, 412);
    assert_eq!(ann.with("if-none-match", &first).get(VALUE).await.status, 200);
    // A change of the profile alone leaves the photo's tag.
    let now = ann.get(VALUE).await.header("etag");
    ann.patch("/v1.0/me", json!({"city": "Porto"})).await;
    assert_eq!(ann.with("if-none-match", &now).get(VALUE).await.status, 304);
    assert_eq!(ann.with("if-match", &now).call(Method::DELETE, VALUE).await.status, 204);
}

async fn a_photo_is_removed(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "User.ReadWrite");
    assert_eq!(ann.call(Method::DELETE, VALUE).await.code(), "ImageNotFound");
    put(&ann, "image/png", png(64, 64)).await;
    assert_eq!(app.caller("ann", "User.Read").call(Method::DELETE, VALUE).await.status, 403);
    assert_eq!(app.caller("bob", "User.ReadWrite").call(Method::DELETE, VALUE).await.status, 404);
    assert_eq!(ann.get(VALUE).await.status, 200);
    assert_eq!(ann.call(Method::DELETE, VALUE).await.status, 204);
    assert_eq!(ann.get(VALUE).await.code(), "ImageNotFound");
    assert_eq!(ann.get("/v1.0/me").await.json()["photo"], Value::Null);
    assert!(app.blob_files().is_empty());
}

async fn a_photo_is_a_change_of_the_profile(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "User.ReadWrite");
    let before = ann.get("/v1.0/me").await;
    assert_eq!(before.json()["photo"], Value::Null);
    app.clock.set(app.clock_now() + chrono::TimeDelta::seconds(5));
    let set = put(&ann, "image/png", png(64, 64)).await;
    let after = ann.with("if-none-match", &before.header("etag")).get("/v1.0/me").await;
    assert_eq!((after.status.as_u16(), &after.json()["photo"]), (200, &set.json()));
    assert_ne!(after.json()["lastModifiedDateTime"], before.json()["lastModifiedDateTime"]);
    let basic = app.caller("ann", "User.ReadBasic").get("/v1.0/me?$select=photo").await.json();
    assert_eq!(basic["photo"]["id"], "64x64");
    // A change that names the profile as it was before is refused.
    let stale = ann.with("if-match", &before.header("etag")).patch("/v1.0/me", json!({"city": "x"})).await;
    assert_eq!(stale.status, 412);
    assert_eq!(ann.patch("/v1.0/me", json!({"photo": null})).await.status, 400);
}

async fn what_is_no_picture_is_refused(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "User.ReadWrite");
    let cases: [(&str, Vec<u8>, u16, &str); 8] = [
        ("text/html", png(64, 64), 415, "This takes a picture"),
        ("application/json", png(64, 64), 415, "This takes a picture"),
        ("image", png(64, 64), 415, "This takes a picture"),
        ("image/png", b"<svg xmlns='http://www.w3.org/2000/svg'/>".to_vec(), 415, "markup, such as SVG"),
        ("image/heic", b"\0\0\0\x18ftypheic\0\0\0\0".to_vec(), 415, "HEIC"),
        ("image/png", Vec::new(), 415, "no picture"),
        ("image/png", png(64, 64)[..100].to_vec(), 422, "broken"),
        ("image/png", vec![0x89; 4 * 1024 * 1024 + 1], 413, "4194304 bytes"),
    ];
    for (media, bytes, status, says) in cases {
        let answer = put(&ann, media, bytes).await;
        assert_eq!(answer.status.as_u16(), status, "{media}: {}", answer.text());
        assert!(answer.json()["error"]["message"].as_str().expect("text").contains(says), "{}", answer.text());
    }
    let packed = put(&ann.with("content-encoding", "gzip"), "image/png", png(64, 64)).await;
    assert_eq!(packed.status, 415);
    assert_eq!(ann.call(Method::PATCH, VALUE).await.status, 405);
    assert_eq!(ann.get("/v1.0/me/photo?$select=id").await.status, 400);
    assert!(app.blob_files().is_empty());
    assert_eq!(ann.get(VALUE).await.code(), "ImageNotFound");
}

async fn answers_cannot_act(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "User.ReadWrite");
    put(&ann, "image/png", png(64, 64)).await;
    let value = ann.get(VALUE).await;
    for (name, expected) in [
        ("content-type", "image/jpeg"),
        ("x-content-type-options", "nosniff"),
        ("content-security-policy", "sandbox; default-src 'none'"),
        ("content-disposition", "inline; filename=\"photo.jpg\""),
        ("cache-control", "private, no-cache"),
        ("vary", "Authorization"),
    ] {
        assert_eq!(value.header(name), expected, "{name}");
    }
    let unchanged = ann.with("if-none-match", &value.header("etag")).get(VALUE).await;
    assert_eq!(
        (unchanged.header("cache-control"), unchanged.header("vary")),
        ("private, no-cache".into(), "Authorization".into())
    );
    assert_eq!(ann.get("/v1.0/me").await.header("cache-control"), "no-store");
}

async fn spellings(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "User.ReadWrite");
    put(&ann, "image/png", png(64, 64)).await;
    for path in ["/v1.0/me/photo/%24value", "/V1.0/Me/Photo/$Value", "/v1.0/me/photos/48X48/%24VALUE"] {
        assert_eq!(ann.get(path).await.header("content-type"), "image/jpeg", "{path}");
    }
    for accept in ["*/*", "application/octet-stream, application/json", "image/*", "image/avif,image/*,*/*;q=0.8"] {
        assert_eq!(ann.with("accept", accept).get(VALUE).await.header("content-type"), "image/jpeg", "{accept}");
    }
    assert_eq!(ann.with("accept", "text/html").get(VALUE).await.status, 406);
}

async fn limits_are_the_operators(on: Backend) {
    let app = TestApp::with(on, |config| {
        config.limits.image_pixels = 10_000;
        config.limits.image_side_pixels = 150;
        config.limits.image_memory_bytes = 63_000;
    });
    let ann = app.caller("ann", "User.ReadWrite");
    for (width, height, says) in [(101, 100, "pixels, more"), (60, 151, "one side"), (95, 95, "bytes when")] {
        let answer = put(&ann, "image/png", png(width, height)).await;
        assert_eq!(answer.status, 422);
        assert!(answer.text().contains(says), "{}", answer.text());
    }
    assert_eq!(put(&ann, "image/png", png(90, 90)).await.status, 200);
}
