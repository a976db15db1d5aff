//! `verify` of photos whose bytes are lost: each that names them is told.

use std::fs;
use std::path::Path;
use std::process::Command;

use sharehold::digest::Digest;

use super::keeping::Scene;
use crate::support::database::Backend;
use crate::support::pictures::png;
use crate::support::process::{command, configuration};

#[test]
fn each_photo_that_shares_a_lost_file_is_told_on_sqlite() {
    let folder = tempfile::tempdir().expect("a folder");
    each_is_told(folder.path(), |what| command(what, &configuration(&folder), &[]));
}

#[test]
fn each_photo_that_shares_a_lost_file_is_told_on_postgres() {
    let scene = Scene::on(Backend::Postgres);
    each_is_told(&scene.path("."), |what| scene.command(what, &scene.sets));
}

fn each_is_told(folder: &Path, command: impl Fn(&str) -> Command) {
    let picture = png(60, 40);
    let digest = Digest::of(&picture).to_string();
    fs::write(folder.join("a.png"), picture).expect("written");
    for person in ["cyd", "dan"] {
        let mut import = command("import");
        import.args(["--issuer", "https://strict.example", "--user", person, "a.png"]).current_dir(folder);
        assert!(import.status().expect("it runs").success());
    }
    let told = |words: &str| {
        let output = command("verify").output().expect("it runs");
        let said = String::from_utf8_lossy(&output.stderr);
        let of_it = |line: &&str| line.contains(&format!("blob {digest} (photo ")) && line.contains(words);
        assert_eq!((output.status.code(), said.lines().filter(of_it).count()), (Some(1), 2), "{said}");
    };
    let blob = folder.join("blobs").join(&digest[..2]).join(&digest);
    fs::write(&blob, "cut").expect("cut");
    told("has 3 bytes");
    fs::remove_file(&blob).expect("removed");
    told("is missing");
}
