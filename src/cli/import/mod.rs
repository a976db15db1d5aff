//! `sharehold import`: vCard files into a person's contacts, calendar files into their calendar, pictures into their photos.
//! `walk` is what there is, `cards` and `pictures` take it in, `report` tells what became of it.

mod cards;
mod pictures;
mod report;
mod walk;

use std::path::{Path, PathBuf};

use clap::Args;

use super::serve::{folders, refuse_new_beside_old, start, start_blobs};
use super::settings::Settings;
use super::{Failure, print};
use crate::access::Grant;
use crate::blobs::Blobs;
use crate::clock::SystemClock;
use crate::config::Config;
use crate::server::open_blobs;
use crate::store::Store;
use report::Report;
use walk::{Found, Kind, Walked, walk};

const EXAMPLE: &str = "\
Example: what a phone wrote, into the contacts of Ann:
  sharehold import --config sharehold.toml --issuer https://as.example --user ann contacts.vcf
Or a calendar, into the one that Ann calls Work:
  sharehold import --config sharehold.toml --issuer https://as.example --user ann --calendar Work work.ics
Or all that is in a folder: pictures, and cards and calendars among them:
  sharehold import --config sharehold.toml --issuer https://as.example --user ann Pictures
Each folder within it is an album of its name; folders of one name, wherever they lie and whether in large or small letters, are
one album, and what lies in Pictures itself comes into none. What is hidden is left out, symbolic links within a folder are not followed.

A line a card, an event or a picture goes to standard output: where it is, what was done with it, and its id or the reason.
What has the same UID is updated; the same file, and the same picture by its bytes, again changes nothing: so begin again what was
broken off. On SQLite the server must be stopped meanwhile, or the file POSTed to it: to /v1.0/me/contacts, with Content-Type:
text/vcard, to /v1.0/me/events, with text/calendar, to /v1.0/me/photos, with image/jpeg. On PostgreSQL it may serve.
Exit status: 0 all is in (what is no event is skipped), 1 some were rejected or it was broken off, 2 usage, 78 configuration.";

/// Imports vCard files (2.1, 3.0, 4.0; several cards a file) into a person's contacts, calendar files (.ics) into their calendar, and
/// pictures (JPEG, PNG, WebP, GIF) into their photos.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub struct ImportArgs {
    /// Where the configuration comes from.
    #[command(flatten)]
    pub settings: Settings,
    /// The person's authorization server: `iss` of their tokens.
    #[arg(long, value_name = "URL")]
    pub issuer: String,
    /// The person: `sub` of their tokens.
    #[arg(long, value_name = "SUBJECT")]
    pub user: String,
    /// Puts new contacts into this folder of theirs.
    #[arg(long, value_name = "NAME")]
    pub folder: Option<String>,
    /// Puts new events into this calendar of theirs, which must be there: its name or its id.
    #[arg(long, value_name = "NAME")]
    pub calendar: Option<String>,
    /// Writes the report as JSON, an object a line, the totals last.
    #[arg(long)]
    pub json: bool,
    /// The files and folders. `.ics`, `.ical` and `.icalendar` are calendars; `.vcf` and `.vcard` are cards; `.jpg`, `.png` and the like are
    /// pictures, and in a folder so is everything else.
    #[arg(required = true, value_name = "DIR|FILE")]
    pub files: Vec<PathBuf>,
}

/// Imports, and fails if something was rejected.
pub fn run(args: &ImportArgs) -> Result<(), Failure> {
    let clock = SystemClock::shared();
    let config = args.settings.checked(clock.as_ref())?;
    meant(args, &config)?;
    refuse_new_beside_old(&config)?;
    folders(&config)?;
    let walked = walk(&args.files)?;
    let store = Store::open(&config.database, &config.limits, config.users.provision, clock.clone()).map_err(start)?;
    let has_pictures = walked.files.iter().any(|found| found.kind == Kind::Picture);
    let blobs = has_pictures.then(|| open_blobs(&config, &store, clock).map_err(start_blobs)).transpose()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::Failed(error.to_string()))?;
    let mut report = Report::new(args.json, walked.files.iter().map(|found| found.bytes).sum());
    let done = runtime.block_on(all(args, &config, (&store, blobs.as_ref()), &walked, &mut report));
    let (line, rejected) = report.end();
    store.close();
    done?;
    print(&line)?;
    match rejected {
        0 => Ok(()),
        1 => Err(Failure::Failed("1 was rejected, told above".into())),
        number => Err(Failure::Failed(format!("{number} were rejected, told above"))),
    }
}

async fn all(
    args: &ImportArgs,
    config: &Config,
    (store, blobs): (&Store, Option<&Blobs>),
    walked: &Walked,
    report: &mut Report,
) -> Result<(), Failure> {
    for left in &walked.left {
        report.left(left)?;
    }
    let (pictures, others): (Vec<&Found>, Vec<&Found>) =
        walked.files.iter().partition(|found| found.kind == Kind::Picture);
    cards::all(args, config, store, &others, report).await?;
    let Some(blobs) = blobs else { return Ok(()) };
    let grant = Grant::operator(&args.issuer, &args.user);
    let importer = pictures::Importer::new(grant, store, blobs, &config.limits);
    importer.map_err(|error| Failure::Failed(error.to_string()))?.all(&pictures, report).await
}

/// Refuses a person whom no token can name here, and a folder without a name.
fn meant(args: &ImportArgs, config: &Config) -> Result<(), Failure> {
    let issuers: Vec<_> = config.authorization_servers.iter().map(|server| server.issuer.as_str()).collect();
    if !issuers.contains(&args.issuer.as_str()) {
        let there = if issuers.is_empty() { "none".to_owned() } else { issuers.join(", ") };
        let message = format!("--issuer: {} is not among authorization_servers, which are: {there}", args.issuer);
        return Err(Failure::Usage(message));
    }
    if args.user.is_empty() {
        return Err(Failure::Usage("--user is empty: it is the `sub` of the person's tokens".into()));
    }
    for (option, name) in [("folder", &args.folder), ("calendar", &args.calendar)] {
        if name.as_ref().is_some_and(|name| name.trim().is_empty()) {
            return Err(Failure::Usage(format!("--{option} is empty: name a {option}, or leave it out")));
        }
    }
    Ok(())
}

fn failed(file: &Path, error: &std::io::Error) -> Failure {
    Failure::Failed(format!("{}: {error}", report::shown(file)))
}
