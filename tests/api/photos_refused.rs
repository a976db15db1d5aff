//! What is no picture that is taken: a clear refusal, and nothing is left behind.

use actix_web::http::{Method, StatusCode};

use super::photos::{ALL, WRITE};
use crate::on_both;
use crate::support::app::{Backend, TestApp};
use crate::support::pictures;

on_both! { what_is_no_picture_leaves_nothing who_may_only_read_adds_nothing }

async fn what_is_no_picture_leaves_nothing(on: Backend) {
    let app = TestApp::with(on, |config| config.limits.photo_bytes = 64 * 1024);
    let ann = app.caller("ann", WRITE);
    let cut = {
        let mut bytes = pictures::jpeg(100, 100);
        bytes.truncate(bytes.len() / 2);
        bytes
    };
    for (what, media, bytes, status) in [
        ("text", "image/jpeg", b"hello".to_vec(), 415),
        ("nothing", "image/jpeg", Vec::new(), 415),
        ("SVG", "image/svg+xml", b"<svg xmlns='http://www.w3.org/2000/svg'/>".to_vec(), 415),
        ("HEIC", "image/heic", b"\0\0\0\x18ftypheic\0\0\0\0".to_vec(), 415),
        ("JSON", "application/json", b"{}".to_vec(), 415),
        ("cut short", "image/jpeg", cut, 422),
        ("too large", "image/png", vec![0; 64 * 1024 + 1], 413),
    ] {
        let refused = ann.send_body(Method::POST, ALL, media, bytes).await;
        assert_eq!(refused.status.as_u16(), status, "{what}: {}", refused.text());
    }
    assert_eq!((app.number("count(*) FROM photos"), app.number("count(*) FROM photo_books")), (0, 0));
    assert_eq!(app.blob_files().len(), 0);
}

async fn who_may_only_read_adds_nothing(on: Backend) {
    let app = TestApp::on(on);
    let reader = app.caller("ann", "Photos.Read Photos.Location.Read");
    let refused = reader.send_body(Method::POST, ALL, "image/png", pictures::png(60, 40)).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert!(refused.challenges()[0].contains("scope=\"Photos.ReadWrite\""), "{:?}", refused.challenges());
}
