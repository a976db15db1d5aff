//! `sharehold serve`: its arguments.

use clap::Args;

use super::settings::Settings;

/// Serves the API until it is told to stop (SIGTERM); prints `ready http://host:port` when it accepts requests.
#[derive(Debug, Args)]
pub struct ServeArgs {
    /// Where the configuration comes from.
    #[command(flatten)]
    pub settings: Settings,
}
