//! What an import is given: files as they are named, and what is in folders. A folder within a folder is an album of its name.

use std::fs::{self, DirEntry, File};
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use rustix::fs::OFlags;
use serde_json::{Map, Value};

use super::failed;
use crate::cli::Failure;
use crate::problem::Problem;
use crate::resources::import::item::Outcome;
use crate::resources::photos::albums::model::Change;

/// How far down folders are looked into.
const DEEPEST: usize = 32;
/// How many files one import takes.
const MOST: usize = 1_000_000;

const CALENDARS: &[&str] = &["ics", "ical", "icalendar"];
const CARDS: &[&str] = &["vcf", "vcard"];
/// Those that are not taken are among them: they are told why, and not that they are no cards.
const PICTURES: &[&str] =
    &["jpg", "jpeg", "jpe", "jfif", "png", "webp", "gif", "heic", "heif", "avif", "tif", "tiff", "bmp", "svg"];

/// What a file is taken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Cards,
    Calendar,
    Picture,
}

/// A file to import.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) path: PathBuf,
    pub(super) bytes: u64,
    pub(super) kind: Kind,
    /// The album of its folder.
    pub(super) album: Option<Rc<str>>,
    /// Found in a folder, and not named.
    within: bool,
}

impl Found {
    /// Opens it. What was a file in a folder, and is a link or a pipe by now, is refused.
    pub(super) fn open(&self) -> io::Result<File> {
        if !self.within {
            return File::open(&self.path);
        }
        let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed();
        let file = File::options().read(true).custom_flags(flags).open(&self.path)?;
        if file.metadata()?.is_file() { Ok(file) } else { Err(io::Error::other("it is no file any more")) }
    }
}

/// What is not imported, and why.
#[derive(Debug)]
pub(super) struct Left {
    pub(super) path: PathBuf,
    pub(super) result: Outcome,
    pub(super) reason: String,
}

/// What there is to import.
#[derive(Debug, Default)]
pub(super) struct Walked {
    pub(super) files: Vec<Found>,
    pub(super) left: Vec<Left>,
}

/// Looks at what is named. Before anything is written: a name that was mistyped costs nothing.
pub(super) fn walk(named: &[PathBuf]) -> Result<Walked, Failure> {
    let mut walked = Walked::default();
    for path in named {
        let data = path.metadata().map_err(|error| failed(path, &error))?;
        if data.is_dir() {
            walked.folder(path, None, 0)?;
        } else {
            let kind = of_name(path).unwrap_or(Kind::Cards);
            walked.add(Found { path: path.clone(), bytes: data.len(), kind, album: None, within: false })?;
        }
    }
    Ok(walked)
}

/// What a name says that the file is; none: it does not say.
fn of_name(path: &Path) -> Option<Kind> {
    let end = path.extension()?;
    let is_of = |known: &[&str]| known.iter().any(|known| end.eq_ignore_ascii_case(known));
    let kinds = [(CALENDARS, Kind::Calendar), (CARDS, Kind::Cards), (PICTURES, Kind::Picture)];
    kinds.into_iter().find(|(ends, _)| is_of(ends)).map(|(_, kind)| kind)
}

impl Walked {
    /// What is in a folder, by name, but for what is hidden.
    fn folder(&mut self, folder: &Path, album: Option<&Rc<str>>, depth: usize) -> Result<(), Failure> {
        let entries = fs::read_dir(folder).and_then(|entries| entries.take(MOST + 1).collect::<io::Result<Vec<_>>>());
        let mut entries = match entries {
            Ok(entries) => entries,
            Err(error) => {
                self.leave(folder, Outcome::Rejected, error.to_string());
                return Ok(());
            }
        };
        entries.sort_by_key(DirEntry::file_name);
        for entry in entries.iter().filter(|entry| !entry.file_name().as_encoded_bytes().starts_with(b".")) {
            self.entry(entry, album, depth)?;
        }
        Ok(())
    }

    fn entry(&mut self, entry: &DirEntry, album: Option<&Rc<str>>, depth: usize) -> Result<(), Failure> {
        let path = entry.path();
        // Of the entry itself: a link is not followed.
        match entry.metadata() {
            Err(error) => self.leave(&path, Outcome::Rejected, error.to_string()),
            Ok(data) if data.is_symlink() => {
                self.leave(&path, Outcome::Skipped, "a symbolic link, which is not followed".into());
            }
            Ok(data) if data.is_dir() && depth == DEEPEST => {
                self.leave(&path, Outcome::Rejected, format!("it is more than {DEEPEST} folders down"));
            }
            Ok(data) if data.is_dir() => {
                let own = match named(&entry.file_name().to_string_lossy()) {
                    Ok(name) => Some(name),
                    Err(problem) => {
                        let reason = format!("no album can be called that, its pictures are in none: {problem}");
                        self.leave(&path, Outcome::Rejected, reason);
                        None
                    }
                };
                self.folder(&path, own.as_ref(), depth + 1)?;
            }
            Ok(data) if data.is_file() => {
                let kind = of_name(&path).unwrap_or(Kind::Picture);
                self.add(Found { path, bytes: data.len(), kind, album: album.cloned(), within: true })?;
            }
            Ok(_) => self.leave(&path, Outcome::Skipped, "neither a file nor a folder".into()),
        }
        Ok(())
    }

    fn add(&mut self, found: Found) -> Result<(), Failure> {
        if self.files.len() == MOST {
            return Err(Failure::Failed(format!("these are more than {MOST} files: name fewer at a time")));
        }
        self.files.push(found);
        Ok(())
    }

    fn leave(&mut self, path: &Path, result: Outcome, reason: String) {
        self.left.push(Left { path: path.into(), result, reason });
    }
}

/// An album's name.
fn named(folder: &str) -> Result<Rc<str>, Problem> {
    let given = Map::from_iter([("name".to_owned(), Value::from(folder))]);
    Ok(Change::of(&given)?.name.unwrap_or_default().into())
}
