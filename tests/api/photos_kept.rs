//! The bytes of photos: kept once whoever's they are, as long as a row names them, and swept after that.

use std::fs;

use actix_web::http::{Method, StatusCode};
use chrono::TimeDelta;
use sharehold::blobs::Key;
use sharehold::digest::Digest;

use super::photos::{ALL, WRITE, id, made, upload};
use crate::on_both;
use crate::support::app::{Backend, Caller, TestApp};
use crate::support::{bucket, pictures};

on_both! {
    what_nobody_names_is_swept_after_a_day what_is_being_taken_away_cannot_be_named what_cannot_be_kept_leaves_no_row
    nothing_unfinished_is_left what_is_lost_comes_back_when_it_is_sent_again_in_a_folder
    what_is_lost_comes_back_when_it_is_sent_again_in_a_bucket what_there_is_no_room_for_is_not_kept
}

fn later(app: &TestApp, hours: i64) {
    app.clock.set(app.clock_now() + TimeDelta::hours(hours));
}

/// A caller with a token of this hour.
fn caller<'a>(app: &'a TestApp, subject: &str) -> Caller<'a> {
    let (mut claims, now) = (app.claims(subject, WRITE), app.clock_now().timestamp());
    (claims["iat"], claims["exp"]) = (now.into(), (now + 3600).into());
    app.caller_with(&claims)
}

async fn what_nobody_names_is_swept_after_a_day(on: Backend) {
    let app = TestApp::on(on);
    let (ann, bob) = (app.caller("ann", WRITE), app.caller("bob", WRITE));
    let hers = made(&ann, "a.png", 60).await;
    let his = made(&bob, "b.png", 60).await;
    assert_eq!((app.blob_files().len(), app.number("count(*) FROM photo_renditions")), (2, 4));
    assert_eq!(ann.call(Method::DELETE, &format!("{ALL}/{hers}")).await.status, StatusCode::NO_CONTENT);
    assert_eq!(app.number("count(*) FROM photo_renditions"), 2);
    later(&app, 25);
    assert_eq!((app.sweep().await, app.blob_files().len()), (0, 2), "somebody else has it");
    let bob = caller(&app, "bob");
    assert_eq!(bob.call(Method::DELETE, &format!("{ALL}/{his}")).await.status, StatusCode::NO_CONTENT);
    // Named again before it is swept: it is young again.
    let his = made(&bob, "b.png", 60).await;
    assert_eq!(bob.call(Method::DELETE, &format!("{ALL}/{his}")).await.status, StatusCode::NO_CONTENT);
    later(&app, 23);
    assert_eq!((app.sweep().await, app.blob_files().len()), (0, 2));
    later(&app, 2);
    assert_eq!((app.sweep().await, app.blob_files().len()), (2, 0));
    assert_eq!(app.number("count(*) FROM contents"), 0);
    made(&caller(&app, "ann"), "a.png", 60).await;
    assert_eq!(app.blob_files().len(), 2);
}

async fn what_is_being_taken_away_cannot_be_named(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", WRITE);
    let first = made(&ann, "a.png", 60).await;
    ann.call(Method::DELETE, &format!("{ALL}/{first}")).await;
    app.execute("UPDATE contents SET doomed = touched");
    let refused = upload(&ann, "a.png", 60).await;
    assert_eq!((refused.status, refused.header("retry-after")), (StatusCode::SERVICE_UNAVAILABLE, "30".into()));
    assert_eq!(app.number("count(*) FROM photos"), 0);
    // Who was taking it away was killed: the next sweep finishes that.
    later(&app, 25);
    assert_eq!(app.sweep().await, 2);
    made(&caller(&app, "ann"), "a.png", 60).await;
}

async fn what_cannot_be_kept_leaves_no_row(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", WRITE);
    let shards: Vec<_> = (0..=255).map(|shard| app.blob_folder().join(format!("{shard:02x}"))).collect();
    for shard in &shards {
        fs::remove_dir(shard).expect("an empty folder");
        fs::write(shard, "").expect("a file");
    }
    let failed = upload(&ann, "a.png", 60).await;
    assert_eq!(failed.status, StatusCode::INTERNAL_SERVER_ERROR, "{}", failed.text());
    assert_eq!((app.number("count(*) FROM photos"), app.number("count(*) FROM photo_renditions")), (0, 0));
    assert_eq!(unfinished(&app), [""; 0]);
    for shard in &shards {
        fs::remove_file(shard).expect("removed");
        fs::create_dir(shard).expect("made");
    }
    made(&ann, "a.png", 60).await;
}

fn unfinished(app: &TestApp) -> Vec<String> {
    let entries = fs::read_dir(app.blob_folder()).expect("a folder");
    let names = entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("a name"));
    names.filter(|name| name.starts_with(".incoming")).collect()
}

/// Of what is so large that it goes to the disk while it comes.
async fn nothing_unfinished_is_left(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", WRITE);
    let large = pictures::encoded(&pictures::noise(500, 500), image::ImageFormat::Png);
    let cut = large[..large.len() - 1000].to_vec();
    for (bytes, status) in [(cut, 422), (large, 201)] {
        assert!(bytes.len() > 512 * 1024);
        assert_eq!(ann.send_body(Method::POST, ALL, "image/png", bytes).await.status.as_u16(), status);
        assert_eq!(unfinished(&app), [""; 0]);
    }
    // Of who was killed the sweep takes it.
    let left = fs::File::create(app.blob_folder().join(".incoming.left")).expect("a file");
    left.set_modified((app.clock_now() - TimeDelta::minutes(61)).into()).expect("set");
    assert_eq!((app.sweep().await, unfinished(&app).len()), (0, 0));
}

async fn what_is_lost_comes_back_when_it_is_sent_again_in_a_folder(on: Backend) {
    what_is_lost_comes_back(&TestApp::on(on)).await;
}

async fn what_is_lost_comes_back_when_it_is_sent_again_in_a_bucket(on: Backend) {
    what_is_lost_comes_back(&TestApp::with(on, |config| config.blobs = bucket::fresh())).await;
}

async fn what_is_lost_comes_back(app: &TestApp) {
    let ann = app.caller("ann", WRITE);
    let photo = made(&ann, "a.png", 60).await;
    let (at, bytes) = (format!("{ALL}/{photo}/content"), pictures::png(60, 40));
    app.blobs().delete(Key::from(Digest::of(&bytes))).await.expect("gone");
    assert_eq!(ann.get(&at).await.status, StatusCode::INTERNAL_SERVER_ERROR);
    let again = upload(&ann, "a.png", 60).await;
    assert_eq!((again.status, id(&again.json())), (StatusCode::OK, photo));
    assert!(ann.get(&at).await.bytes() == bytes);
}

/// Else whoever has no room left could fill the disk for a day.
async fn what_there_is_no_room_for_is_not_kept(on: Backend) {
    let app = TestApp::with(on, |config| config.limits.quota_photos = 1);
    let ann = app.caller("ann", WRITE);
    made(&ann, "a.png", 60).await;
    for width in 61..64 {
        assert_eq!(upload(&ann, "b.png", width).await.status, StatusCode::INSUFFICIENT_STORAGE);
    }
    assert_eq!((app.blob_files().len(), app.number("count(*) FROM contents")), (2, 2));
}
