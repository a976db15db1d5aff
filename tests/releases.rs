//! Upgrades: what every release left behind (`fixtures/releases`), migrated and read by the program of today.

use std::fs;
use std::path::Path;

use actix_web::http::StatusCode;
use serde_json::Value;
use sharehold::config::Config;

use crate::support::app::{Backend, TestApp};
use crate::support::releases::{load_blobs, load_rows, name, releases, sum};

fn load(release: &Path, backend: Backend, config: &Config) {
    load_rows(release, backend, config.database.url.expose());
    let blobs = config.blobs.url.strip_prefix("file://").expect("a folder");
    load_blobs(release, backend, Path::new(blobs));
}

/// Everything that `was` has, `is` has too; what a later release added does not matter.
fn includes(is: &Value, was: &Value) -> bool {
    match (is, was) {
        (Value::Object(is), Value::Object(was)) => {
            was.iter().all(|(name, was)| is.get(name).is_some_and(|is| includes(is, was)))
        }
        (is, was) => is == was,
    }
}

async fn every_person_is_still_there(backend: Backend) {
    for release in releases() {
        let app = TestApp::with(backend, |config| load(&release, backend, config));
        let expected = fs::read(release.join(format!("{}.json", name(backend)))).expect("the answers");
        let people: Vec<Value> = serde_json::from_slice(&expected).expect("JSON");
        assert!(people.len() >= 36);
        for was in &people {
            let caller = app.caller(&text(&was["subject"]), "User.ReadWrite");
            let me = caller.get("/v1.0/me").await;
            assert_eq!((me.status, me.header("etag")), (StatusCode::OK, text(&was["etag"])), "{was}");
            assert!(includes(&me.json(), &was["me"]), "{} is not {}", me.json(), was["me"]);
            let value = caller.get("/v1.0/me/photo/$value").await;
            if was["photo"].is_null() {
                assert_eq!(value.status, StatusCode::NOT_FOUND, "{was}");
                continue;
            }
            assert_eq!((value.status, value.header("etag")), (StatusCode::OK, text(&was["photo"]["etag"])), "{was}");
            assert_eq!(sum(value.bytes()), text(&was["photo"]["sha256"]), "{was}");
            let about = caller.get("/v1.0/me/photo").await.json();
            assert!(includes(&about, &was["photo"]["about"]), "{about} is not {}", was["photo"]["about"]);
        }
        let revocations = app.store.revocations().await.expect("the revocations");
        assert_eq!(revocations.len(), 2, "{revocations:?}");
        // And they write on: ids are not used again, change numbers go on.
        let newcomer =
            app.caller("newcomer", "User.ReadWrite").patch("/v1.0/me", serde_json::json!({"city": "Porto"})).await;
        assert_eq!(newcomer.status, StatusCode::OK);
    }
}

fn text(value: &Value) -> String {
    value.as_str().expect("text").to_owned()
}

#[actix_web::test]
async fn every_release_upgrades_on_sqlite() {
    every_person_is_still_there(Backend::Sqlite).await;
}

#[actix_web::test]
async fn every_release_upgrades_on_postgres() {
    every_person_is_still_there(Backend::Postgres).await;
}
