//! `sharehold migrate`: its arguments.

use clap::Args;

use super::settings::Settings;

/// Makes missing folders and brings the database's schema up to date (`serve` does so too).
#[derive(Debug, Args)]
pub struct MigrateArgs {
    /// Where the configuration comes from.
    #[command(flatten)]
    pub settings: Settings,
}
