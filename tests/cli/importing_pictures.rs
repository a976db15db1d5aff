//! `sharehold import` of pictures: a folder becomes photos and albums, once; what cannot be taken is told, and the rest is in.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Output;

use serde_json::{Value, json};
use sharehold::digest::Digest;

use super::fine;
use super::keeping::Scene;
use crate::serving::token;
use crate::support::database::Backend;
use crate::support::pictures::{jpeg, png};
use crate::support::process::{Process, command, configuration};

const ANN: [&str; 4] = ["--issuer", "https://strict.example", "--user", "ann"];

fn import(folder: &tempfile::TempDir, sets: &[&str], more: &[&str]) -> Output {
    let mut command = command("import", &configuration(folder), sets);
    command.args(ANN).args(more).current_dir(folder.path());
    command.output().expect("run")
}

/// Status, what it wrote, and what it complained of.
fn said(output: &Output) -> (Option<i32>, String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("text").trim_end().to_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

fn write(at: &Path, bytes: impl AsRef<[u8]>) {
    fs::create_dir_all(at.parent().expect("a folder")).expect("a folder");
    fs::write(at, bytes).expect("written");
}

/// Pictures in folders, and what is to be left out.
fn lay_out(root: &Path) {
    write(&root.join("alone.png"), png(60, 40));
    write(&root.join("Greece/b.JPG"), jpeg(61, 40));
    write(&root.join("Greece/a.png"), png(62, 40));
    write(&root.join("Greece/Hydra/no-end"), png(63, 40));
    write(&root.join("Greece/friends.vcf"), "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:1\r\nFN:Ann\r\nEND:VCARD\r\n");
    write(&root.join(".thumbnails/x.png"), png(64, 40));
    write(&root.join("Greece/.a.png"), png(65, 40));
    symlink(root, root.join("Greece/loop")).expect("a link");
    symlink("a.png", root.join("Greece/z.png")).expect("a link");
}

fn get(server: &Process, path: &str) -> Value {
    ask(server, "GET", path, &Value::Null)
}

fn ask(server: &Process, method: &str, path: &str, body: &Value) -> Value {
    let (token, body) = (token("Photos.ReadWrite"), if body.is_null() { String::new() } else { body.to_string() });
    let mut connection = server.connect();
    connection.send(&format!(
        "{method} {path} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    ));
    let (status, answer) = connection.answer();
    assert!(status < 300, "{status} {answer}");
    answer
}

/// The albums, and the names of what is in each, sorted.
fn albums(server: &Process) -> Value {
    let all = get(server, "/v1.0/me/albums?$select=id,name,photoCount");
    let mut found = json!({});
    for album in all["value"].as_array().expect("albums") {
        let id = album["id"].as_str().expect("an id");
        let within = get(server, &format!("/v1.0/me/albums/{id}/photos?$select=name"));
        let mut names: Vec<_> =
            within["value"].as_array().expect("photos").iter().map(|photo| photo["name"].clone()).collect();
        names.sort_by_key(Value::to_string);
        assert_eq!(album["photoCount"], json!(names.len()));
        found[album["name"].as_str().expect("a name")] = names.into();
    }
    found
}

#[test]
fn a_folder_becomes_photos_and_albums_once() {
    let folder = tempfile::tempdir().expect("a folder");
    lay_out(&folder.path().join("Pictures"));
    let told = fine(&import(&folder, &[], &["Pictures"]));
    let order: Vec<_> = told.lines().filter_map(|line| line.split(": ").next()).collect();
    let expected = [
        "Pictures/Greece/loop",
        "Pictures/Greece/z.png",
        "Pictures/Greece/friends.vcf:1",
        "Pictures/Greece/Hydra/no-end",
        "Pictures/Greece/a.png",
        "Pictures/Greece/b.JPG",
        "Pictures/alone.png",
        "5 created, 0 updated, 0 unchanged, 2 skipped, 0 rejected",
    ];
    assert_eq!(order, expected, "{told}");
    assert!(told.contains("z.png: skipped: a symbolic link, which is not followed"), "{told}");
    let again = fine(&import(&folder, &[], &["--json", "Pictures/"]));
    let lines: Vec<Value> = again.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let ids = |text: &str| told.lines().find_map(|line| line.split_once(text).map(|(_, id)| id.to_owned()));
    let photo = json!({"file": "Pictures/alone.png", "result": "unchanged", "id": ids("alone.png: created: ")});
    assert_eq!(lines[6], photo, "{again}");
    assert_eq!(lines[7], json!({"created": 0, "updated": 0, "unchanged": 5, "skipped": 2, "rejected": 0}));
    let server = Process::start_in(folder, &[]);
    assert_eq!(albums(&server), json!({"Greece": ["a.png", "b.JPG"], "Hydra": ["no-end"]}));
    let all = get(&server, "/v1.0/me/photos?$count=true");
    assert_eq!((&all["@odata.count"], all["value"][0].get("location")), (&json!(4), None));
}

#[test]
fn what_cannot_be_taken_is_told_and_the_rest_is_in() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path().join("p");
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/photos");
    for name in ["damaged.jpg", "bomb.png"] {
        write(&root.join(name), fs::read(fixtures.join(name)).expect("a fixture"));
    }
    write(&root.join("phone.heic"), b"\0\0\0\x18ftypheic\0\0\0\0mif1heic");
    write(&root.join("nothing.jpg"), b"");
    write(&root.join("notes.txt"), "Bring the tripod.");
    write(&root.join("back\\slash.png"), png(60, 40));
    write(&root.join("large.png"), vec![0; 70_000]);
    write(&root.join("tab\t/a.png"), png(61, 40));
    write(&root.join("two\nlines.png"), "none");
    write(&root.join("z.png"), png(62, 40));
    let (status, told, complaint) = said(&import(&folder, &["limits.photo_bytes=65536"], &["p"]));
    let reason = |file: &str| told.lines().find_map(|line| line.strip_prefix(&format!("p/{file}: rejected: ")));
    for (file, words) in [
        ("damaged.jpg", "broken"),
        ("bomb.png", "400000000 pixels"),
        ("phone.heic", "HEIC"),
        ("nothing.jpg", "no picture"),
        ("notes.txt", "no picture"),
        ("back\\slash.png", "a path"),
        ("large.png", "larger than 65536 bytes"),
        ("two\\nlines.png", ""),
        ("tab\\t", "no album can be called that"),
    ] {
        assert!(reason(file).is_some_and(|reason| reason.contains(words)), "{file}: {words}: {told}");
    }
    assert!(told.ends_with("2 created, 0 updated, 0 unchanged, 9 rejected"), "{told}");
    assert_eq!((status, complaint.as_str()), (Some(1), "sharehold: 9 were rejected, told above"));
    let (status, again, _) = said(&import(&folder, &["limits.photo_bytes=65536"], &["p/z.png", "p/phone.heic"]));
    assert!(status == Some(1) && again.ends_with("0 created, 0 updated, 1 unchanged, 1 rejected"), "{again}");
    let left =
        fs::read_dir(folder.path().join("blobs")).expect("blobs").map(|entry| entry.expect("an entry").file_name());
    assert!(left.into_iter().all(|name| !name.to_string_lossy().starts_with(".incoming")), "nothing is left of them");
    let server = Process::start_in(folder, &[]);
    assert_eq!(albums(&server), json!({}));
}

#[test]
fn it_is_taken_up_where_it_was_broken_off() {
    let folder = tempfile::tempdir().expect("a folder");
    lay_out(&folder.path().join("Pictures"));
    let (status, told, complaint) = said(&import(&folder, &["limits.quota_photos=2"], &["Pictures"]));
    assert_eq!(status, Some(1), "{told}");
    let words = "There is no room for more than 2 photos; nothing was added. (so far ";
    assert!(complaint.contains(words) && complaint.ends_with("begin again: what is in stays"), "{complaint}");
    let again = fine(&import(&folder, &[], &["Pictures"]));
    assert!(again.ends_with("2 created, 0 updated, 3 unchanged, 2 skipped, 0 rejected"), "{again}");
    let server = Process::start_in(folder, &[]);
    assert_eq!(albums(&server), json!({"Greece": ["a.png", "b.JPG"], "Hydra": ["no-end"]}));
}

/// Whether it is gone or cut short.
#[test]
fn what_was_lost_is_put_back() {
    let folder = tempfile::tempdir().expect("a folder");
    write(&folder.path().join("p/a.png"), png(60, 40));
    let digest = Digest::of(&png(60, 40)).to_string();
    fine(&import(&folder, &[], &["p"]));
    let blob = folder.path().join("blobs").join(&digest[..2]).join(&digest);
    let again = || fine(&import(&folder, &[], &["p"]));
    for lose in [|blob: &Path| fs::remove_file(blob), |blob: &Path| fs::write(blob, "cut")] {
        lose(&blob).expect("lost");
        assert!(again().ends_with("0 created, 0 updated, 1 unchanged, 0 rejected"));
        assert!(fs::read(&blob).expect("it is back") == png(60, 40));
    }
}

#[test]
fn no_folder_is_looked_into_for_ever() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut deep = folder.path().join("p");
    deep.extend((0..33).map(|number| format!("f{number}")));
    write(&deep.join("a.png"), png(60, 40));
    write(&folder.path().join("p/f0/b.png"), png(61, 40));
    let (status, told, _) = said(&import(&folder, &[], &["p"]));
    assert!(status == Some(1) && told.contains("/f32: rejected: it is more than 32 folders down"), "{told}");
    assert!(told.ends_with("1 created, 0 updated, 0 unchanged, 1 rejected"), "{told}");
}

#[test]
fn beside_a_server_on_postgres_and_into_the_album_that_is_there() {
    let scene = Scene::on(Backend::Postgres);
    lay_out(&scene.path("Pictures"));
    ask(&scene.server, "POST", "/v1.0/me/albums", &json!({"name": "greece"}));
    let more: Vec<&str> = ANN.into_iter().chain(["Pictures"]).collect();
    let told = scene.fine("import", &scene.sets, &more);
    assert!(told.trim_end().ends_with("5 created, 0 updated, 0 unchanged, 2 skipped, 0 rejected"), "{told}");
    assert_eq!(albums(&scene.server), json!({"greece": ["a.png", "b.JPG"], "Hydra": ["no-end"]}));
    // The same bytes under another name are the same photo, which comes into one album more.
    write(&scene.path("Pictures/Again/c.png"), png(62, 40));
    let told = scene.fine("import", &scene.sets, &more);
    assert!(told.contains("Pictures/Again/c.png: unchanged: "), "{told}");
    assert_eq!(albums(&scene.server)["Again"], json!(["a.png"]));
    scene.fine("verify", &scene.sets, &[]);
}

#[test]
fn beside_a_server_on_sqlite_it_is_refused() {
    let scene = Scene::on(Backend::Sqlite);
    lay_out(&scene.path("Pictures"));
    let more: Vec<&str> = ANN.into_iter().chain(["Pictures"]).collect();
    let done = scene.run("import", &scene.sets, &more);
    assert!(done.status != 0 && !done.said.contains("created"), "{}", done.said);
    assert_eq!(get(&scene.server, "/v1.0/me/photos"), get(&scene.server, "/v1.0/me/photos?$top=1"));
}
