//! Where a command's configuration comes from: the flags that `serve`, `check` and `migrate` share.

use std::path::PathBuf;

use clap::Args;

use super::Failure;
use super::check::examine;
use crate::clock::Clock;
use crate::config::{self, Config};

/// The configuration's place and what is laid over it.
#[derive(Debug, Clone, Args)]
pub struct Settings {
    /// The TOML file; without one, variables and --set alone.
    #[arg(long, value_name = "FILE", env = "SHAREHOLD_CONFIG")]
    pub config: Option<PathBuf>,
    /// Sets one key above file and variables, such as `--set rate.enabled=false`; may be given again.
    /// By environment: `SHAREHOLD__RATE__ENABLED=false`.
    #[arg(long, value_name = "KEY.PATH=VALUE")]
    pub set: Vec<String>,
}

impl Settings {
    /// Reads the configuration, unchecked.
    pub fn load(&self) -> Result<Config, Failure> {
        let environment = std::env::vars_os()
            .map(|(name, value)| (name.to_string_lossy().into_owned(), value.to_string_lossy().into_owned()));
        config::load(self.config.as_deref(), environment, &self.set).map_err(Failure::Configuration)
    }

    /// Reads the configuration and checks it and the files it names: what a server may start with. Warnings are logged.
    pub fn checked(&self, clock: &dyn Clock) -> Result<Config, Failure> {
        let config = self.load()?;
        let report = examine(&config, clock.now());
        for warning in &report.warnings {
            log::warn!("configuration: {warning}");
        }
        if report.faults.is_empty() { Ok(config) } else { Err(Failure::Configuration(report.faults)) }
    }
}
