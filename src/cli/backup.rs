//! `sharehold backup`: database and blobs as of one moment, copied while the server serves.

use std::fs;
use std::path::{Path, PathBuf};

use chrono::SecondsFormat;
use clap::Args;
use rustix::fs::Mode;

use super::archive::{Archive, Contents, Copied, FORMAT, Manifest, Sums, sha256, sha256_of};
use super::progress::Progress;
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
  sharehold backup --config sharehold.toml backups/$(date +%F) && rsync -a backups/ elsewhere:backups/
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
    Shelf::at(&args.folder).make_empty().map_err(|fault| Failure::Failed(fault.to_string()))?;
    let made = write(database, &blobs, &args.folder);
    if matches!(made, Err(Unmade::Failed(_))) {
        // Nothing was there before.
        clear(&args.folder);
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
    let failed = |what: &str, why: &dyn std::fmt::Display| Failure::Failed(format!("{what}: {why}"));
    let begun_at = SystemClock.now().to_rfc3339_opts(SecondsFormat::Micros, true);
    let (kind, mut sums) = (database.kind(), Sums::default());
    let name = Archive::database_name(kind);
    eprintln!("sharehold: copying the database");
    let mut snapshot = database.copy_to(&folder.join(name)).map_err(start)?;
    let hash = sha256_of(&folder.join(name), |_| Ok(())).map_err(|fault| failed(name, &fault))?;
    sums.add(name, hash);
    let mut copying = Copying { from: blobs, to: archive.blobs(), sums, copied: Copied::default(), flaws: 0 };
    let broken = |fault: StoreError| failed("the database cannot be read", &format!("{fault:?}"));
    // The count is for whoever waits; what cannot be read is told by the audit.
    let mut progress = Progress::new("copying blobs", snapshot.count_of_blobs().unwrap_or(0));
    let mut fault = None;
    for audit in audits() {
        (audit.run)(&mut snapshot, &mut |seen| match seen {
            Seen::Row => {}
            Seen::Fault(line) => copying.flaw(&progress, &line),
            Seen::Blob(named) => {
                if fault.is_none() {
                    fault = copying.copy(&named, &progress).err();
                }
                progress.step();
            }
        })
        .map_err(broken)?;
    }
    drop(progress);
    if let Some(fault) = fault {
        return Err(failed("a blob cannot be copied", &fault).into());
    }
    let contents = Contents {
        kind: kind.into(),
        id: snapshot.installation().uuid(),
        schema: snapshot.schema(),
        namespace: snapshot.namespace().map_err(|fault| broken(fault.into()))?,
    };
    let sharehold = env!("CARGO_PKG_VERSION").into();
    let manifest = Manifest { format: FORMAT, begun_at, sharehold, database: contents, blobs: copying.copied };
    let (copied, flaws) = (copying.copied, copying.flaws);
    archive.seal(&manifest, copying.sums).map_err(|fault| failed("the backup cannot be finished", &fault))?;
    if flaws > 0 {
        let what = "the backup is complete, but what it was made from was not whole";
        return Err(Unmade::Flawed(format!("{what}: {flaws} faults, told above")));
    }
    Ok(format!("{}: the {kind} database {} and {} blobs", folder.display(), manifest.database.id, copied.count))
}

/// Blobs on their way into the backup.
struct Copying<'a> {
    from: &'a Shelf,
    to: Shelf,
    sums: Sums,
    copied: Copied,
    flaws: u64,
}

impl Copying<'_> {
    /// Copies one, whatever is wrong with it: what is left of it is better than nothing.
    fn copy(&mut self, named: &Named, progress: &Progress) -> std::io::Result<()> {
        let bytes = match self.from.read(named.key) {
            Ok(bytes) => bytes,
            Err(fault) => {
                self.flaw(progress, &named.line(&format!("cannot be read: {fault}")));
                return Ok(());
            }
        };
        if let Some(line) = named.fault(&bytes) {
            self.flaw(progress, &line);
        }
        self.to.write(named.key, &bytes)?;
        self.sums.add(Archive::blob_name(named.key), sha256(&bytes));
        self.copied.count += 1;
        self.copied.bytes += bytes.len() as u64;
        Ok(())
    }

    fn flaw(&mut self, progress: &Progress, line: &str) {
        self.flaws += 1;
        progress.line(line);
    }
}

/// Removes what is in a folder. What cannot be removed is left: it is told what went wrong, and this would hide it.
pub(super) fn clear(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let _ = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    }
}

/// What is said while another command holds the blobs.
pub(super) fn waiting() {
    eprintln!("sharehold: another backup or verification is under way; waiting for its end");
}
