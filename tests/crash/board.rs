//! Faults at the n-th call: builds `shim.c`, has a server run under it, says which call is to fail and reads back what was hit.

use std::fs::{self, File};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use clap::ValueEnum;

use crate::outcome::Outcome;

/// How a call fails; the numbers are the shim's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Fault {
    /// EIO.
    Eio = 1,
    /// ENOSPC.
    Enospc = 2,
    /// Half of the bytes are written, and then the disk is full.
    Short = 3,
    /// EIO, of a sync only.
    Sync = 4,
}

impl Fault {
    /// Whether such a call can fail so.
    pub(crate) fn suits(self, call: &str) -> bool {
        match self {
            Self::Eio | Self::Enospc => true,
            Self::Short => call.starts_with("write") || call.starts_with("pwrite"),
            Self::Sync => call.starts_with("fsync") || call.starts_with("fdatasync"),
        }
    }
}

/// SQLite's database file and its folder.
pub(crate) const DATABASE: u64 = 1;
/// Its write-ahead log.
pub(crate) const WAL: u64 = 2;
/// What is in the blobs' folder.
pub(crate) const BLOBS: u64 = 4;
/// All of these and the rest.
pub(crate) const ALL: u64 = DATABASE | WAL | BLOBS | 8;

/// Octets before the trace, and of it.
const HEAD: u64 = 64;
const TRACE: u64 = 1 << 20;

/// The call that failed.
#[derive(Debug, Clone)]
pub(crate) struct Hit {
    /// Its name and its file.
    pub(crate) call: String,
    /// Whether it was a sync.
    pub(crate) synced: bool,
    /// Of which kind the file is.
    pub(crate) file: u64,
}

impl Hit {
    /// Whether it was a sync of what the database keeps.
    pub(crate) fn is_sync_of_database(&self) -> bool {
        self.synced && self.file & (DATABASE | WAL) != 0
    }

    /// Whether the call's name begins so.
    pub(crate) fn is(&self, name: &str) -> bool {
        self.call.starts_with(name)
    }
}

/// The shim and what is shared with it.
pub(crate) struct Board {
    file: File,
    path: PathBuf,
    library: PathBuf,
    root: PathBuf,
}

impl Board {
    /// Builds the shim in `folder`, for what is written below `root`.
    pub(crate) fn make(folder: &Path, root: &Path) -> Outcome<Self> {
        let (source, library, path) = (folder.join("shim.c"), folder.join("shim.so"), folder.join("board"));
        fs::write(&source, include_str!("shim.c"))?;
        let built = Command::new("cc")
            .args(["-shared", "-fPIC", "-O1", "-o"])
            .args([&library, &source])
            .args(["-ldl", "-pthread"])
            .output()
            .map_err(|fault| format!("cc is needed to build the shim (apt-get install gcc): {fault}"))?;
        if !built.status.success() {
            return Err(format!("the shim: {}", String::from_utf8_lossy(&built.stderr)).into());
        }
        let file = File::options().create(true).truncate(true).read(true).write(true).open(&path)?;
        file.set_len(HEAD + TRACE)?;
        Ok(Self { file, path, library, root: root.to_owned() })
    }

    /// The environment of a server that is to run under it.
    pub(crate) fn variables(&self) -> Vec<(String, String)> {
        let text = |path: &Path| path.display().to_string();
        vec![
            ("LD_PRELOAD".into(), text(&self.library)),
            ("FAULTS_BOARD".into(), text(&self.path)),
            ("FAULTS_ROOT".into(), text(&self.root)),
        ]
    }

    /// Counts from here on, among the files in `which`; the call of this number fails, 0: none does.
    pub(crate) fn arm(&self, number: u64, fault: Fault, which: u64) -> Outcome<()> {
        self.set(0, 0)?;
        for (place, value) in [(1, fault as u64), (2, which), (3, 0), (4, 0), (5, 0), (6, 0), (7, 0), (0, number)] {
            self.set(place, value)?;
        }
        Ok(())
    }

    /// Nothing fails from here on, and nothing is counted.
    pub(crate) fn disarm(&self) -> Outcome<()> {
        self.set(0, 0)?;
        self.set(2, 0)
    }

    /// How many calls there were since it was armed.
    pub(crate) fn count(&self) -> Outcome<u64> {
        self.get(3)
    }

    /// The call that failed, if one did.
    pub(crate) fn hit(&self, number: u64) -> Outcome<Option<Hit>> {
        if self.get(4)? == 0 {
            return Ok(None);
        }
        let head = format!("{number} ");
        let call =
            self.trace()?.lines().find_map(|line| line.strip_prefix(&head).map(str::to_owned)).unwrap_or_default();
        Ok(Some(Hit { call, synced: self.get(5)? == 1, file: self.get(7)? }))
    }

    /// The calls that were counted: name and file.
    pub(crate) fn calls(&self) -> Outcome<Vec<String>> {
        Ok(self.trace()?.lines().filter_map(|line| Some(line.split_once(' ')?.1.to_owned())).collect())
    }

    fn trace(&self) -> Outcome<String> {
        let mut bytes = vec![0; usize::try_from(self.get(6)?.min(TRACE))?];
        self.file.read_exact_at(&mut bytes, HEAD)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    fn set(&self, place: u64, value: u64) -> Outcome<()> {
        Ok(self.file.write_all_at(&value.to_le_bytes(), place * 8)?)
    }

    fn get(&self, place: u64) -> Outcome<u64> {
        let mut bytes = [0; 8];
        self.file.read_exact_at(&mut bytes, place * 8)?;
        Ok(u64::from_le_bytes(bytes))
    }
}
