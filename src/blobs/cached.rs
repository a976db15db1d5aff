//! Files of which the kernel has in memory what is asked for: opened and read here and now, without the hop to a thread that may wait for
//! the disk, which costs more than the reading. Whatever would wait, and whatever a file system or kernel does not know how to do
//! without waiting, is None. Imports nothing.

use std::fs::File;
use std::path::Path;

use bytes::Bytes;

/// How much is read at once: it passes through the processor's caches, and the framework keeps the buffer that it copies this
/// much into.
const PIECE: u64 = 64 << 10;

/// The file, if its name can be looked up without the disk (`RESOLVE_CACHED`, `openat2(2)`).
#[cfg(target_os = "linux")]
pub(super) fn open(path: &Path) -> Option<File> {
    use rustix::fs::{CWD, Mode, OFlags, ResolveFlags, openat2};
    openat2(CWD, path, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty(), ResolveFlags::CACHED).ok().map(File::from)
}

/// Some of the bytes from there on, at most `most`, and none beyond those (`RWF_NOWAIT`, `preadv2(2)`). There is none at the end.
#[cfg(target_os = "linux")]
pub(super) fn read(file: &File, from: u64, most: u64) -> Option<Bytes> {
    use rustix::io::{IoSliceMut, ReadWriteFlags, preadv2};
    let mut piece = vec![0; usize::try_from(most.min(PIECE)).ok()?];
    let read = preadv2(file, &mut [IoSliceMut::new(&mut piece)], from, ReadWriteFlags::NOWAIT).ok()?;
    piece.truncate(read);
    (read > 0).then(|| piece.into())
}

/// Elsewhere there is no asking.
#[cfg(not(target_os = "linux"))]
pub(super) fn open(_: &Path) -> Option<File> {
    None
}

/// Elsewhere there is no asking.
#[cfg(not(target_os = "linux"))]
pub(super) fn read(_: &File, _: u64, _: u64) -> Option<Bytes> {
    None
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::{PIECE, open, read};

    #[test]
    fn what_was_just_written_is_there_and_nothing_beyond_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let bytes: Vec<u8> = (0..100_000_u32).map(|at| at.to_le_bytes()[at as usize % 4]).collect();
        std::fs::write(&path, &bytes).unwrap();
        assert!(open(&folder.path().join("nothing")).is_none());
        let file = open(&path).unwrap_or_else(|| std::fs::File::open(&path).unwrap());
        for (from, most, length) in [(0, 10, 10), (0, 1 << 20, PIECE), (99_990, 100, 10)] {
            // A file system may not know how; then there is nothing to compare.
            let read = read(&file, from, most).unwrap_or_default();
            let all = &bytes[usize::try_from(from).unwrap()..];
            assert!(read.len() as u64 <= length && all.starts_with(&read), "{from}, {most}: {} bytes", read.len());
        }
        assert_eq!(read(&file, 100_000, 10), None, "the end");
    }
}
