//! Smaller pictures of a photo: which there are, made when they are first asked for and kept, without any metadata.

use actix_web::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::photos::{ALL, WRITE, asked, id, made};
use crate::on_both;
use crate::support::app::{Backend, Caller, TestApp};
use crate::support::{bucket, pictures};

on_both! {
    made_once_and_kept_in_a_folder made_once_and_kept_in_a_bucket asked_for_at_once_it_is_made_once what_is_not_there
    making_one_changes_nothing many_at_once_wait_for_their_turn with_each_photo_their_addresses
    addresses_are_never_unchanged a_page_has_so_many_addresses the_next_page_has_them_too
}

const SIZES: [(&str, (u32, u32)); 7] = [
    ("small", (48, 96)),
    ("medium", (88, 176)),
    ("large", (400, 800)),
    ("full", (1000, 2000)),
    ("smallSquare", (96, 96)),
    ("mediumSquare", (176, 176)),
    ("largeSquare", (800, 800)),
];

/// A photo that lies on its side: its path.
async fn given(caller: &Caller<'_>) -> String {
    let exif = [b"Exif\0\0".to_vec(), pictures::exif(6, "canary")].concat();
    let bytes = pictures::with_segments(&pictures::jpeg(2000, 1000), &[(0xe1, exif), (0xfe, b"canary".to_vec())]);
    let made = caller.send_body(Method::POST, &asked(&format!("{ALL}?name=Zoë.1.jpeg")), "image/jpeg", bytes).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
    format!("{ALL}/{}", id(&made.json()))
}

fn content(one: &str, size: &str) -> String {
    format!("{one}/thumbnails/0/{size}/content")
}

async fn made_once_and_kept_in_a_folder(on: Backend) {
    let app = TestApp::on(on);
    made_once_and_kept(&app).await;
    assert_eq!(app.blob_files().len(), 8);
}

async fn made_once_and_kept_in_a_bucket(on: Backend) {
    made_once_and_kept(&TestApp::with(on, |config| config.blobs = bucket::fresh())).await;
}

async fn made_once_and_kept(app: &TestApp) {
    let ann = app.caller("ann", WRITE);
    let one = given(&ann).await;
    assert_eq!(app.number("count(*) FROM photo_renditions"), 2, "those that lists show are there at once");
    let list = ann.get(&format!("{one}/thumbnails")).await.json();
    let set = ann.get(&format!("{one}/thumbnails/0")).await.json();
    assert_eq!((&list["value"][0]["id"], list["value"].as_array().map(Vec::len)), (&json!("0"), Some(1)));
    for (at, (size, (width, height))) in SIZES.into_iter().enumerate() {
        let told = ann.get(&format!("{one}/thumbnails/0/{size}")).await.json();
        for told in [&told, &set[size], &list["value"][0][size]] {
            assert_eq!((&told["width"], &told["height"]), (&json!(width), &json!(height)), "{size}");
            assert!(told["url"].as_str().is_some_and(|url| url.starts_with("http://127.0.0.1:8700/v1.0/renditions/")));
        }
        let first = ann.get(&content(&one, size)).await;
        assert_eq!((first.status, first.header("content-type")), (StatusCode::OK, "image/jpeg".into()), "{size}");
        assert_eq!(pictures::decoded(first.bytes()).dimensions(), (width, height), "{size}");
        assert!(!first.bytes().windows(6).any(|window| window == b"canary"), "{size}");
        assert!(first.header("content-disposition").starts_with("inline; filename=\"Zo_.1.jpg\""));
        let again = ann.get(&content(&one, &size.to_uppercase())).await;
        assert!(again.bytes() == first.bytes() && again.header("etag") == first.header("etag"));
        let current = ann.with("if-none-match", &first.header("etag")).get(&content(&one, size)).await;
        assert_eq!(current.status, StatusCode::NOT_MODIFIED);
        let part = ann.with("range", "bytes=1-2").get(&content(&one, size)).await;
        assert_eq!(part.bytes(), &first.bytes()[1..3]);
        let made = i64::try_from(at.max(1) + 1).expect("few");
        assert_eq!(app.number("count(*) FROM photo_renditions"), made);
    }
    ann.call(Method::DELETE, &one).await;
    assert_eq!(app.number("count(*) FROM photo_renditions"), 0);
}

/// More than may be worked on for one person.
async fn asked_for_at_once_it_is_made_once(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", WRITE);
    let at = content(&given(&ann).await, "large");
    let all = futures_util::future::join_all((0..8).map(|_| ann.get(&at))).await;
    for one in &all {
        assert_eq!(one.status, StatusCode::OK, "{}", one.text());
        assert!(one.bytes() == all[0].bytes());
    }
    assert_eq!(app.number("count(*) FROM photo_renditions"), 3);
}

/// More than are made at once for a person: a browser, which asks for six, does not come again.
async fn many_at_once_wait_for_their_turn(on: Backend) {
    let app = TestApp::with(on, |config| config.limits.image_parallel = 1);
    let ann = app.caller("ann", WRITE);
    let mut photos = Vec::new();
    for width in 900..908 {
        photos.push(made(&ann, "a.png", width).await);
    }
    let ask = |photo: &String| {
        let at = content(&format!("{ALL}/{photo}"), "large");
        let ann = &ann;
        async move { ann.get(&at).await }
    };
    for answer in futures_util::future::join_all(photos.iter().map(ask)).await {
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    }
}

async fn what_is_not_there(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", WRITE);
    let one = given(&ann).await;
    for path in ["thumbnails/0/huge", "thumbnails/0/huge/content", "thumbnails/1/small", "thumbnails/1"] {
        assert_eq!(ann.get(&format!("{one}/{path}")).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    for path in ["thumbnails", "thumbnails/0", "thumbnails/0/small", "thumbnails/0/full/content"] {
        let his = app.caller("bob", WRITE).get(&format!("{one}/{path}")).await;
        assert_eq!(his.status, StatusCode::NOT_FOUND, "{path}");
        assert_eq!(ann.get(&format!("{one}/{path}?$x=1")).await.status, StatusCode::BAD_REQUEST, "{path}");
        let refused = app.caller("ann", "Photos.Location.Read").get(&format!("{one}/{path}")).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{path}");
    }
    assert_eq!(app.number("count(*) FROM photo_renditions"), 2, "nobody's asking made one");
}

/// `$expand=thumbnails`: what a gallery shows, in one request.
async fn with_each_photo_their_addresses(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", WRITE);
    let one = given(&ann).await;
    made(&ann, "b.png", 60).await;
    let album = ann.send_json(Method::POST, "/v1.0/me/albums", json!({"name": "Sea"})).await.json();
    let within = format!("/v1.0/me/albums/{}/photos", id(&album));
    let id = one.rsplit('/').next().expect("an id");
    assert_eq!(ann.send_json(Method::POST, &within, json!({"ids": [id]})).await.status, StatusCode::OK);
    let set = ann.get(&format!("{one}/thumbnails/0")).await.json();
    let reader = app.caller("ann", "Photos.Read");
    for path in [one.clone(), within, format!("{ALL}?$filter=name%20eq%20'Zo%C3%AB.1.jpeg'")] {
        let with = |expand: &str| format!("{path}{}$expand={expand}", if path.contains('?') { '&' } else { '?' });
        let photo = |told: Value| if told["value"].is_array() { told["value"][0].clone() } else { told };
        let all = photo(reader.get(&with("thumbnails")).await.json());
        let sets = all["thumbnails"].as_array().unwrap_or_else(|| panic!("{path}: {all}"));
        assert_eq!((sets.len(), sets[0].as_object().map(serde_json::Map::len)), (1, Some(8)), "{path}");
        for (size, _) in SIZES {
            assert_eq!(
                (&sets[0][size]["width"], &sets[0][size]["height"]),
                (&set[size]["width"], &set[size]["height"])
            );
            let url = sets[0][size]["url"].as_str().and_then(|url| url.strip_prefix("http://127.0.0.1:8700"));
            let seen = app.send(Method::GET, url.expect("an address"), &[], None).await;
            assert_eq!(seen.bytes(), ann.get(&content(&one, size)).await.bytes(), "{path} {size}");
        }
        let some = photo(reader.get(&with("thumbnails($select=medium,small)&$select=name,thumbnails")).await.json());
        let members: Vec<&String> = some.as_object().expect("a photo").keys().collect();
        assert_eq!(members, ["@odata.etag", "id", "name", "thumbnails"], "{path}");
        let sizes: Vec<&String> = some["thumbnails"][0].as_object().expect("a set").keys().collect();
        assert_eq!(sizes, ["id", "medium", "small"], "{path}");
        assert!(photo(reader.get(&path).await.json()).get("thumbnails").is_none(), "{path}");
        for none in ["children", "thumbnails($select=huge)", "thumbnails,thumbnails", ""] {
            let refused = reader.get(&with(none)).await;
            assert_eq!(
                (refused.status, &refused.json()["error"]["target"]),
                (StatusCode::BAD_REQUEST, &json!("$expand")),
                "{none}"
            );
        }
    }
}

/// What is expanded goes on with the pages.
async fn the_next_page_has_them_too(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", WRITE);
    given(&ann).await;
    made(&ann, "b.png", 60).await;
    let reader = app.caller("ann", "Photos.Read");
    let first = reader.get(&format!("{ALL}?$top=1&$expand=thumbnails($select=small)")).await.json();
    let next =
        first["@odata.nextLink"].as_str().and_then(|url| url.strip_prefix("http://127.0.0.1:8700")).expect("a link");
    let second = reader.get(next).await.json();
    assert!(second["value"][0]["thumbnails"][0]["small"]["url"].is_string() && second.get("@odata.nextLink").is_none());
    let (_, token) = next.split_once("$skiptoken=").expect("a token");
    let without = reader.get(&format!("{ALL}?$top=1&$skiptoken={token}")).await;
    assert_eq!(without.status, StatusCode::BAD_REQUEST, "{}", without.text());
    let selected = reader.get(&format!("{ALL}?$select=thumbnails")).await;
    assert_eq!(selected.status, StatusCode::BAD_REQUEST, "what is not expanded is no member");
}

/// Addresses cost: a page of all sizes has fewer photos than it is asked for, and the next has the others.
async fn a_page_has_so_many_addresses(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", WRITE);
    for width in 1..=144 {
        made(&ann, "a.png", width).await;
    }
    let count = |page: &Value| page["value"].as_array().map_or(0, Vec::len);
    let page = ann.get(&format!("{ALL}?$top=1000&$expand=thumbnails")).await.json();
    assert_eq!(count(&page), 142);
    let next = page["@odata.nextLink"].as_str().and_then(|url| url.strip_prefix("http://127.0.0.1:8700"));
    assert_eq!(count(&ann.get(next.expect("a link")).await.json()), 2);
    let page = ann.get(&format!("{ALL}?$top=1000&$expand=thumbnails($select=small)")).await.json();
    assert_eq!((count(&page), page.get("@odata.nextLink")), (144, None));
}

/// Addresses end, by time and with the token that they were made under: an answer with them is never "not modified".
async fn addresses_are_never_unchanged(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", WRITE);
    let one = given(&ann).await;
    for path in [one.as_str(), ALL] {
        let etag = ann.get(path).await.header("etag");
        let with = format!("{path}?$expand=thumbnails");
        let unless = ann.with("if-none-match", &etag);
        assert_eq!(unless.get(path).await.status, StatusCode::NOT_MODIFIED, "{path}");
        let told = unless.get(&with).await;
        assert_eq!((told.status, told.header("etag")), (StatusCode::OK, String::new()), "{path}");
    }
    // The photo's own tag is as without them, and a photo is sent back whole.
    let mut photo = ann.get(&format!("{one}?$expand=thumbnails")).await.json();
    assert_eq!(photo["@odata.etag"], ann.get(&one).await.json()["@odata.etag"]);
    photo["isFavorite"] = json!(true);
    let changed = ann.with("if-match", photo["@odata.etag"].as_str().expect("a tag")).patch(&one, photo).await;
    assert_eq!((changed.status, &changed.json()["isFavorite"]), (StatusCode::OK, &json!(true)), "{}", changed.text());
}

/// A reader makes no change of the person's, and leaves no entry but what was read.
async fn making_one_changes_nothing(on: Backend) {
    let app = TestApp::on(on);
    let one = given(&app.caller("ann", WRITE)).await;
    let ann = app.caller("ann", "Photos.Read");
    let (seq, list) = (app.number("seq FROM people"), ann.get(ALL).await.header("etag"));
    let changes = async || {
        app.store.log_uses().await.expect("written down");
        let log = app.client("owner", "ann", "Privacy.Read").get(super::access_log::LOG).await;
        let rows = super::access_log::values(&log).into_iter().filter(|row| row["operation"] == "write");
        rows.map(|row| row["items"].clone()).collect::<Vec<_>>()
    };
    let before = changes().await;
    assert_eq!(ann.get(&content(&one, "large")).await.status, StatusCode::OK);
    assert_eq!((app.number("seq FROM people"), ann.get(ALL).await.header("etag")), (seq, list));
    assert_eq!(changes().await, before);
}
