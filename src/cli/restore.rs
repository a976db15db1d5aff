//! `sharehold restore`: puts a backup in the place of an empty database and an empty folder.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use clap::Args;
use rustix::fs::Mode;

use super::archive::{Archive, Manifest, Sums, private, read, sha256, sha256_of, sync_all_of};
use super::progress::{Progress, counted};
use super::serve::{start, start_blobs};
use super::settings::Settings;
use super::{Failure, print};
use crate::blobs::Shelf;
use crate::store::{Kept, Landing};

const EXAMPLE: &str = "\
Example, on another machine, with the configuration and the keys brought back from where they are kept:
  sharehold restore --config sharehold.toml backups/2027-01-31
  sharehold verify --config sharehold.toml
  sharehold serve --config sharehold.toml
A backup of an older program is brought up to date by `migrate` or at the next start. PostgreSQL's rows are read by its own
pg_restore, which must be in PATH, into a new database (createdb).";

/// Puts a backup in the place of an empty database and an empty folder of blobs.
///
/// Every file is compared with its SHA-256 on the way. The database comes last: what is not finished does not serve.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub struct RestoreArgs {
    /// Where the configuration comes from: its database and its blobs must be empty.
    #[command(flatten)]
    pub settings: Settings,
    /// The backup.
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
}

/// Restores.
pub fn run(args: &RestoreArgs) -> Result<(), Failure> {
    rustix::process::umask(Mode::RWXG | Mode::RWXO);
    let config = args.settings.load()?;
    let archive = Archive::in_folder(&args.folder);
    let (manifest, sums) = archive.open()?;
    let database = &manifest.database;
    let namespace = database.namespace.as_deref();
    let landing = Landing::prepare(&config.database, &database.kind, &database.schema, namespace).map_err(start)?;
    let blobs = Shelf::named_by(&config.blobs).map_err(start_blobs)?;
    blobs.make_empty().map_err(start_blobs)?;
    let failed = |fault: io::Error| Failure::Failed(format!("blobs: {fault}"));
    // Whose they are is said first: should this end here, no other database takes them for its own.
    if !blobs.mark(manifest.database.id).map_err(failed)? {
        return Err(failed(io::Error::other("another restore has put its mark into the folder just now")));
    }
    let put = put(&archive, &manifest, &sums, &blobs, &landing);
    if put.is_err() {
        // Nothing was there before the mark, which is ours, and nobody serves from it.
        blobs.clear();
    }
    // From here on the database may be in place, whatever is said of it: its blobs stay.
    landing.land(&put?, namespace).map_err(|error| {
        let what = "the database may be in place already: `sharehold verify` says whether it is; if there is none, empty the folder";
        Failure::Failed(format!("{error}; {what} of the blobs and begin again"))
    })?;
    let (id, faults) = (database.id, &manifest.faults);
    if faults.count > 0 {
        faults.first.iter().for_each(|line| eprintln!("sharehold: then: {line}"));
        let count = counted(faults.count, "fault");
        eprintln!(
            "sharehold: warning: the backup was made from what was not whole, and so is this: {count}, told above"
        );
    }
    print(&format!(
        "the {} database {id} and {} are in place; `sharehold verify` reads them all",
        database.kind,
        counted(manifest.blobs.count, "blob")
    ))
}

/// Puts all in place but the database, which is copied beside its place, if it has to be; where the copy is.
fn put(
    archive: &Archive,
    manifest: &Manifest,
    sums: &Sums,
    blobs: &Shelf,
    landing: &Landing,
) -> Result<PathBuf, Failure> {
    let failed = |what: &str, fault: io::Error| Failure::Failed(format!("{what}: {fault}"));
    let mut progress = Progress::new("restoring blobs", manifest.blobs.count);
    for (name, sha256_then) in sums.all() {
        let Some(key) = Archive::blob_named(name) else { continue };
        let bytes = read(&archive.folder.join(name)).map_err(|fault| failed(name, fault))?;
        if sha256(&bytes) != *sha256_then {
            return Err(spoilt(name));
        }
        blobs.write(key, &bytes).map_err(|fault| failed(name, fault))?;
        progress.step();
    }
    drop(progress);
    blobs.sync(sync_all_of).map_err(|fault| failed("blobs", fault))?;
    let name = Archive::database_name(&manifest.database.kind);
    let (from, beside) = (archive.folder.join(name), landing.beside());
    eprintln!("sharehold: restoring the database");
    let copied = copy(&from, beside.as_deref()).map_err(|fault| failed(name, fault));
    let whole = copied.and_then(|sha256| if sums.of(name) == Some(&sha256) { Ok(()) } else { Err(spoilt(name)) });
    let whole = whole.and_then(|()| beside.as_deref().map_or(Ok(()), |copy| examine(copy, manifest)));
    if let (Err(_), Some(copy)) = (&whole, &beside) {
        // There may be nothing to remove.
        let _ = fs::remove_file(copy);
    }
    whole.map(|()| beside.unwrap_or(from))
}

/// Refuses a copy that is not the database that the manifest names, before it is put in place.
fn examine(copy: &Path, manifest: &Manifest) -> Result<(), Failure> {
    let kept = Kept::look(copy, &manifest.database.schema).map_err(start)?;
    let (id, named) = (kept.installation.uuid(), manifest.database.id);
    if id != named {
        let why = format!("manifest.json names database {named}, and the one in the backup is {id}");
        return Err(Failure::Failed(format!("{why}: nothing was restored; take another backup")));
    }
    for line in kept.strange {
        eprintln!("sharehold: warning: in the database, {line}");
    }
    let missing = kept.blobs.unwrap_or(0).saturating_sub(manifest.blobs.count);
    if missing > 0 {
        eprintln!("sharehold: warning: {missing} of the blobs that rows name are not in the backup");
    }
    Ok(())
}

/// Copies the file, if there is somewhere to copy it to, onto the disk; its SHA-256.
fn copy(from: &Path, to: Option<&Path>) -> io::Result<String> {
    let Some(to) = to else { return sha256_of(from, |_| Ok(())) };
    let mut file = private().open(to)?;
    let sha256 = sha256_of(from, |part| file.write_all(part))?;
    file.sync_all()?;
    Ok(sha256)
}

fn spoilt(name: &str) -> Failure {
    let what = "is not what was written into the backup (SHA-256 differs): nothing was restored; take another backup";
    Failure::Failed(format!("{name} {what}"))
}
