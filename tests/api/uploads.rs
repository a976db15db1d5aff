//! Pictures that come in parts: in order, to their end, over and over; what is not awaited; and who may send what is.

use actix_web::http::{Method, StatusCode};
use chrono::{DateTime, TimeDelta};
use futures_util::future::join_all;
use serde_json::{Value, json};
use sharehold::config::Retention;
use sharehold::resources::forget_old;

use super::photos::{ALL, WRITE, id, made};
use crate::on_both;
use crate::support::app::{Backend, NOW, TestApp};
use crate::support::pictures;
use crate::support::rounds::path;
use crate::support::uploads::{Upload, asked};

on_both! {
    parts_in_order_are_a_photo nobody_said_how_large_it_is what_is_not_awaited_is_refused of_equal_parts_at_once_one_is_taken
    what_is_no_picture_ends_the_session there_is_room_for_so_many_sessions what_is_held_is_no_room_for_others what_came_before_its_end_is_kept
    what_a_session_is_of_is_said_or_refused what_there_is_no_room_for_may_come_later
}

/// A picture of some thousand bytes.
pub(super) fn picture() -> Vec<u8> {
    pictures::encoded(&pictures::noise(60, 40), image::ImageFormat::Png)
}

async fn parts_in_order_are_a_photo(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", WRITE);
    let whole = picture();
    let size = whole.len();
    let item = json!({"name": "sea.png", "description": "At the sea", "fileSize": size, "@microsoft.graph.conflictBehavior": "rename"});
    let made = asked(&ann, item).await.json();
    assert_eq!(made["nextExpectedRanges"], json!([format!("0-{}", size - 1)]));
    assert_eq!(made["expirationDateTime"], "2026-01-02T12:00:00Z");
    let upload = Upload::at(&app, path(&made["uploadUrl"]).expect("an address"));
    for (first, end) in [(0, 1000), (1000, 1001), (1001, 3000)] {
        let taken = upload.part(&whole, first, end).await;
        assert_eq!(taken.status, StatusCode::ACCEPTED, "{}", taken.text());
        let expected = json!({"expirationDateTime": made["expirationDateTime"], "nextExpectedRanges": [format!("{end}-{}", size - 1)]});
        assert_eq!((taken.json(), upload.call(Method::GET).await.json()), (expected.clone(), expected));
    }
    assert_eq!(app.number("count(*) FROM upload_chunks"), 3);
    let last = upload.part(&whole, 3000, size).await;
    assert_eq!(last.status, StatusCode::CREATED, "{}", last.text());
    let photo = last.json();
    assert_eq!((&photo["name"], &photo["description"]), (&json!("sea.png"), &json!("At the sea")));
    assert_eq!((&photo["size"], &photo["image"]["width"]), (&json!(size), &json!(60)));
    let one = format!("{ALL}/{}", id(&photo));
    assert!(last.header("location").ends_with(&one));
    assert_eq!(ann.get(&one).await.json(), photo);
    // Some clients send the last part again, or an empty one.
    for (range, bytes) in [(format!("bytes 3000-{}/{size}", size - 1), &whole[3000..]), (String::new(), &[][..])] {
        let again = upload.put(&range, bytes).await;
        assert_eq!((again.status, again.json()), (StatusCode::OK, photo.clone()));
    }
    assert_eq!(upload.awaited().await, json!([]));
    assert_eq!((app.number("count(*) FROM upload_chunks"), app.number("count(*) FROM photos")), (0, 1));
    // One thing was written, however many parts it had.
    assert_eq!(app.number("CAST(sum(items) AS BIGINT) FROM access_log WHERE operation = 1"), 1);
    let later = |minutes| DateTime::from_timestamp(NOW, 0).expect("an instant") + TimeDelta::minutes(minutes);
    app.clock.set(later(59));
    assert_eq!(upload.put("", &[]).await.status, StatusCode::OK);
    app.clock.set(later(61));
    assert_eq!(upload.put("", &[]).await.status, StatusCode::NOT_FOUND);
    forget_old(&app.store, &Retention::default()).await.expect("forgotten");
    assert_eq!(app.number("count(*) FROM upload_sessions"), 0);
}

async fn nobody_said_how_large_it_is(on: Backend) {
    let app = TestApp::on(on);
    let whole = picture();
    let upload = Upload::begin(&app, &app.caller("ann", WRITE), json!({})).await;
    assert_eq!(upload.awaited().await, json!(["0-"]));
    assert_eq!(upload.part(&whole, 0, 10).await.status, StatusCode::ACCEPTED);
    assert_eq!(upload.awaited().await, json!([format!("10-{}", whole.len() - 1)]), "closed as soon as it is known");
    let last = upload.part(&whole, 10, whole.len()).await;
    assert_eq!((last.status, &last.json()["name"]), (StatusCode::CREATED, &json!("photo.png")));
    // In one part; and what is there already.
    let again = Upload::begin(&app, &app.caller("ann", WRITE), json!({"name": "b.png"})).await;
    let known = again.part(&whole, 0, whole.len()).await;
    assert_eq!((known.status, known.json()), (StatusCode::OK, last.json()));
    assert_eq!(again.put("", &[]).await.json(), last.json());
}

async fn what_is_not_awaited_is_refused(on: Backend) {
    let app = TestApp::with(on, |config| config.limits.photo_bytes = 1 << 20);
    let whole = picture();
    let size = whole.len();
    let upload = Upload::begin(&app, &app.caller("ann", WRITE), json!({"fileSize": size})).await;
    assert_eq!(upload.part(&whole, 0, 100).await.status, StatusCode::ACCEPTED);
    for (first, end) in [(0, 100), (0, 50), (50, 150), (99, 200), (101, 200), (101, size), (0, size)] {
        let refused = upload.part(&whole, first, end).await;
        assert_eq!((refused.status, refused.code()), (StatusCode::RANGE_NOT_SATISFIABLE, "invalidRange".into()));
        assert!(refused.text().contains("Byte 100"), "{first}: {}", refused.text());
    }
    let (next, large) = (&whole[100..200], 1 << 20);
    for (range, bytes, status) in [
        (String::new(), next, 400),
        ("bytes 100-199".into(), next, 400),
        ("bytes 100-199/*".into(), next, 400),
        ("bytes 199-100/1000".into(), next, 400),
        (format!("bytes 100-199/{}", size + 1), next, 400),
        (format!("bytes 100-198/{size}"), next, 400),
        (format!("bytes 100-200/{size}"), next, 400),
        (format!("bytes 100-199/{size}"), &[][..], 400),
        (format!("bytes 100-{}/{size}", size - 1), next, 400),
        (format!("bytes 100-199/{}", large + 1), next, 413),
        (format!("bytes 100-{}/{}", 61 << 20, 64 << 20), next, 413),
    ] {
        let refused = upload.put(&range, bytes).await;
        assert_eq!(refused.status.as_u16(), status, "{range}: {}", refused.text());
    }
    assert_eq!(upload.awaited().await, json!([format!("100-{}", size - 1)]), "as it was");
    assert_eq!(upload.part(&whole, 100, size).await.status, StatusCode::CREATED);
}

async fn of_equal_parts_at_once_one_is_taken(on: Backend) {
    let app = TestApp::on(on);
    let whole = picture();
    let upload = Upload::begin(&app, &app.caller("ann", WRITE), json!({"fileSize": whole.len()})).await;
    for (first, end) in [(0, 500), (500, 1500)] {
        // As many as one person may send at once.
        let all = join_all((0..4).map(|_| upload.part(&whole, first, end))).await;
        let mut statuses: Vec<u16> = all.iter().map(|answer| answer.status.as_u16()).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [202, 416, 416, 416]);
    }
    assert_eq!(app.number("count(*) FROM upload_chunks"), 2);
    let all = join_all((0..4).map(|_| upload.part(&whole, 1500, whole.len()))).await;
    let statuses: Vec<u16> = all.iter().map(|answer| answer.status.as_u16()).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 1, "{statuses:?}");
    // Who finds it whole, and who finds that another one makes it so.
    assert!(statuses.iter().all(|status| [200, 201, 503].contains(status)), "{statuses:?}");
    assert_eq!((app.number("count(*) FROM photos"), app.number("count(*) FROM upload_chunks")), (1, 0));
}

async fn what_is_no_picture_ends_the_session(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", WRITE);
    let broken = picture()[..1000].to_vec();
    for (whole, status) in [(vec![b'a'; 1000], 415), (broken, 422)] {
        let upload = Upload::begin(&app, &ann, json!({})).await;
        assert_eq!(upload.part(&whole, 0, 500).await.status, StatusCode::ACCEPTED);
        let refused = upload.part(&whole, 500, 1000).await;
        assert_eq!(refused.status.as_u16(), status, "{}", refused.text());
        assert!(refused.text().contains("The upload session has ended."), "{}", refused.text());
        assert_eq!(upload.call(Method::GET).await.status, StatusCode::NOT_FOUND);
    }
    let left = ["upload_sessions", "upload_chunks"].map(|table| app.number(&format!("count(*) FROM {table}")));
    assert_eq!((left, app.number("count(*) FROM photos")), ([0, 0], 0));
}

/// There was, when it began.
async fn what_there_is_no_room_for_may_come_later(on: Backend) {
    let app = TestApp::with(on, |config| config.limits.quota_photos = 1);
    let ann = app.caller("ann", WRITE);
    let upload = Upload::begin(&app, &ann, json!({})).await;
    let whole = picture();
    assert_eq!(upload.part(&whole, 0, 500).await.status, StatusCode::ACCEPTED);
    let other = made(&ann, "a.png", 61).await;
    let refused = upload.part(&whole, 500, whole.len()).await;
    assert_eq!(refused.status, StatusCode::INSUFFICIENT_STORAGE, "{}", refused.text());
    assert_eq!(app.number("count(*) FROM photos"), 1);
    assert_eq!(upload.awaited().await, json!([format!("500-{}", whole.len() - 1)]));
    assert_eq!(ann.call(Method::DELETE, &format!("{ALL}/{other}")).await.status, StatusCode::NO_CONTENT);
    assert_eq!(upload.part(&whole, 500, whole.len()).await.status, StatusCode::CREATED);
}

async fn there_is_room_for_so_many_sessions(on: Backend) {
    let app = TestApp::with(on, |config| config.limits.quota_bytes = 10_000);
    let ann = app.caller("ann", WRITE);
    let large = asked(&ann, json!({"fileSize": 10_001})).await;
    assert_eq!((large.status, large.code()), (StatusCode::INSUFFICIENT_STORAGE, "quotaLimitReached".into()));
    let upload = Upload::begin(&app, &ann, json!({"fileSize": 9000})).await;
    let whole = [1; 9000];
    assert_eq!(upload.part(&whole, 0, 6000).await.status, StatusCode::ACCEPTED);
    // What is here of one takes the room of others, until it ends.
    assert_eq!(asked(&ann, json!({"fileSize": 4001})).await.status, StatusCode::INSUFFICIENT_STORAGE);
    let other = Upload::begin(&app, &ann, json!({})).await;
    assert_eq!(other.part(&[2; 9000], 0, 4001).await.status, StatusCode::INSUFFICIENT_STORAGE);
    assert_eq!(other.awaited().await, json!(["0-"]));
    assert_eq!(upload.call(Method::DELETE).await.status, StatusCode::NO_CONTENT);
    assert_eq!(other.part(&[2; 9000], 0, 4001).await.status, StatusCode::ACCEPTED);
    for _ in 1..32 {
        Upload::begin(&app, &ann, json!({})).await;
    }
    let full = asked(&ann, json!({})).await;
    assert_eq!(full.status, StatusCode::INSUFFICIENT_STORAGE, "{}", full.text());
    Upload::begin(&app, &app.caller("bob", WRITE), json!({})).await;
    app.clock.set(DateTime::from_timestamp(NOW + 86_400, 0).expect("an instant"));
    let claims = json!({"iat": NOW + 86_400, "exp": NOW + 90_000});
    let mut later = app.claims("ann", WRITE);
    later.as_object_mut().expect("claims").extend(claims.as_object().expect("claims").clone());
    Upload::begin(&app, &app.caller_with(&later), json!({})).await;
}

/// What is here of a picture counts for another that comes whole, and not twice for itself.
async fn what_is_held_is_no_room_for_others(on: Backend) {
    let whole = picture();
    let room = u64::try_from(whole.len() + 1500).expect("a size");
    let app = TestApp::with(on, |config| config.limits.quota_bytes = room);
    let ann = app.caller("ann", WRITE);
    let upload = Upload::begin(&app, &ann, json!({})).await;
    assert_eq!(upload.part(&whole, 0, whole.len() - 10).await.status, StatusCode::ACCEPTED);
    let other = pictures::encoded(&pictures::noise(30, 30), image::ImageFormat::Png);
    assert!(other.len() > 1510, "{}", other.len());
    let refused = ann.send_body(Method::POST, ALL, "image/png", other).await;
    assert_eq!(refused.status, StatusCode::INSUFFICIENT_STORAGE, "{}", refused.text());
    assert_eq!(upload.part(&whole, whole.len() - 10, whole.len()).await.status, StatusCode::CREATED);
}

/// A part that is too small and many: the session lives, and takes a last one.
async fn what_came_before_its_end_is_kept(on: Backend) {
    let app = TestApp::on(on);
    let whole = picture();
    let upload = Upload::begin(&app, &app.caller("ann", WRITE), json!({})).await;
    app.execute("UPDATE upload_sessions SET chunks = 255");
    assert_eq!(upload.part(&whole, 0, 1).await.status, StatusCode::ACCEPTED);
    let refused = upload.part(&whole, 1, 2).await;
    assert_eq!(refused.status, StatusCode::PAYLOAD_TOO_LARGE, "{}", refused.text());
    assert_eq!(app.sweep().await, 0, "what a row names stays");
    assert_eq!(upload.part(&whole, 1, whole.len()).await.status, StatusCode::CREATED);
    // A part whose session is gone is nobody's a day later.
    let other = Upload::begin(&app, &app.caller("ann", WRITE), json!({})).await;
    assert_eq!(other.part(&whole, 0, 7).await.status, StatusCode::ACCEPTED);
    let before = app.blob_files().len();
    app.clock.set(DateTime::from_timestamp(NOW + 86_401, 0).expect("an instant"));
    forget_old(&app.store, &Retention::default()).await.expect("forgotten");
    assert_eq!(app.number("count(*) FROM upload_sessions"), 0);
    app.clock.set(DateTime::from_timestamp(NOW + 3 * 86_400, 0).expect("an instant"));
    app.sweep().await;
    assert_eq!(app.blob_files().len(), before - 2, "the parts of both");
}

async fn what_a_session_is_of_is_said_or_refused(on: Backend) {
    let app = TestApp::with(on, |config| config.limits.photo_bytes = 1000);
    let ann = app.caller("ann", WRITE);
    for (item, status, target) in [
        (json!({"name": "../a.jpg"}), 400, "item.name"),
        (json!({"name": 1}), 400, "item.name"),
        (json!({"description": "a".repeat(1001)}), 400, "item.description"),
        (json!({"fileSize": 0}), 400, "item.fileSize"),
        (json!({"fileSize": -1}), 400, "item.fileSize"),
        (json!({"fileSize": 1.5}), 400, "item.fileSize"),
        (json!({"fileSize": "1"}), 400, "item.fileSize"),
        (json!({"nope": 1}), 400, "item.nope"),
        (json!(1), 400, "item"),
        (json!({"fileSize": 1001}), 413, ""),
    ] {
        let refused = asked(&ann, item.clone()).await;
        assert_eq!(refused.status.as_u16(), status, "{item}: {}", refused.text());
        assert_eq!(refused.json()["error"]["target"].as_str().unwrap_or_default(), target, "{}", refused.text());
    }
    let make = format!("{ALL}/createUploadSession");
    for body in [
        json!({}),
        json!({"item": null, "deferCommit": false, "@odata.type": "x"}),
        json!({"item": {"fileSystemInfo": {}}}),
    ] {
        assert_eq!(ann.send_json(Method::POST, &make, body).await.status, StatusCode::OK);
    }
    for body in [json!({"deferCommit": true}), json!({"nope": 1}), Value::Null, json!([])] {
        assert_eq!(ann.send_json(Method::POST, &make, body).await.status, StatusCode::BAD_REQUEST);
    }
    assert_eq!(
        ann.send_json(Method::POST, "/V1.0/Me/Photos/CreateUploadSession()", json!({})).await.status,
        StatusCode::OK
    );
    let reader = app.caller("ann", "Photos.Read");
    assert_eq!(asked(&reader, json!({})).await.status, StatusCode::FORBIDDEN);
}
