//! Contents: blobs that are named by their SHA-256, whoever's rows name them. They are received, kept and streamed here; which of them
//! may go is the business of the rows. Imports `bucket`, `cached`, `digest`, `fault`, `incoming`, `key`, `meter`, `place`.

use std::fs::File;
use std::ops::Range;
use std::os::unix::fs::FileExt as _;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream::{self, Stream};
use object_store::{MultipartUpload, ObjectStore, ObjectStoreExt as _};
use tokio::task::coop::consume_budget;
use tokio::task::spawn_blocking;

use super::fault::BlobFault;
use super::incoming::{self, Body, Incoming, Received, Temporary};
use super::key::Key;
use super::meter::Op;
use super::place::Place;
use super::{Blobs, PART, UNFINISHED, cached, counted, location};
use crate::digest::Digest;

/// The largest piece that a stream gives.
const PIECE: u64 = 256 << 10;
/// How much of a bucket's object is asked for at once: each question is a round trip.
const ASKED: u64 = 1 << 20;

impl Blobs {
    /// Takes bytes that come in parts, at most so many.
    pub fn receive(&self, most: u64) -> Incoming {
        Incoming::new(self.incoming.clone(), most)
    }

    /// Keeps what was received; `Ok` means that it is there for good. It is written anew even if it is there, so that its time is
    /// now. Before, its row in `contents` must be reserved.
    pub async fn keep(&self, received: Received) -> Result<(), BlobFault> {
        let kept = match &self.place {
            Place::Folder(_) => self.keep_in_folder(received).await,
            Place::Bucket(bucket) => {
                // In a task of its own: whoever asked may go, and parts that were begun would stay for ever.
                match tokio::spawn(keep_in_bucket(bucket.store(), received)).await {
                    Ok(kept) => kept.map_err(|fault| self.place.away(fault)),
                    Err(fault) => Err(fault.into()),
                }
            }
        };
        counted(Op::Put, kept)
    }

    /// As [`Blobs::keep`], for bytes that were made here; their digest.
    pub async fn keep_bytes(&self, bytes: impl Into<Bytes>) -> Result<Digest, BlobFault> {
        let received = Received::made(bytes.into());
        let digest = received.digest();
        self.keep(received).await.map(|()| digest)
    }

    async fn keep_in_folder(&self, received: Received) -> Result<(), BlobFault> {
        let (place, root, database, now) = (self.place.clone(), self.incoming.clone(), self.database, self.clock.now());
        let key = Key::from(received.digest);
        let name = root.join(key.shard()).join(key.to_string());
        spawn_blocking(move || {
            place.check(database)?;
            let file = match received.body {
                Body::Memory(bytes) => Temporary::of(&root, &bytes)?,
                Body::File(file) => file,
            };
            // What stands there if this fails is whole, somebody else's perhaps, and the sweep's.
            let put = file.put_in_place(&name, now);
            // Again, because the folder may have gone meanwhile.
            place.check(database)?;
            put.map_err(|fault| match fault.into() {
                BlobFault::Absent => BlobFault::Failed(format!("{} has no folder", name.display())),
                fault => fault,
            })
        })
        .await?
    }

    /// These bytes of a content, in pieces of at most 256 KiB. One that is not there is told at once.
    pub async fn stream(
        &self,
        digest: Digest,
        range: Range<u64>,
    ) -> Result<impl Stream<Item = Result<Bytes, BlobFault>> + Send + use<>, BlobFault> {
        let begun = match self.begin(digest, range).await {
            Err(BlobFault::Absent) => Err(self.check().await.err().unwrap_or(BlobFault::Absent)),
            begun => begun,
        };
        counted(Op::Get, begun).map(|rest| stream::try_unfold(rest, Rest::next))
    }

    /// Whether a content is there up to its last byte, which is all of it that is read.
    pub async fn is_there(&self, digest: Digest, size: u64) -> bool {
        self.stream(digest, size.saturating_sub(1)..size).await.is_ok()
    }

    async fn begin(&self, digest: Digest, range: Range<u64>) -> Result<Rest, BlobFault> {
        let key = Key::from(digest);
        let source = match &self.place {
            Place::Folder(root) => {
                let name = root.join(key.shard()).join(key.to_string());
                let file = match cached::open(&name) {
                    Some(file) => file,
                    None => spawn_blocking(move || File::open(name)).await??,
                };
                Source::File(Arc::new(file))
            }
            Place::Bucket(_) => Source::Bucket(self.store.clone(), location(key)),
        };
        let mut rest = Rest { source, range, held: Bytes::new() };
        rest.fill().await?;
        Ok(rest)
    }

    /// Removes what uploads left that were cut off.
    pub async fn clear_incoming(&self) -> Result<(), BlobFault> {
        let (folder, limit) = (self.incoming.clone(), self.clock.now() - UNFINISHED);
        Ok(spawn_blocking(move || incoming::clear(&folder, limit)).await??)
    }
}

/// What is still to be streamed.
struct Rest {
    source: Source,
    range: Range<u64>,
    /// What was read ahead of the range.
    held: Bytes,
}

enum Source {
    /// Open, so that it is read to its end whatever becomes of its name.
    File(Arc<File>),
    Bucket(Arc<dyn ObjectStore>, object_store::path::Path),
}

impl Rest {
    async fn next(mut self) -> Result<Option<(Bytes, Self)>, BlobFault> {
        if self.held.is_empty() {
            self.fill().await?;
        }
        let piece = self.held.split_to(self.held.len().min(usize::try_from(PIECE).unwrap_or(usize::MAX)));
        Ok((!piece.is_empty()).then_some((piece, self)))
    }

    async fn fill(&mut self) -> Result<(), BlobFault> {
        let (from, left) = (self.range.start, self.range.end.saturating_sub(self.range.start));
        if left == 0 {
            return Ok(());
        }
        // What need not wait may go on for long: others have their turn now and then.
        consume_budget().await;
        self.held = match &self.source {
            Source::File(file) => match cached::read(file, from, left) {
                Some(piece) => piece,
                None => read(file.clone(), from, left.min(PIECE)).await?,
            },
            Source::Bucket(store, location) => store.get_range(location, from..from + left.min(ASKED)).await?,
        };
        self.range.start += self.held.len() as u64;
        Ok(())
    }
}

/// Waits for the disk.
async fn read(file: Arc<File>, from: u64, length: u64) -> Result<Bytes, BlobFault> {
    let length = usize::try_from(length).unwrap_or_default();
    let read = move || {
        let mut piece = vec![0; length];
        file.read_exact_at(&mut piece, from).map(|()| Bytes::from(piece))
    };
    Ok(spawn_blocking(read).await??)
}

async fn keep_in_bucket(store: Arc<dyn ObjectStore>, received: Received) -> Result<(), BlobFault> {
    let at = location(Key::from(received.digest));
    let (length, file) = match received.body {
        Body::Memory(bytes) => return Ok(store.put(&at, bytes.into()).await.map(drop)?),
        Body::File(file) => (received.length, Arc::new(file)),
    };
    if length <= PART {
        return Ok(store.put(&at, part(&file, 0, length).await?.into()).await.map(drop)?);
    }
    let mut upload = store.put_multipart(&at).await?;
    let put = put_parts(upload.as_mut(), &file, length).await;
    if put.is_err() {
        // Should this fail, the bucket's own rule for such parts takes them.
        let _ = upload.abort().await;
    }
    put
}

async fn put_parts(upload: &mut dyn MultipartUpload, file: &Arc<Temporary>, length: u64) -> Result<(), BlobFault> {
    let mut from = 0;
    while from < length {
        let some = (length - from).min(PART);
        upload.put_part(part(file, from, some).await?.into()).await?;
        from += some;
    }
    Ok(upload.complete().await.map(drop)?)
}

async fn part(file: &Arc<Temporary>, from: u64, length: u64) -> Result<Bytes, BlobFault> {
    let file = file.clone();
    Ok(spawn_blocking(move || file.read(from, length)).await??)
}
