//! `sharehold verify`: reads everything that there is, and names what is wrong with it.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use clap::Args;

use super::archive::{Archive, Manifest, sha256_of};
use super::backup::waiting;
use super::progress::{Progress, counted, tell};
use super::serve::{start, start_blobs};
use super::settings::Settings;
use super::{Failure, print};
use crate::blobs::{Key, Shelf};
use crate::resources::audit::{Named, Seen};
use crate::resources::audits;
use crate::store::{Inspection, Kept, StartError, refuse_newer};

const EXAMPLE: &str = "\
Examples: what the server serves, while it serves, every week; and a backup, wherever it was brought:
  sharehold verify --config sharehold.toml
  sharehold verify --backup backups/2027-01-31
Each fault is a line; the exit status is 0 only if there is none.";

/// Reads every row and every blob, and names what is wrong, a line each.
///
/// The server may go on meanwhile; nothing is changed.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub struct VerifyArgs {
    /// Where the configuration comes from.
    #[command(flatten)]
    pub settings: Settings,
    /// Verifies this backup instead, without a configuration.
    #[arg(long, value_name = "DIR")]
    pub backup: Option<PathBuf>,
}

/// Verifies.
pub fn run(args: &VerifyArgs) -> Result<(), Failure> {
    let mut findings = Findings::default();
    let line = match &args.backup {
        Some(folder) => backup(folder, &mut findings)?,
        None => served(&args.settings, &mut findings)?,
    };
    match findings.faults {
        0 => print(&line),
        faults => Err(Failure::Failed(format!("{}, told above", counted(faults, "fault")))),
    }
}

/// What was found so far.
#[derive(Default)]
struct Findings {
    faults: u64,
    rows: u64,
    named: HashSet<Key>,
    /// What is wrong with those that several rows may name.
    faulty: HashMap<Key, String>,
    /// Whether there are rows that cannot be read, or not be understood, and so may name more.
    unread: bool,
}

impl Findings {
    fn fault(&mut self, progress: Option<&Progress>, line: &str) {
        self.faults += 1;
        tell(progress, line);
    }

    fn blob(&mut self, blobs: &Shelf, named: &Named, progress: &Progress) {
        let is_shared = matches!(named.key, Key::Content(_));
        if !self.named.insert(named.key) {
            if is_shared {
                // It was read for another row.
                if let Some(what) = self.faulty.get(&named.key) {
                    let line = named.line(what);
                    self.fault(Some(progress), &line);
                }
                return;
            }
            self.fault(Some(progress), &named.line("is named by another row too"));
        }
        let fault = match blobs.read(named.key) {
            Ok(bytes) => named.fault(&bytes),
            Err(fault) if fault.kind() == std::io::ErrorKind::NotFound => Some("is missing".into()),
            Err(fault) => Some(format!("cannot be read: {fault}")),
        };
        if let Some(what) = fault {
            self.fault(Some(progress), &named.line(&what));
            if is_shared {
                self.faulty.insert(named.key, what);
            }
        }
    }

    /// All rows of all kinds, and the blobs that they name.
    fn read(&mut self, database: &mut Inspection, blobs: &Shelf) -> Result<(), Failure> {
        let integrity = database.integrity();
        integrity.notes.iter().for_each(|note| eprintln!("sharehold: note: {note}"));
        integrity.faults.iter().for_each(|line| self.fault(None, &format!("database: {line}")));
        let count = database.read_only().and_then(|()| database.count_of_blobs());
        let count = count.unwrap_or_else(|error| {
            self.fault(None, &format!("database: {}", error.detail()));
            0
        });
        let mut progress = Progress::new("reading blobs", count);
        for audit in audits() {
            let read = (audit.run)(database, &mut |seen| match seen {
                Seen::Row => self.rows += 1,
                Seen::Fault(line) => {
                    self.unread = true;
                    self.fault(Some(&progress), &line);
                }
                Seen::Blob(named) => {
                    self.blob(blobs, &named, &progress);
                    progress.step();
                }
            });
            // It is away: that says nothing of its rows.
            read.map_err(|error| {
                Failure::Failed(format!("the database cannot be read any further: {}; begin again", error.detail()))
            })?;
        }
        Ok(())
    }
}

fn served(settings: &Settings, findings: &mut Findings) -> Result<String, Failure> {
    let config = settings.load()?;
    let blobs = Shelf::named_by(&config.blobs).map_err(start_blobs)?;
    // Nothing that a row names now goes before it is read.
    let hold = blobs.hold(waiting).map_err(start_blobs)?;
    let mut database = Inspection::open(&config.database).map_err(start)?;
    blobs.examine(database.installation().uuid()).map_err(start_blobs)?;
    findings.read(&mut database, &blobs)?;
    drop(hold);
    let keys = blobs.keys().map_err(|fault| Failure::Failed(format!("the blobs cannot be listed: {fault}")))?;
    let unnamed = keys.iter().filter(|key| !findings.named.contains(key)).count();
    if unnamed > 0 && !findings.unread {
        let why = "they are being written, or wait for the sweep, which takes them away an hour after they were made (photos: a day)";
        eprintln!("sharehold: note: no row names {unnamed} of {}: {why}", counted(keys.len() as u64, "blob"));
    }
    let (id, rows, named) = (database.installation(), findings.rows, counted(findings.named.len() as u64, "blob"));
    Ok(format!("database {id}: {rows} people and {named} are whole"))
}

fn backup(folder: &Path, findings: &mut Findings) -> Result<String, Failure> {
    let archive = Archive::in_folder(folder);
    let (manifest, sums) = archive.open()?;
    refuse_newer(&manifest.database.schema).map_err(start)?;
    let files = archive.files().map_err(|fault| Failure::Failed(format!("{}: {fault}", folder.display())))?;
    let mut progress = Progress::new("reading files", sums.count());
    for (name, sha256) in sums.all() {
        match sha256_of(&folder.join(name), |_| Ok(())) {
            Ok(found) if found == *sha256 => {}
            Ok(_) => findings.fault(Some(&progress), &format!("{name} is not what was written (SHA-256 differs)")),
            Err(fault) => findings.fault(Some(&progress), &format!("{name}: {fault}")),
        }
        progress.step();
    }
    for name in files.iter().filter(|name| sums.of(name).is_none()) {
        findings.fault(Some(&progress), &format!("{name} is in the folder and not in SHA256SUMS"));
    }
    drop(progress);
    let name = Archive::database_name(&manifest.database.kind);
    if manifest.database.kind != "sqlite" {
        eprintln!("sharehold: note: {name} is PostgreSQL's own: its rows are read when it is restored");
    } else if findings.faults == 0 && is_ours(&folder.join(name), &manifest, findings)? {
        match Inspection::of_copy(&folder.join(name)) {
            Ok(mut database) => {
                findings.read(&mut database, &archive.blobs())?;
            }
            Err(error) => eprintln!("sharehold: note: the rows were not looked at: {error}"),
        }
    }
    let (begun_at, files) = (&manifest.begun_at, sums.count());
    Ok(format!("the backup of {begun_at} is whole: {files} files, database {}", manifest.database.id))
}

/// Whether the copy is a database of ours, and the one that the manifest names.
fn is_ours(copy: &Path, manifest: &Manifest, findings: &mut Findings) -> Result<bool, Failure> {
    let kept = match Kept::look(copy, &manifest.database.schema) {
        Ok(kept) => kept,
        Err(StartError::Failed(why)) => {
            findings.fault(None, &why);
            return Ok(false);
        }
        Err(newer @ StartError::Refused(_)) => return Err(start(newer)),
    };
    if kept.installation.uuid() != manifest.database.id {
        findings.fault(None, "manifest.json names another database than the one in the backup");
    }
    kept.strange.iter().for_each(|line| findings.fault(None, &format!("database: {line}")));
    Ok(true)
}
