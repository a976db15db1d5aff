//! Lists of photos: filtered, ordered, paged, of everything and of an album.

use actix_web::http::{Method, StatusCode};
use serde_json::json;

use super::photos::{ALL, WRITE, asked, id, made, names};
use crate::on_both;
use crate::support::app::{Backend, Caller, TestApp};
use crate::support::rounds::path;

on_both! { filtered ordered_page_by_page counted_and_unchanged }

/// Four, of which one was taken nobody knows when and one where its clock stood is not known.
async fn give(app: &TestApp, ann: &Caller<'_>) {
    for (name, width, change) in [
        ("Zoë.png", 60, json!({"photo": {"takenDateTime": "2026-07-01T12:00:00+02:00"}, "isFavorite": true})),
        ("anna.png", 61, json!({"takenLocalDateTime": "2026-07-01T11:00:00"})),
        ("Bert_50%.png", 62, json!({"photo": {"takenDateTime": "2026-06-01T00:00:00Z"}})),
        ("zoo.png", 63, json!({})),
    ] {
        let id = made(ann, &name.replace('%', "%25"), width).await;
        assert_eq!(ann.patch(&format!("{ALL}/{id}"), change).await.status, StatusCode::OK);
    }
    app.execute("UPDATE photos SET camera_make = 'acme', camera_model = 'acme one' WHERE name = 'anna.png'");
}

async fn filtered(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", WRITE);
    give(&app, &ann).await;
    for (filter, expected) in [
        ("isFavorite eq true", vec!["Zoë.png"]),
        ("isFavorite ne true", vec!["anna.png", "Bert_50%.png", "zoo.png"]),
        ("startswith(name,'ZO')", vec!["Zoë.png", "zoo.png"]),
        ("contains(name,'_50%25.')", vec!["Bert_50%.png"]),
        ("name eq 'zoë.PNG'", vec!["Zoë.png"]),
        ("photo/cameraMake eq 'Acme'", vec!["anna.png"]),
        ("not (photo/cameraModel eq 'acme one')", vec!["Zoë.png", "Bert_50%.png", "zoo.png"]),
        ("photo/takenDateTime ge 2026-07-01T10:00:00Z", vec!["Zoë.png", "anna.png"]),
        ("photo/takenDateTime lt 2026-07-01T10:00:00Z", vec!["Bert_50%.png"]),
        ("not (photo/takenDateTime lt 2026-07-01T10:00:00Z)", vec!["Zoë.png", "anna.png", "zoo.png"]),
        ("photo/takenDateTime ne 2026-06-01", vec!["Zoë.png", "anna.png", "zoo.png"]),
        ("photo/takenDateTime eq null", vec!["zoo.png"]),
        ("image/width gt 61.5", vec!["Bert_50%.png", "zoo.png"]),
        ("image/width in (60,61.5)", vec!["Zoë.png"]),
        ("image/height ne 40", vec![]),
        ("image/width lt 60.5 or image/width ge 63", vec!["Zoë.png", "zoo.png"]),
        ("file/mimeType eq 'image/png' and size gt 100000", vec![]),
        ("createdDateTime lt 2000-01-01", vec![]),
        ("id eq 'nothing'", vec![]),
    ] {
        let page = ann.get(&asked(&format!("{ALL}?$filter={filter}"))).await;
        assert_eq!(names(&page), expected, "{filter}");
        let count = ann.get(&asked(&format!("{ALL}/$count?$filter={filter}"))).await;
        assert_eq!(count.text(), expected.len().to_string(), "{filter}");
    }
    for refused in ["nope eq 1", "size eq '1'", "size gt 1e3", "name gt 1", "isFavorite eq 1", "description eq 'a'"] {
        let answer = ann.get(&asked(&format!("{ALL}?$filter={refused}"))).await;
        assert_eq!((answer.status, answer.code()), (StatusCode::BAD_REQUEST, "ErrorInvalidUrlQueryFilter".into()));
    }
    assert_eq!(
        names(&app.caller("bob", WRITE).get(&asked(&format!("{ALL}?$filter=isFavorite eq true"))).await),
        [""; 0]
    );
}

async fn ordered_page_by_page(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", WRITE);
    give(&app, &ann).await;
    let album = ann.send_json(Method::POST, "/v1.0/me/albums", json!({"name": "All"})).await.json();
    let within = format!("/v1.0/me/albums/{}/photos", id(&album));
    let items = ann.get(ALL).await.json()["value"].as_array().expect("items").clone();
    let ids: Vec<_> = items.iter().map(|item| item["id"].clone()).collect();
    ann.send_json(Method::POST, &within, json!({"ids": ids})).await;
    for (order, expected) in [
        ("", ["Zoë.png", "anna.png", "Bert_50%.png", "zoo.png"]),
        ("name", ["anna.png", "Bert_50%.png", "Zoë.png", "zoo.png"]),
        ("name desc", ["zoo.png", "Zoë.png", "Bert_50%.png", "anna.png"]),
        ("photo/takenDateTime", ["zoo.png", "Bert_50%.png", "Zoë.png", "anna.png"]),
        ("photo/takenDateTime desc", ["anna.png", "Zoë.png", "Bert_50%.png", "zoo.png"]),
        ("createdDateTime desc", ["zoo.png", "Bert_50%.png", "anna.png", "Zoë.png"]),
        ("lastModifiedDateTime,name desc", ["zoo.png", "Zoë.png", "Bert_50%.png", "anna.png"]),
    ] {
        for of in [ALL, &within] {
            let orderby = if order.is_empty() { String::new() } else { format!("&$orderby={order}") };
            let (mut at, mut seen) = (format!("{of}?$top=1{orderby}"), Vec::new());
            loop {
                let page = ann.get(&asked(&at)).await;
                seen.extend(names(&page));
                let Some(next) = path(&page.json()["@odata.nextLink"]) else { break };
                at = next;
            }
            assert_eq!(seen, expected, "{of} {order}");
        }
        let skipped = ann
            .get(&asked(&format!(
                "{ALL}?$skip=3&$top=5&$orderby={}",
                if order.is_empty() { "createdDateTime" } else { order }
            )))
            .await;
        assert_eq!(names(&skipped), expected[3..], "{order}");
    }
    let refused = ann.get(&asked(&format!("{ALL}?$orderby=size"))).await;
    assert_eq!((refused.status, refused.code()), (StatusCode::BAD_REQUEST, "invalidQueryOption".into()));
}

async fn counted_and_unchanged(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", WRITE);
    give(&app, &ann).await;
    let page = ann.get(&format!("{ALL}?$count=true&$top=1&$select=name")).await;
    assert_eq!(page.json()["@odata.count"], 4);
    assert_eq!(page.json()["value"][0].as_object().map(serde_json::Map::len), Some(3));
    let current = ann.with("if-none-match", &page.header("etag"));
    assert_eq!(current.get(&format!("{ALL}?$select=name")).await.status, StatusCode::NOT_MODIFIED);
    made(&ann, "more.png", 70).await;
    assert_eq!(current.get(&format!("{ALL}?$select=name")).await.status, StatusCode::OK);
    assert_eq!(ann.get(&format!("{ALL}/$count")).await.text(), "5");
    let unknown = ann.get(&format!("{ALL}?$search=a")).await;
    assert_eq!(unknown.status, StatusCode::BAD_REQUEST);
}
