//! What `verify` says of photos and albums that are damaged.

use actix_web::http::Method;
use serde_json::json;
use sharehold::resources::audit::Seen;
use sharehold::resources::photos::audit::AUDIT;
use sharehold::store::Inspection;

use super::photos::{WRITE, made};
use crate::on_both;
use crate::support::app::{Backend, TestApp};
use crate::support::uploads::Upload;

on_both! { whatever_does_not_fit_is_told }

/// What is done to the database, what undoes it, and what is told.
const DAMAGE: &[(&str, &str, &str)] = &[
    ("UPDATE photos SET facts = 'x' || facts", "UPDATE photos SET facts = substr(facts, 2)", "it cannot be shown"),
    ("UPDATE photos SET location = '['", "UPDATE photos SET location = ''", "it cannot be shown"),
    (
        "UPDATE photos SET recipe = 'x' || recipe",
        "UPDATE photos SET recipe = substr(recipe, 2)",
        "recipe cannot be read",
    ),
    (
        "UPDATE photos SET cut_size = cut_size + 1",
        "UPDATE photos SET cut_size = cut_size - 1",
        "not what was made of it",
    ),
    ("UPDATE photos SET changed = changed + 900", "UPDATE photos SET changed = changed - 900", "among the person's"),
    ("UPDATE photo_books SET photos = photos + 1", "UPDATE photo_books SET photos = photos - 1", "2 photos, and 3"),
    ("UPDATE photo_books SET bytes = bytes + 1", "UPDATE photo_books SET bytes = bytes - 1", "bytes of photos, and"),
    ("UPDATE albums SET photos = photos + 1", "UPDATE albums SET photos = photos - 1", "1 photos in an album, and 2"),
    (
        "UPDATE album_photos SET person = person + 100",
        "UPDATE album_photos SET person = person - 100",
        "covers that are in their album",
    ),
    (
        "UPDATE album_photos SET person = person + 200",
        "UPDATE album_photos SET person = person - 200",
        "photos in albums that are nowhere",
    ),
    (
        "UPDATE upload_sessions SET received = received + 1",
        "UPDATE upload_sessions SET received = received - 1",
        "has 2 bytes, and 3 are counted",
    ),
    ("UPDATE albums SET cover = NULL", "UPDATE albums SET cover = (SELECT photo FROM album_photos)", "covers that"),
];

/// The faults, and how many blobs are named.
fn told(app: &TestApp) -> (Vec<String>, usize) {
    let mut on = Inspection::open(&app.database.settings()).expect("it opens");
    let (mut faults, mut blobs) = (Vec::new(), 0);
    let mut tell = |seen| match seen {
        Seen::Fault(fault) => faults.push(fault),
        Seen::Blob(_) => blobs += 1,
        Seen::Row => {}
    };
    (AUDIT.run)(&mut on, &mut tell).expect("it runs");
    (faults, blobs)
}

async fn whatever_does_not_fit_is_told(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", WRITE);
    let photo = made(&ann, "a.png", 60).await;
    made(&ann, "b.png", 61).await;
    let album = ann.send_json(Method::POST, "/v1.0/me/albums", json!({"name": "A"})).await.json();
    let within = format!("/v1.0/me/albums/{}/photos", super::photos::id(&album));
    ann.send_json(Method::POST, &within, json!({"ids": [photo]})).await;
    let upload = Upload::begin(&app, &ann, json!({})).await;
    for (first, end) in [(0, 1), (1, 2)] {
        upload.part(b"abc", first, end).await;
    }
    assert_eq!(told(&app), (Vec::new(), 8));
    for (damage, undone, expected) in DAMAGE {
        app.execute(damage);
        let (faults, _) = told(&app);
        assert!(faults.iter().any(|fault| fault.contains(expected)), "{damage}: {faults:?}");
        app.execute(undone);
        assert_eq!(told(&app), (Vec::new(), 8), "{undone}");
    }
}
