//! `backup`, `restore` and `verify`, beside a server that runs: what is put back is what was there, and what is not whole is not.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, PgConnection};

use crate::support::database::{Backend, postgres_url};
use crate::support::pictures::png;
use crate::support::process::{Connection, Process, command};

/// A server with a photo, and databases of the test's own.
pub(crate) struct Scene {
    pub(crate) server: Process,
    pub(crate) sets: Vec<String>,
    pub(crate) databases: Vec<String>,
}

/// What a command did.
pub(crate) struct Done {
    pub(crate) status: i32,
    pub(crate) said: String,
}

impl Scene {
    pub(crate) fn on(backend: Backend) -> Self {
        let databases = match backend {
            Backend::Sqlite => Vec::new(),
            Backend::Postgres => (0..2).map(|_| format!("t_{}", uuid::Uuid::now_v7().simple())).collect(),
        };
        for name in &databases {
            execute(&format!("CREATE DATABASE {name}"));
        }
        let set = databases.first().map(|name| format!("database.url={}", url(name)));
        let sets: Vec<String> = set.into_iter().collect();
        let server = Process::start(&sets.iter().map(String::as_str).collect::<Vec<_>>());
        let scene = Self { server, sets, databases };
        scene.put_photo();
        scene
    }

    fn put_photo(&self) {
        let (mut connection, body) = (self.server.connect(), png(64, 64));
        let token = crate::serving::token("User.ReadWrite");
        connection.send(&self.server.put_photo(&token, "image/png", body.len()));
        connection.send(&body);
        assert_eq!(connection.answer().0, 200);
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.server.folder.path().join(name)
    }

    /// Where nothing is yet.
    pub(crate) fn elsewhere(&self) -> Vec<String> {
        let database = match self.databases.get(1) {
            Some(name) => url(name),
            None => format!("sqlite://{}", self.path("elsewhere/test.db").display()),
        };
        vec![format!("database.url={database}"), format!("blobs.url=file://{}", self.path("elsewhere/blobs").display())]
    }

    pub(crate) fn command(&self, what: &str, sets: &[String]) -> Command {
        let sets: Vec<&str> = sets.iter().map(String::as_str).collect();
        let mut command = command(what, &self.path("sharehold.toml"), &sets);
        let usual = std::env::var("PATH").expect("a PATH");
        command.env("PATH", format!("{}:{usual}", self.path("programs").display())).env("USUAL_PATH", usual);
        command.current_dir(self.server.folder.path());
        command
    }

    pub(crate) fn run(&self, what: &str, sets: &[String], more: &[&str]) -> Done {
        let output = self.command(what, sets).args(more).output().expect("it runs");
        let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        Done { status: output.status.code().expect("a status"), said }
    }

    #[track_caller]
    pub(crate) fn fine(&self, what: &str, sets: &[String], more: &[&str]) -> String {
        let done = self.run(what, sets, more);
        assert_eq!(done.status, 0, "{what}: {}", done.said);
        done.said
    }

    #[track_caller]
    pub(crate) fn refused(&self, what: &str, sets: &[String], more: &[&str], status: i32, words: &str) {
        let done = self.run(what, sets, more);
        assert!(done.status == status && done.said.contains(words), "{what}: {}: {}", done.status, done.said);
    }

    pub(crate) fn blob(&self) -> PathBuf {
        self.blobs().remove(0)
    }

    pub(crate) fn blobs(&self) -> Vec<PathBuf> {
        files(&self.path("blobs")).into_iter().filter(|path| !path.ends_with(".sharehold")).collect()
    }

    /// A program that the commands find before that of the system of this name.
    pub(crate) fn program(&self, name: &str, script: &str) {
        let path = self.path("programs").join(name);
        fs::create_dir_all(self.path("programs")).expect("a folder");
        fs::write(&path, format!("#!/bin/sh\nPATH=$USUAL_PATH\n{script}\n")).expect("written");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("permitted");
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        for name in &self.databases {
            execute(&format!("DROP DATABASE {name} WITH (FORCE)"));
        }
    }
}

pub(crate) fn execute(statement: &str) {
    let mut connection = PgConnection::establish(&postgres_url()).expect("a connection to TEST_POSTGRES_URL");
    connection.batch_execute(statement).expect(statement);
}

fn url(database: &str) -> String {
    let mut url = url::Url::parse(&postgres_url()).expect("a URL");
    url.set_path(database);
    url.into()
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().map(|entry| entry.expect("an entry").path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// The photo that a server at this address has.
fn photo(server: &Process) -> Vec<u8> {
    let mut connection = Connection::to(server.address);
    let token = crate::serving::token("User.ReadWrite");
    connection.send(&format!("GET /v1.0/me/photo/$value HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {token}\r\n\r\n"));
    let (status, _, body) = connection.whole_answer();
    assert_eq!(status, 200);
    body
}

fn is_put_back_as_it_was(backend: Backend) {
    let scene = Scene::on(backend);
    let then = photo(&scene.server);
    scene.fine("backup", &scene.sets, &["backup"]);
    for path in files(&scene.path("backup")) {
        assert_eq!(fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o600, "{}", path.display());
    }
    // The photo of the backup goes meanwhile.
    scene.put_photo();
    scene.fine("verify", &scene.sets, &[]);
    scene.fine("verify", &[], &["--backup", "backup"]);
    let elsewhere = scene.elsewhere();
    scene.fine("restore", &elsewhere, &["backup"]);
    assert!(scene.fine("verify", &elsewhere, &[]).contains("1 people and 1 blob are whole"));
    let Scene { server, .. } = &scene;
    let mut sets: Vec<&str> = elsewhere.iter().map(String::as_str).collect();
    sets.push("server.drain_wait_s=0");
    let folder = tempfile::tempdir().expect("a folder");
    fs::copy(server.folder.path().join("sharehold.toml"), folder.path().join("sharehold.toml")).expect("copied");
    let restored = Process::start_as_it_is(folder, &sets);
    assert!(photo(&restored) == then, "the photo of the moment of the backup");
    // Two of a house: a stranger's folder is refused, by the server and by `check`.
    let mixed = [elsewhere[1].clone(), scene.sets.first().cloned().unwrap_or_else(|| "rate.enabled=true".into())];
    drop(restored);
    fs::write(scene.path("elsewhere/blobs/.sharehold"), format!("{{\"database\":\"{}\"}}", uuid::Uuid::now_v7()))
        .expect("written");
    for what in ["check", "verify"] {
        scene.refused(what, &mixed, &[], 78, "belongs to database");
    }
    scene.refused("serve", &elsewhere, &[], 78, "belongs to database");
}

#[test]
fn a_sqlite_database_is_put_back_as_it_was() {
    is_put_back_as_it_was(Backend::Sqlite);
}

#[test]
fn a_postgres_database_is_put_back_as_it_was() {
    is_put_back_as_it_was(Backend::Postgres);
}

#[test]
fn nothing_is_written_over() {
    let scene = Scene::on(Backend::Sqlite);
    scene.fine("backup", &[], &["backup"]);
    let before = files(&scene.path("backup"));
    scene.refused("backup", &[], &["backup"], 1, "is not empty");
    assert_eq!(files(&scene.path("backup")), before);
    scene.refused("backup", &[], &["blobs/00/backup"], 1, "is in the folder of the blobs");
    fs::remove_file(scene.path("backup/SHA256SUMS")).expect("removed");
    scene.refused(
        "backup",
        &[],
        &["backup"],
        1,
        "is not empty: name a new folder, or move away what is in it; it has no SHA256SUMS",
    );
    fs::remove_dir_all(scene.path("backup")).expect("removed");
    scene.fine("backup", &[], &["backup"]);
    scene.refused("restore", &[], &["backup"], 78, "is in use by another process");
    let elsewhere = scene.elsewhere();
    fs::create_dir_all(scene.path("elsewhere/blobs")).expect("a folder");
    for (name, words) in [
        ("elsewhere/blobs/x", "is not empty"),
        ("elsewhere/test.db", "is there"),
        ("elsewhere/test.db-wal", "is there"),
    ] {
        fs::write(scene.path(name), "x").expect("written");
        scene.refused("restore", &elsewhere, &["backup"], 78, words);
        assert_eq!(fs::read(scene.path(name)).expect("still there"), b"x");
        fs::remove_file(scene.path(name)).expect("removed");
    }
    scene.fine("restore", &elsewhere, &["backup"]);
}

#[test]
fn what_is_not_whole_is_not_restored() {
    let scene = Scene::on(Backend::Sqlite);
    scene.fine("backup", &[], &["backup"]);
    let elsewhere = scene.elsewhere();
    for path in files(&scene.path("backup")) {
        let whole = fs::read(&path).expect("a file");
        let mut spoilt = whole.clone();
        let middle = spoilt.len() / 2;
        spoilt[middle] ^= 1;
        fs::write(&path, spoilt).expect("spoilt");
        for (what, sets, more) in
            [("verify", &[][..], &["--backup", "backup"][..]), ("restore", &elsewhere, &["backup"])]
        {
            scene.refused(what, sets, more, 1, "");
        }
        fs::remove_file(&path).expect("removed");
        for (what, sets, more) in
            [("verify", &[][..], &["--backup", "backup"][..]), ("restore", &elsewhere, &["backup"])]
        {
            scene.refused(what, sets, more, 1, "");
        }
        let left: Vec<_> =
            files(&scene.path("elsewhere")).into_iter().filter(|path| !path.ends_with("test.db.lock")).collect();
        assert!(left.is_empty(), "{}: {left:?}", path.display());
        fs::write(&path, whole).expect("mended");
    }
    scene.fine("restore", &elsewhere, &["backup"]);
}

#[test]
fn a_newer_backup_is_refused() {
    let scene = Scene::on(Backend::Sqlite);
    scene.fine("backup", &[], &["backup"]);
    let other = ["database.url=postgres://localhost/x".into()];
    scene.refused("restore", &other, &["backup"], 78, "the backup is of sqlite, and database.url names postgres");
    let (manifest, sums) = (scene.path("backup/manifest.json"), scene.path("backup/SHA256SUMS"));
    let text = fs::read_to_string(&manifest).expect("a manifest");
    let hash = |text: &str| format!("{:x}", <sha2::Sha256 as sha2::Digest>::digest(text));
    let schema = text.split("\"schema\": \"").nth(1).and_then(|rest| rest.split('"').next()).expect("a schema");
    for (newer, status, words) in [
        (text.replace(schema, "29990101000000"), 78, "newer than this program"),
        (text.replace("\"format\": 1", "\"format\": 2"), 1, "use the newer program"),
        (text.replace("\"kind\": \"sqlite\"", "\"kind\": \"postgres\""), 1, "does not name database.dump"),
    ] {
        fs::write(&manifest, &newer).expect("written");
        let listed = fs::read_to_string(&sums).expect("sums");
        let was = listed.lines().find(|line| line.ends_with("manifest.json")).expect("a line").to_owned();
        fs::write(&sums, listed.replace(&was, &format!("{}  manifest.json", hash(&newer)))).expect("written");
        scene.refused("restore", &scene.elsewhere(), &["backup"], status, words);
    }
}

#[test]
fn what_was_broken_before_is_told_and_the_rest_is_kept() {
    let scene = Scene::on(Backend::Sqlite);
    let blob = scene.blob();
    let bytes = fs::read(&blob).expect("a blob");
    fs::write(&blob, &bytes[1..]).expect("cut");
    let name = blob.file_name().expect("a name").to_string_lossy().into_owned();
    scene.refused("backup", &[], &["cut"], 1, &name);
    scene.refused("verify", &[], &[], 1, &name);
    // What is left of it is kept, and told again.
    scene.refused("verify", &[], &["--backup", "cut"], 1, &name);
    fs::remove_file(&blob).expect("removed");
    scene.refused("backup", &[], &["gone"], 1, "the backup is complete, but");
    let said = scene.fine("restore", &scene.elsewhere(), &["gone"]);
    assert!(said.contains(&name) && said.contains("and so is this: 1 fault, told above"), "{said}");
    scene.refused("verify", &scene.elsewhere(), &[], 1, &format!("blob {name}"));
}

#[test]
fn without_a_database_or_blobs_there_is_no_backup() {
    let scene = Scene::on(Backend::Sqlite);
    scene.refused("backup", &["database.url=sqlite://none.db".into()], &["backup"], 78, "there is no database");
    scene.refused("backup", &["blobs.url=file://none".into()], &["backup"], 78, "is missing");
    assert!(!scene.path("backup").exists() && !scene.path("none.db").exists());
}
