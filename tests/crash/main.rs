//! The crash harness: what is promised of acknowledged writes, of outages and of floods, shown on the real server. One subcommand
//! a check; each starts what it needs (servers, a PostgreSQL, disks) in a temporary folder and ends it.
//!
//! `cargo build --release && cargo run --release --example crash -- kill --database sqlite`. `tests/run` runs a short form of
//! each, `tests/long` the whole.

mod asker;
mod board;
mod checks;
mod cluster;
mod database;
mod disk;
mod fleet;
mod house;
mod http;
mod keeper;
mod kinds;
mod ledger;
mod load;
mod nginx;
mod outcome;
mod proxy;
mod rows;
mod server;
mod session;
mod sql;
mod swept;
mod tally;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::outcome::{Outcome, Row};

/// The check itself could not be done: exit status 2, so that a promise that was broken is told from it.
const COULD_NOT: u8 = 2;

/// Breaks Sharehold on purpose, and checks what it promised. Exit status 0: it held; 1: it did not; 2: it could not be tried.
#[derive(Debug, Parser)]
#[command(name = "crash", disable_help_subcommand = true)]
struct Cli {
    /// Append what was shown to this file (JSON, a row a line).
    #[arg(long, global = true)]
    report: Option<PathBuf>,
    #[command(subcommand)]
    check: Check,
}

#[derive(Debug, Subcommand)]
enum Check {
    /// Prints a report as the table of the README.
    Table {
        /// What --report wrote.
        file: PathBuf,
    },
    Kill(checks::kill::Kill),
    Uploads(checks::uploads::Uploads),
    Restart(checks::restart::Restart),
    Revoke(checks::revoke::Revoke),
    Rolling(checks::rolling::Rolling),
    Upgrade(checks::upgrade::Upgrade),
    Power(checks::power::Power),
    Slow(checks::slow::Slow),
    Idle(checks::idle::Idle),
    Overload(checks::overload::Overload),
    Junk(checks::junk::Junk),
    Outage(checks::outage::Outage),
    Faults(checks::faults::Faults),
    Full(checks::full::Full),
    Backup(checks::backup::Backup),
    Verify(checks::verify::Verify),
}

fn run(check: &Check) -> Outcome<Vec<Row>> {
    match check {
        Check::Table { file } => outcome::table(file).map(|()| Vec::new()),
        Check::Kill(args) => checks::kill::run(args),
        Check::Uploads(args) => checks::uploads::run(args),
        Check::Restart(args) => checks::restart::run(args),
        Check::Revoke(args) => checks::revoke::run(args),
        Check::Rolling(args) => checks::rolling::run(args),
        Check::Upgrade(args) => checks::upgrade::run(args),
        Check::Power(args) => checks::power::run(args),
        Check::Slow(args) => checks::slow::run(args),
        Check::Idle(args) => checks::idle::run(args),
        Check::Overload(args) => checks::overload::run(args),
        Check::Junk(args) => checks::junk::run(args),
        Check::Outage(args) => checks::outage::run(args),
        Check::Faults(args) => checks::faults::run(args),
        Check::Full(args) => checks::full::run(args),
        Check::Backup(args) => checks::backup::run(args),
        Check::Verify(args) => checks::verify::run(args),
    }
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let told = run(&cli.check).and_then(|rows| {
        rows.iter().try_for_each(|row| row.tell(cli.report.as_deref()))?;
        Ok(rows.iter().all(|row| row.held))
    });
    match told {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(fault) => {
            eprintln!("crash: {fault}");
            ExitCode::from(COULD_NOT)
        }
    }
}
