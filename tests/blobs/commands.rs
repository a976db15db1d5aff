//! `backup`, `restore` and `verify` of blobs in a bucket: what is put back, into a bucket or into a folder, is what was there.

use std::process::Command;

use sharehold::blobs::{Key, Shelf};
use sharehold::config;

use crate::cli::keeping::Scene;
use crate::support::bucket;
use crate::support::database::Backend;

fn sets(blobs: &config::Blobs) -> Vec<String> {
    vec![format!("blobs.url={}", blobs.url), format!("blobs.s3.endpoint={}", bucket::endpoint())]
}

fn run(scene: &Scene, what: &str, sets: &[String], more: &[&str]) -> (bool, String) {
    let mut command: Command = scene.command(what, sets);
    let output = command.envs(bucket::CREDENTIALS).args(more).output().expect("it runs");
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(!said.contains("canary"), "{said}");
    (output.status.success(), said)
}

fn keys(blobs: &config::Blobs) -> Vec<Key> {
    let mut keys = Shelf::named_by(blobs).expect("a bucket").keys().expect("listed");
    keys.sort_by_key(Key::to_string);
    keys
}

#[test]
fn a_folders_backup_goes_into_a_bucket_and_back() {
    let scene = Scene::on(Backend::Sqlite);
    let (first, second) = (bucket::fresh(), bucket::fresh());
    assert_eq!(scene.run("backup", &scene.sets, &["first"]).status, 0);
    let database = |name: &str| format!("database.url=sqlite://{}", scene.path(name).join("test.db").display());
    let in_first = [sets(&first), vec![database("one")]].concat();
    let (done, said) = run(&scene, "restore", &in_first, &["first"]);
    assert!(done && said.contains("1 blob"), "{said}");
    assert_eq!(keys(&first).len(), 1);
    let (done, said) = run(&scene, "restore", &[sets(&first), vec![database("two")]].concat(), &["first"]);
    assert!(!done && said.contains("is not empty"), "{said}");
    let (done, said) = run(&scene, "verify", &in_first, &[]);
    assert!(done && said.contains("1 blob are whole") || said.contains("whole"), "{said}");
    // From one bucket into another.
    let (done, said) = run(&scene, "backup", &in_first, &["second"]);
    assert!(done && said.contains("1 blob"), "{said}");
    let (done, said) = run(&scene, "restore", &[sets(&second), vec![database("three")]].concat(), &["second"]);
    assert!(done, "{said}");
    assert_eq!(keys(&second), keys(&first));
    // A bucket that lost its blob.
    let lost = bucket::fresh();
    let marker = serde_json::json!({"database": said_database(&said)}).to_string();
    bucket::put(&lost, ".sharehold", &marker);
    let (done, said) = run(&scene, "verify", &[sets(&lost), vec![database("three")]].concat(), &[]);
    assert!(!done && said.contains("is missing"), "{said}");
}

/// The database's id, out of "the sqlite database ID and 1 blob are in place".
fn said_database(said: &str) -> &str {
    said.split("database ").find_map(|rest| rest.split(' ').next().filter(|word| word.len() == 36)).expect("an id")
}
