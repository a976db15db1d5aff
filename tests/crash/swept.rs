//! What the sweep has to do, and what it left: files of contents against the rows that name them, both looked at from outside.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sharehold::clock::{Clock as _, SystemClock};

use crate::fleet::until;
use crate::house::House;
use crate::outcome::Outcome;
use crate::server::Server;
use crate::sql::Sql;

/// Older than anything that the sweep leaves alone: it does for a day.
const AGE: Duration = Duration::from_hours(25);
/// How a content is called, and what comes in before it is one.
pub(crate) const SHA256_DIGITS: usize = 64;
pub(crate) const INCOMING: &str = ".incoming.";
/// How long the sweep may take.
const PATIENCE: Duration = Duration::from_mins(1);

/// Files and rows.
#[derive(Debug)]
pub(crate) struct Left {
    /// Files of contents, and begun ones.
    pub(crate) files: usize,
    /// Those that no row names.
    pub(crate) unnamed: usize,
    /// Contents that a row names, and that have no file.
    pub(crate) missing: usize,
    /// Contents that the database knows of, and that no row names.
    known: usize,
}

impl Left {
    fn of(house: &House) -> Outcome<Self> {
        let (files, named) = (files(house)?, names(house, NAMED)?);
        let known = names(house, "SELECT {sha256} FROM contents")?;
        Ok(Self {
            files: files.len(),
            unnamed: files.difference(&named).count(),
            missing: named.difference(&files).count(),
            known: known.symmetric_difference(&named).count(),
        })
    }

    fn is_clean(&self) -> bool {
        self.unnamed + self.missing + self.known == 0
    }

    /// What should not be.
    pub(crate) fn words(&self) -> Option<String> {
        (!self.is_clean()).then(|| format!("after the sweep: {self:?}"))
    }
}

const NAMED: &str = "SELECT {sha256} FROM photos UNION SELECT {sha256} FROM photo_renditions \
    UNION SELECT {sha256} FROM upload_chunks";

/// What the sweep of a server found and left, after everything was made old; the server runs then.
pub(crate) fn swept(house: &House, server: &mut Server) -> Outcome<(Left, Left)> {
    server.kill()?;
    let before = aged(house)?;
    *server = Server::start(house)?;
    Ok((before, wait(house)?))
}

/// Makes everything older than the sweep leaves alone, while no server runs; what there is.
fn aged(house: &House) -> Outcome<Left> {
    let then = (SystemClock.now() - AGE).into();
    for path in paths(house)? {
        fs::File::options().write(true).open(path)?.set_modified(then)?;
    }
    let by = AGE.as_micros();
    Sql::open(&house.url)?.run(&format!("UPDATE contents SET touched = touched - {by}, doomed = doomed - {by}"))?;
    Left::of(house)
}

/// Waits until the sweep of a server that has just started is done, which is when nothing is left; or for a while.
fn wait(house: &House) -> Outcome<Left> {
    until(PATIENCE, || Left::of(house).is_ok_and(|left| left.is_clean()));
    Left::of(house)
}

/// The files of contents, and those of what came in and did not become one. Other blobs have an age by their names.
fn paths(house: &House) -> Outcome<Vec<PathBuf>> {
    let (mut paths, mut folders) = (Vec::new(), vec![house.data.join("blobs")]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            let name = name(&path);
            if path.is_dir() {
                folders.push(path);
            } else if name.len() == SHA256_DIGITS || name.starts_with(INCOMING) {
                paths.push(path);
            }
        }
    }
    Ok(paths)
}

fn files(house: &House) -> Outcome<BTreeSet<String>> {
    Ok(paths(house)?.iter().map(|path| name(path)).collect())
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn names(house: &House, question: &str) -> Outcome<BTreeSet<String>> {
    let mut db = Sql::open(&house.url)?;
    let hex = if db.is_sqlite() { "lower(hex(sha256))" } else { "encode(sha256, 'hex')" };
    Ok(db.ask(&question.replace("{sha256}", hex))?.into_iter().collect())
}
