//! What a SQLite file needs around it: its folder, a disk of this machine, the right to write, and no second server.
//! May import nothing of ours but the rest of `store`.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::start::StartError;

/// Held for as long as this process may write to the file.
#[derive(Debug)]
pub(super) struct Lock {
    file: File,
}

impl Drop for Lock {
    /// Closing it would do, but for a process that is started at this moment: until it is another program, it has the file open
    /// too, and the lock is held by every copy of the descriptor (flock(2)).
    fn drop(&mut self) {
        if let Err(error) = self.file.unlock() {
            log::warn!("the database's lock stays until every process that has it open ends: {error}");
        }
    }
}

/// Makes what is missing, refuses what could lose data, and takes the lock. Gives the path to open, without links in it.
pub(super) fn prepare(path: &Path) -> Result<(PathBuf, Lock), StartError> {
    let folder = folder_of(path);
    make_folder(folder)
        .map_err(|error| StartError::refused(format!("the folder {} cannot be made: {error}", folder.display())))?;
    let path = examine(path)?;
    let lock = lock(&path)?;
    make_file(&path)
        .map_err(|error| StartError::refused(format!("the file {} cannot be made: {error}", path.display())))?;
    Ok((path, lock))
}

/// What a database is called, after its own name, while it is being restored.
pub(super) const RESTORING: &str = ".restoring";

/// The name with `suffix` after it.
pub(super) fn with(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// The place for a file that is not there yet, and the lock on it: no server makes the file meanwhile.
pub(super) fn vacant(path: &Path) -> Result<(PathBuf, Lock), StartError> {
    let folder = folder_of(path);
    make_folder(folder)
        .map_err(|error| StartError::refused(format!("the folder {} cannot be made: {error}", folder.display())))?;
    let path = examine(path)?;
    let lock = lock(&path)?;
    let others = "a backup is restored beside no other; move it away";
    let cut_off = "a restore was cut off; remove it, and what that left in the folder of the blobs, then begin again";
    let suffixes = [("", others), ("-shm", others), (RESTORING, cut_off)];
    for (suffix, why) in suffixes {
        let name = with(&path, suffix);
        if name.symlink_metadata().is_ok() {
            return Err(StartError::refused(format!("{} is there: {why}", name.display())));
        }
    }
    Ok((path, lock))
}

/// Refuses a file, or the place for one, that cannot be served from; makes nothing. Gives the path without links in it.
pub(super) fn examine(path: &Path) -> Result<PathBuf, StartError> {
    let path = real(path)?;
    let folder = folder_of(&path);
    refuse_network(folder)?;
    refuse_unwritable(folder, true)?;
    refuse_orphaned_log(&path)?;
    match path.metadata() {
        Ok(found) if !found.is_file() => Err(StartError::refused(format!("{} is not a file", path.display()))),
        Ok(found) if names(&found) > 1 => Err(StartError::refused(format!(
            "{} has another name (a hard link), by which another process could open it unseen: remove one of the two",
            path.display()
        ))),
        Ok(_) => refuse_unwritable(&path, false).map(|()| path),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(path),
        Err(error) => Err(StartError::refused(format!("{}: {error}", path.display()))),
    }
}

/// Refuses a log whose database is not there, or is empty: SQLite would take it for a remnant and delete it, and with it what was
/// acknowledged, when the database is only away for the moment.
fn refuse_orphaned_log(path: &Path) -> Result<(), StartError> {
    // In this order: who makes a database at this moment fills the file before there is a log. An empty file beside a rollback
    // journal is what a first start that was cut off leaves.
    for (suffix, may_be_empty) in [("-wal", false), ("-journal", true)] {
        let log = with(path, suffix);
        let Ok(found) = log.symlink_metadata() else { continue };
        let lost = match path.metadata() {
            Ok(file) => !may_be_empty && found.len() > 0 && file.len() == 0,
            Err(error) => error.kind() == ErrorKind::NotFound,
        };
        if lost {
            return Err(StartError::refused(format!(
                "{} is there and its database {} is not, or is empty: put the database back, or move the log away",
                log.display(),
                path.display()
            )));
        }
    }
    Ok(())
}

/// Syncs the names in the file's folder: a file that is synced and has no name is lost all the same. SQLite does it when it makes
/// the write-ahead log, and does not look whether it worked.
pub(super) fn sync_names(path: &Path) -> Result<(), StartError> {
    let folder = folder_of(path);
    sync(folder).map_err(|error| {
        StartError::failed("the database's folder cannot be synced", &format!("{}: {error}", folder.display()))
    })
}

fn sync(folder: &Path) -> std::io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Whether not even the folder is there.
pub(super) fn is_nowhere(path: &Path) -> bool {
    folder_of(path).symlink_metadata().is_err_and(|error| error.kind() == ErrorKind::NotFound)
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// The one path that every link leads to: the lock file lies beside that, or a link would lead past it.
fn real(path: &Path) -> Result<PathBuf, StartError> {
    let cannot = |error| StartError::refused(format!("{}: {error}", path.display()));
    match path.canonicalize() {
        Ok(real) => Ok(real),
        Err(error) if error.kind() == ErrorKind::NotFound && path.symlink_metadata().is_ok() => {
            Err(StartError::refused(format!("{} is a link to a file that is not there", path.display())))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let name = path.file_name().ok_or_else(|| cannot(error))?;
            folder_of(path).canonicalize().map(|folder| folder.join(name)).map_err(cannot)
        }
        Err(error) => Err(cannot(error)),
    }
}

/// What we make is for the server's user alone: people's data, whatever the umask is. A folder that is there is left as it is.
fn make_folder(folder: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    let missing = folder.ancestors().take_while(|folder| !folder.as_os_str().is_empty() && !folder.exists());
    let missing: Vec<&Path> = missing.collect();
    builder.recursive(true).create(folder)?;
    missing.into_iter().try_for_each(|folder| sync(folder_of(folder)))
}

/// SQLite would make the file for all to read. It gives the write-ahead log and its index the mode of the file.
fn make_file(path: &Path) -> std::io::Result<()> {
    match private().create_new(true).open(path) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

/// Opens for writing; what it makes is for the owner alone.
fn private() -> OpenOptions {
    let mut options = File::options();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.write(true);
    options
}

/// How many names the file has.
#[cfg(unix)]
fn names(file: &std::fs::Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::nlink(file)
}

#[cfg(not(unix))]
fn names(_: &std::fs::Metadata) -> u64 {
    1
}

/// SQLite opens a file that it may not write to for reading only, without a word. This also sees a read-only file system.
fn refuse_unwritable(path: &Path, is_folder: bool) -> Result<(), StartError> {
    writable(path, is_folder).map_err(|error| {
        let why = format!("{} cannot be written to: {error}: give it to the user that runs the server", path.display());
        StartError::refused(why)
    })
}

#[cfg(unix)]
fn writable(path: &Path, is_folder: bool) -> std::io::Result<()> {
    use rustix::fs::Access;
    let needed = if is_folder { Access::WRITE_OK | Access::EXEC_OK } else { Access::READ_OK | Access::WRITE_OK };
    Ok(rustix::fs::access(path, needed)?)
}

#[cfg(not(unix))]
fn writable(path: &Path, _: bool) -> std::io::Result<()> {
    if path.metadata()?.permissions().readonly() { Err(ErrorKind::PermissionDenied.into()) } else { Ok(()) }
}

/// One process a file: the writer, the revocations and the caches count on it. The lock file stays; the lock goes with
/// the process, however that ends.
fn lock(path: &Path) -> Result<Lock, StartError> {
    let name = with(path, ".lock");
    let cannot = |error| StartError::refused(format!("{} cannot be opened: {error}", name.display()));
    let file = private().create(true).truncate(false).open(&name).map_err(cannot)?;
    match file.try_lock() {
        Ok(()) => Ok(Lock { file }),
        Err(TryLockError::WouldBlock) => Err(StartError::refused(format!(
            "{} is in use by another process: a SQLite database serves one. Stop that one first; for several, use PostgreSQL",
            path.display()
        ))),
        Err(TryLockError::Error(error)) => Err(cannot(error)),
    }
}

/// WAL keeps its index in memory that the processes share, and locks by the file system: neither holds across a network.
#[cfg(target_os = "linux")]
fn refuse_network(folder: &Path) -> Result<(), StartError> {
    let cannot = |error| StartError::refused(format!("{}: {error}", folder.display()));
    let told = rustix::fs::statfs(folder).map_err(cannot)?;
    match network_file_system(i128::from(told.f_type)) {
        None => Ok(()),
        Some(name) => Err(StartError::refused(format!(
            "{} is on {name}: a SQLite database must be on a disk of this machine",
            folder.display()
        ))),
    }
}

#[cfg(not(target_os = "linux"))]
fn refuse_network(_: &Path) -> Result<(), StartError> {
    Ok(())
}

/// The network file systems among `f_type` of statfs(2). The kernel's field is signed or not by architecture.
#[cfg(target_os = "linux")]
fn network_file_system(kind: i128) -> Option<&'static str> {
    match kind & 0xffff_ffff {
        0x6969 => Some("NFS"),
        0x517b => Some("SMB"),
        0xff53_4d42 => Some("CIFS"),
        0xfe53_4d42 => Some("SMB2"),
        _ => None,
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::{network_file_system, prepare};

    #[test]
    fn network_file_systems_are_known_by_their_numbers() {
        assert_eq!(network_file_system(0x6969), Some("NFS"));
        assert_eq!(network_file_system(i128::from(0xff53_4d42_u32.cast_signed())), Some("CIFS"));
        assert_eq!(network_file_system(0xef53), None);
    }

    #[test]
    fn folders_are_made_and_the_second_lock_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("not/yet/there/x.db");
        let first = prepare(&path).unwrap();
        let refused = prepare(&path).unwrap_err();
        assert!(refused.to_string().contains("in use by another process"), "{refused}");
        drop(first);
        assert!(prepare(&path).is_ok());
    }

    #[test]
    fn what_has_a_copy_of_the_descriptor_does_not_keep_the_lock() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.db");
        let (_, first) = prepare(&path).unwrap();
        let copy = first.file.try_clone().unwrap();
        drop(first);
        assert!(prepare(&path).is_ok());
        drop(copy);
    }
}
