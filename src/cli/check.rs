//! `sharehold check`: everything wrong with a configuration, the files it names and its database, one line a fault.

use chrono::{DateTime, Utc};

use super::serve::{start, start_blobs};
use super::settings::Settings;
use super::{Failure, material, print};
use crate::clock::{Clock as _, SystemClock};
use crate::config::{self, Config, Report};
use crate::server::examine_blobs;
use crate::store::Store;

/// Everything wrong with `config` and with the keys, certificates and key sets that it names.
pub fn examine(config: &Config, now: DateTime<Utc>) -> Report {
    let mut report = config::check(config, now);
    material::check(config, now, &mut report);
    report
}

/// Prints the warnings, and that all is well or what is not.
pub fn run(settings: &Settings) -> Result<(), Failure> {
    let config = settings.load()?;
    let report = examine(&config, SystemClock.now());
    for warning in &report.warnings {
        eprintln!("sharehold: warning: {warning}");
    }
    if !report.faults.is_empty() {
        return Err(Failure::Configuration(report.faults));
    }
    let database = Store::examine(&config.database).map_err(start)?;
    for warning in &database.warnings {
        eprintln!("sharehold: warning: database: {warning}");
    }
    examine_blobs(&config, &database).map_err(start_blobs)?;
    print("the configuration is in order")
}
