//! `sharehold token …`: tokens made, and tokens looked at.

use clap::Subcommand;

use super::{Failure, token_inspect, token_mint};

/// `sharehold token …`
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Signs and encrypts an access token (or many, from a file) as an authorization server would.
    #[command(after_help = token_mint::EXAMPLE)]
    Mint(Box<token_mint::Mint>),
    /// Opens an access token step by step, and says what holds, what does not, how to mend it and whose job that is.
    #[command(after_help = token_inspect::EXAMPLE)]
    Inspect(token_inspect::Inspect),
}

/// Makes or looks.
pub fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Mint(asked) => token_mint::run(*asked),
        Command::Inspect(asked) => token_inspect::run(&asked),
    }
}
