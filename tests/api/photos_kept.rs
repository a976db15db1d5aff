//! The bytes of photos: kept once whoever's they are, as long as a row names them, and swept after that.

use actix_web::http::{Method, StatusCode};
use chrono::TimeDelta;

use super::photos::{ALL, WRITE, made, upload};
use crate::on_both;
use crate::support::app::{Backend, TestApp};

on_both! { what_nobody_names_is_swept_after_a_day what_is_being_taken_away_cannot_be_named }

fn later(app: &TestApp, hours: i64) {
    app.clock.set(app.clock_now() + TimeDelta::hours(hours));
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
    let bob = app.caller("bob", WRITE);
    assert_eq!(bob.call(Method::DELETE, &format!("{ALL}/{his}")).await.status, StatusCode::NO_CONTENT);
    // Named again before it is swept: it is young again.
    let his = made(&bob, "b.png", 60).await;
    assert_eq!(bob.call(Method::DELETE, &format!("{ALL}/{his}")).await.status, StatusCode::NO_CONTENT);
    later(&app, 23);
    assert_eq!((app.sweep().await, app.blob_files().len()), (0, 2));
    later(&app, 2);
    assert_eq!((app.sweep().await, app.blob_files().len()), (2, 0));
    assert_eq!(app.number("count(*) FROM contents"), 0);
    made(&app.caller("ann", WRITE), "a.png", 60).await;
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
    made(&app.caller("ann", WRITE), "a.png", 60).await;
}
