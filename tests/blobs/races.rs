//! Rows and bytes of contents: whatever ends between two steps, and whoever comes between, no row is ever without its bytes, and what
//! no row names goes.

use chrono::TimeDelta;
use sharehold::access::{Grant, Write};
use sharehold::blobs::{BlobFault, Key};
use sharehold::clock::{Clock as _, SystemClock};
use sharehold::digest::Digest;
use sharehold::resources::contents;
use sharehold::resources::profile::Profile;
use sharehold::store::StoreError;
use sharehold::store::contents::touch;

use futures_util::TryStreamExt as _;

use super::place::bytes;
use crate::support::app::{Backend, ISSUER, TestApp};
use crate::support::bucket;

/// Makes four tests of each function: on either database with either place.
macro_rules! on_all {
    ($($name:ident)*) => {
        $(mod $name {
            use crate::support::app::Backend;
            #[actix_web::test]
            async fn sqlite_folder() {
                super::$name(super::in_folder(Backend::Sqlite)).await;
            }
            #[actix_web::test]
            async fn sqlite_bucket() {
                super::$name(super::in_bucket(Backend::Sqlite)).await;
            }
            #[actix_web::test]
            async fn postgres_folder() {
                super::$name(super::in_folder(Backend::Postgres)).await;
            }
            #[actix_web::test]
            async fn postgres_bucket() {
                super::$name(super::in_bucket(Backend::Postgres)).await;
            }
        })*
    };
}

on_all! { what_a_kill_leaves_goes_and_what_is_named_stays uploads_and_sweeps_meet }

fn in_folder(on: Backend) -> TestApp {
    at_todays_time(TestApp::on(on))
}

fn in_bucket(on: Backend) -> TestApp {
    at_todays_time(TestApp::with(on, |config| config.blobs = bucket::fresh()))
}

/// A bucket has a clock of its own.
fn at_todays_time(app: TestApp) -> TestApp {
    app.clock.set(SystemClock.now());
    app
}

fn later(app: &TestApp, by: TimeDelta) {
    app.clock.set(app.clock_now() + by);
}

async fn named(app: &TestApp, digest: Digest) -> bool {
    let grant: Grant<Profile, Write> = Grant::operator(ISSUER, "ann");
    app.store.write(&grant, move |on| touch(on, digest)).await.unwrap_or_else(|fault: StoreError| panic!("{fault:?}"))
}

async fn read(app: &TestApp, digest: Digest, length: usize) -> Result<Vec<u8>, BlobFault> {
    let pieces: Vec<_> = app.blobs().stream(digest, 0..length as u64).await?.try_collect().await?;
    Ok(pieces.concat())
}

/// Every step of an upload and of a sweep is the last one once.
async fn what_a_kill_leaves_goes_and_what_is_named_stays(app: TestApp) {
    let all: Vec<Vec<u8>> = (0..6).map(|seed| bytes(seed, 1000)).collect();
    let digests: Vec<Digest> = all.iter().map(|bytes| Digest::of(bytes)).collect();
    let [reserved, kept, touched, doomed, taken, orphan] = digests[..] else { unreachable!() };
    assert!(app.store.reserve(reserved, 1000).await.expect("written"));
    for at in [1, 2, 3, 4] {
        contents::keep_bytes(&app.store, app.blobs(), all[at].clone()).await.expect("kept");
    }
    app.blobs().keep_bytes(all[5].clone()).await.expect("kept, without a row");
    assert!(!named(&app, orphan).await, "there is no row");
    assert_eq!(app.sweep().await, 0, "all are young");
    later(&app, TimeDelta::hours(25));
    assert!(named(&app, touched).await);
    let before = (app.clock_now() - TimeDelta::hours(24)).into();
    let left = app.store.doom(vec![doomed, taken, touched], before).await.expect("written");
    assert_eq!(left.digests.len(), 2, "what somebody means to name stays");
    assert!(app.blobs().delete(Key::from(taken)).await.expect("deleted"));
    for doomed in [doomed, taken] {
        assert!(!named(&app, doomed).await && !app.store.reserve(doomed, 1000).await.expect("written"));
    }
    // Who has doomed them is taken to be at it for ten minutes. Three of the others go: one has no bytes, one no row.
    assert_eq!(app.sweep().await, 3);
    assert!(read(&app, doomed, 1000).await.is_ok());
    assert!(!app.store.reserve(doomed, 1000).await.expect("written"));
    later(&app, TimeDelta::minutes(11));
    assert!(!app.store.has_time(&left));
    assert_eq!(app.sweep().await, 2);
    app.store.bury(left).await.expect("too late, and no matter");
    for (digest, is_there) in digests.iter().zip([false, false, true, false, false, false]) {
        assert_eq!(read(&app, *digest, 1000).await.is_ok(), is_there, "{digest}");
        assert_eq!(named(&app, *digest).await, is_there, "{digest}");
    }
    // All may come again.
    contents::keep_bytes(&app.store, app.blobs(), all[3].clone()).await.expect("kept");
    assert!(named(&app, doomed).await && !named(&app, kept).await);
    assert_eq!(read(&app, touched, 1000).await.expect("there"), all[2]);
}

async fn upload(app: &TestApp, bytes: &[u8]) -> Digest {
    loop {
        let digest = contents::keep_bytes(&app.store, app.blobs(), bytes.to_vec()).await.expect("kept");
        if named(app, digest).await {
            return digest;
        }
    }
}

/// Contents that may go come again while they go.
async fn uploads_and_sweeps_meet(app: TestApp) {
    let all: Vec<Vec<u8>> = (0..60).map(|seed| bytes(seed, 2000)).collect();
    for whole in &all {
        upload(&app, whole).await;
    }
    for round in 0..2 {
        later(&app, TimeDelta::hours(25));
        let uploads = async {
            let mut made = Vec::new();
            for some in all.chunks(6).rev() {
                made.extend(futures_util::future::join_all(some.iter().map(|bytes| upload(&app, bytes))).await);
            }
            made
        };
        let (sweeps, made) = futures_util::join!(futures_util::future::join(app.try_sweep(), app.try_sweep()), uploads);
        assert!(sweeps.0.is_ok() && sweeps.1.is_ok(), "{sweeps:?}");
        for digest in made {
            assert!(
                read(&app, digest, 2000).await.is_ok_and(|bytes| Digest::of(&bytes) == digest),
                "{round}: {digest}"
            );
        }
    }
}
