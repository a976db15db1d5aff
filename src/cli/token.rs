//! `sharehold token …`: tokens made, and tokens looked at.

use clap::Subcommand;

use super::{Failure, token_inspect, token_mint};

/// `sharehold token …`
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Signs and encrypts an access token as an authorization server would, and prints it alone.
    #[command(after_help = "Example: sharehold token mint --authority authority --issuer https://as.example \\\n    \
        --audience http://127.0.0.1:8700 --for keys/certificate.pem --sub ann --client try-it --scope 'User.Read Contacts.Read'")]
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
