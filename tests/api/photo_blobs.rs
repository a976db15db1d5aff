//! The photo's bytes and its row: which is written first, what is left when one of them fails, what the sweep takes away.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use actix_web::http::Method;
use chrono::TimeDelta;

use crate::on_both;
use crate::support::app::{Answer, Backend, Caller, TestApp};
use crate::support::log;
use crate::support::pictures::{decoded, png};
use crate::support::process::Process;

on_both! {
    one_photo_is_one_blob a_blob_that_cannot_be_written_leaves_no_row a_refused_row_leaves_no_blob
    the_sweep_takes_what_no_row_names nothing_is_swept_from_another_databases_folder
    held_blobs_stay_until_the_next_sweep damaged_bytes_are_never_served racing_photos_leave_one_blob
    too_many_at_once_are_told_to_come_back nothing_is_taken_while_the_folder_is_away
    nothing_is_taken_when_the_folder_goes_meanwhile
}

const VALUE: &str = "/v1.0/me/photo/$value";

async fn put(who: &Caller<'_>, side: u32) -> u16 {
    who.send_body(Method::PUT, VALUE, "image/png", png(side, side)).await.status.as_u16()
}

async fn one_photo_is_one_blob(on: Backend) {
    let app = TestApp::on(on);
    let (ann, bob) = (app.caller("ann", "User.ReadWrite"), app.caller("bob", "User.ReadWrite"));
    assert_eq!((put(&ann, 64).await, put(&bob, 64).await), (200, 200));
    // Nothing is shared, equal or not: what one removes is never the other's.
    assert_eq!(app.blob_files().len(), 2);
    let first = app.blob_files();
    assert_eq!(put(&ann, 64).await, 200);
    assert_eq!(app.blob_files().len(), 2);
    assert_ne!(app.blob_files(), first, "a blob is never written again");
    ann.call(Method::DELETE, VALUE).await;
    assert_eq!(app.blob_files().len(), 1);
    assert_eq!(bob.get(VALUE).await.status, 200);
}

async fn a_blob_that_cannot_be_written_leaves_no_row(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "User.ReadWrite");
    let before = ann.get("/v1.0/me").await.header("etag");
    // Files where the folders of the blobs are.
    for shard in 0..=255 {
        let folder = app.blob_folder().join(format!("{shard:02x}"));
        fs::remove_dir(&folder).expect("an empty folder");
        fs::write(folder, "").expect("a file");
    }
    assert_eq!(put(&ann, 64).await, 500);
    assert_eq!(ann.get(VALUE).await.code(), "ImageNotFound");
    assert_eq!(ann.get("/v1.0/me").await.header("etag"), before);
    for shard in 0..=255 {
        fs::remove_file(app.blob_folder().join(format!("{shard:02x}"))).expect("removed");
    }
    assert_eq!(put(&ann, 64).await, 200);
    assert_eq!(ann.get(VALUE).await.status, 200);
}

async fn a_refused_row_leaves_no_blob(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "User.ReadWrite");
    assert_eq!(put(&ann.with("if-match", "*"), 64).await, 412);
    assert!(app.blob_files().is_empty());
    assert_eq!(put(&ann, 64).await, 200);
    let there = app.blob_files();
    assert_eq!(put(&ann.with("if-none-match", "*"), 64).await, 412);
    assert_eq!(app.blob_files(), there);
    let app = TestApp::with(on, |config| config.users.provision = sharehold::config::Provision::Never);
    assert_eq!(put(&app.caller("stranger", "User.ReadWrite"), 64).await, 403);
    assert!(app.blob_files().is_empty());
}

async fn the_sweep_takes_what_no_row_names(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "User.ReadWrite");
    assert_eq!(put(&ann, 64).await, 200);
    let named = app.blob_files().remove(0);
    // As a crash between blob and row leaves it, whole and in the middle of being written.
    let lost = named.with_file_name(uuid_before(named.file_name().and_then(|name| name.to_str()).expect("a name")));
    let unfinished =
        named.with_file_name(format!("{}#1", lost.file_name().and_then(|name| name.to_str()).expect("a name")));
    for path in [&lost, &unfinished] {
        fs::write(path, "x").expect("written");
    }
    assert_eq!(app.sweep().await, 0, "a row may be about to name it");
    assert!(lost.exists() && unfinished.exists());
    app.clock.set(app.clock_now() + TimeDelta::minutes(61));
    assert_eq!(app.sweep().await, 1);
    // However many they are: the folder is this database's, and nobody's rows name them.
    for n in 0..200 {
        fs::write(named.with_file_name(other_key(&named, n)), "x").expect("written");
    }
    assert_eq!(app.sweep().await, 200);
    app.clock.set(app.clock_now() - TimeDelta::minutes(61));
    assert_eq!(app.blob_files(), [named]);
    assert_eq!(ann.get(VALUE).await.status, 200);
}

async fn nothing_is_swept_from_another_databases_folder(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "User.ReadWrite");
    assert_eq!(put(&ann, 64).await, 200);
    let named = app.blob_files().remove(0);
    let unnamed = named.with_file_name(other_key(&named, 0));
    fs::write(&unnamed, "x").expect("written");
    app.clock.set(app.clock_now() + TimeDelta::minutes(61));
    // Another folder was mounted in its place while the server ran.
    let marker = app.blob_folder().join(".sharehold");
    let ours = fs::read_to_string(&marker).expect("a marker");
    fs::write(&marker, ours.replace("-7", "-6")).expect("written");
    assert!(app.try_sweep().await.is_err());
    fs::remove_file(&marker).expect("removed");
    assert!(app.try_sweep().await.is_err());
    assert!(unnamed.exists());
    fs::write(&marker, ours).expect("written");
    assert_eq!(app.sweep().await, 1);
    assert!(named.exists() && !unnamed.exists());
}

async fn nothing_is_taken_while_the_folder_is_away(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "User.ReadWrite");
    assert_eq!(put(&ann, 64).await, 200);
    let (folder, away) = (app.blob_folder(), app.blob_folder().with_extension("away"));
    let closed = |what: &str, answer: Answer| {
        assert_eq!((answer.status.as_u16(), answer.header("retry-after")), (503, "30".into()), "{what}");
    };
    let attempt = || ann.send_body(Method::PUT, VALUE, "image/png", png(96, 96));
    fs::rename(folder, &away).expect("moved");
    closed("put, without a folder", attempt().await);
    closed("get, without a folder", ann.get(VALUE).await);
    assert!(!folder.exists(), "none is made");
    fs::create_dir(folder).expect("as the place of a mount");
    closed("put, into another folder", attempt().await);
    closed("get, from another folder", ann.get(VALUE).await);
    assert_eq!(fs::read_dir(folder).expect("there").count(), 0, "nothing is put there");
    fs::remove_dir(folder).expect("removed");
    fs::rename(&away, folder).expect("moved back");
    let marker = folder.join(".sharehold");
    let ours = fs::read(&marker).expect("a marker");
    fs::write(&marker, "").expect("emptied");
    closed("put, unmarked", attempt().await);
    assert_eq!((ann.get(VALUE).await.status.as_u16(), app.blob_files().len()), (200, 1));
    fs::write(&marker, ours).expect("written");
    assert_eq!(decoded(ann.get(VALUE).await.bytes()).dimensions(), (64, 64));
    assert_eq!(put(&ann, 64).await, 200);
}

async fn nothing_is_taken_when_the_folder_goes_meanwhile(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "User.ReadWrite");
    let marker = app.blob_folder().join(".sharehold");
    let ours = fs::read(&marker).expect("a marker");
    fs::remove_file(&marker).expect("removed");
    // Who reads it waits until somebody writes.
    assert!(std::process::Command::new("mkfifo").arg(&marker).status().expect("it runs").success());
    let shards: Vec<_> = (0..=255).map(|shard| app.blob_folder().join(format!("{shard:02x}"))).collect();
    let written = move || shards.iter().any(|shard| fs::read_dir(shard).expect("there").next().is_some());
    let goes = std::thread::spawn(move || {
        fs::write(&marker, ours).expect("read before the blob is written");
        while !written() {
            std::thread::yield_now();
        }
        fs::write(&marker, "").expect("read after it");
    });
    assert_eq!(put(&ann, 64).await, 503);
    goes.join().expect("it ends");
    assert_eq!(ann.get(VALUE).await.code(), "ImageNotFound");
    assert!(app.blob_files().is_empty());
}

/// What a backup does while it copies: no blob goes meanwhile, neither a replaced one nor by the sweep.
async fn held_blobs_stay_until_the_next_sweep(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "User.ReadWrite");
    assert_eq!(put(&ann, 64).await, 200);
    let first = app.blob_files().remove(0);
    let marker = fs::File::open(app.blob_folder().join(".sharehold")).expect("a marker");
    marker.lock().expect("held");
    assert_eq!(put(&ann, 64).await, 200);
    let second = app.blob_files().into_iter().find(|path| *path != first).expect("another");
    assert_eq!(ann.call(Method::DELETE, VALUE).await.status, 204);
    app.clock.set(app.clock_now() + TimeDelta::minutes(61));
    assert_eq!(app.sweep().await, 0);
    assert!(first.exists() && second.exists());
    drop(marker);
    assert_eq!(app.sweep().await, 2);
    assert!(app.blob_files().is_empty());
}

/// The nth of 255 other keys of the same time and folder as `named`.
fn other_key(named: &std::path::Path, n: u8) -> String {
    let name = named.file_name().and_then(|name| name.to_str()).expect("a name");
    let (start, end) = name.split_at(name.len() - 4);
    let digits = u8::from_str_radix(&end[..2], 16).expect("digits") ^ (n + 1);
    format!("{start}{digits:02x}{}", &end[2..])
}

/// Another key of the same time and folder.
fn uuid_before(name: &str) -> String {
    let (start, end) = name.split_at(name.len() - 4);
    let other = if end.starts_with("00") { "01" } else { "00" };
    format!("{start}{other}{}", &end[2..])
}

async fn damaged_bytes_are_never_served(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "User.ReadWrite");
    assert_eq!(put(&ann, 64).await, 200);
    let path = app.blob_files().remove(0);
    let whole = fs::read(&path).expect("a blob");
    let damages: [fn(&mut Vec<u8>); 3] = [|bytes| bytes[700] ^= 1, |bytes| bytes.truncate(10), Vec::clear];
    for damage in damages {
        let mut bytes = whole.clone();
        damage(&mut bytes);
        fs::write(&path, bytes).expect("damaged");
        let answer = ann.get(VALUE).await;
        assert_eq!((answer.status.as_u16(), answer.header("content-type")), (500, "application/json".into()));
        assert!(answer.reason().is_some(), "the log says why");
    }
    fs::remove_file(&path).expect("removed");
    let answer = ann.get(VALUE).await;
    assert_eq!(
        (answer.status.as_u16(), answer.reason().as_deref()),
        (500, Some("a row names a blob that is not there"))
    );
    assert!(!log::everything().contains("canary"));
    // Mended by another photo; that the old blob was gone is no fault.
    assert_eq!(put(&ann, 64).await, 200);
    assert_eq!(ann.get(VALUE).await.status, 200);
}

async fn racing_photos_leave_one_blob(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "User.ReadWrite");
    assert_eq!(put(&ann, 64).await, 200);
    let writes = futures_util::future::join_all((0..12).map(|at| put(&ann, 48 + at)));
    let reads = futures_util::future::join_all((0..40).map(|_| ann.get("/v1.0/me/photos/48x48/$value")));
    let (written, read) = futures_util::join!(writes, reads);
    // Four at once have a place, the others come again.
    let taken = written.iter().filter(|status| **status == 200).count();
    assert!(taken >= 4 && written.iter().all(|status| matches!(status, 200 | 503)), "{written:?}");
    // A photo that is replaced while it is read is the one before or the one after, never none.
    for answer in read {
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(decoded(answer.bytes()).dimensions(), (48, 48));
    }
    assert_eq!(app.blob_files().len(), 1);
}

async fn too_many_at_once_are_told_to_come_back(on: Backend) {
    let app = TestApp::with(on, |config| {
        config.limits.image_parallel = 1;
        config.limits.image_queue = 4;
    });
    let (ann, bob) = (app.caller("ann", "User.ReadWrite"), app.caller("bob", "User.ReadWrite"));
    let picture = png(400, 400);
    let all = (0..12).map(|_| ann.send_body(Method::PUT, VALUE, "image/png", picture.clone()));
    let all = futures_util::future::join_all(all);
    let (answers, bobs) = futures_util::future::join(all, put(&bob, 64)).await;
    assert_eq!(bobs, 200, "ann has four of the five places, however many she asks for");
    let (taken, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
    assert!(taken.len() >= 4 && !refused.is_empty(), "{} taken", taken.len());
    for answer in refused {
        assert_eq!((answer.status.as_u16(), answer.header("retry-after")), (503, "2".into()));
        let text = answer.text();
        assert!(text.contains("Four of this person's pictures are being received or made already"), "{text}");
    }
    app.revocations.refreshed();
    assert_eq!(put(&ann, 64).await, 200, "places are given back");
}

/// What the server makes is for its own user, whatever the umask is that it was started with.
#[test]
fn files_are_the_servers_own() {
    let server = Process::start(&[]);
    let mut connection = server.connect();
    let body = png(64, 64);
    connection.send(&server.put_photo(&crate::serving::token("User.ReadWrite"), "image/png", body.len()));
    connection.send(&body);
    assert_eq!(connection.answer().0, 200);
    let blobs = server.folder.path().join("blobs");
    let shards: Vec<_> = fs::read_dir(&blobs).expect("blobs").map(|entry| entry.expect("an entry").path()).collect();
    let (shards, marker): (Vec<_>, Vec<_>) = shards.into_iter().partition(|path| path.is_dir());
    // The folders are there before the first blob: its answer says that it survives a power cut.
    assert_eq!((shards.len(), marker.len()), (256, 1));
    let files = shards.iter().flat_map(|shard| fs::read_dir(shard).expect("a shard"));
    let files: Vec<_> = files.map(|entry| entry.expect("an entry").path()).collect();
    assert_eq!(files.len(), 1);
    for (path, mode) in [(&blobs, 0o700), (&shards[0], 0o700), (&files[0], 0o600), (&marker[0], 0o600)] {
        let found = fs::metadata(path).expect("there").permissions().mode() & 0o777;
        assert_eq!(found, mode, "{}: {found:o}", path.display());
    }
}
