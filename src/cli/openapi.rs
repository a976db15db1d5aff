//! `sharehold openapi`: the API's document, as `/openapi.json` serves it.

use clap::Args;

use super::{Failure, print};
use crate::config::Config;
use crate::router::openapi;

/// Prints the OpenAPI 3.1 document.
#[derive(Debug, Args)]
pub struct OpenApiArgs {
    /// The server that the document names; the default is the configuration's default.
    #[arg(long, value_name = "URL", env = "SHAREHOLD_PUBLIC_URL")]
    public_url: Option<String>,
}

/// Prints it.
pub fn run(args: &OpenApiArgs) -> Result<(), Failure> {
    let default = Config::default().public_url;
    let document = openapi::document(args.public_url.as_deref().unwrap_or(&default));
    print(&format!("{document:#}"))
}
