//! Contents are received, kept and streamed; what goes wrong leaves nothing behind and mends itself.

use std::fs;

use chrono::TimeDelta;
use sharehold::blobs::{BlobFault, Blobs, Key, Names, SHARDS};
use sharehold::digest::Digest;
use uuid::Uuid;

use super::place::{Kept, bytes, in_both};

in_both! {
    what_is_kept_comes_back_whole_and_in_parts too_much_is_refused_and_nothing_is_left
    what_is_not_there_is_absent one_content_kept_at_once_by_many_is_whole
    what_was_cut_off_goes_after_an_hour a_content_is_old_a_day_after_it_was_last_written
    another_database_is_refused
}

const MIB: usize = 1 << 20;

async fn what_is_kept_comes_back_whole_and_in_parts(kept: Kept) {
    // Nothing; in memory; in a file; in a bucket in one part, and in three.
    for length in [0, 1, 1000, 300_000, 3 * MIB, 17 * MIB + 3] {
        let whole = bytes(length as u64, length);
        let mut incoming = kept.blobs.receive(length as u64);
        for part in whole.chunks(100_003) {
            incoming.write(part).await.expect("taken");
        }
        assert_eq!(incoming.length(), length as u64);
        let received = incoming.finish().await.expect("received");
        assert_eq!((received.digest(), received.length()), (Digest::of(&whole), length as u64));
        assert!(received.bytes().expect("read") == whole, "what is looked at is what came");
        kept.blobs.keep(received).await.expect("kept");
        assert!(kept.unfinished().is_empty());
        let (digest, end) = (Digest::of(&whole), length as u64);
        for range in [0..end, 0..end.min(1), end / 3..end / 2, end.saturating_sub(1)..end, end / 2..end] {
            let part = kept.read(digest, range.clone()).await.expect("there");
            let (start, end) = (usize::try_from(range.start).unwrap(), usize::try_from(range.end).unwrap());
            assert!(part == whole[start..end], "{length}: {range:?}");
        }
    }
    let made = kept.blobs.keep_bytes(b"a rendition".to_vec()).await.expect("kept");
    assert_eq!((made, kept.read(made, 2..11).await.unwrap()), (Digest::of(b"a rendition"), b"rendition".to_vec()));
}

async fn too_much_is_refused_and_nothing_is_left(kept: Kept) {
    for most in [10, MIB as u64] {
        let mut incoming = kept.blobs.receive(most);
        let whole = bytes(1, usize::try_from(most).unwrap() + 1);
        let (last, first) = whole.split_last().unwrap();
        incoming.write(first).await.expect("as much as is allowed");
        assert_eq!(incoming.write(&[*last]).await, Err(BlobFault::TooLarge));
        assert!(matches!(incoming.finish().await, Err(BlobFault::Failed(_))), "and it stays so");
    }
    // Whoever sends goes away.
    let mut incoming = kept.blobs.receive(u64::MAX);
    incoming.write(&bytes(2, MIB)).await.expect("taken");
    assert_eq!(kept.unfinished().len(), 1);
    drop(incoming);
    let mut incoming = kept.blobs.receive(u64::MAX);
    incoming.write(&bytes(2, MIB)).await.expect("taken");
    drop(incoming.finish().await.expect("received, and not kept"));
    assert!(kept.unfinished().is_empty());
}

async fn what_is_not_there_is_absent(kept: Kept) {
    let digest = Digest::of(b"nowhere");
    assert_eq!(kept.read(digest, 0..5).await, Err(BlobFault::Absent));
    assert!(kept.blobs.delete(digest.into()).await.expect("no fault"));
    let digest = kept.keep(b"somewhere").await.expect("kept");
    assert!(kept.blobs.delete(digest.into()).await.expect("deleted"));
    assert_eq!(kept.read(digest, 0..5).await, Err(BlobFault::Absent));
}

async fn one_content_kept_at_once_by_many_is_whole(kept: Kept) {
    let whole = bytes(3, 2 * MIB);
    let digest = kept.keep(&whole).await.expect("kept");
    let keeps = futures_util::future::join_all((0..6).map(|_| kept.keep(&whole)));
    let reads = futures_util::future::join_all((0..6).map(|_| kept.read(digest, 0..2 * MIB as u64)));
    let (keeps, reads) = futures_util::join!(keeps, reads);
    assert!(keeps.iter().all(|one| *one == Ok(digest)), "{keeps:?}");
    assert!(reads.iter().all(|one| one.as_ref().is_ok_and(|read| *read == whole)), "none is read half");
    assert!(kept.unfinished().is_empty());
}

async fn what_was_cut_off_goes_after_an_hour(kept: Kept) {
    for (name, minutes) in [(".incoming.old", 61), (".incoming.young", 59), ("notes", 120)] {
        let file = fs::File::create(kept.incoming().join(name)).expect("a file");
        file.set_modified((kept.now() - TimeDelta::minutes(minutes)).into()).expect("set");
    }
    kept.blobs.clear_incoming().await.expect("cleared");
    assert_eq!(kept.unfinished(), [".incoming.young"]);
    assert!(kept.incoming().join("notes").exists());
}

async fn old(blobs: &Blobs) -> Vec<Key> {
    let mut keys = Vec::new();
    for shard in 0..SHARDS {
        keys.extend(blobs.old(shard).await.expect("listed"));
    }
    keys
}

async fn a_content_is_old_a_day_after_it_was_last_written(kept: Kept) {
    let digest = kept.keep(b"once").await.expect("kept");
    let key = kept.blobs.new_key();
    kept.blobs.put(key, b"one row's own".to_vec()).await.expect("put");
    kept.clock.set(kept.now() + TimeDelta::hours(23));
    assert_eq!(old(&kept.blobs).await, [key]);
    kept.clock.set(kept.now() + TimeDelta::hours(2));
    assert!(old(&kept.blobs).await.contains(&digest.into()));
}

async fn another_database_is_refused(kept: Kept) {
    let open =
        |database| Blobs::open(&kept.settings, kept.incoming(), database, &Names::NONE, kept.clock.clone()).map(drop);
    open(kept.database).expect("its own");
    let refused = open(Uuid::now_v7()).expect_err("another's").to_string();
    assert!(refused.contains(&kept.database.to_string()) && !refused.contains('\n'), "{refused}");
    // One that has contents and no marker is not taken for nobody's.
    let digest = kept.keep(b"a content").await.expect("kept");
    let names = |all: &[String]| Ok(all == [digest.to_string()]);
    Blobs::examine(&kept.settings, Some(kept.database), &Names { any_of: &names, any: &|| Ok(true) }).expect("its own");
}

/// In a folder the time is that of the last keep: one that is there is written anew.
#[actix_web::test]
async fn what_is_kept_again_is_young_again() {
    let kept = Kept::in_folder();
    let digest = kept.keep(b"again").await.expect("kept");
    kept.clock.set(kept.now() + TimeDelta::hours(25));
    assert_eq!(old(&kept.blobs).await, [Key::from(digest)]);
    kept.keep(b"again").await.expect("kept");
    assert!(old(&kept.blobs).await.is_empty());
}

#[actix_web::test]
async fn nothing_is_put_where_the_folder_is_not_and_it_mends_itself() {
    let kept = Kept::in_folder();
    let root = kept.incoming().to_owned();
    let digest = kept.keep(b"before").await.expect("kept");
    let away = root.with_extension("away");
    fs::rename(&root, &away).expect("moved");
    fs::create_dir(&root).expect("as the place of a mount");
    assert!(matches!(kept.keep(b"meanwhile").await, Err(BlobFault::Closed(_))));
    assert!(matches!(kept.read(digest, 0..6).await, Err(BlobFault::Closed(_))));
    assert_eq!(fs::read_dir(&root).expect("there").count(), 0, "nothing is put there");
    fs::remove_dir(&root).expect("removed");
    fs::rename(&away, &root).expect("moved back");
    assert_eq!(kept.read(digest, 0..6).await.unwrap(), b"before");
    kept.keep(b"after").await.expect("kept");
    // A shard that takes nothing.
    let shard = root.join(&Digest::of(b"nowhere").to_string()[..2]);
    fs::rename(&shard, &away).expect("moved");
    assert!(matches!(kept.keep(b"nowhere").await, Err(BlobFault::Failed(_))));
    assert!(kept.unfinished().is_empty());
    fs::rename(&away, &shard).expect("moved back");
    kept.keep(b"nowhere").await.expect("kept");
}

/// A file that is shorter than its row says is not sent as if it were whole.
#[actix_web::test]
async fn what_was_cut_short_is_a_fault() {
    let kept = Kept::in_folder();
    let digest = kept.keep(&bytes(4, MIB)).await.expect("kept");
    let name = digest.to_string();
    let file = fs::File::options().write(true).open(kept.incoming().join(&name[..2]).join(&name)).expect("there");
    file.set_len(MIB as u64 - 1).expect("cut");
    assert!(matches!(kept.read(digest, 0..MIB as u64).await, Err(BlobFault::Failed(_))));
}
