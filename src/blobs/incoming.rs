//! Bytes on their way in: counted, hashed and written to a file that has no name of a blob yet. What is small stays in memory. Imports
//! `digest`, `fault`, `folder`.

use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use tokio::task::spawn_blocking;
use uuid::Uuid;

use super::fault::BlobFault;
use super::folder;
use crate::digest::{Digest, Hasher};

/// How such files' names begin; no key does.
const PREFIX: &str = ".incoming.";
/// How much is gathered before it is written.
const GATHERED: usize = 256 << 10;

/// Bytes that come in parts. Dropped, nothing is left of them.
#[derive(Debug)]
pub struct Incoming {
    folder: PathBuf,
    most: u64,
    length: u64,
    gathered: Vec<u8>,
    /// None: writing failed.
    written: Option<Written>,
}

/// What is not in memory any more.
#[derive(Debug, Default)]
struct Written {
    file: Option<Temporary>,
    hasher: Hasher,
}

impl Incoming {
    /// Takes at most so many bytes.
    pub(super) fn new(folder: PathBuf, most: u64) -> Self {
        Self { folder, most, length: 0, gathered: Vec::new(), written: Some(Written::default()) }
    }

    /// Takes a part.
    pub async fn write(&mut self, part: &[u8]) -> Result<(), BlobFault> {
        self.length = self.length.saturating_add(part.len() as u64);
        if self.length > self.most {
            self.written = None;
            return Err(BlobFault::TooLarge);
        }
        self.gathered.extend_from_slice(part);
        if self.gathered.len() < GATHERED { Ok(()) } else { self.flush().await }
    }

    /// How many bytes came so far.
    pub fn length(&self) -> u64 {
        self.length
    }

    async fn flush(&mut self) -> Result<(), BlobFault> {
        let (folder, gathered) = (self.folder.clone(), std::mem::take(&mut self.gathered));
        let mut written = self.written.take().ok_or_else(broken_off)?;
        self.written = Some(
            spawn_blocking(move || -> Result<_, BlobFault> {
                written.hasher.update(&gathered);
                let file = match written.file.take() {
                    Some(file) => file,
                    None => Temporary::new(&folder).map_err(|fault| away(&folder, fault))?,
                };
                written.file.insert(file).file.write_all(&gathered)?;
                Ok(written)
            })
            .await??,
        );
        Ok(())
    }

    /// That was all.
    pub async fn finish(mut self) -> Result<Received, BlobFault> {
        if self.written.as_ref().is_some_and(|written| written.file.is_some()) && !self.gathered.is_empty() {
            self.flush().await?;
        }
        let Written { file, mut hasher } = self.written.take().ok_or_else(broken_off)?;
        hasher.update(&self.gathered);
        let body = file.map_or_else(|| Body::Memory(self.gathered.into()), Body::File);
        Ok(Received { digest: hasher.finish(), length: self.length, body })
    }
}

/// What it means that a file cannot be begun: its folder may have gone since the start.
fn away(folder: &Path, fault: io::Error) -> BlobFault {
    match fault.into() {
        BlobFault::Absent => BlobFault::Closed(format!("{} is not there", folder.display())),
        fault => fault,
    }
}

fn broken_off() -> BlobFault {
    BlobFault::Failed("more was written after a fault".into())
}

/// Bytes that are there whole, and have no name yet. Dropped, nothing is left of them.
#[derive(Debug)]
pub struct Received {
    pub(super) digest: Digest,
    pub(super) length: u64,
    pub(super) body: Body,
}

#[derive(Debug)]
pub(super) enum Body {
    Memory(Bytes),
    File(Temporary),
}

impl Received {
    /// Bytes that were made here.
    pub(super) fn made(bytes: Bytes) -> Self {
        Self { digest: Digest::of(&bytes), length: bytes.len() as u64, body: Body::Memory(bytes) }
    }

    /// Their SHA-256.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// How many there are.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// All of them, to be looked at before they are kept. Blocks: for whoever has a thread of its own to look at them.
    pub fn bytes(&self) -> Result<Bytes, BlobFault> {
        match &self.body {
            Body::Memory(bytes) => Ok(bytes.clone()),
            Body::File(file) => Ok(file.read(0, self.length)?),
        }
    }
}

/// A file that goes when it is dropped, unless it is put in place.
#[derive(Debug)]
pub(super) struct Temporary {
    path: PathBuf,
    file: File,
}

impl Temporary {
    fn new(folder: &Path) -> io::Result<Self> {
        let path = folder.join(format!("{PREFIX}{}", Uuid::now_v7().simple()));
        let file = folder::private_file().read(true).create_new(true).open(&path)?;
        Ok(Self { path, file })
    }

    /// One that holds these bytes.
    pub(super) fn of(folder: &Path, bytes: &[u8]) -> io::Result<Self> {
        let mut temporary = Self::new(folder)?;
        temporary.file.write_all(bytes)?;
        Ok(temporary)
    }

    /// So many of its bytes.
    pub(super) fn read(&self, from: u64, length: u64) -> io::Result<Bytes> {
        let mut bytes = Vec::with_capacity(usize::try_from(length).map_err(io::Error::other)?);
        let mut file = &self.file;
        file.seek(io::SeekFrom::Start(from))?;
        file.take(length).read_to_end(&mut bytes)?;
        if bytes.len() as u64 == length { Ok(bytes.into()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
    }

    /// Gives it this name, whatever had it, with `now` as its time: bytes, then name, are on the disk.
    pub(super) fn put_in_place(self, as_file: &Path, now: DateTime<Utc>) -> io::Result<()> {
        self.file.set_modified(now.into())?;
        self.file.sync_all()?;
        fs::rename(&self.path, as_file)?;
        File::open(as_file.parent().unwrap_or(as_file))?.sync_all()
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        // In place, it has this name no more. What cannot be removed is swept.
        let _ = fs::remove_file(&self.path);
    }
}

/// Removes the files that nobody has written to since `limit`: whoever did was killed.
pub(super) fn clear(folder: &Path, limit: DateTime<Utc>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if !entry.file_name().as_encoded_bytes().starts_with(PREFIX.as_bytes()) {
            continue;
        }
        // One may be put in place meanwhile.
        let Ok(modified) = entry.metadata().and_then(|found| found.modified()) else { continue };
        if DateTime::<Utc>::from(modified) < limit {
            let _ = fs::remove_file(entry.path());
        }
    }
    Ok(())
}
