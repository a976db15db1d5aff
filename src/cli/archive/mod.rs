//! A backup as it lies in its folder: the database's copy, `blobs/` as the server has it, `manifest.json`, and last of all
//! `SHA256SUMS`, which `sha256sum -c` reads too. A folder without that is no backup.

mod input;
mod manifest;
mod sums;

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::Failure;
use crate::blobs::{Key, Shelf};

pub(super) use input::read;
pub(super) use manifest::{Contents, Copied, FORMAT, Faults, Manifest};
pub(super) use sums::Sums;

const BLOBS: &str = "blobs";
const MANIFEST: &str = "manifest.json";
const SUMS: &str = "SHA256SUMS";

/// The folder.
pub(super) struct Archive {
    pub(super) folder: PathBuf,
}

impl Archive {
    /// The backup in `folder`.
    pub(super) fn in_folder(folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }

    /// Whether a backup was begun here and not finished.
    pub(super) fn is_cut_off(&self) -> bool {
        let there = |name: &str| self.folder.join(name).exists();
        !there(SUMS) && ["sqlite", "postgres"].map(Self::database_name).into_iter().any(there)
    }

    /// Where the blobs are.
    pub(super) fn blobs(&self) -> Shelf {
        Shelf::at(&self.folder.join(BLOBS))
    }

    /// The name of the database's copy.
    pub(super) fn database_name(kind: &str) -> &'static str {
        if kind == "sqlite" { "database.sqlite" } else { "database.dump" }
    }

    /// The name of a blob's copy, as [`Sums`] has it.
    pub(super) fn blob_name(key: Key) -> String {
        format!("{BLOBS}/{}", Shelf::name(key))
    }

    /// The blob that has this name.
    pub(super) fn blob_named(name: &str) -> Option<Key> {
        let key = Key::parse(name.rsplit('/').next()?)?;
        (Self::blob_name(key) == name).then_some(key)
    }

    /// Writes what makes it a backup: everything else is on the disk before.
    pub(super) fn seal(&self, manifest: &Manifest, mut sums: Sums) -> io::Result<()> {
        let text = manifest.text()?;
        private().open(self.folder.join(MANIFEST))?.write_all(text.as_bytes())?;
        sums.add(MANIFEST, sha256(text.as_bytes()));
        sync_all_of(&self.folder)?;
        let (partial, whole) = (self.folder.join(format!("{SUMS}.partial")), self.folder.join(SUMS));
        let mut file = private().open(&partial)?;
        file.write_all(sums.text().as_bytes())?;
        file.sync_all()?;
        fs::rename(partial, whole)?;
        File::open(&self.folder)?.sync_all()
    }

    /// What a backup says of itself; refuses what is none, or cannot be understood.
    pub(super) fn open(&self) -> Result<(Manifest, Sums), Failure> {
        let failed = |name: &str, why: &dyn std::fmt::Display| {
            Failure::Failed(format!("{}: {why}", self.folder.join(name).display()))
        };
        let sums = input::open(&self.folder.join(SUMS)).map_err(|fault| match fault.kind() {
            io::ErrorKind::NotFound => failed(SUMS, &"is missing: this is no backup, or one that was not finished"),
            _ => failed(SUMS, &fault),
        })?;
        let sums = Sums::parse(BufReader::new(sums)).map_err(|why| failed(SUMS, &why))?;
        let text = read(&self.folder.join(MANIFEST)).map_err(|fault| failed(MANIFEST, &fault))?;
        if sums.of(MANIFEST) != Some(&sha256(&text)) {
            return Err(failed(MANIFEST, &"is not the one that was written (SHA-256 differs from SHA256SUMS)"));
        }
        let manifest = Manifest::parse(&text).map_err(|why| failed(MANIFEST, &why))?;
        Self::agree(&manifest, &sums).map_err(|(name, why)| failed(name, &why))?;
        Ok((manifest, sums))
    }

    /// Refuses what no `backup` of ours writes: files of other names, another number of blobs. Which file, and why.
    fn agree(manifest: &Manifest, sums: &Sums) -> Result<(), (&'static str, String)> {
        let kind = &manifest.database.kind;
        if !matches!(kind.as_str(), "sqlite" | "postgres") {
            return Err((MANIFEST, format!("is of a database of the kind {kind:?}, which this program does not know")));
        }
        let database = Self::database_name(kind);
        if sums.of(database).is_none() {
            return Err((SUMS, format!("does not name {database}")));
        }
        let mut count = 0;
        for (name, _) in sums.all().filter(|(name, _)| ![MANIFEST, database].contains(&name.as_str())) {
            if Self::blob_named(name).is_none() {
                return Err((SUMS, format!("names {name:?}, which is no part of a backup")));
            }
            count += 1;
        }
        if count != manifest.blobs.count {
            let why = format!("names {count} blobs, and {MANIFEST} {}", manifest.blobs.count);
            return Err((SUMS, format!("{why}: some are not in the backup any more")));
        }
        Ok(())
    }

    /// Every file in it but [`SUMS`], by its name, in order.
    pub(super) fn files(&self) -> io::Result<Vec<String>> {
        let mut found = Vec::new();
        let mut folders = vec![String::new()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(self.folder.join(&folder))? {
                let entry = entry?;
                let name = format!("{folder}{}", entry.file_name().to_string_lossy());
                if entry.file_type()?.is_dir() {
                    folders.push(name + "/");
                } else if name != SUMS {
                    found.push(name);
                }
            }
        }
        found.sort();
        Ok(found)
    }
}

/// For a new file that is its owner's alone.
pub(super) fn private() -> OpenOptions {
    let mut options = File::options();
    options.write(true).create_new(true).mode(0o600);
    options
}

/// Puts everything that was written below `folder` on the disk: at once, where the system can, instead of file by file.
#[cfg(target_os = "linux")]
pub(super) fn sync_all_of(folder: &Path) -> io::Result<()> {
    Ok(rustix::fs::syncfs(File::open(folder)?)?)
}

/// Puts everything that was written below `folder` on the disk.
#[cfg(not(target_os = "linux"))]
pub(super) fn sync_all_of(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() { sync_all_of(&path)? } else { File::open(path)?.sync_all()? }
    }
    File::open(folder)?.sync_all()
}

/// SHA-256 of bytes, hexadecimal.
pub(super) fn sha256(bytes: &[u8]) -> String {
    format!("{:x}", Sha256::digest(bytes))
}

/// SHA-256 of what `from` reads, hexadecimal, and each part of it given to `part`.
pub(super) fn sha256_of(from: &Path, mut part: impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<String> {
    let (mut file, mut digest, mut buffer) = (input::open(from)?, Sha256::new(), vec![0; 1 << 20]);
    loop {
        let length = file.read(&mut buffer)?;
        let read = buffer.get(..length).unwrap_or_default();
        if read.is_empty() {
            return Ok(format!("{:x}", digest.finalize()));
        }
        digest.update(read);
        part(read)?;
    }
}
