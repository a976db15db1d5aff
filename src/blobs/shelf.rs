//! The blobs as an operator's commands reach them, without a server: read one by one, held, copied. Imports `bucket`, `folder`, `key`,
//! `marker`, `place`.

use std::fs;
use std::io::{self, ErrorKind, Write as _};
use std::path::Path;

use uuid::Uuid;

use super::fault::StartFault;
use super::key::Key;
use super::place::{Hold, Place};
use super::{bucket, folder, marker};
use crate::config;

/// A folder or bucket of blobs: the server's, or the copy in a backup.
#[derive(Debug, Clone)]
pub struct Shelf {
    place: Place,
}

impl Shelf {
    /// The one that the settings name.
    pub fn named_by(settings: &config::Blobs) -> Result<Self, StartFault> {
        Place::named_by(settings).map(|place| Self { place })
    }

    /// The folder at `root`.
    pub fn at(root: &Path) -> Self {
        Self { place: Place::Folder(root.to_owned()) }
    }

    /// Holds the blobs, so that none goes meanwhile; `waiting` is called once if somebody else holds them.
    pub fn hold(&self, waiting: impl FnOnce()) -> Result<Hold, StartFault> {
        self.place.hold(waiting).map_err(|fault| {
            let why = match fault.kind() {
                ErrorKind::NotFound => {
                    "is missing: is this the folder of the blobs? The server makes it when it starts".into()
                }
                _ => fault.to_string(),
            };
            StartFault::Refused(format!("{} {why}", self.place.marker()))
        })
    }

    /// Refuses a folder that is another database's than `database`.
    pub fn examine(&self, database: Uuid) -> Result<(), StartFault> {
        marker::compare(&self.place, Some(database)).map(drop)
    }

    /// Whether `path`, which need not be there yet, is this folder or in it.
    pub fn holds(&self, path: &Path) -> io::Result<bool> {
        let Place::Folder(root) = &self.place else { return Ok(false) };
        let (root, path) = (root.canonicalize()?, std::path::absolute(path)?);
        // What is not there yet is made where its nearest folder that is there leads.
        Ok(path.ancestors().find_map(|there| there.canonicalize().ok()).is_some_and(|there| there.starts_with(root)))
    }

    /// Every blob's name.
    pub fn keys(&self) -> io::Result<Vec<Key>> {
        self.place.all()
    }

    /// A blob's bytes.
    pub fn read(&self, key: Key) -> io::Result<Vec<u8>> {
        match &self.place {
            Place::Folder(root) => fs::read(root.join(Self::name(key))),
            Place::Bucket(bucket) => bucket::wait(bucket.read_blob(key)),
        }
    }

    /// Where a blob lies in the folder: `shard/key`.
    pub fn name(key: Key) -> String {
        format!("{}/{key}", key.shard())
    }

    /// Writes a blob that is not there; not synced.
    pub fn write(&self, key: Key, bytes: &[u8]) -> io::Result<()> {
        match &self.place {
            Place::Folder(root) => {
                let path = root.join(Self::name(key));
                folder::private().recursive(true).create(path.parent().unwrap_or(root))?;
                folder::private_file().create_new(true).open(path)?.write_all(bytes)
            }
            Place::Bucket(bucket) => bucket::wait(bucket.write_blob(key, bytes)),
        }
    }

    /// Makes the folder, which must not be there or be empty; a bucket must hold nothing there.
    pub fn make_empty(&self) -> Result<(), StartFault> {
        let cannot = |fault: &io::Error| StartFault::Refused(format!("{} cannot be used: {fault}", self.place));
        let is_empty = match &self.place {
            Place::Folder(root) => {
                folder::private().recursive(true).create(root).map_err(|fault| cannot(&fault))?;
                fs::read_dir(root).map_err(|fault| cannot(&fault))?.next().is_none()
            }
            Place::Bucket(bucket) => bucket::wait(bucket.is_empty()).map_err(|fault| cannot(&fault))?,
        };
        let why = "is not empty: name a new folder, or move away what is in it";
        if is_empty { Ok(()) } else { Err(StartFault::Refused(format!("{} {why}", self.place))) }
    }

    /// Takes everything away that is in it. What cannot be removed is left: it is told what went wrong, and this would hide it.
    pub fn clear(&self) {
        match &self.place {
            Place::Folder(root) => folder::clear(root),
            Place::Bucket(bucket) => drop(bucket::wait(bucket.clear())),
        }
    }

    /// Marks it as this database's; `false`: somebody else has marked it.
    pub fn mark(&self, database: Uuid) -> io::Result<bool> {
        self.place.mark(database)
    }

    /// Puts on the disk what was written, if it is a folder; what a bucket has answered is there for good.
    pub fn sync(&self, all_of: impl FnOnce(&Path) -> io::Result<()>) -> io::Result<()> {
        match &self.place {
            Place::Folder(root) => all_of(root),
            Place::Bucket(_) => Ok(()),
        }
    }
}
