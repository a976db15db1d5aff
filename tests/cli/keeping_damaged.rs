//! `backup` of data that is damaged: what can be saved is, it is sent, and everybody is told.

use std::fs;
use std::io::Write as _;
use std::process::Command;

use diesel::Connection as _;
use diesel::SqliteConnection;
use diesel::connection::SimpleConnection as _;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use sharehold::clock::SystemClock;
use sharehold::config::{Database, Limits, Provision};
use sharehold::secret::Secret;
use sharehold::store::Store;

use super::keeping::{Scene, execute};
use crate::support::database::Backend;

impl Scene {
    pub(super) fn damaged_by(&self, statement: &str) {
        let mut database = SqliteConnection::establish(&self.path("test.db").to_string_lossy()).expect("opened");
        // The server runs beside this, and writes when it likes.
        database.batch_execute(&format!("PRAGMA busy_timeout = 30000; {statement}")).expect(statement);
    }
}

/// The line of `backup --help`, as cron runs it.
#[test]
fn what_is_sent_each_night_is_what_is_a_backup() {
    let scene = Scene::on(Backend::Sqlite);
    let help = String::from_utf8(
        Command::new(env!("CARGO_BIN_EXE_sharehold")).args(["backup", "--help"]).output().expect("it runs").stdout,
    );
    let help = help.expect("UTF-8");
    let line = help.lines().find(|line| line.contains("rsync")).expect("a line").trim();
    scene.program("sharehold", &format!("exec {} \"$@\"", env!("CARGO_BIN_EXE_sharehold")));
    scene.program("rsync", "mkdir -p sent && cp -R \"$2\" sent/");
    let night = |day: &str| {
        let mut shell = scene.command("backup", &[]);
        let path = shell.get_envs().find_map(|(name, value)| (name == "PATH").then_some(value?.to_owned()));
        shell = Command::new("sh");
        shell.arg("-c").arg(line.replace("$(date +%F)", day)).current_dir(scene.path("."));
        shell.env("PATH", path.expect("a path")).env("USUAL_PATH", std::env::var("PATH").expect("a path"));
        let status = shell.output().expect("it runs").status.code();
        (status, scene.path("sent").join(day).join("SHA256SUMS").exists())
    };
    assert_eq!(night("whole"), (Some(0), true));
    assert_eq!(night("whole"), (Some(1), true), "the folder is not empty");
    fs::remove_file(scene.blob()).expect("removed");
    assert_eq!(night("damaged"), (Some(1), true), "sent, and told");
    fs::remove_file(scene.path("blobs/.sharehold")).expect("removed");
    assert_eq!(night("none"), (Some(1), false));
}

/// Its pages are copied as they are.
#[test]
fn an_index_that_lost_its_rows_is_told_by_backup() {
    let scene = Scene::on(Backend::Sqlite);
    scene.damaged_by("PRAGMA wal_checkpoint(TRUNCATE)");
    let mut database = SqliteConnection::establish(&scene.path("test.db").to_string_lossy()).expect("opened");
    let asked = "SELECT rootpage FROM sqlite_schema WHERE name = 'profiles_photo_blob'";
    let page = sql::<BigInt>(asked).get_result::<i64>(&mut database).expect("a page");
    let size = sql::<BigInt>("PRAGMA page_size").get_result::<i64>(&mut database).expect("a size");
    drop(database);
    let (page, size) = (usize::try_from(page).expect("small"), usize::try_from(size).expect("small"));
    let mut file = fs::read(scene.path("test.db")).expect("a file");
    // The head of a leaf of an index: no cell.
    let at = (page - 1) * size;
    let end = u16::try_from(size).expect("a usual size").to_be_bytes();
    file[at..at + 8].copy_from_slice(&[10, 0, 0, 0, 0, end[0], end[1], 0]);
    fs::write(scene.path("test.db"), file).expect("written");
    sweep_takes_nothing(&scene);
    let done = scene.run("backup", &[], &["backup"]);
    let told = done.said.contains("wrong # of entries in index profiles_photo_blob")
        && done.said.contains("the backup is complete, but");
    assert!(done.status == 1 && told && scene.path("backup/SHA256SUMS").exists(), "{}", done.said);
}

/// The photo is named all the same.
fn sweep_takes_nothing(scene: &Scene) {
    let copy = scene.path("copy.db");
    fs::copy(scene.path("test.db"), &copy).expect("copied");
    let settings = Database { url: Secret::new(format!("sqlite://{}", copy.display())), pool_size: 1 };
    let store = Store::open(&settings, &Limits::default(), Provision::Never, SystemClock::shared()).expect("a store");
    let name = scene.blob().file_name().expect("a name").to_string_lossy().into_owned();
    assert!(!store.names_any_of(std::slice::from_ref(&name)).expect("asked"), "the index has lost it");
    let named = actix_web::rt::System::new().block_on(store.named_blobs(vec![name.clone()])).expect("asked");
    assert!(named.contains(&name));
}

#[test]
fn a_row_whose_text_is_not_utf_8_is_named_and_its_photo_is_kept() {
    let scene = Scene::on(Backend::Sqlite);
    scene.damaged_by("UPDATE profiles SET projection = CAST(x'7bff7d' AS TEXT)");
    let name = scene.blob().file_name().expect("a name").to_string_lossy().into_owned();
    for (what, more) in [("backup", &["backup"][..]), ("verify", &[]), ("verify", &["--backup", "backup"])] {
        let done = scene.run(what, &[], more);
        assert!(done.status == 1 && done.said.contains("the person of number 1 cannot be read"), "{}", done.said);
        for debug in ["Broken", "no row names", "(\""] {
            assert!(!done.said.contains(debug), "{what}: {}", done.said);
        }
    }
    let sums = fs::read_to_string(scene.path("backup/SHA256SUMS")).expect("it is a backup");
    assert!(sums.contains(&name), "{sums}");
    fs::remove_file(scene.blob()).expect("removed");
    scene.refused("verify", &[], &[], 1, &format!("blob {name} (the photo of the person of number 1) is missing"));
}

#[test]
fn a_connection_that_is_lost_is_one_line() {
    let scene = Scene::on(Backend::Postgres);
    let blob = scene.blob();
    fs::remove_file(&blob).expect("removed");
    // Reading it waits until somebody writes.
    assert!(Command::new("mkfifo").arg(&blob).status().expect("it runs").success());
    let verify = scene.command("verify", &scene.sets).spawn().expect("it runs");
    let mut pipe = fs::File::options().write(true).open(&blob).expect("verify reads it");
    let name = &scene.databases[0];
    execute(&format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"));
    pipe.write_all(b"x").expect("written");
    drop(pipe);
    let output = verify.wait_with_output().expect("it ends");
    let said = String::from_utf8_lossy(&output.stderr);
    let lines: Vec<&str> = said.lines().filter(|line| !line.contains("note:") && !line.contains("blob ")).collect();
    assert!(matches!(lines[..], [line] if line.contains("cannot be read any further")), "{said}");
}
