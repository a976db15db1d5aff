//! `sharehold import`: vCard files into a person's contacts, and calendar files into their calendar, told piece by piece.

use std::fs::File;
use std::io::{Read as _, Write as _, stdout};
use std::path::{Path, PathBuf};

use clap::Args;

use super::progress::Progress;
use super::serve::{folders, refuse_new_beside_old, start};
use super::settings::Settings;
use super::{Failure, print};
use crate::access::{Create, Grant, Write};
use crate::clock::SystemClock;
use crate::config::Config;
use crate::problem::Problem;
use crate::resources::calendar::{self, Calendar};
use crate::resources::contacts::{self, Contacts};
use crate::resources::import::Import;
use crate::resources::import::item::{Item, Outcome, Totals};
use crate::store::columns::Uid;
use crate::store::{Store, StoreError};

const EXAMPLE: &str = "\
Example: what a phone wrote, into the contacts of Ann:
  sharehold import --config sharehold.toml --issuer https://as.example --user ann contacts.vcf
Or a calendar, into the one that Ann calls Work:
  sharehold import --config sharehold.toml --issuer https://as.example --user ann --calendar Work work.ics
A line a card or an event goes to standard output: file, line, what was done with it, and its id or the reason.
What has the same UID is updated; the same file again changes nothing. On SQLite the server must be
stopped meanwhile, or the file POSTed to it: to /v1.0/me/contacts, with Content-Type: text/vcard, or to /v1.0/me/events, with
text/calendar. On PostgreSQL it may serve.
Exit status: 0 all is in (what is no event is skipped), 1 some were rejected or it was broken off, 2 usage, 78 configuration.";
/// What is read of a file at a time.
const PIECE: usize = 64 * 1024;

/// Imports vCard files (2.1, 3.0, 4.0; several cards a file) into a person's contacts, and calendar files (.ics) into their calendar.
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
    /// The files; those whose names end in `.ics`, `.ical` or `.icalendar` are calendars.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
}

/// Imports, and fails if a card was rejected.
pub fn run(args: &ImportArgs) -> Result<(), Failure> {
    let clock = SystemClock::shared();
    let config = args.settings.checked(clock.as_ref())?;
    meant(args, &config)?;
    refuse_new_beside_old(&config)?;
    folders(&config)?;
    // Before anything is written: a name that was mistyped costs nothing.
    let sizes =
        args.files.iter().map(|file| file.metadata().map(|data| data.len()).map_err(|error| failed(file, &error)));
    let pieces = sizes.collect::<Result<Vec<u64>, _>>()?.iter().map(|size| size.div_ceil(PIECE as u64)).sum();
    let store = Store::open(&config.database, &config.limits, config.users.provision, clock).map_err(start)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::Failed(error.to_string()))?;
    let mut progress = Progress::new("importing, 64 KiB a step", pieces);
    let totals = runtime.block_on(all(args, &config, &store, &mut progress));
    drop(progress);
    store.close();
    let totals = totals?;
    let line = if args.json { serde_json::to_string(&totals).unwrap_or_default() } else { told(&totals) };
    print(&line)?;
    match totals.rejected {
        0 => Ok(()),
        1 => Err(Failure::Failed("1 was rejected, told above".into())),
        number => Err(Failure::Failed(format!("{number} were rejected, told above"))),
    }
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

fn told(totals: &Totals) -> String {
    let Totals { created, updated, unchanged, skipped, rejected } = totals;
    let skipped = if *skipped == 0 { String::new() } else { format!(", {skipped} skipped") };
    format!("{created} created, {updated} updated, {unchanged} unchanged{skipped}, {rejected} rejected")
}

async fn all(args: &ImportArgs, config: &Config, store: &Store, progress: &mut Progress) -> Result<Totals, Failure> {
    let folder = match &args.folder {
        Some(name) => Some(folder_named(args, store, name).await?),
        None => None,
    };
    let calendar = match &args.calendar {
        Some(name) => Some(calendar_named(args, store, name).await?),
        None => None,
    };
    let mut told = Told { json: args.json, totals: Totals::default(), progress };
    for file in &args.files {
        if is_calendar(file) {
            let grant = Grant::<Calendar, Write>::operator(&args.issuer, &args.user);
            let quota = config.limits.quota_events;
            told.all(file, calendar::import::Importer::new(grant, store.clone(), calendar, quota)).await?;
        } else {
            let grant = Grant::<Contacts, Create>::operator(&args.issuer, &args.user);
            let quota = config.limits.quota_contacts;
            told.all(file, contacts::import::Importer::new(grant, store.clone(), folder, quota)).await?;
        }
    }
    Ok(told.totals)
}

fn is_calendar(file: &Path) -> bool {
    let ends = ["ics", "ical", "icalendar"];
    file.extension().is_some_and(|end| ends.iter().any(|known| end.eq_ignore_ascii_case(known)))
}

/// What is told of the files.
struct Told<'p> {
    json: bool,
    totals: Totals,
    progress: &'p mut Progress,
}

impl Told<'_> {
    /// Imports a file.
    async fn all(&mut self, file: &Path, mut importer: impl Import) -> Result<(), Failure> {
        let mut input = File::open(file).map_err(|error| failed(file, &error))?;
        let mut piece = vec![0; PIECE];
        loop {
            let count = input.read(&mut piece).map_err(|error| failed(file, &error))?;
            let written = match piece.get(..count) {
                Some(bytes) if count > 0 => importer.push(bytes).await,
                _ => importer.finish().await,
            };
            let items = written.map_err(|problem| broken_off(file, &self.totals, &problem))?;
            for item in &items {
                self.totals.add(item);
            }
            let json = self.json;
            self.progress.paused(|| write(json, file, &items))?;
            if count == 0 {
                return Ok(());
            }
            self.progress.step();
        }
    }
}

async fn calendar_named(args: &ImportArgs, store: &Store, name: &str) -> Result<Uid, Failure> {
    let grant = Grant::<Calendar, Write>::operator(&args.issuer, &args.user);
    let asked = name.to_owned();
    match store.read(&grant, move |on| calendar::queries::calendar_named(on, &asked)).await {
        Ok(calendar) => Ok(calendar),
        Err(StoreError::NotFound) => {
            let how = "make it by POST /v1.0/me/calendars, or leave --calendar out";
            Err(Failure::Failed(format!("{} has no calendar called {name}: {how}", args.user)))
        }
        Err(error) => Err(Failure::Failed(format!("the calendars of {}: {error}", args.user))),
    }
}

async fn folder_named(args: &ImportArgs, store: &Store, name: &str) -> Result<Uid, Failure> {
    let grant = Grant::<Contacts, Write>::operator(&args.issuer, &args.user);
    let asked = name.to_owned();
    let found = store.read(&grant, move |on| contacts::queries::folder_named(on, &asked)).await;
    let found = found.map_err(|error| Failure::Failed(format!("the folders of {}: {error}", args.user)))?;
    found.ok_or_else(|| {
        let how = "make it by POST /v1.0/me/contactFolders, or leave --folder out";
        Failure::Failed(format!("{} has no folder called {name}: {how}", args.user))
    })
}

fn write(json: bool, file: &Path, items: &[Item]) -> Result<(), Failure> {
    let mut text = String::new();
    for item in items {
        text.push_str(&if json { as_json(file, item) } else { as_line(file, item) });
        text.push('\n');
    }
    let mut out = stdout().lock();
    let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    written.map_err(|error| Failure::Failed(format!("cannot write to standard output: {error}")))
}

fn as_line(file: &Path, item: &Item) -> String {
    let what = match item.result {
        Outcome::Created => "created",
        Outcome::Updated => "updated",
        Outcome::Unchanged => "unchanged",
        Outcome::Skipped => "skipped",
        Outcome::Rejected => "rejected",
    };
    let id = item.id.map(|id| id.to_string());
    let more = item.reason.as_deref().or(id.as_deref()).unwrap_or_default();
    let warning = item.warning.as_deref().map(|warning| format!(" ({warning})")).unwrap_or_default();
    let uid = item.uid.as_deref().map(|uid| format!(" (UID {})", crate::json::shown(uid))).unwrap_or_default();
    format!("{}:{}: {what}: {more}{uid}{warning}", file.display(), item.line)
}

fn as_json(file: &Path, item: &Item) -> String {
    let item = serde_json::to_value(item).unwrap_or_default();
    let mut line = serde_json::json!({"file": file.display().to_string()});
    if let (Some(line), serde_json::Value::Object(item)) = (line.as_object_mut(), item) {
        line.extend(item);
    }
    line.to_string()
}

fn failed(file: &Path, error: &std::io::Error) -> Failure {
    Failure::Failed(format!("{}: {error}", file.display()))
}

fn broken_off(file: &Path, totals: &Totals, problem: &Problem) -> Failure {
    let so_far = told(totals);
    Failure::Failed(format!("{}: {problem} (so far {so_far}); begin again: what is in stays", file.display()))
}
