//! How a file of a backup is opened: whoever made the backup may be hostile. Nothing that is waited for, nothing that leads
//! elsewhere, and nothing larger than what we write.

use std::fs::File;
use std::io::{self, Read as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use rustix::fs::OFlags;

use super::{MANIFEST, SUMS};
use crate::blobs::Key;

/// The largest that is read of each kind. A blob is a few squares of a picture; a line of the hashes is some 110 bytes.
const MOST: [(&str, u64); 2] = [(MANIFEST, 16 << 20), (SUMS, 1 << 30)];
const MOST_OF_A_BLOB: u64 = 64 << 20;

/// Opens a file that is really one, and not too large.
pub(super) fn open(path: &Path) -> io::Result<File> {
    // Without waiting for whoever writes into a pipe.
    let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed();
    let refused = |why: &str| io::Error::other(format!("is {why}, which no backup holds"));
    let file = File::options().read(true).custom_flags(flags).open(path).map_err(|fault| {
        if fault.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error()) { refused("a link") } else { fault }
    })?;
    let found = file.metadata()?;
    if !found.is_file() {
        return Err(refused("no file"));
    }
    let most = most(path);
    if found.len() > most {
        return Err(refused(&format!("larger than {most} bytes")));
    }
    Ok(file)
}

/// All that is in it. Not for the database, which may have any size.
pub(in crate::cli) fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open(path)?.take(most(path)).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn most(path: &Path) -> u64 {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    if Key::parse(name).is_some() {
        return MOST_OF_A_BLOB;
    }
    MOST.iter().find(|(of, _)| *of == name).map_or(u64::MAX, |(_, most)| *most)
}
