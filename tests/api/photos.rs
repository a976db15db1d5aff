//! Photos: made, read, changed and deleted; what is there already; rounds; and who sees where they were taken.

use actix_web::http::{Method, StatusCode};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde_json::{Value, json};

use crate::on_both;
use crate::support::app::{Answer, Backend, Caller, TestApp};
use crate::support::pictures;
use crate::support::rounds::path;

on_both! {
    made_read_changed_and_deleted the_same_bytes_are_one_photo names_come_with_the_request when_it_was_taken_is_corrected
    where_it_was_taken_needs_its_scope rounds_tell_what_changed there_is_room_for_so_many a_profile_photos_size_is_no_photo
}

pub(super) const ALL: &str = "/v1.0/me/photos";
pub(super) const WRITE: &str = "Photos.ReadWrite";

/// A path with options as it is sent.
pub(super) fn asked(path: &str) -> String {
    const ENCODED: &AsciiSet = &CONTROLS.add(b' ').add(b'\'');
    utf8_percent_encode(path, ENCODED).to_string()
}

/// Adds a picture of this width, which makes it another than those of other widths.
pub(super) async fn upload(caller: &Caller<'_>, name: &str, width: u32) -> Answer {
    let bytes = pictures::png(width, 40);
    caller.send_body(Method::POST, &asked(&format!("{ALL}?name={name}")), "image/png", bytes).await
}

/// The same, which succeeds: the photo's id.
pub(super) async fn made(caller: &Caller<'_>, name: &str, width: u32) -> String {
    let made = upload(caller, name, width).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
    id(&made.json())
}

pub(super) fn id(item: &Value) -> String {
    item["id"].as_str().unwrap_or_else(|| panic!("no id: {item}")).to_owned()
}

pub(super) fn names(page: &Answer) -> Vec<String> {
    let items = page.json()["value"].as_array().unwrap_or_else(|| panic!("no page: {}", page.text())).clone();
    items.iter().map(|item| item["name"].as_str().expect("a name").to_owned()).collect()
}

async fn made_read_changed_and_deleted(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", WRITE);
    let made = upload(&ann, "a.png", 60).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
    let (photo, one) = (made.json(), format!("{ALL}/{}", id(&made.json())));
    assert!(made.header("location").ends_with(&one));
    assert_eq!((&photo["name"], &photo["image"]), (&json!("a.png"), &json!({"width": 60, "height": 40})));
    let bytes = i64::try_from(pictures::png(60, 40).len()).expect("a size");
    assert_eq!((&photo["size"], &photo["file"]["mimeType"]), (&json!(bytes), &json!("image/png")));
    assert_eq!(photo["photo"], json!({"takenDateTime": null, "orientation": 1}));
    assert_eq!(ann.get(&one).await.json(), photo);
    assert_eq!(made.header("etag"), photo["@odata.etag"]);
    let current = ann.with("if-none-match", &made.header("etag")).get(&one).await;
    assert_eq!(current.status, StatusCode::NOT_MODIFIED);
    let selected = ann.get(&format!("{one}?$select=name,location")).await.json();
    assert_eq!(selected.as_object().map(serde_json::Map::len), Some(3), "{selected}");
    let change = json!({"name": "b.png", "description": "At the sea\n", "isFavorite": true});
    let changed = ann.with("if-match", &made.header("etag")).patch(&one, change.clone()).await;
    assert_eq!((changed.status, &changed.json()["description"]), (StatusCode::OK, &json!("At the sea\n")));
    assert_eq!((&changed.json()["name"], &changed.json()["isFavorite"]), (&json!("b.png"), &json!(true)));
    let old = ann.with("if-match", &made.header("etag"));
    assert_eq!(old.patch(&one, json!({"name": "c"})).await.status, StatusCode::PRECONDITION_FAILED);
    assert_eq!(old.call(Method::DELETE, &one).await.status, StatusCode::PRECONDITION_FAILED);
    for same in [change, changed.json(), json!({})] {
        assert_eq!(ann.patch(&one, same).await.header("etag"), changed.header("etag"), "nothing changed");
    }
    let minimal = ann.with("prefer", "return=minimal").patch(&one, json!({"description": null})).await;
    assert_eq!((minimal.status, minimal.text()), (StatusCode::NO_CONTENT, String::new()));
    assert_eq!(ann.get(&one).await.json()["description"], Value::Null);
    assert_eq!(app.caller("bob", WRITE).get(&one).await.status, StatusCode::NOT_FOUND);
    assert_eq!(ann.call(Method::DELETE, &one).await.status, StatusCode::NO_CONTENT);
    assert_eq!((app.number("count(*) FROM photos"), app.number("count(*) FROM photo_changes")), (0, 1));
    for method in [Method::GET, Method::DELETE] {
        assert_eq!(ann.call(method, &one).await.status, StatusCode::NOT_FOUND);
    }
}

async fn the_same_bytes_are_one_photo(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", WRITE);
    let first = upload(&ann, "a.png", 60).await;
    let again = upload(&ann, "b.png", 60).await;
    assert_eq!((again.status, again.json()), (StatusCode::OK, first.json()), "what is there, as it is");
    assert_eq!(again.header("location"), first.header("location"));
    assert_eq!(ann.get(&format!("{ALL}/$count")).await.text(), "1");
    // Somebody else does not learn of it.
    assert_eq!(upload(&app.caller("bob", WRITE), "a.png", 60).await.status, StatusCode::CREATED);
    // At once: one of them is new.
    let all = futures_util::future::join_all((0..6).map(|_| upload(&ann, "c.png", 61))).await;
    let new = all.iter().filter(|answer| answer.status == StatusCode::CREATED).count();
    let known = all.iter().filter(|answer| answer.status == StatusCode::OK).count();
    let busy = all.iter().filter(|answer| answer.status == StatusCode::SERVICE_UNAVAILABLE).count();
    assert_eq!((new, new + known + busy), (1, 6), "{:?}", all.iter().map(|answer| answer.status).collect::<Vec<_>>());
    assert_eq!(app.number("count(*) FROM photos"), 3);
    assert_eq!(
        app.blob_files().len(),
        4,
        "what was brought twice is kept once: two originals, and what each looks like"
    );
}

async fn names_come_with_the_request(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", WRITE);
    let unnamed = ann.send_body(Method::POST, ALL, "application/octet-stream", pictures::jpeg(60, 40)).await;
    assert_eq!(unnamed.json()["name"], "photo.jpg", "{}", unnamed.text());
    let disposed = ann.with("content-disposition", "attachment; filename*=UTF-8''Zo%C3%AB.png");
    let named = disposed.send_body(Method::POST, ALL, "image/png", pictures::png(61, 40)).await;
    assert_eq!(named.json()["name"], "Zoë.png", "{}", named.text());
    let long = "a".repeat(4096);
    for name in ["..", "..%2f..%2fetc", "a%5Cb", "a%00b", "", long.as_str()] {
        let refused = upload(&ann, name, 62).await;
        assert_eq!(
            (refused.status, refused.code()),
            (StatusCode::BAD_REQUEST, "ErrorPropertyValidationFailure".into())
        );
    }
    for name in ["../a.png", "a/b", "", " "] {
        let one = format!("{ALL}/{}", id(&named.json()));
        assert_eq!(ann.patch(&one, json!({"name": name})).await.status, StatusCode::BAD_REQUEST, "{name}");
    }
    assert_eq!(app.blob_files().len(), 4, "of what was refused nothing is left");
}

async fn when_it_was_taken_is_corrected(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", WRITE);
    let one = format!("{ALL}/{}", made(&ann, "a.png", 60).await);
    let told = |answer: &Answer| {
        let photo = answer.json();
        [photo["takenLocalDateTime"].clone(), photo["takenOffset"].clone(), photo["photo"]["takenDateTime"].clone()]
    };
    for (change, expected) in [
        (json!({"takenLocalDateTime": "2026-07-01T12:30:00"}), json!(["2026-07-01T12:30:00", null, null])),
        (json!({"takenOffset": "+02:00"}), json!(["2026-07-01T12:30:00", "+02:00", "2026-07-01T10:30:00Z"])),
        (
            json!({"photo": {"takenDateTime": "2025-01-01T00:00:00-03:30"}}),
            json!(["2025-01-01T00:00:00", "-03:30", "2025-01-01T03:30:00Z"]),
        ),
        (json!({"takenOffset": null}), json!(["2025-01-01T00:00:00", null, null])),
        (json!({"takenLocalDateTime": null}), json!([null, null, null])),
    ] {
        let changed = ann.patch(&one, change.clone()).await;
        assert_eq!(json!(told(&changed)), expected, "{change}: {}", changed.text());
        // A photo that is sent back whole is what it is.
        assert_eq!(ann.patch(&one, changed.json()).await.header("etag"), changed.header("etag"));
    }
    for (change, target) in [
        (json!({"takenOffset": "+02:00"}), "takenOffset"),
        (json!({"takenLocalDateTime": "2026-07-01"}), "takenLocalDateTime"),
        (json!({"takenLocalDateTime": 1}), "takenLocalDateTime"),
        (json!({"takenLocalDateTime": "2026-07-01T00:00:00", "takenOffset": "CET"}), "takenOffset"),
        (json!({"takenLocalDateTime": "0001-01-01T00:00:00", "takenOffset": "+01:00"}), "takenLocalDateTime"),
        (json!({"takenLocalDateTime": "2026-07-01T23:59:60"}), "takenLocalDateTime"),
        (json!({"takenLocalDateTime": "2026-07-01T00:00:00", "takenOffset": "+15:00"}), "takenOffset"),
        (json!({"photo": {"takenDateTime": "2026-07-01T00:00:00"}}), "photo.takenDateTime"),
        (json!({"photo": {"takenDateTime": "2026-07-01T00:00:00-14:01"}}), "photo.takenDateTime"),
        (
            json!({"photo": {"takenDateTime": "2026-07-01T00:00:00Z"}, "takenLocalDateTime": "2026-07-01T00:00:00"}),
            "photo.takenDateTime",
        ),
        (json!({"isFavorite": null}), "isFavorite"),
        (json!({"name": null}), "name"),
        (json!({"description": "a".repeat(1001)}), "description"),
        (json!({"nope": 1}), "nope"),
    ] {
        let refused = ann.patch(&one, change.clone()).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{change}");
        assert_eq!(refused.json()["error"]["target"], target, "{}", refused.text());
    }
}

async fn where_it_was_taken_needs_its_scope(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", WRITE);
    let one = format!("{ALL}/{}", made(&ann, "a.png", 60).await);
    made(&ann, "b.png", 61).await;
    app.execute(
        "UPDATE photos SET location = '{\"latitude\":48.137154,\"longitude\":11.576124}', latitude = 48137154, \
         longitude = 11576124, cut_sha256 = (SELECT sha256 FROM photos WHERE name = 'b.png'), cut_size = 1 WHERE name = 'a.png'",
    );
    let with = app.caller("ann", "Photos.Read Photos.Location.Read");
    let located = with.get(&one).await;
    assert_eq!(located.json()["location"]["latitude"], json!(48.137_154));
    let plain = ann.get(&one).await;
    assert!(!plain.text().contains("48.1"), "{}", plain.text());
    let cut = with.get(ALL).await.json()["value"][1]["file"].clone();
    assert_eq!((&plain.json()["size"], &plain.json()["file"]), (&json!(1), &cut));
    // What one was told is not what the other would be.
    let other = ann.with("if-none-match", &located.header("etag")).get(&one).await;
    assert_eq!(other.status, StatusCode::OK);
    let found =
        with.get(&asked(&format!("{ALL}?$filter=location/latitude gt 48.1 and location/longitude lt 11.6"))).await;
    assert_eq!(names(&found), ["a.png"]);
    let nowhere =
        with.get(&asked(&format!("{ALL}?$filter=not (location/latitude gt 0) or location/latitude eq null"))).await;
    assert_eq!(names(&nowhere), ["b.png"]);
    for path in [ALL.to_owned(), format!("{ALL}/$count")] {
        let refused = ann.get(&asked(&format!("{path}?$filter=location/latitude gt 48.1"))).await;
        assert_eq!((refused.status, refused.code()), (StatusCode::FORBIDDEN, "ErrorAccessDenied".into()));
    }
    assert_eq!(names(&ann.get(&asked(&format!("{ALL}?$filter=size eq 1"))).await), ["a.png"], "as it is shown");
    assert_eq!(names(&with.get(&asked(&format!("{ALL}?$filter=size eq 1"))).await), Vec::<String>::new());
    // A round is of one scope.
    let link = with.get(&format!("{ALL}/delta")).await.json()["@odata.deltaLink"].clone();
    assert_eq!(ann.get(&path(&link).expect("a link")).await.status, StatusCode::GONE);
    assert_eq!(app.caller("ann", "Photos.Location.Read").get(&one).await.status, StatusCode::FORBIDDEN);
}

async fn rounds_tell_what_changed(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", WRITE);
    let mut ids = Vec::new();
    for width in 60..63 {
        ids.push(made(&ann, &format!("{width}.png"), width).await);
    }
    let first = ann.get(&format!("{ALL}/delta?$top=2")).await.json();
    let second = ann.get(&path(&first["@odata.nextLink"]).expect("a link")).await.json();
    assert_eq!([&first, &second].map(|page| page["value"].as_array().map(Vec::len)), [Some(2), Some(1)]);
    ann.patch(&format!("{ALL}/{}", ids[0]), json!({"isFavorite": true})).await;
    ann.call(Method::DELETE, &format!("{ALL}/{}", ids[1])).await;
    let next = ann.get(&path(&second["@odata.deltaLink"]).expect("a link")).await.json();
    assert_eq!((&next["value"][0]["id"], &next["value"][0]["isFavorite"]), (&json!(ids[0]), &json!(true)));
    assert_eq!(next["value"][1], json!({"id": ids[1], "@removed": {"reason": "deleted"}}));
    let last = ann.get(&path(&next["@odata.deltaLink"]).expect("a link")).await.json();
    assert_eq!(last["value"], json!([]));
    assert_eq!(ann.get(&format!("{ALL}/delta()")).await.json()["value"].as_array().map(Vec::len), Some(2));
}

async fn there_is_room_for_so_many(on: Backend) {
    let size = |width| u64::try_from(pictures::png(width, 40).len()).expect("a size");
    let app = TestApp::with(on, |config| {
        config.limits.quota_photos = 2;
        config.limits.quota_bytes = size(60) + size(61) + 1;
    });
    let (ann, bob) = (app.caller("ann", WRITE), app.caller("bob", WRITE));
    let first = made(&ann, "a.png", 60).await;
    made(&ann, "b.png", 61).await;
    let full = upload(&ann, "c.png", 62).await;
    assert_eq!((full.status, full.code()), (StatusCode::INSUFFICIENT_STORAGE, "quotaLimitReached".into()));
    assert!(full.text().contains("2 photos"), "{}", full.text());
    assert_eq!(app.blob_files().len(), 4);
    assert_eq!(upload(&ann, "a.png", 60).await.status, StatusCode::OK, "what is there takes no room");
    made(&bob, "large.png", 60).await;
    let noise = pictures::encoded(&pictures::noise(60, 60), image::ImageFormat::Png);
    let large = bob.send_body(Method::POST, ALL, "image/png", noise).await;
    assert!(large.text().contains("bytes of photos"));
    assert_eq!(ann.call(Method::DELETE, &format!("{ALL}/{first}")).await.status, StatusCode::NO_CONTENT);
    assert_eq!(upload(&ann, "c.png", 62).await.status, StatusCode::CREATED, "a deletion makes room");
    let size = i64::try_from(size(61) + size(62)).expect("a size");
    let of_ann = "FROM photo_books WHERE person = (SELECT id FROM people WHERE subject = 'ann')";
    assert_eq!((app.number(&format!("photos {of_ann}")), app.number(&format!("bytes {of_ann}"))), (2, size));
}

/// `/v1.0/me/photos/{W}x{H}` is the profile's.
async fn a_profile_photos_size_is_no_photo(on: Backend) {
    let app = TestApp::on(on);
    app.give_photo("ann").await;
    let ann = app.caller("ann", "User.Read");
    for size in ["48x48", "48X48", "%34%38x48", "48%7848"] {
        assert_eq!(ann.get(&format!("{ALL}/{size}")).await.json()["id"], "48x48");
    }
    assert_eq!(ann.get(&format!("{ALL}/0198b5a0-0000-7000-8000-000000000000")).await.status, StatusCode::FORBIDDEN);
    let reader = app.caller("ann", "Photos.Read");
    assert_eq!(reader.get(&format!("{ALL}/48x48")).await.status, StatusCode::FORBIDDEN);
    let writer = app.caller("ann", "Photos.ReadWrite");
    for none in ["0198b5a0-0000-7000-8000-000000000000", "nothing", "48", "axb", "48xb", "x", "%C3%BCx%5C"] {
        let at = format!("{ALL}/{none}");
        assert_eq!(reader.get(&at).await.status, StatusCode::NOT_FOUND, "{none}");
        assert_eq!(writer.call(Method::DELETE, &at).await.status, StatusCode::NOT_FOUND, "{none}");
    }
    assert_eq!(writer.call(Method::DELETE, &format!("{ALL}/48x48")).await.status, StatusCode::METHOD_NOT_ALLOWED);
}
