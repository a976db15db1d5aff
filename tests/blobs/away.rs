//! A bucket that does not answer: who asks is told within seconds, nothing is left, and it mends itself.

use std::time::{Duration, Instant};

use sharehold::blobs::{BlobFault, Blobs, Names, Shelf, StartFault};
use sharehold::config;

use super::place::{Kept, bytes};
use crate::support::bucket;
use crate::support::door::{Door, OPEN, SHUT, SILENT};

/// Much more than the limits allow, and much less than anybody waits.
const PATIENCE: Duration = Duration::from_mins(1);

#[actix_web::test]
async fn a_bucket_that_is_away_is_told_within_seconds_and_mends_itself() {
    let door = Door::new();
    let settings = door.to_bucket();
    let kept = Kept::by(settings.clone(), tempfile::tempdir().expect("a folder"));
    let large = bytes(5, 9 << 20);
    let before = kept.keep(b"before").await.expect("kept");
    for state in [SHUT, SILENT] {
        door.set(state);
        let since = Instant::now();
        for bytes in [b"meanwhile".as_slice(), &large] {
            assert!(matches!(kept.keep(bytes).await, Err(BlobFault::Closed(_))));
        }
        assert!(matches!(kept.read(before, 0..6).await, Err(BlobFault::Closed(_))));
        assert!(matches!(kept.blobs.delete(before.into()).await, Err(BlobFault::Closed(_))));
        assert!(since.elapsed() < PATIENCE, "{:?}", since.elapsed());
        assert!(kept.unfinished().is_empty());
        door.set(OPEN);
        assert_eq!(kept.read(before, 0..6).await.expect("there"), b"before");
        kept.keep(&large).await.expect("kept");
    }
    let open = || Blobs::open(&settings, kept.incoming(), kept.database, &Names::NONE, kept.clock.clone()).map(drop);
    open().expect("its own");
    door.set(SHUT);
    let away = open().expect_err("away");
    assert!(matches!(away, StartFault::Away(_)), "who started it may try again: {away}");
    let away = away.to_string();
    assert!(away.contains("s3://photos/") && away.contains("cannot be reached") && !away.contains("canary"), "{away}");
}

/// Of a bucket that is not there, and with what opens nothing.
#[actix_web::test]
async fn a_bucket_that_is_not_there_is_refused_in_one_line() {
    let mut settings = bucket::fresh();
    settings.url = "s3://nowhere/at/all".into();
    let (folder, kept) = (tempfile::tempdir().expect("a folder"), Kept::in_folder());
    let open = |settings: &config::Blobs| {
        Blobs::open(settings, folder.path(), kept.database, &Names::NONE, kept.clock.clone()).map(drop)
    };
    let refused = open(&settings).expect_err("not there").to_string();
    assert!(refused.contains("s3://nowhere/at/all") && !refused.contains('\n'), "{refused}");
    settings.credentials = None;
    let refused = open(&settings).expect_err("without credentials").to_string();
    assert!(refused.contains("AWS_ACCESS_KEY_ID"), "{refused}");
}

/// What a backup does: nobody takes anything away meanwhile, and who comes second waits.
#[actix_web::test]
async fn a_bucket_is_held_and_given_back() {
    let kept = Kept::in_bucket();
    let digest = kept.keep(b"held").await.expect("kept");
    let shelf = Shelf::named_by(&kept.settings).expect("a bucket");
    let hold = shelf.hold(|| panic!("nobody holds it")).expect("held");
    assert!(!kept.blobs.delete(digest.into()).await.expect("asked"), "it stays");
    let (asked, waits) = std::sync::mpsc::channel();
    let (second, moved) = (shelf.clone(), asked.clone());
    let waiting = std::thread::spawn(move || second.hold(move || moved.send(()).expect("heard")).map(drop));
    waits.recv().expect("the second waits");
    drop(hold);
    waiting.join().expect("it ends").expect("held in turn");
    assert!(kept.blobs.delete(digest.into()).await.expect("asked"));
    // Of a backup that was killed, long ago.
    let old = serde_json::json!({"until": "2026-01-01T00:00:00Z"}).to_string();
    bucket::put(&kept.settings, ".held", &old);
    drop(shelf.hold(|| {}).expect("held"));
    assert_eq!(Shelf::named_by(&kept.settings).expect("a bucket").keys().expect("listed"), []);
}
