//! Whose folder of blobs it is, by running the program: one that is not mounted, and one that is another database's, are refused.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::keeping::Scene;
use crate::support::database::Backend;
use crate::support::process::Process;

/// The server's folder, without the server.
fn stopped(scene: &Scene) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let (from, to) = (scene.path("."), folder.path());
    let copied = Command::new("cp").arg("-a").arg(from).arg(to).status().expect("it runs");
    assert!(copied.success());
    folder
}

fn set(name: &str, kind: &str, path: &Path) -> String {
    format!("{name}.url={kind}://{}", path.display())
}

fn an_empty_folder_is_refused(backend: Backend) {
    let scene = Scene::on(backend);
    let left = stopped(&scene);
    let mut sets = match backend {
        Backend::Sqlite => vec![set("database", "sqlite", &left.path().join("test.db"))],
        Backend::Postgres => scene.sets.clone(),
    };
    let (blobs, away) = (left.path().join("blobs"), left.path().join("away"));
    sets.push(set("blobs", "file", &blobs));
    sets.push("listen=127.0.0.1:0".into());
    fs::rename(&blobs, &away).expect("moved");
    for what in ["check", "serve", "check", "serve"] {
        scene.refused(what, &sets, &[], 78, "is its volume mounted?");
        assert!(!blobs.join(".sharehold").exists(), "{what}: it stays as it is");
    }
    // Put back, without a marker too: a folder from before there were markers.
    fs::remove_dir(&blobs).expect("it is empty");
    fs::rename(&away, &blobs).expect("moved");
    scene.fine("check", &sets, &[]);
    fs::remove_file(blobs.join(".sharehold")).expect("removed");
    scene.fine("check", &sets, &[]);
    let folder = tempfile::tempdir().expect("a folder");
    fs::copy(scene.path("sharehold.toml"), folder.path().join("sharehold.toml")).expect("copied");
    drop(Process::start_as_it_is(folder, &sets.iter().map(String::as_str).collect::<Vec<_>>()));
    assert!(blobs.join(".sharehold").exists(), "it is marked again");
}

#[test]
fn an_empty_folder_is_refused_by_a_sqlite_database_that_names_blobs() {
    an_empty_folder_is_refused(Backend::Sqlite);
}

#[test]
fn an_empty_folder_is_refused_by_a_postgres_database_that_names_blobs() {
    an_empty_folder_is_refused(Backend::Postgres);
}

/// A database made there would be in the way of a `restore`.
#[test]
fn no_database_is_made_beside_the_blobs_of_another() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let scene = Scene::on(backend);
        scene.fine("backup", &scene.sets, &["backup"]);
        let elsewhere = scene.elsewhere();
        let beside = [elsewhere[0].clone(), set("blobs", "file", &scene.path("blobs"))];
        for what in ["check", "migrate", "serve"] {
            scene.refused(what, &beside, &[], 78, "belongs to database");
            assert!(!scene.path("elsewhere").exists(), "{what} makes nothing");
        }
        // A folder without a marker is no better.
        fs::rename(scene.path("blobs/.sharehold"), scene.path("marker")).expect("moved");
        for what in ["check", "migrate", "serve"] {
            scene.refused(what, &beside, &[], 78, "holds blobs and database.url names none of them");
        }
        scene.fine("restore", &elsewhere, &["backup"]);
    }
}
