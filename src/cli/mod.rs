//! The command line: one file a command. May import everything.
//! Exit status: 0; 1 failed; 2 usage; 78 configuration. Faults go to stderr, one a line; stdout holds the result alone.

mod archive;
pub mod backup;
pub mod check;
pub mod demo;
mod demo_photos;
mod demo_sites;
pub mod import;
pub mod keys;
pub mod logging;
mod material;
pub mod migrate;
mod new_file;
pub mod openapi;
mod pair;
mod progress;
pub mod restore;
pub mod revoke;
pub mod serve;
pub mod settings;
pub mod token;
pub mod token_inspect;
pub mod token_mint;
pub mod verify;

use std::fmt;
use std::io::Write as _;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::config::Fault;

/// `EX_CONFIG` of sysexits.h: the configuration must be mended before another try can help.
const CONFIGURATION: u8 = 78;

const EXAMPLE: &str = "\
Example: keys for the server and for an authority that tests play, and a token for Ann:
  sharehold keys new keys
  sharehold keys new authority
  sharehold token mint --authority authority --issuer https://as.example --audience http://127.0.0.1:8700 \\
      --for keys/certificate.pem --sub ann --client try-it --scope User.Read

Settings are read from the TOML file, then SHAREHOLD__… variables (SHAREHOLD__DATABASE__URL is database.url), then --set.
Exit status: 0 done, 1 failed, 2 usage, 78 configuration.";

/// Personal profile, contacts, calendar and photos behind signed and encrypted access tokens.
#[derive(Debug, Parser)]
#[command(name = "sharehold", version, about, after_help = EXAMPLE, disable_help_subcommand = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

/// What can be asked for.
#[derive(Debug, Subcommand)]
enum Command {
    /// Makes keys, or shows their public half.
    #[command(subcommand)]
    Keys(keys::Command),
    /// Makes tokens as an authorization server would, and says what is wrong with one.
    #[command(subcommand)]
    Token(token::Command),
    /// Says everything that is wrong with a configuration and the files it names.
    Check(settings::Settings),
    Serve(serve::ServeArgs),
    Demo(demo::DemoArgs),
    Migrate(migrate::MigrateArgs),
    Backup(backup::BackupArgs),
    Restore(restore::RestoreArgs),
    Verify(verify::VerifyArgs),
    Import(import::ImportArgs),
    Revoke(revoke::RevokeArgs),
    #[command(name = "openapi")]
    OpenApi(openapi::OpenApiArgs),
}

/// Why a command did not do what was asked.
#[derive(Debug)]
pub enum Failure {
    /// It was tried, and this went wrong: status 1.
    Failed(String),
    /// The command line makes no sense: status 2.
    Usage(String),
    /// The configuration must be mended: status 78.
    Configuration(Vec<Fault>),
}

impl Failure {
    fn status(&self) -> u8 {
        match self {
            Self::Failed(_) => 1,
            Self::Usage(_) => 2,
            Self::Configuration(_) => CONFIGURATION,
        }
    }
}

impl fmt::Display for Failure {
    /// One line a fault.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(what) | Self::Usage(what) => f.write_str(what),
            Self::Configuration(faults) => {
                let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
                f.write_str(&lines.join("\n"))
            }
        }
    }
}

/// Does what the process's arguments ask for.
pub fn run() -> ExitCode {
    // clap prints help and usage faults itself, and ends the process with 0 or 2.
    match run_command(Cli::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            for line in failure.to_string().lines() {
                eprintln!("sharehold: {line}");
            }
            ExitCode::from(failure.status())
        }
    }
}

fn run_command(command: Command) -> Result<(), Failure> {
    match command {
        Command::Keys(command) => keys::run(&command),
        Command::Token(command) => token::run(command),
        Command::Check(settings) => check::run(&settings),
        Command::Serve(args) => serve::run(&args),
        Command::Demo(args) => demo::run(&args),
        Command::Migrate(args) => migrate::run(&args),
        Command::Backup(args) => backup::run(&args),
        Command::Restore(args) => restore::run(&args),
        Command::Verify(args) => verify::run(&args),
        Command::Import(args) => import::run(&args),
        Command::Revoke(args) => revoke::run(&args),
        Command::OpenApi(args) => openapi::run(&args),
    }
}

/// Writes `text` to stdout, complaining if nobody takes it.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    let written = writeln!(out, "{}", text.trim_end()).and_then(|()| out.flush());
    written.map_err(|error| Failure::Failed(format!("cannot write to standard output: {error}")))
}
