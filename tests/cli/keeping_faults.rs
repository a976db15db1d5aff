//! `backup`, `restore` and `verify` where something is in the way: rows that cannot be read, programs that fail, a server that starts.

use std::fs;
use std::io::Write as _;
use std::process::Command;

use diesel::connection::SimpleConnection as _;
use diesel::dsl::sql;
use diesel::sql_types::BigInt;
use diesel::{Connection as _, RunQueryDsl as _, SqliteConnection};

use super::keeping::{Scene, execute};
use crate::support::database::Backend;

impl Scene {
    fn sqlite(&self) -> SqliteConnection {
        SqliteConnection::establish(&self.path("test.db").to_string_lossy()).expect("opened")
    }
}

/// The COMMIT may have been done and its answer lost.
#[test]
fn the_photos_of_a_database_that_may_be_in_place_stay() {
    let scene = Scene::on(Backend::Postgres);
    scene.fine("backup", &scene.sets, &["backup"]);
    let elsewhere = scene.elsewhere();
    scene.program("pg_restore", "pg_restore \"$@\" || exit 1; [ \"$1\" = --version ] || exit 1");
    scene.refused("restore", &elsewhere, &["backup"], 1, "may be in place already");
    fs::remove_dir_all(scene.path("programs")).expect("removed");
    assert!(scene.fine("verify", &elsewhere, &[]).contains("1 people and 1 blob are whole"));
    // Where there is no such program nothing is begun.
    scene.program("pg_restore", "echo nothing >&2; exit 1");
    let nowhere = [elsewhere[0].clone(), format!("blobs.url=file://{}", scene.path("nowhere").display())];
    execute(&format!("DROP DATABASE {name} WITH (FORCE)", name = scene.databases[1]));
    execute(&format!("CREATE DATABASE {}", scene.databases[1]));
    scene.refused("restore", &nowhere, &["backup"], 1, "pg_restore: nothing");
    assert!(!scene.path("nowhere").exists());
}

#[test]
fn a_database_that_ends_idle_transactions_is_backed_up() {
    let scene = Scene::on(Backend::Postgres);
    execute(&format!("ALTER DATABASE {} SET idle_in_transaction_session_timeout = '50ms'", scene.databases[0]));
    scene.program("pg_dump", "sleep 0.5; exec pg_dump \"$@\"");
    scene.fine("backup", &scene.sets, &["backup"]);
}

/// A row that no type of ours can hold hides neither what comes after it nor the photos.
#[test]
fn a_row_that_cannot_be_read_is_named_and_stepped_past() {
    let scene = Scene::on(Backend::Sqlite);
    let mut database = scene.sqlite();
    let before = "PRAGMA ignore_check_constraints = ON; UPDATE people SET id = id + 10; \
                  INSERT INTO people (id, uid, issuer, subject, seq, created_at) VALUES (2, x'00', 'x', 'x', 1, 0), (3, x'01', 'x', 'y', 1, 0)";
    database
        .batch_execute(&format!("PRAGMA foreign_keys = OFF; {before}; UPDATE profiles SET person = person + 10"))
        .expect("planted");
    let done = scene.run("verify", &[], &[]);
    let named = "the people of numbers 2 to 3 cannot be read";
    assert!(done.status == 1 && done.said.contains(named) && !done.said.contains("is missing"), "{}", done.said);
    fs::remove_file(scene.blob()).expect("removed");
    for (what, more) in [("verify", &[][..]), ("backup", &["backup"][..])] {
        let done = scene.run(what, &[], more);
        assert!(done.status == 1 && done.said.contains(named), "{what}: {}", done.said);
        assert!(
            done.said.contains("is missing") || done.said.contains("cannot be read: No such file"),
            "{what}: {}",
            done.said
        );
    }
    assert!(scene.path("backup/SHA256SUMS").exists(), "it is a backup");
}

#[test]
fn what_a_restore_that_was_cut_off_left_is_named() {
    let scene = Scene::on(Backend::Sqlite);
    scene.fine("backup", &[], &["backup"]);
    fs::create_dir(scene.path("elsewhere")).expect("a folder");
    fs::write(scene.path("elsewhere/test.db.restoring"), "x").expect("written");
    scene.refused("restore", &scene.elsewhere(), &["backup"], 78, "test.db.restoring is there: a restore was cut off");
}

/// Who reads all blobs for hours keeps no server from starting.
#[test]
fn verify_holds_no_moment_of_the_database_while_it_reads_blobs() {
    let scene = Scene::on(Backend::Sqlite);
    let blob = scene.blob();
    let bytes = fs::read(&blob).expect("a blob");
    fs::remove_file(&blob).expect("removed");
    // Reading it waits until somebody writes.
    let made = Command::new("mkfifo").arg(&blob).status().expect("it runs");
    assert!(made.success());
    let verify = scene.command("verify", &[]).spawn().expect("it runs");
    let mut pipe = fs::File::options().write(true).open(&blob).expect("verify reads it");
    let mut database = scene.sqlite();
    let question = "PRAGMA wal_checkpoint(TRUNCATE)";
    let (in_the_way, ..) =
        sql::<(BigInt, BigInt, BigInt)>(question).get_result::<(i64, i64, i64)>(&mut database).expect("asked");
    pipe.write_all(&bytes).expect("written");
    drop(pipe);
    let output = verify.wait_with_output().expect("it ends");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(in_the_way == 0 && said.contains("are whole"), "{in_the_way}: {said}");
}
