//! Page tokens and a backup: those of the time before are of another life of the database, whose changes have other numbers.

use std::fs;

use diesel::dsl::sql;
use diesel::sql_types::Binary;
use diesel::{Connection as _, RunQueryDsl as _, SqliteConnection};
use serde_json::Value;

use super::keeping::Scene;
use crate::support::database::Backend;
use crate::support::process::{Connection, Process};

const DELTA: &str = "/v1.0/me/contacts/delta";

fn answer(server: &Process, method: &str, path: &str, body: &str) -> (u16, Value) {
    let mut connection = Connection::to(server.address);
    let token = crate::serving::token("Contacts.ReadWrite");
    connection.send(&format!(
        "{method} {path} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    ));
    connection.answer()
}

/// The path of the link that ends a round.
fn delta_link(server: &Process, path: &str) -> String {
    let (status, page) = answer(server, "GET", path, "");
    assert_eq!(status, 200, "{page}");
    let link = url::Url::parse(page["@odata.deltaLink"].as_str().expect("a last page")).expect("a URL");
    format!("{}?{}", link.path(), link.query().expect("a token"))
}

fn a_round_of_before_does_not_go_on_after(backend: Backend) {
    let scene = Scene::on(backend);
    let make =
        |name: &str| answer(&scene.server, "POST", "/v1.0/me/contacts", &format!(r#"{{"displayName":"{name}"}}"#));
    assert_eq!(make("then").0, 201);
    let before = delta_link(&scene.server, DELTA);
    scene.fine("backup", &scene.sets, &["backup"]);
    assert_eq!(make("later").0, 201);
    let later = delta_link(&scene.server, &before);
    let elsewhere = scene.elsewhere();
    scene.fine("restore", &elsewhere, &["backup"]);
    let mut sets: Vec<&str> = elsewhere.iter().map(String::as_str).collect();
    sets.push("server.drain_wait_s=0");
    let folder = tempfile::tempdir().expect("a folder");
    fs::copy(scene.path("sharehold.toml"), folder.path().join("sharehold.toml")).expect("copied");
    let restored = Process::start_as_it_is(folder, &sets);
    for link in [&before, &later] {
        let (status, refused) = answer(&restored, "GET", link, "");
        assert_eq!((status, &refused["error"]["code"]), (410, &Value::from("syncStateNotFound")), "{refused}");
    }
    let link = delta_link(&restored, DELTA);
    assert_eq!(delta_link(&restored, &link).split('?').next(), Some(DELTA));
    // The old one's own go on.
    delta_link(&scene.server, &later);
}

#[test]
fn a_round_of_before_does_not_go_on_after_sqlite() {
    a_round_of_before_does_not_go_on_after(Backend::Sqlite);
}

#[test]
fn a_round_of_before_does_not_go_on_after_postgres() {
    a_round_of_before_does_not_go_on_after(Backend::Postgres);
}

#[test]
fn the_secret_of_the_tokens_is_not_in_a_backup() {
    let scene = Scene::on(Backend::Sqlite);
    scene.fine("backup", &[], &["backup"]);
    let mut served = SqliteConnection::establish(&scene.path("test.db").display().to_string()).expect("opened");
    let secret: Vec<u8> = sql::<Binary>("SELECT secret FROM seal_keys").get_result(&mut served).expect("a secret");
    let copy = fs::read(scene.path("backup/database.sqlite")).expect("a copy");
    assert!(!copy.windows(secret.len()).any(|part| part == secret));
}
