//! The crash harness: what is promised of acknowledged writes, of outages and of floods, shown on the real server. One subcommand
//! a check; each starts what it needs (servers, a PostgreSQL, disks) in a temporary folder and ends it.
//!
//! `cargo build --release && cargo run --release --example crash -- kill --database sqlite`. `tests/run` runs a short form of
//! each, `tests/long` the whole.

mod checks;
mod cluster;
mod fleet;
mod house;
mod http;
mod keeper;
mod kinds;
mod ledger;
mod outcome;
mod rows;
mod server;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::outcome::{Outcome, Row};

/// Breaks Sharehold on purpose, and checks what it promised. Exit status 0: it held; 1: it did not.
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
    Backup(checks::backup::Backup),
    Kill(checks::kill::Kill),
    Verify(checks::verify::Verify),
}

fn run(check: &Check) -> Outcome<Vec<Row>> {
    match check {
        Check::Backup(args) => checks::backup::run(args),
        Check::Kill(args) => checks::kill::run(args),
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
            ExitCode::FAILURE
        }
    }
}
