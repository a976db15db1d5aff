//! The folder itself: made for the server's user alone, tried at the start, looked through by the sweep. Imports `fault`, `key`, `place`.

use std::fs::{self, DirBuilder, DirEntry, File, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use super::SHARDS;
use super::fault::StartFault;
use super::key::{self, Key};
use super::place::Limits;

/// A name that no key has.
const PROBE: &str = ".probe";

/// Makes the folder if it is missing, and sees whether a file can be written, synced, renamed and read back in it.
pub(super) fn prepare(root: &Path) -> Result<PathBuf, StartFault> {
    let refused = |what: &str, fault: &io::Error| StartFault::Refused(format!("{} {what}: {fault}", root.display()));
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
        |folder: &Path, fault: &io::Error| StartFault::Refused(format!("{} cannot be made: {fault}", folder.display()));
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

/// Removes what is in a folder, where it can.
pub(super) fn clear(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let _ = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    }
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

/// The keys in `folder` that are no longer young; unfinished files that are not either are removed.
pub(super) fn old(folder: &Path, limits: Limits) -> io::Result<Vec<Key>> {
    let entries = match fs::read_dir(folder) {
        Err(fault) if fault.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut keys = Vec::new();
    for entry in entries {
        match old_entry(&entry?, limits) {
            // Another server's sweep was faster.
            Err(fault) if fault.kind() == ErrorKind::NotFound => {}
            old => keys.extend(old?),
        }
    }
    Ok(keys)
}

/// `object_store` writes to `KEY#number` and renames; what has such a name after an hour was cut off, and is not listed by it.
fn old_entry(entry: &DirEntry, limits: Limits) -> io::Result<Option<Key>> {
    let name = entry.file_name();
    let (name, unfinished) = match name.to_str().map(|name| name.split_once('#').unwrap_or((name, ""))) {
        Some((name, number)) => (name, !number.is_empty()),
        None => return Ok(None),
    };
    // What has another name is not ours to judge.
    let Some(key) = Key::parse(name) else { return Ok(None) };
    if !limits.passed(key, || Ok(entry.metadata()?.modified()?.into()))? {
        return Ok(None);
    }
    if unfinished {
        fs::remove_file(entry.path())?;
        return Ok(None);
    }
    Ok(Some(key))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use chrono::{DateTime, TimeDelta};

    use super::{Key, Limits, make_shards, old, prepare};
    use crate::digest::Digest;

    #[test]
    fn old_keys_are_found_unfinished_ones_go_and_others_stay() {
        let folder = tempfile::tempdir().unwrap();
        let now = DateTime::from_timestamp(1_767_268_800, 0).unwrap();
        let (young, aged) = (Key::new(now), Key::new(now - TimeDelta::hours(2)));
        let contents = [b"young", b"older"].map(|bytes| Key::from(Digest::of(bytes)));
        let names = [
            young.to_string(),
            aged.to_string(),
            format!("{young}#1"),
            format!("{aged}#1"),
            "notes.txt".into(),
            contents[0].to_string(),
            contents[1].to_string(),
        ];
        for (name, hours) in names.iter().zip([0, 0, 0, 0, 0, 23, 25]) {
            let file = std::fs::File::create(folder.path().join(name)).unwrap();
            file.set_modified((now - TimeDelta::hours(hours)).into()).unwrap();
        }
        let limits = Limits { made: now - TimeDelta::hours(1), written: now - TimeDelta::hours(24) };
        let found: HashSet<Key> = old(folder.path(), limits).unwrap().into_iter().collect();
        assert_eq!(found, [aged, contents[1]].into());
        let there = names.map(|name| folder.path().join(name).exists());
        assert_eq!(there, [true, true, true, false, true, true, true]);
        assert_eq!(old(&folder.path().join("nowhere"), limits).unwrap(), []);
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
