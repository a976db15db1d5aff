//! The keys of `fixtures/keys`. Git does not keep the mode 0600 that the server asks of a private key, so those that it reads
//! are copied to a folder of their own first.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

/// Where the fixture is.
pub fn path(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "fixtures/keys", name].iter().collect()
}

/// What it holds.
pub fn read(name: &str) -> String {
    fs::read_to_string(path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// A copy of the key at `path` in `folder`, for its owner alone.
pub fn private_copy(path: &Path, folder: &Path) -> PathBuf {
    let copy = folder.join(path.file_name().expect("a file"));
    fs::copy(path, &copy).expect("a copy of the key");
    fs::set_permissions(&copy, fs::Permissions::from_mode(0o600)).expect("our own file");
    copy
}
