//! The blobs as an operator's commands reach them, without a server: read one by one, held, copied. Imports `folder`, `key`,
//! `marker`.

use std::fs;
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use uuid::Uuid;

use super::fault::StartFault;
use super::key::Key;
use super::marker::{Hold, MARKER};
use super::{folder, marker};
use crate::config;

/// A folder of blobs: the server's, or the copy in a backup.
#[derive(Debug, Clone)]
pub struct Shelf {
    root: PathBuf,
}

impl Shelf {
    /// The one that the settings name.
    pub fn named_by(settings: &config::Blobs) -> Result<Self, StartFault> {
        folder::named_by(settings).map(Self::at)
    }

    /// The folder at `root`.
    pub fn at(root: &Path) -> Self {
        Self { root: root.to_owned() }
    }

    /// Holds the blobs, so that none goes meanwhile; `waiting` is called once if somebody else holds them.
    pub fn hold(&self, waiting: impl FnOnce()) -> Result<Hold, StartFault> {
        marker::hold(&self.root, waiting).map_err(|fault| {
            let file = self.root.join(MARKER);
            let why = match fault.kind() {
                ErrorKind::NotFound => {
                    "is missing: is this the folder of the blobs? The server makes it when it starts".into()
                }
                _ => fault.to_string(),
            };
            StartFault(format!("{} {why}", file.display()))
        })
    }

    /// Refuses a folder that is another database's than `database`.
    pub fn examine(&self, database: Uuid) -> Result<(), StartFault> {
        marker::compare(&self.root, Some(database)).map(drop)
    }

    /// Whether `path`, which need not be there yet, is this folder or in it.
    pub fn holds(&self, path: &Path) -> io::Result<bool> {
        let (root, path) = (self.root.canonicalize()?, std::path::absolute(path)?);
        // What is not there yet is made where its nearest folder that is there leads.
        Ok(path.ancestors().find_map(|there| there.canonicalize().ok()).is_some_and(|there| there.starts_with(root)))
    }

    /// Every blob's name.
    pub fn keys(&self) -> io::Result<Vec<Key>> {
        folder::all(&self.root)
    }

    /// A blob's bytes.
    pub fn read(&self, key: Key) -> io::Result<Vec<u8>> {
        fs::read(self.path(key))
    }

    /// Where a blob lies in the folder: `shard/key`.
    pub fn name(key: Key) -> String {
        format!("{}/{key}", key.shard())
    }

    /// Writes a blob that is not there; not synced.
    pub fn write(&self, key: Key, bytes: &[u8]) -> io::Result<()> {
        let path = self.path(key);
        folder::private().recursive(true).create(path.parent().unwrap_or(&self.root))?;
        folder::private_file().create_new(true).open(path)?.write_all(bytes)
    }

    /// Makes the folder, which must not be there or be empty.
    pub fn make_empty(&self) -> Result<(), StartFault> {
        let root = self.root.display();
        let cannot = |fault: &io::Error| StartFault(format!("{root} cannot be used: {fault}"));
        folder::private().recursive(true).create(&self.root).map_err(|fault| cannot(&fault))?;
        match fs::read_dir(&self.root).map_err(|fault| cannot(&fault))?.next() {
            None => Ok(()),
            Some(_) => Err(StartFault(format!("{root} is not empty: name a new folder, or move away what is in it"))),
        }
    }

    /// Marks the folder as this database's; `false`: somebody else has marked it.
    pub fn mark(&self, database: Uuid) -> io::Result<bool> {
        marker::write(&self.root, database)
    }

    /// Puts on the disk what was written.
    pub fn sync(&self, all_of: impl FnOnce(&Path) -> io::Result<()>) -> io::Result<()> {
        all_of(&self.root)
    }

    fn path(&self, key: Key) -> PathBuf {
        self.root.join(Self::name(key))
    }
}
