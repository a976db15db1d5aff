//! A picture in a form, and which are there already.

use actix_web::http::{Method, StatusCode};
use serde_json::json;
use sharehold::digest::Digest;

use super::photos::{ALL, WRITE, id, made};
use crate::on_both;
use crate::support::app::{Answer, Backend, Caller, TestApp};
use crate::support::pictures;

on_both! {
    a_form_brings_one_picture what_is_no_form_leaves_nothing a_form_that_is_refused_says_what_is_wrong
    hashes_tell_what_is_there whose_hashes_are_told
}

const HASHES: &str = "/v1.0/me/photos/checkHashes";

/// A part of a form: what its head says beyond the name, and its bytes.
type Part<'p> = (&'p str, &'p str, &'p [u8]);

fn file(bytes: &[u8]) -> Part<'_> {
    ("file", "; filename=\"sea.png\"\r\nContent-Type: image/png", bytes)
}

fn text<'p>(name: &'p str, bytes: &'p [u8]) -> Part<'p> {
    (name, "", bytes)
}

async fn form(caller: &Caller<'_>, path: &str, parts: &[Part<'_>]) -> Answer {
    let mut body = Vec::new();
    for (name, more, bytes) in parts {
        body.extend_from_slice(
            format!("--bound\r\nContent-Disposition: form-data; name=\"{name}\"{more}\r\n\r\n").as_bytes(),
        );
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"--bound--\r\n");
    caller.send_body(Method::POST, path, "multipart/form-data; boundary=bound", body).await
}

async fn a_form_brings_one_picture(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", WRITE);
    let large = pictures::encoded(&pictures::noise(600, 400), image::ImageFormat::Png);
    assert!(large.len() > 300_000, "more than is held in memory");
    let sent = form(&ann, ALL, &[file(&large)]).await;
    assert_eq!((sent.status, &sent.json()["name"]), (StatusCode::CREATED, &json!("sea.png")), "{}", sent.text());
    assert_eq!(sent.json()["size"], json!(large.len()));
    let again = form(&ann, ALL, &[file(&large)]).await;
    assert_eq!((again.status, again.json()), (StatusCode::OK, sent.json()));
    let (name, said) = (text("name", "Zoë.png".as_bytes()), text("description", b"At the sea\n"));
    for (width, parts) in [(61, [name, said]), (62, [said, name])] {
        let bytes = pictures::png(width, 40);
        let before = form(&ann, ALL, &[parts[0], file(&bytes), parts[1]]).await;
        assert_eq!(before.status, StatusCode::CREATED, "{}", before.text());
        assert_eq!(
            (&before.json()["name"], &before.json()["description"]),
            (&json!("Zoë.png"), &json!("At the sea\n"))
        );
    }
    let bytes = pictures::png(63, 40);
    let asked = form(&ann, &format!("{ALL}?name=asked.png"), &[name, file(&bytes)]).await;
    assert_eq!(asked.json()["name"], "asked.png", "{}", asked.text());
    let bytes = pictures::png(64, 40);
    let plain = form(&ann, ALL, &[("whatever", "; filename*=UTF-8''Zo%C3%AB.png", &bytes)]).await;
    assert_eq!((plain.status, &plain.json()["name"]), (StatusCode::CREATED, &json!("Zoë.png")), "{}", plain.text());
}

async fn what_is_no_form_leaves_nothing(on: Backend) {
    let app = TestApp::with(on, |config| config.limits.photo_bytes = 64 * 1024);
    let ann = app.caller("ann", WRITE);
    let (bytes, large, long) = (pictures::png(60, 40), vec![0; 64 * 1024 + 1], vec![b'a'; 17 << 10]);
    let picture = file(&bytes);
    for (what, parts, status) in [
        ("nothing", vec![], 400),
        ("no file", vec![text("name", b"a.png")], 400),
        ("two files", vec![picture, picture], 400),
        ("two names", vec![text("name", b"a"), text("name", b"b"), picture], 400),
        ("an unknown text", vec![text("nope", b"a"), picture], 400),
        ("a path", vec![text("name", b"../a"), picture], 400),
        ("a path as the file's name", vec![("file", "; filename=\"a/b.png\"", &bytes[..])], 400),
        ("what is not UTF-8", vec![text("name", b"\xff"), picture], 400),
        ("a long text", vec![text("description", &long), picture], 400),
        ("text", vec![("file", "; filename=\"a.txt\"\r\nContent-Type: text/plain", &b"hello"[..])], 415),
        ("text as a picture", vec![file(b"hello")], 415),
        ("a large file", vec![file(&large)], 413),
    ] {
        let refused = form(&ann, ALL, &parts).await;
        assert_eq!(refused.status.as_u16(), status, "{what}: {}", refused.text());
    }
    let head = "--bound\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.png\"\r\n";
    let endless = format!("{head}X: {}", "a".repeat(100_000));
    for (media, body) in [
        ("multipart/form-data", b"--bound--\r\n".to_vec()),
        ("multipart/form-data; boundary=bound", b"no form".to_vec()),
        ("multipart/form-data; boundary=bound", head.as_bytes().to_vec()),
        ("multipart/form-data; boundary=bound", [head.as_bytes(), b"\r\n", &bytes].concat()),
        ("multipart/form-data; boundary=bound", endless.into_bytes()),
    ] {
        let refused = ann.send_body(Method::POST, ALL, media, body).await;
        assert!([400, 413].contains(&refused.status.as_u16()), "{media}: {}", refused.text());
    }
    let mixed = ann.send_body(Method::POST, ALL, "multipart/mixed; boundary=bound", bytes).await;
    assert_eq!(mixed.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert_eq!((app.number("count(*) FROM photos"), app.blob_files().len()), (0, 0));
}

async fn a_form_that_is_refused_says_what_is_wrong(on: Backend) {
    let app = TestApp::with(on, |config| config.limits.photo_bytes = 64 * 1024);
    let ann = app.caller("ann", WRITE);
    let (bytes, large) = (pictures::png(60, 40), vec![0; 64 * 1024 + 1]);
    let picture = file(&bytes);
    for (what, parts, target, words) in [
        (
            "a member that no form sets",
            vec![text("isFavorite", b"true"), picture],
            "isFavorite",
            "`name` and `description`",
        ),
        ("a path as the file's name", vec![("file", "; filename=\"C:\\\\a.png\"", &bytes[..])], "filename", "a path"),
        ("a large file", vec![file(&large)], "", "at most 65536 bytes"),
        ("a larger file", vec![file(&[0; 256 * 1024])], "", "at most 65536 bytes"),
    ] {
        let refused = form(&ann, ALL, &parts).await;
        let error = &refused.json()["error"];
        assert_eq!(error["target"].as_str().unwrap_or_default(), target, "{what}: {error}");
        assert!(error["message"].as_str().expect("a message").contains(words), "{what}: {error}");
    }
}

async fn hashes_tell_what_is_there(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", WRITE);
    let photo = made(&ann, "a.png", 60).await;
    made(&app.caller("bob", WRITE), "b.png", 61).await;
    let hash = |width| Digest::of(&pictures::png(width, 40)).to_string();
    let check = async |hashes: serde_json::Value| ann.send_json(Method::POST, HASHES, json!({"hashes": hashes})).await;
    let known = check(json!([hash(61), hash(60).to_uppercase(), hash(60), hash(62)])).await;
    assert_eq!(known.json(), json!({"value": [{"hash": hash(60), "id": photo}]}), "{}", known.text());
    assert_eq!(check(json!([])).await.json(), json!({"value": []}));
    let many: Vec<String> = (0..1001_u32).map(|at| Digest::of(&at.to_be_bytes()).to_string()).collect();
    assert_eq!(check(json!(many[..1000])).await.json(), json!({"value": []}));
    for bad in [json!(many), json!(["abc"]), json!([1]), json!(null), json!("a"), json!([hash(60) + "0"])] {
        assert_eq!(check(bad).await.status, StatusCode::BAD_REQUEST);
    }
    let more = json!({"hashes": [], "nope": 1});
    assert_eq!(ann.send_json(Method::POST, HASHES, more).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(ann.send_json(Method::POST, HASHES, json!({})).await.status, StatusCode::BAD_REQUEST);
}

async fn whose_hashes_are_told(on: Backend) {
    let app = TestApp::on(on);
    let located = pictures::with_segments(&pictures::jpeg(60, 40), &[(0xE1, pictures::exif(6, "canary"))]);
    let sent = app.caller("ann", WRITE).send_body(Method::POST, ALL, "image/jpeg", located.clone()).await;
    let whole = Digest::of(&located).to_string();
    let cut = sent.json()["file"]["hashes"]["sha256Hash"].as_str().expect("a hash").to_owned();
    assert_ne!(whole, cut, "what is given has no canary in it");
    for (scope, told) in [
        ("Photos.Read", vec![&cut]),
        (WRITE, vec![&whole, &cut]),
        ("Photos.Read Photos.Location.Read", vec![&whole, &cut]),
    ] {
        let caller = app.caller("ann", scope);
        for hash in [&whole, &cut] {
            let found = caller.send_json(Method::POST, HASHES, json!({"hashes": [hash]})).await.json();
            let expected = told.contains(&hash).then(|| json!({"hash": hash, "id": id(&sent.json())}));
            assert_eq!(found["value"], json!(expected.into_iter().collect::<Vec<_>>()), "{scope}");
        }
    }
}
