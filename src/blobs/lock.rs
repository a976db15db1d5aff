//! The marker of a folder: a file that holds the id of its database, and that a backup locks (flock(2)) while nothing may be taken
//! away. Imports `fault`, `folder`.

use std::fs::{self, File, TryLockError};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::path::Path;

use uuid::Uuid;

use super::fault::BlobFault;
use super::folder;
use super::marker::Marker;
use super::place::MARKER;

/// The marker while it is locked.
#[derive(Debug)]
pub(super) struct Locked(File);

impl Drop for Locked {
    /// Closing it would do, but for a process that is started at this moment: until it is another program, it has the file open
    /// too, and the lock is held by every copy of the descriptor (flock(2)).
    fn drop(&mut self) {
        if let Err(error) = self.0.unlock() {
            log::warn!("the lock of the blobs stays until every process that has {MARKER} open ends: {error}");
        }
    }
}

/// Whose folder it is, if it says so.
pub(super) fn owner(root: &Path) -> io::Result<Option<Uuid>> {
    match fs::read(root.join(MARKER)) {
        Ok(text) => Marker::parse(&text).map(Some),
        Err(fault) if fault.kind() == ErrorKind::NotFound => Ok(None),
        Err(fault) => Err(fault),
    }
}

/// Writes the marker unless there is one: whole and on the disk, or not at all. `false`: there is one.
pub(super) fn mark(root: &Path, database: Uuid) -> io::Result<bool> {
    let (marker, beside) = (root.join(MARKER), root.join(format!("{MARKER}.{}", Uuid::now_v7().simple())));
    let mut file = folder::private_file().create_new(true).open(&beside)?;
    let written = Marker::text(database).and_then(|text| {
        file.write_all(&text)?;
        file.sync_all()?;
        fs::hard_link(&beside, &marker)
    });
    fs::remove_file(&beside)?;
    let ours = match written {
        Ok(()) => true,
        Err(fault) if fault.kind() == ErrorKind::AlreadyExists => false,
        Err(fault) => return Err(fault),
    };
    File::open(root)?.sync_all().map(|()| ours)
}

/// The marker, locked with others, unless somebody has it alone: then nobody holds the blobs, and the folder is still this database's.
pub(super) fn pass(root: &Path, database: Uuid) -> Result<Option<Locked>, BlobFault> {
    let failed = |fault: &dyn std::fmt::Display| BlobFault::Failed(format!("{}: {fault}", root.join(MARKER).display()));
    let mut lock = File::open(root.join(MARKER)).map_err(|fault| failed(&fault))?;
    match lock.try_lock_shared() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Ok(None),
        Err(TryLockError::Error(fault)) => return Err(failed(&fault)),
    }
    let mut text = Vec::new();
    let theirs = lock.read_to_end(&mut text).and_then(|_| Marker::parse(&text)).map_err(|fault| failed(&fault))?;
    if theirs == database { Ok(Some(Locked(lock))) } else { Err(failed(&format!("of database {theirs}"))) }
}

/// The marker, locked alone, as soon as nobody else has it; `waiting` is called once if that is not now.
pub(super) fn hold(root: &Path, waiting: impl FnOnce()) -> io::Result<Locked> {
    // For writing, because NFS asks for that.
    let lock = File::options().read(true).write(true).open(root.join(MARKER))?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            waiting();
            lock.lock()?;
        }
        Err(TryLockError::Error(fault)) => return Err(fault),
    }
    Ok(Locked(lock))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::{hold, mark, pass};

    #[test]
    fn who_comes_second_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let database = Uuid::now_v7();
        assert!(mark(folder.path(), database).unwrap());
        assert!(!mark(folder.path(), database).unwrap(), "what is there is another's to take away");
    }

    #[test]
    fn who_holds_the_blobs_is_alone_and_who_passes_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let database = Uuid::now_v7();
        assert!(mark(folder.path(), database).unwrap());
        let both = [pass(folder.path(), database).unwrap(), pass(folder.path(), database).unwrap()];
        assert!(both.iter().all(Option::is_some));
        assert!(pass(folder.path(), Uuid::now_v7()).is_err(), "another database takes nothing away");
        drop(both);
        let held = hold(folder.path(), || {}).unwrap();
        assert!(pass(folder.path(), database).unwrap().is_none());
        drop(held);
        assert!(pass(folder.path(), database).unwrap().is_some());
    }
}
