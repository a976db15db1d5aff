//! `sharehold revoke`: takes access back beside servers that run, shows what is taken back, and gives it back.

use clap::{ArgGroup, Args};

use super::serve::start;
use super::settings::Settings;
use super::{Failure, print};
use crate::clock::{Clock as _, SystemClock};
use crate::config::Config;
use crate::store::{Instant, Operator, Revocation, StoreError};

const EXAMPLE: &str = "\
Examples: a token that leaked; a client everywhere; a client for one person; a person for all clients:
  sharehold revoke --config sharehold.toml --issuer https://as.example --jti 3f1c9a
  sharehold revoke --config sharehold.toml --issuer https://as.example --client photo-site
  sharehold revoke --config sharehold.toml --issuer https://as.example --client photo-site --user ann
  sharehold revoke --config sharehold.toml --issuer https://as.example --user ann --until-sign-in
What was cut, by number, and giving it back:
  sharehold revoke --config sharehold.toml --list
  sharehold revoke --config sharehold.toml --undo 7
Servers may run meanwhile, on SQLite too. Each heeds it within a second, after a restart too; one that cannot ask the database
answers 503 within ten. A person cannot restore what the operator took back.
Exit status: 0 done, 1 failed (--undo: there is no such number), 2 usage, 78 configuration.";

/// Takes back access: a token's, a client's, a person's, or a client's to a person.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
#[command(group(ArgGroup::new("what").required(true).multiple(true).args(["jti", "client", "user", "list", "undo"])))]
pub struct RevokeArgs {
    /// Where the configuration comes from.
    #[command(flatten)]
    pub settings: Settings,
    /// The authorization server: `iss` of the tokens.
    #[arg(long, value_name = "URL", required_unless_present_any = ["list", "undo"])]
    pub issuer: Option<String>,
    /// One token, by its `jti`.
    #[arg(long, value_name = "ID", conflicts_with_all = ["client", "user"])]
    pub jti: Option<String>,
    /// A client's tokens, by its `client_id`; with --user only those for that person.
    #[arg(long, value_name = "ID")]
    pub client: Option<String>,
    /// A person's tokens, by their `sub`.
    #[arg(long, value_name = "SUBJECT")]
    pub user: Option<String>,
    /// Ends it for tokens whose `auth_time` is later than now: when the person signs in anew.
    #[arg(long, conflicts_with = "jti")]
    pub until_sign_in: bool,
    /// Shows what is taken back, also by the people themselves.
    #[arg(long, conflicts_with_all = ["issuer", "jti", "client", "user", "until_sign_in", "undo"])]
    pub list: bool,
    /// Gives back what the revocation of this number took.
    #[arg(long, value_name = "NUMBER", conflicts_with_all = ["issuer", "jti", "client", "user", "until_sign_in"])]
    pub undo: Option<i64>,
}

/// Takes back, shows or gives back.
pub fn run(args: &RevokeArgs) -> Result<(), Failure> {
    let config = args.settings.checked(&SystemClock)?;
    let row = if args.list || args.undo.is_some() { None } else { Some(row(args, &config)?) };
    let mut operator = Operator::open(&config.database).map_err(start)?;
    if let Some(row) = row {
        let row = operator.revoke(row, SystemClock.now().into()).map_err(|error| failed(&error))?;
        let line = format!("revocation {}: {}; servers heed it within a second", row.number, told(&row));
        return print(&line);
    }
    if let Some(number) = args.undo {
        return match operator.undo(number).map_err(|error| failed(&error))? {
            Some(row) => print(&format!("undone, revocation {number}: {}", told(&row))),
            None => Err(Failure::Failed(format!("there is no revocation {number}: --list shows those that there are"))),
        };
    }
    let all = operator.revocations().map_err(|error| failed(&error))?;
    if all.is_empty() {
        return print("nothing is taken back");
    }
    let lines = all.iter().map(|(row, at)| {
        let by = if row.own == 0 { "the operator" } else { "the person" };
        format!("{}: {}; by {by}, {}", row.number, told(row), at.rfc3339())
    });
    print(&lines.collect::<Vec<_>>().join("\n"))
}

/// What is to be taken back; refuses an issuer whose tokens nobody takes here, and names that are none.
fn row(args: &RevokeArgs, config: &Config) -> Result<Revocation, Failure> {
    let issuer = args.issuer.clone().unwrap_or_default();
    let issuers: Vec<_> = config.authorization_servers.iter().map(|server| server.issuer.as_str()).collect();
    if !issuers.contains(&issuer.as_str()) {
        let there = if issuers.is_empty() { "none".to_owned() } else { issuers.join(", ") };
        let message = format!("--issuer: {issuer} is not among authorization_servers, which are: {there}");
        return Err(Failure::Usage(message));
    }
    for (flag, name) in [("--jti", &args.jti), ("--client", &args.client), ("--user", &args.user)] {
        if name.as_ref().is_some_and(|name| name.is_empty() || name.chars().any(char::is_control)) {
            return Err(Failure::Usage(format!("{flag} is empty or has control characters: no token says that")));
        }
    }
    // `auth_time` is in whole seconds: of a sign-in in this second it may say its end.
    let before = args.until_sign_in.then(|| Instant::from(SystemClock.now()).end_of_second());
    let (subject, client, token) = (args.user.clone(), args.client.clone(), args.jti.clone());
    Ok(Revocation { number: 0, issuer, subject, client, token, before, own: 0 })
}

/// What a row takes back, in words.
fn told(row: &Revocation) -> String {
    let what = match (&row.token, &row.client, &row.subject) {
        (Some(token), ..) => format!("the token {token}"),
        (None, Some(client), Some(subject)) => format!("every token of the client {client} for {subject}"),
        (None, Some(client), None) => format!("every token of the client {client}"),
        (None, None, Some(subject)) => format!("every token for {subject}"),
        (None, None, None) => "every token".to_owned(),
    };
    let until = row.before.map(|before| format!(", of sign-ins up to {}", before.rfc3339())).unwrap_or_default();
    format!("{what} from {}{until}", row.issuer)
}

fn failed(error: &StoreError) -> Failure {
    Failure::Failed(format!("the revocations cannot be reached: {}", error.detail()))
}
