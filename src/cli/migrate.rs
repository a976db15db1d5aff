//! `sharehold migrate`: brings the database's schema up to date, and makes the folders that are missing.

use clap::Args;

use super::serve::{folders, refuse_new_beside_old, start};
use super::settings::Settings;
use super::{Failure, print};
use crate::clock::SystemClock;
use crate::store::Store;

/// Makes missing folders and brings the database's schema up to date (`serve` does so too).
#[derive(Debug, Args)]
pub struct MigrateArgs {
    /// Where the configuration comes from.
    #[command(flatten)]
    pub settings: Settings,
}

/// Migrates, and says what was done.
pub fn run(args: &MigrateArgs) -> Result<(), Failure> {
    let config = args.settings.checked(&SystemClock)?;
    refuse_new_beside_old(&config)?;
    folders(&config)?;
    let done = Store::migrate(&config.database).map_err(start)?;
    if done.is_empty() {
        return print("the schema is up to date");
    }
    print(&done.iter().map(|name| format!("applied {name}")).collect::<Vec<_>>().join("\n"))
}
