//! The operator's commands, run beside a server: `backup`, `restore`, `verify`.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use crate::cluster::Cluster;
use crate::house::House;
use crate::outcome::Outcome;
use crate::server::program;

/// Who types them.
pub(crate) struct Keeper<'a> {
    house: &'a House,
    /// The PATH with PostgreSQL's programs.
    path: std::ffi::OsString,
}

/// How a command ended.
pub(crate) struct Ended {
    /// The exit status.
    pub(crate) status: Option<i32>,
    /// What it wrote, standard output first.
    pub(crate) said: String,
    /// How long it took.
    pub(crate) took: Duration,
}

impl Ended {
    /// Fails unless the status was 0.
    pub(crate) fn fine(self, what: &str) -> Outcome<Self> {
        if self.status == Some(0) { Ok(self) } else { Err(format!("{what}: {:?}: {}", self.status, self.said).into()) }
    }
}

impl<'a> Keeper<'a> {
    /// The keeper of `house`, whose database is in `cluster` if there is one.
    pub(crate) fn of(house: &'a House, cluster: Option<&Cluster>) -> Outcome<Self> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let first = cluster.map(|cluster| cluster.programs().to_owned());
        let path = std::env::join_paths(first.into_iter().chain(std::env::split_paths(&path)))?;
        Ok(Self { house, path })
    }

    /// Runs `sharehold COMMAND --config …` with settings laid over it and more arguments.
    pub(crate) fn run(&self, command: &str, sets: &[String], more: &[&Path]) -> Outcome<Ended> {
        let mut child = Command::new(program()?);
        child.arg(command).arg("--config").arg(self.house.configuration());
        child.args(sets.iter().flat_map(|set| ["--set", set])).args(more);
        child.env("PATH", &self.path).stdin(Stdio::null());
        let begun = Instant::now();
        let Output { status, stdout, stderr } = child.output()?;
        let took = begun.elapsed();
        let said = String::from_utf8_lossy(&stdout).into_owned() + &String::from_utf8_lossy(&stderr);
        Ok(Ended { status: status.code(), said, took })
    }

    /// One of PostgreSQL's programs.
    pub(crate) fn program(&self, name: &str) -> Command {
        let mut command = Command::new(name);
        command.env("PATH", &self.path).stdin(Stdio::null());
        command
    }

    /// `verify --backup DIR`.
    pub(crate) fn verify_backup(&self, folder: &Path) -> Outcome<Ended> {
        self.run("verify", &[], &[Path::new("--backup"), folder])
    }
}

/// The settings that lead to data in `folder`, with the database at `url` (empty: SQLite there).
pub(crate) fn elsewhere(folder: &Path, url: &str) -> (Vec<String>, String, PathBuf) {
    let blobs = folder.join("blobs");
    let url =
        if url.is_empty() { format!("sqlite://{}", folder.join("sharehold.db").display()) } else { url.to_owned() };
    let sets = vec![
        format!("database.url={url}"),
        format!("blobs.url=file://{}", blobs.display()),
        format!("data_dir={}", folder.display()),
    ];
    (sets, url, blobs)
}
