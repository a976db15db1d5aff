//! `sharehold backup`: database and blobs as of one moment, copied while the server serves.

use std::path::{Path, PathBuf};

use chrono::SecondsFormat;
use clap::Args;
use rustix::fs::Mode;

use super::archive::{Archive, Contents, Copied, FORMAT, Faults, Manifest, Sums, sha256, sha256_of};
use super::progress::{Progress, counted};
use super::serve::{start, start_blobs};
use super::settings::Settings;
use super::{Failure, print};
use crate::blobs::Shelf;
use crate::clock::{Clock as _, SystemClock};
use crate::resources::audit::{Named, Seen};
use crate::resources::audits;
use crate::store::{Inspection, StoreError};

const EXAMPLE: &str = "\
Example, every night from cron, as the user that runs the server:
  d=backups/$(date +%F); sharehold backup --config sharehold.toml $d; made=$?; test -e $d/SHA256SUMS && rsync -a $d elsewhere:backups/ && exit $made
Exit status: 0 all is there; 1 it failed, and there is no backup, or it was made from damaged data (\"the backup is complete, but\"): then
SHA256SUMS is there, and it is as good as what it was made from. 78: no backup; the configuration must be mended first.
Keys and configuration are not in it: keep them apart. PostgreSQL's rows are written by its own pg_dump, which must be in PATH.";

/// Copies database and blobs as of one moment into a folder, while the server serves.
///
/// Whoever may read the folder may read everybody's data. It is a backup when it holds SHA256SUMS, which is written last.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub struct BackupArgs {
    /// Where the configuration comes from.
    #[command(flatten)]
    pub settings: Settings,
    /// The folder to make; if it is there it must be empty.
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
}

/// Makes the backup.
pub fn run(args: &BackupArgs) -> Result<(), Failure> {
    rustix::process::umask(Mode::RWXG | Mode::RWXO);
    let config = args.settings.load()?;
    let blobs = Shelf::named_by(&config.blobs).map_err(start_blobs)?;
    // First the hold, then the moment: no blob that a row names at that moment can go before it is copied.
    let _hold = blobs.hold(waiting).map_err(start_blobs)?;
    let database = Inspection::open(&config.database).map_err(start)?;
    blobs.examine(database.installation().uuid()).map_err(start_blobs)?;
    let name = args.folder.display().to_string();
    if blobs.holds(&args.folder).map_err(|fault| failed(&name, &fault))? {
        return Err(failed(&name, &"is in the folder of the blobs: name one elsewhere, best on another disk"));
    }
    Shelf::at(&args.folder).make_empty().map_err(|fault| {
        let cut_off = "; it has no SHA256SUMS: if a backup that was interrupted left it, remove it";
        let more = if Archive::in_folder(&args.folder).is_cut_off() { cut_off } else { "" };
        Failure::Failed(format!("{fault}{more}"))
    })?;
    let made = write(database, &blobs, &args.folder);
    if matches!(made, Err(Unmade::Failed(_))) {
        // Nothing was there before.
        Shelf::at(&args.folder).clear();
    }
    match made {
        Ok(line) => print(&line),
        Err(Unmade::Failed(failure)) => Err(failure),
        Err(Unmade::Flawed(why)) => Err(Failure::Failed(why)),
    }
}

/// Why not all is well.
enum Unmade {
    /// There is no backup.
    Failed(Failure),
    /// There is one, as good as what it was made from.
    Flawed(String),
}

impl From<Failure> for Unmade {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

fn write(database: Inspection, blobs: &Shelf, folder: &Path) -> Result<String, Unmade> {
    let archive = Archive::in_folder(folder);
    let begun_at = SystemClock.now().to_rfc3339_opts(SecondsFormat::Micros, true);
    let (kind, mut sums) = (database.kind(), Sums::default());
    let name = Archive::database_name(kind);
    eprintln!("sharehold: copying the database");
    let mut snapshot = database.copy_to(&folder.join(name)).map_err(start)?;
    let hash = sha256_of(&folder.join(name), |_| Ok(())).map_err(|fault| failed(name, &fault))?;
    sums.add(name, hash);
    let mut copying =
        Copying { from: blobs, to: archive.blobs(), sums, copied: Copied::default(), faults: Faults::default() };
    if kind == "sqlite" {
        // Pages are copied as they are: an index that does not hold together, too. pg_dump has read every row.
        eprintln!("sharehold: reading the copy");
        snapshot.integrity().faults.iter().for_each(|line| copying.faults.tell(None, &format!("database: {line}")));
    }
    copying.copy_all(&mut snapshot)?;
    let contents = Contents {
        kind: kind.into(),
        id: snapshot.installation().uuid(),
        schema: snapshot.schema(),
        namespace: snapshot.namespace().map_err(|fault| unread(&fault.into()))?,
    };
    let sharehold = env!("CARGO_PKG_VERSION").into();
    let Copying { sums, copied, faults, .. } = copying;
    let manifest = Manifest { format: FORMAT, begun_at, sharehold, database: contents, blobs: copied, faults };
    archive.seal(&manifest, sums).map_err(|fault| failed("the backup cannot be finished", &fault))?;
    if manifest.faults.count > 0 {
        let (what, faults) = (
            "the backup is complete, but what it was made from was not whole",
            counted(manifest.faults.count, "fault"),
        );
        return Err(Unmade::Flawed(format!("{what}: {faults}, told above; SHA256SUMS is there")));
    }
    let (id, blobs) = (manifest.database.id, counted(copied.count, "blob"));
    Ok(format!("{}: the {kind} database {id} and {blobs}", folder.display()))
}

fn failed(what: &str, why: &dyn std::fmt::Display) -> Failure {
    Failure::Failed(format!("{what}: {why}"))
}

fn unread(fault: &StoreError) -> Failure {
    failed("the database cannot be read", &fault.detail())
}

/// Blobs on their way into the backup.
struct Copying<'a> {
    from: &'a Shelf,
    to: Shelf,
    sums: Sums,
    copied: Copied,
    faults: Faults,
}

impl Copying<'_> {
    /// Copies all that rows name.
    fn copy_all(&mut self, snapshot: &mut Inspection) -> Result<(), Failure> {
        // The count is for whoever waits; what cannot be read is told by the audit.
        let mut progress = Progress::new("copying blobs", snapshot.count_of_blobs().unwrap_or(0));
        let mut fault = None;
        for audit in audits() {
            let read = (audit.run)(snapshot, &mut |seen| match seen {
                Seen::Row => {}
                Seen::Fault(line) => self.faults.tell(Some(&progress), &line),
                Seen::Blob(named) => {
                    if fault.is_none() {
                        fault = self.copy(&named, &progress).err();
                    }
                    progress.step();
                }
            });
            read.map_err(|fault| unread(&fault))?;
        }
        fault.map_or(Ok(()), |fault| Err(failed("a blob cannot be copied", &fault)))
    }

    /// Copies one, whatever is wrong with it: what is left of it is better than nothing.
    fn copy(&mut self, named: &Named, progress: &Progress) -> std::io::Result<()> {
        if self.sums.of(&Archive::blob_name(named.key)).is_some() {
            // A content that another row names too.
            return Ok(());
        }
        let bytes = match self.from.read(named.key) {
            Ok(bytes) => bytes,
            Err(fault) => {
                self.faults.tell(Some(progress), &named.line(&format!("cannot be read: {fault}")));
                return Ok(());
            }
        };
        if let Some(what) = named.fault(&bytes) {
            self.faults.tell(Some(progress), &named.line(&what));
        }
        self.to.write(named.key, &bytes)?;
        self.sums.add(Archive::blob_name(named.key), sha256(&bytes));
        self.copied.count += 1;
        self.copied.bytes += bytes.len() as u64;
        Ok(())
    }
}

/// What is said while another command holds the blobs.
pub(super) fn waiting() {
    eprintln!("sharehold: another backup or verification is under way; waiting for its end");
}
