//! Albums, and the photos that come into them and leave them.

use actix_web::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::photos::{ALL as PHOTOS, WRITE, asked, id, made, names};
use crate::on_both;
use crate::support::app::{Answer, Backend, Caller, TestApp};
use crate::support::rounds::path;

on_both! {
    made_read_changed_and_deleted photos_come_and_leave a_photo_that_is_deleted_leaves_all_albums the_cover
    photos_stay_when_their_album_goes pages_and_rounds what_is_not_there_is_refused
}

const ALL: &str = "/v1.0/me/albums";

async fn make(caller: &Caller<'_>, name: &str) -> Answer {
    caller.send_json(Method::POST, ALL, json!({"name": name})).await
}

async fn album(caller: &Caller<'_>, name: &str) -> String {
    let made = make(caller, name).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
    format!("{ALL}/{}", id(&made.json()))
}

async fn put(caller: &Caller<'_>, album: &str, ids: &[&String]) -> Answer {
    caller.send_json(Method::POST, &format!("{album}/photos"), json!({"ids": ids})).await
}

/// How many photos it has, and its cover.
fn told(album: &Value) -> (i64, Option<&str>) {
    (album["photoCount"].as_i64().expect("a number"), album["coverPhotoId"].as_str())
}

async fn made_read_changed_and_deleted(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", WRITE);
    let made = ann.send_json(Method::POST, ALL, json!({"name": " Lisbon ", "description": "In May"})).await;
    assert_eq!((made.status, &made.json()["name"]), (StatusCode::CREATED, &json!("Lisbon")));
    assert_eq!(told(&made.json()), (0, None));
    let one = format!("{ALL}/{}", id(&made.json()));
    assert!(made.header("location").ends_with(&one));
    assert_eq!(
        (ann.get(&one).await.json(), made.header("etag").into()),
        (made.json(), made.json()["@odata.etag"].clone())
    );
    let unchanged = ann.with("if-none-match", &made.header("etag")).get(&one).await;
    assert_eq!(unchanged.status, StatusCode::NOT_MODIFIED);
    let changed =
        ann.with("if-match", &made.header("etag")).patch(&one, json!({"name": "Porto", "description": ""})).await;
    assert_eq!((&changed.json()["name"], &changed.json()["description"]), (&json!("Porto"), &Value::Null));
    let old = ann.with("if-match", &made.header("etag"));
    for refused in [
        old.patch(&one, json!({"name": "x"})).await,
        old.call(Method::DELETE, &one).await,
        old.send_json(Method::POST, &format!("{one}/photos"), json!({"ids": []})).await,
    ] {
        assert_eq!(refused.status, StatusCode::PRECONDITION_FAILED);
    }
    assert_eq!(ann.patch(&one, changed.json()).await.header("etag"), changed.header("etag"), "nothing changed");
    let minimal = ann.with("prefer", "return=minimal").patch(&one, json!({"name": "P"})).await;
    assert_eq!((minimal.status, minimal.text()), (StatusCode::NO_CONTENT, String::new()));
    for body in [json!({}), json!({"name": ""}), json!({"name": " "}), json!({"name": 1}), json!({"name": "a\nb"})] {
        assert_eq!(ann.send_json(Method::POST, ALL, body).await.status, StatusCode::BAD_REQUEST);
    }
    assert!(ann.patch(&one, json!({"nope": 1})).await.text().contains("nope"));
    assert_eq!(make(&ann, "P").await.status, StatusCode::CREATED, "two may have one name");
    let key = ann.with("idempotency-key", "k");
    assert_eq!(make(&key, "Once").await.json(), make(&key, "Once").await.json());
    assert_eq!(ann.get(&format!("{ALL}/$count")).await.text(), "3");
    assert_eq!(app.caller("bob", WRITE).get(&one).await.status, StatusCode::NOT_FOUND);
    assert_eq!(ann.call(Method::DELETE, &one).await.status, StatusCode::NO_CONTENT);
    for method in [Method::GET, Method::DELETE] {
        assert_eq!(ann.call(method, &one).await.status, StatusCode::NOT_FOUND);
    }
    assert_eq!(ann.with("if-none-match", "*").get(&format!("{one}/photos")).await.status, StatusCode::NOT_FOUND);
}

async fn photos_come_and_leave(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", WRITE);
    let (a, b) = (made(&ann, "a.png", 60).await, made(&ann, "b.png", 61).await);
    made(&ann, "elsewhere.png", 62).await;
    let one = album(&ann, "A").await;
    let before = ann.get(&one).await.header("etag");
    let photo = ann.get(&format!("{PHOTOS}/{a}")).await.header("etag");
    let put_in = put(&ann, &one, &[&b, &a, &b]).await;
    assert_eq!((put_in.status, told(&put_in.json())), (StatusCode::OK, (2, Some(b.as_str()))), "{}", put_in.text());
    assert_ne!(put_in.header("etag"), before, "what is in it changes it");
    assert_eq!(ann.get(&format!("{PHOTOS}/{a}")).await.header("etag"), photo, "and not the photo");
    assert_eq!(put(&ann, &one, &[&a]).await.header("etag"), put_in.header("etag"), "in it already");
    assert_eq!(names(&ann.get(&format!("{one}/photos")).await), ["a.png", "b.png"]);
    let counted = ann.get(&asked(&format!("{one}/photos?$count=true&$filter=name eq 'b.png'"))).await;
    assert_eq!((names(&counted), &counted.json()["@odata.count"]), (vec!["b.png".to_owned()], &json!(1)));
    let within = format!("{one}/photos/{a}");
    let old = ann.with("if-match", &before).call(Method::DELETE, &within).await;
    assert_eq!(old.status, StatusCode::PRECONDITION_FAILED);
    assert_eq!(ann.call(Method::DELETE, &within).await.status, StatusCode::NO_CONTENT);
    assert_eq!(ann.call(Method::DELETE, &within).await.status, StatusCode::NOT_FOUND);
    assert_eq!(told(&ann.get(&one).await.json()), (1, Some(b.as_str())));
    assert_eq!(ann.get(&format!("{PHOTOS}/{a}")).await.status, StatusCode::OK, "the photo stays");
    // A photo may be in several.
    let other = album(&ann, "B").await;
    assert_eq!(told(&put(&ann, &other, &[&b]).await.json()), (1, Some(b.as_str())));
}

async fn a_photo_that_is_deleted_leaves_all_albums(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", WRITE);
    let (a, b) = (made(&ann, "a.png", 60).await, made(&ann, "b.png", 61).await);
    let albums = [album(&ann, "A").await, album(&ann, "B").await];
    for one in &albums {
        put(&ann, one, &[&a, &b]).await;
    }
    let link = path(&ann.get(&format!("{ALL}/delta")).await.json()["@odata.deltaLink"]).expect("a link");
    assert_eq!(ann.call(Method::DELETE, &format!("{PHOTOS}/{a}")).await.status, StatusCode::NO_CONTENT);
    for one in &albums {
        assert_eq!(told(&ann.get(one).await.json()), (1, Some(b.as_str())));
        assert_eq!(names(&ann.get(&format!("{one}/photos")).await), ["b.png"]);
    }
    let round = ann.get(&link).await.json();
    assert_eq!(round["value"].as_array().map(Vec::len), Some(2), "a round tells both albums: {round}");
    assert_eq!(app.number("count(*) FROM album_photos"), 2);
}

async fn the_cover(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", WRITE);
    let (a, b, c) = (made(&ann, "a.png", 60).await, made(&ann, "b.png", 61).await, made(&ann, "c.png", 62).await);
    let one = album(&ann, "A").await;
    put(&ann, &one, &[&a, &b]).await;
    let chosen = ann.patch(&one, json!({"coverPhotoId": b})).await;
    assert_eq!(told(&chosen.json()), (2, Some(b.as_str())));
    for elsewhere in [c.as_str(), "nothing", "0198b5a0-0000-7000-8000-000000000000"] {
        let refused = ann.patch(&one, json!({"coverPhotoId": elsewhere})).await;
        assert_eq!(
            (refused.status, &refused.json()["error"]["target"]),
            (StatusCode::NOT_FOUND, &json!("coverPhotoId"))
        );
        assert!(refused.text().contains("in this album"), "{}", refused.text());
    }
    ann.call(Method::DELETE, &format!("{one}/photos/{b}")).await;
    assert_eq!(told(&ann.get(&one).await.json()), (1, Some(a.as_str())), "it falls back");
    put(&ann, &one, &[&c]).await;
    ann.patch(&one, json!({"coverPhotoId": c})).await;
    assert_eq!(told(&ann.patch(&one, json!({"coverPhotoId": null})).await.json()), (2, Some(a.as_str())));
    for photo in [a, c] {
        ann.call(Method::DELETE, &format!("{PHOTOS}/{photo}")).await;
    }
    assert_eq!(told(&ann.get(&one).await.json()), (0, None));
}

/// More of them than leave in one turn.
async fn photos_stay_when_their_album_goes(on: Backend) {
    const MORE: i64 = 1001;
    let app = TestApp::on(on);
    let ann = app.caller("ann", WRITE);
    let photo = made(&ann, "a.png", 60).await;
    let made = make(&ann, "A").await;
    let one = format!("{ALL}/{}", id(&made.json()));
    let of_photo = "(SELECT person FROM photos)";
    let of_album = "(SELECT id FROM albums)";
    let mut statements = Vec::new();
    for number in 0..MORE {
        let blob = match on {
            Backend::Sqlite => format!("x'{number:032x}'"),
            Backend::Postgres => format!("'\\x{number:032x}'"),
        };
        statements.push(format!("INSERT INTO album_photos VALUES ({of_photo}, {of_album}, {blob})"));
    }
    app.execute(&statements.join("; "));
    app.execute(&format!("UPDATE albums SET photos = {MORE}"));
    put(&ann, &one, &[&photo]).await;
    let link = path(&ann.get(&format!("{ALL}/delta")).await.json()["@odata.deltaLink"]).expect("a link");
    let current = ann.with("if-match", &ann.get(&one).await.header("etag"));
    assert_eq!(current.call(Method::DELETE, &one).await.status, StatusCode::NO_CONTENT);
    assert_eq!(ann.get(&one).await.status, StatusCode::NOT_FOUND);
    assert_eq!(ann.get(&format!("{PHOTOS}/{photo}")).await.status, StatusCode::OK);
    assert_eq!(app.number("count(*) FROM album_photos"), 0);
    let gone = ann.get(&link).await.json();
    assert_eq!(gone["value"], json!([{"id": made.json()["id"], "@removed": {"reason": "deleted"}}]));
}

async fn pages_and_rounds(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", WRITE);
    let albums = [album(&ann, "A").await, album(&ann, "B").await, album(&ann, "C").await];
    for first in [format!("{ALL}?$top=2&$count=true"), format!("{ALL}/delta?$top=2")] {
        let page = ann.get(&first).await;
        assert_eq!(names(&page), ["A", "B"]);
        assert_eq!(names(&ann.get(&path(&page.json()["@odata.nextLink"]).expect("a link")).await), ["C"]);
    }
    assert_eq!(ann.get(&format!("{ALL}?$count=true&$skip=2")).await.json()["@odata.count"], 3);
    let link = path(&ann.get(&format!("{ALL}/delta")).await.json()["@odata.deltaLink"]).expect("a link");
    ann.patch(&albums[0], json!({"name": "Z"})).await;
    let photo = made(&ann, "a.png", 60).await;
    put(&ann, &albums[1], &[&photo]).await;
    let round = ann.get(&link).await;
    assert_eq!(names(&round), ["Z", "B"]);
    assert_eq!(round.json()["value"][1]["photoCount"], 1);
    let next = ann.get(&path(&round.json()["@odata.deltaLink"]).expect("a link")).await;
    assert_eq!(names(&next), [""; 0]);
}

async fn what_is_not_there_is_refused(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", WRITE);
    let (a, one) = (made(&ann, "a.png", 60).await, album(&ann, "A").await);
    let his = made(&app.caller("bob", WRITE), "b.png", 61).await;
    for (ids, target) in [
        (json!([a, his]), "ids[1]"),
        (json!(["nothing", a]), "ids[0]"),
        (json!([a, "0198b5a0-0000-7000-8000-000000000000"]), "ids[1]"),
    ] {
        let refused = ann.send_json(Method::POST, &format!("{one}/photos"), json!({"ids": ids})).await;
        assert_eq!((refused.status, &refused.json()["error"]["target"]), (StatusCode::NOT_FOUND, &json!(target)));
    }
    assert_eq!(told(&ann.get(&one).await.json()), (0, None), "nothing is half done");
    for body in [
        json!({}),
        json!({"ids": a}),
        json!({"ids": [1]}),
        json!({"ids": vec![a.as_str(); 1001]}),
        json!({"ids": [], "x": 1}),
    ] {
        let refused = ann.send_json(Method::POST, &format!("{one}/photos"), body).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{}", refused.text());
    }
    let new = ann.send_json(Method::POST, ALL, json!({"name": "B", "coverPhotoId": a})).await;
    assert_eq!(new.status, StatusCode::NOT_FOUND, "nothing is in it yet");
    let reader = app.caller("ann", "Photos.Read");
    assert_eq!(reader.get(&one).await.status, StatusCode::OK);
    assert_eq!(put(&reader, &one, &[&a]).await.status, StatusCode::FORBIDDEN);
}
