//! Backups that somebody has changed, and sealed again: what `verify --backup` and `restore` say of what is no backup of ours.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, SqliteConnection};

use super::keeping::Scene;
use crate::support::database::Backend;

/// A backup in the folder `backup`, which is changed by name, in turns.
struct Forgery {
    scene: Scene,
    blob: String,
}

impl Forgery {
    fn new() -> Self {
        let scene = Scene::on(Backend::Sqlite);
        scene.fine("backup", &[], &["whole"]);
        let shards = scene.blob();
        let name = shards.strip_prefix(scene.path("blobs")).expect("in it").to_string_lossy().into_owned();
        Self { scene, blob: format!("blobs/{name}") }
    }

    /// A new copy of the backup, and `change` made to it.
    fn made(&self, change: impl FnOnce(&Path)) {
        let (whole, folder) = (self.scene.path("whole"), self.scene.path("backup"));
        let _ = fs::remove_dir_all(&folder);
        assert!(Command::new("cp").arg("-r").arg(whole).arg(&folder).status().expect("it runs").success());
        change(&folder);
    }

    /// The same, sealed again: every file in it has its hash in SHA256SUMS.
    fn sealed(&self, change: impl FnOnce(&Path)) {
        self.made(change);
        let script = "find . -type f ! -name SHA256SUMS | sed 's,^./,,' | sort | xargs sha256sum > SHA256SUMS";
        let sealed = Command::new("sh").args(["-c", script]).current_dir(self.scene.path("backup")).status();
        assert!(sealed.expect("it runs").success());
    }

    #[track_caller]
    fn refused(&self, status: i32, words: &str) {
        let elsewhere = self.scene.elsewhere();
        self.scene.refused("verify", &[], &["--backup", "backup"], status, words);
        self.scene.refused("restore", &elsewhere, &["backup"], status, words);
        let left = |name: &str| fs::read_dir(self.scene.path(name)).map_or(0, Iterator::count);
        assert!(left("elsewhere/blobs") == 0, "nothing is in place");
        for name in ["test.db", "test.db.restoring"] {
            assert!(!self.scene.path("elsewhere").join(name).exists(), "{name}");
        }
    }
}

fn execute(file: &Path, statements: &str) {
    let mut database = SqliteConnection::establish(&file.to_string_lossy()).expect("opened");
    database.batch_execute(statements).expect(statements);
}

fn edit(file: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(file).expect("text");
    assert!(text.contains(from));
    fs::write(file, text.replace(from, to)).expect("written");
}

#[test]
fn what_is_no_file_or_too_large_is_not_read() {
    let forgery = Forgery::new();
    for name in ["SHA256SUMS", "manifest.json", "database.sqlite", &forgery.blob] {
        forgery.made(|folder| {
            fs::remove_file(folder.join(name)).expect("removed");
            assert!(Command::new("mkfifo").arg(folder.join(name)).status().expect("it runs").success());
        });
        forgery.refused(1, "is no file");
        forgery.made(|folder| {
            fs::remove_file(folder.join(name)).expect("removed");
            symlink("/dev/zero", folder.join(name)).expect("linked");
        });
        forgery.refused(1, "is a link");
    }
    for (name, size) in [("SHA256SUMS", 2 << 30), ("manifest.json", 17 << 20), (forgery.blob.as_str(), 65 << 20)] {
        forgery.made(|folder| {
            let file = fs::File::options().write(true).open(folder.join(name)).expect("opened");
            file.set_len(size).expect("set");
        });
        forgery.refused(1, "is larger than");
    }
}

#[test]
fn what_is_no_database_of_ours_is_not_whole() {
    let forgery = Forgery::new();
    for text in ["", "this is no database, however long it may be"] {
        forgery.sealed(|folder| fs::write(folder.join("database.sqlite"), text.repeat(1000)).expect("written"));
        forgery.refused(1, "is no database of this program");
    }
    let changed = |statements: &str| forgery.sealed(|folder| execute(&folder.join("database.sqlite"), statements));
    changed("INSERT INTO __diesel_schema_migrations (version) VALUES ('29990101000000')");
    forgery.refused(78, "newer than this program");
    changed("DELETE FROM __diesel_schema_migrations");
    forgery.refused(1, "its own is none");
    changed("UPDATE installation SET uid = randomblob(16)");
    forgery.refused(1, "manifest.json names");
    changed("DELETE FROM installation");
    forgery.refused(1, "it has no id");
    changed(
        "CREATE TRIGGER x AFTER UPDATE ON people BEGIN DELETE FROM profiles; END; DROP TRIGGER revocations_deleted",
    );
    let (verify, restore) = (["--backup", "backup"], ["backup"]);
    forgery.scene.refused("verify", &[], &verify, 1, "is not this program's: trigger x");
    forgery.scene.refused("verify", &[], &verify, 1, "is missing, or changed: trigger revocations_deleted");
    let told = forgery.scene.fine("restore", &forgery.scene.elsewhere(), &restore);
    assert!(told.contains("warning: in the database, is not this program's: trigger x"), "{told}");
}

#[test]
fn what_does_not_agree_with_its_manifest_is_no_backup() {
    let forgery = Forgery::new();
    forgery.sealed(|folder| fs::remove_file(folder.join(&forgery.blob)).expect("removed"));
    forgery.refused(1, "some are not in the backup any more");
    forgery.sealed(|folder| edit(&folder.join("manifest.json"), "\"sqlite\"", "\"mysql\""));
    forgery.refused(1, "does not know");
    forgery.sealed(|folder| fs::write(folder.join("database.sqlite-journal"), "x").expect("written"));
    forgery.refused(1, "is no part of a backup");
    forgery.sealed(|folder| {
        let name = folder.join("database.sqlite");
        fs::remove_file(name).expect("removed");
    });
    forgery.refused(1, "does not name database.sqlite");
    let (manifest, schema) = ("manifest.json", "\"schema\": \"");
    forgery.sealed(|folder| edit(&folder.join(manifest), schema, &format!("{schema}3")));
    forgery.refused(78, "newer than this program");
}
