//! Files of cards and of events: into a person's contacts, and into their calendar.

use std::io::Read as _;

use super::report::{Report, shown};
use super::walk::{Found, Kind, Left};
use super::{ImportArgs, failed};
use crate::access::{Create, Grant, Write};
use crate::cli::Failure;
use crate::config::Config;
use crate::problem::Problem;
use crate::resources::calendar::{self, Calendar};
use crate::resources::contacts::{self, Contacts};
use crate::resources::import::Import;
use crate::resources::import::item::Outcome;
use crate::store::columns::Uid;
use crate::store::{Store, StoreError};

/// What is read of a file at a time.
const PIECE: usize = 64 * 1024;

/// Imports these, in this order.
pub(super) async fn all(
    args: &ImportArgs,
    config: &Config,
    store: &Store,
    files: &[&Found],
    report: &mut Report,
) -> Result<(), Failure> {
    let folder = match &args.folder {
        Some(name) => Some(folder_named(args, store, name).await?),
        None => None,
    };
    let calendar = match &args.calendar {
        Some(name) => Some(calendar_named(args, store, name).await?),
        None => None,
    };
    for file in files {
        if file.kind == Kind::Calendar {
            let grant = Grant::<Calendar, Write>::operator(&args.issuer, &args.user);
            let quota = config.limits.quota_events;
            one(file, calendar::import::Importer::new(grant, store.clone(), calendar, quota), report).await?;
        } else {
            let grant = Grant::<Contacts, Create>::operator(&args.issuer, &args.user);
            let quota = config.limits.quota_contacts;
            one(file, contacts::import::Importer::new(grant, store.clone(), folder, quota), report).await?;
        }
    }
    Ok(())
}

async fn one(found: &Found, mut importer: impl Import, report: &mut Report) -> Result<(), Failure> {
    let file = &found.path;
    let mut input = match found.open() {
        Ok(input) => input,
        Err(error) => {
            let (path, reason) = (file.clone(), error.to_string());
            return report.left(&Left { path, result: Outcome::Rejected, reason });
        }
    };
    let mut piece = vec![0; PIECE];
    loop {
        let count = input.read(&mut piece).map_err(|error| failed(file, &error))?;
        let written = match piece.get(..count) {
            Some(bytes) if count > 0 => importer.push(bytes).await,
            _ => importer.finish().await,
        };
        let items = written.map_err(|problem| broken_off(found, report, &problem))?;
        report.items(file, &items)?;
        if count == 0 {
            return Ok(());
        }
        report.read(count as u64);
    }
}

fn broken_off(found: &Found, report: &Report, problem: &Problem) -> Failure {
    let (file, so_far) = (shown(&found.path), report.told());
    Failure::Failed(format!("{file}: {problem} (so far {so_far}); begin again: what is in stays"))
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
