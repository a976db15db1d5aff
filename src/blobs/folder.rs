//! The folder itself: made for the server's user alone, tried at the start, looked through by the sweep.

use std::fs::{self, DirBuilder, DirEntry, File, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

use super::SHARDS;
use super::fault::StartFault;
use super::key::{self, Key};
use crate::config;

/// A name that no key has.
const PROBE: &str = ".probe";

/// The folder that the settings name.
pub(super) fn named_by(settings: &config::Blobs) -> Result<&Path, StartFault> {
    settings.folder().ok_or_else(|| StartFault("must be file:// and a folder; s3:// is not built in yet".into()))
}

/// Makes the folder if it is missing, and sees whether a file can be written, synced, renamed and read back in it.
pub(super) fn prepare(root: &Path) -> Result<PathBuf, StartFault> {
    let refused = |what: &str, fault: &io::Error| StartFault(format!("{} {what}: {fault}", root.display()));
    private().recursive(true).create(root).map_err(|fault| refused("cannot be made", &fault))?;
    let root = root.canonicalize().map_err(|fault| refused("cannot be opened", &fault))?;
    try_write(&root)
        .map_err(|fault| refused("does not keep files (give it to the user that runs the server)", &fault))?;
    Ok(root)
}

/// Makes the folders of all shards, and puts their names on the disk: a folder that is made for a blob would have its name on the
/// disk for that blob only if nobody else puts one there meanwhile, and if the sync does not fail.
pub(super) fn make_shards(root: &Path) -> Result<(), StartFault> {
    let refused =
        |folder: &Path, fault: &io::Error| StartFault(format!("{} cannot be made: {fault}", folder.display()));
    for shard in (0..SHARDS).map(|shard| root.join(key::shard_name(shard))).filter(|shard| !shard.is_dir()) {
        private().create(&shard).map_err(|fault| refused(&shard, &fault))?;
    }
    File::open(root).and_then(|root| root.sync_all()).map_err(|fault| refused(root, &fault))
}

pub(super) fn private() -> DirBuilder {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
}

/// Opens for writing; what it makes is for the owner alone.
pub(super) fn private_file() -> OpenOptions {
    let mut options = File::options();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.write(true);
    options
}

fn try_write(root: &Path) -> io::Result<()> {
    let (first, second) = (root.join(format!("{PROBE}.{}", std::process::id())), root.join(PROBE));
    let mut file = File::create(&first)?;
    file.write_all(PROBE.as_bytes())?;
    file.sync_all()?;
    fs::rename(&first, &second)?;
    File::open(root)?.sync_all()?;
    let read = fs::read(&second)?;
    fs::remove_file(&second)?;
    if read == PROBE.as_bytes() { Ok(()) } else { Err(io::Error::other("it reads back something else")) }
}

/// Every key in the folder, in no order.
pub(super) fn all(root: &Path) -> io::Result<Vec<Key>> {
    let mut keys = Vec::new();
    for shard in 0..SHARDS {
        let entries = match fs::read_dir(root.join(key::shard_name(shard))) {
            Err(fault) if fault.kind() == ErrorKind::NotFound => continue,
            entries => entries?,
        };
        for entry in entries {
            keys.extend(entry?.file_name().to_str().and_then(Key::parse));
        }
    }
    Ok(keys)
}

/// The keys in `folder` that were made before `limit`; unfinished files from before it are removed.
pub(super) fn old(folder: &Path, limit: DateTime<Utc>) -> io::Result<Vec<Key>> {
    let entries = match fs::read_dir(folder) {
        Err(fault) if fault.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut keys = Vec::new();
    for entry in entries {
        if let Some(key) = old_entry(&entry?, limit)? {
            keys.push(key);
        }
    }
    Ok(keys)
}

/// `object_store` writes to `KEY#number` and renames; what has such a name after an hour was cut off, and is not listed by it.
fn old_entry(entry: &DirEntry, limit: DateTime<Utc>) -> io::Result<Option<Key>> {
    let name = entry.file_name();
    let (name, unfinished) = match name.to_str().map(|name| name.split_once('#').unwrap_or((name, ""))) {
        Some((name, number)) => (name, !number.is_empty()),
        None => return Ok(None),
    };
    // What has another name is not ours to judge.
    let Some(key) = Key::parse(name).filter(|key| key.made_at().is_some_and(|made| made < limit)) else {
        return Ok(None);
    };
    if unfinished {
        fs::remove_file(entry.path())?;
        return Ok(None);
    }
    Ok(Some(key))
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta};

    use super::{Key, make_shards, old, prepare};

    #[test]
    fn old_keys_are_found_unfinished_ones_go_and_others_stay() {
        let folder = tempfile::tempdir().unwrap();
        let now = DateTime::from_timestamp(1_767_268_800, 0).unwrap();
        let (young, aged) = (Key::new(now), Key::new(now - TimeDelta::hours(2)));
        let names =
            [young.to_string(), aged.to_string(), format!("{young}#1"), format!("{aged}#1"), "notes.txt".into()];
        for name in &names {
            std::fs::write(folder.path().join(name), "x").unwrap();
        }
        assert_eq!(old(folder.path(), now - TimeDelta::hours(1)).unwrap(), [aged]);
        let there = names.map(|name| folder.path().join(name).exists());
        assert_eq!(there, [true, true, true, false, true]);
        assert_eq!(old(&folder.path().join("nowhere"), now).unwrap(), []);
    }

    #[test]
    fn a_folder_that_keeps_nothing_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("file"), "").unwrap();
        let refused = prepare(&folder.path().join("file/blobs")).unwrap_err().to_string();
        assert!(refused.contains("cannot be made") && !refused.contains('\n'), "{refused}");
        // /proc takes no files, whoever asks.
        let refused = prepare("/proc/self".as_ref()).unwrap_err().to_string();
        assert!(refused.contains("does not keep files"), "{refused}");
        let root = prepare(&folder.path().join("not/yet/there")).unwrap();
        assert_eq!(std::fs::read_dir(&root).unwrap().count(), 0, "the probe leaves nothing");
        for _ in 0..2 {
            make_shards(&root).unwrap();
            assert_eq!(std::fs::read_dir(&root).unwrap().count(), 256);
        }
    }
}
