//! Storage that is away: whoever sends or gets a photo is told within seconds, nothing is half-stored, and all goes on by itself.

use std::fs;

use actix_web::http::Method;
use chrono::TimeDelta;
use serde_json::json;

use super::photos::{ALL, WRITE, id};
use super::uploads::picture;
use crate::on_both;
use crate::support::app::{Answer, Backend, Caller, TestApp};
use crate::support::door::{Door, OPEN, SHUT};
use crate::support::pictures;
use crate::support::uploads::Upload;

on_both! { a_folder_goes_away_and_comes_back a_bucket_goes_away_and_comes_back }

/// A photo whose bytes without its location do not begin with bytes of the original.
async fn turned(ann: &Caller<'_>) -> String {
    let exif = [b"Exif\0\0".to_vec(), pictures::exif(6, "canary")].concat();
    let bytes = pictures::with_segments(&pictures::jpeg(900, 40), &[(0xe1, exif)]);
    id(&ann.send_body(Method::POST, ALL, "image/jpeg", bytes).await.json())
}

/// Somebody with a photo, and with two uploads in parts that were begun.
struct Scene<'a> {
    ann: &'a Caller<'a>,
    photo: String,
    whole: Vec<u8>,
    /// Too large for memory.
    large: Vec<u8>,
    begun: Upload<'a>,
    ending: Upload<'a>,
}

impl<'a> Scene<'a> {
    async fn of(app: &'a TestApp, ann: &'a Caller<'a>) -> Self {
        let (whole, large) = (picture(), pictures::encoded(&pictures::noise(400, 400), image::ImageFormat::Png));
        assert!(large.len() > 400_000);
        let begun = Upload::begin(app, ann, json!({})).await;
        let ending = Upload::begin(app, ann, json!({})).await;
        for upload in [&begun, &ending] {
            assert_eq!(upload.part(&whole, 0, 1000).await.status, 202);
        }
        Self { ann, photo: turned(ann).await, whole, large, begun, ending }
    }

    /// Everything that needs the storage, and what it is answered if that is there.
    async fn all(&self) -> Vec<(u16, Answer)> {
        let one = format!("{ALL}/{}", self.photo);
        vec![
            (201, self.ann.send_body(Method::POST, ALL, "image/png", pictures::png(70, 40)).await),
            (201, self.ann.send_body(Method::POST, ALL, "image/png", self.large.clone()).await),
            (200, self.ann.get(&format!("{one}/content")).await),
            (200, self.ann.get(&format!("{one}/thumbnails/0/small/content")).await),
            // That there is none of yet.
            (200, self.ann.get(&format!("{one}/thumbnails/0/large/content")).await),
            (202, self.begun.part(&self.whole, 1000, 2000).await),
            (201, self.ending.part(&self.whole, 1000, self.whole.len()).await),
        ]
    }

    async fn all_are_told_to_come_back(&self, app: &TestApp) {
        for (place, (_, answer)) in self.all().await.iter().enumerate() {
            let told = (answer.status.as_u16(), answer.header("retry-after"));
            assert_eq!(told, (503, "30".into()), "{place}: {}", answer.text());
        }
        let there = ["photos", "upload_chunks"].map(|table| app.number(&format!("count(*) FROM {table}")));
        assert_eq!((there, app.number("count(*) FROM photo_renditions")), ([1, 2], 2));
        assert_eq!(self.begun.awaited().await, json!([format!("1000-{}", self.whole.len() - 1)]));
        // What is known without the bytes is told.
        assert_eq!(self.ann.get(ALL).await.status, 200);
    }

    async fn all_goes_on(&self) {
        for (place, (status, answer)) in self.all().await.iter().enumerate() {
            assert_eq!(answer.status.as_u16(), *status, "{place}: {}", answer.text());
        }
        let list = self.ann.get(&format!("{ALL}?$orderby=createdDateTime")).await.json();
        let ids: Vec<&str> =
            list["value"].as_array().expect("photos").iter().filter_map(|one| one["id"].as_str()).collect();
        assert_eq!(ids.len(), 4, "{list}");
        for (at, bytes) in [(2, &self.large), (3, &self.whole)] {
            assert_eq!(self.ann.get(&format!("{ALL}/{}/content", ids[at])).await.bytes(), bytes.as_slice());
        }
    }
}

async fn a_folder_goes_away_and_comes_back(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", WRITE);
    let scene = Scene::of(&app, &ann).await;
    let (folder, away) = (app.blob_folder(), app.blob_folder().with_extension("away"));
    fs::rename(folder, &away).expect("moved");
    scene.all_are_told_to_come_back(&app).await;
    assert!(!folder.exists(), "none is made");
    fs::create_dir(folder).expect("as the place of a mount");
    scene.all_are_told_to_come_back(&app).await;
    assert_eq!(fs::read_dir(folder).expect("there").count(), 0, "nothing is put there");
    fs::remove_dir(folder).expect("removed");
    fs::rename(&away, folder).expect("moved back");
    let files = app.blob_files();
    app.clock.set(app.clock_now() + TimeDelta::hours(25));
    app.sweep().await;
    assert_eq!(app.blob_files(), files, "there was nothing that no row names");
    assert_eq!(app.number("count(*) FROM contents"), i64::try_from(files.len()).expect("few"));
    app.clock.set(app.clock_now() - TimeDelta::hours(25));
    scene.all_goes_on().await;
}

async fn a_bucket_goes_away_and_comes_back(on: Backend) {
    let door = Door::new();
    let app = TestApp::with(on, |config| config.blobs = door.to_bucket());
    let ann = app.caller("ann", WRITE);
    let scene = Scene::of(&app, &ann).await;
    door.set(SHUT);
    scene.all_are_told_to_come_back(&app).await;
    assert_eq!(fs::read_dir(app.blob_folder()).expect("there").count(), 0, "nothing is left of what came in");
    door.set(OPEN);
    scene.all_goes_on().await;
}
