//! `sharehold token inspect`: opens an access token step by step, and says what held, what did not, how to mend it and whose
//! job that is. The verdict is the server's own code's; this only words it.

mod advice;
mod input;
mod near;
mod opens;
mod report;
mod rows;
mod shown;
mod verdict;
mod view;

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use clap::Args;
use serde_json::{Map, Value};

use super::check::examine;
use super::settings::Settings;
use super::{Failure, print};
use crate::clock::{Clock as _, FixedClock, SystemClock};
use crate::config::{Config, Fault, Limits};
use crate::token::{Inspection, KeyRing, Opener, TokenError, Trust, Verified};
use opens::Opens;
pub use report::Report;
use view::View;

pub(super) const EXAMPLE: &str = "\
Example: sharehold token inspect --config sharehold.toml < token.txt

The token may be given with its scheme, as a whole Authorization line, in quotes; by standard input it stays out of the
list of processes and the shell's history. Each line begins with
  ok  it holds          ?   it looks right, but its signature is not shown to be good
  NO  it does not hold  --  it was not reached
and a line below NO says whose job it is to mend that, and how. Exit status: 0 it would be let in, 1 it would not.

Without a configuration (a client's developer has no keys): what can be seen from outside; with --for, whether it is
encrypted to that server:
  curl -s https://people.example/.well-known/jwks.json > people.json
  sharehold token inspect --for people.json < token.txt";

/// `sharehold token inspect`
#[derive(Debug, Args)]
pub struct Inspect {
    /// The token; without it, or for `-`, it is read from standard input.
    #[arg(value_name = "TOKEN", env = "SHAREHOLD_TOKEN", hide_env_values = true)]
    token: Option<String>,
    #[command(flatten)]
    settings: Settings,
    /// Without a configuration: whom it should be encrypted to, the server's certificate.pem or a file with its JWK set.
    #[arg(long = "for", value_name = "CERT|JWKS", env = "SHAREHOLD_FOR")]
    recipient: Option<PathBuf>,
    /// Shows every claim, also those about the person.
    #[arg(long, env = "SHAREHOLD_SHOW_CLAIMS")]
    claims: bool,
    /// Looks as if it were this time, such as 2026-01-31T12:00:00Z.
    #[arg(long, value_name = "TIME", env = "SHAREHOLD_AT", value_parser = instant)]
    at: Option<DateTime<Utc>>,
    /// One JSON object, for scripts.
    #[arg(long, env = "SHAREHOLD_JSON")]
    json: bool,
}

fn instant(text: &str) -> Result<DateTime<Utc>, String> {
    let parsed = DateTime::parse_from_rfc3339(text).map(|time| time.to_utc());
    parsed.map_err(|error| format!("must be a time such as 2026-01-31T12:00:00Z ({error})"))
}

/// Claims that tell nothing about a person: what programs and servers are called, and times.
const IMPERSONAL: &[&str] = &["iss", "aud", "client_id", "azp", "scope", "scp", "iat", "exp", "nbf"];

/// What the server says of a token; `None`: it was not asked, for want of its keys.
type Answer = Option<Result<Verified, TokenError>>;

/// Looks at the token that is given.
pub fn run(asked: &Inspect) -> Result<(), Failure> {
    let config = asked.settings.load()?;
    let now = asked.at.unwrap_or_else(|| SystemClock.now());
    let input = input::take(asked.token.as_deref())?;
    let without_keys = config.keys.decryption.is_empty();
    let mut report = if without_keys {
        from_outside(&input.token, asked, now)?
    } else {
        with_keys(&input.token, &config, asked, now)?
    };
    report.notes.splice(0..0, input.notes.iter().map(|note| (*note).to_owned()));
    print(&if asked.json { report.json() } else { report.text(asked.claims || without_keys) })?;
    report.verdict.status()
}

/// A part that cannot be made as configured.
fn refused(key: &str, fault: &impl std::fmt::Display) -> Failure {
    Failure::Configuration(vec![Fault::new(key, fault.to_string())])
}

fn with_keys(token: &str, config: &Config, asked: &Inspect, now: DateTime<Utc>) -> Result<Report, Failure> {
    let ring = KeyRing::load(&config.keys.decryption).map_err(|fault| refused("keys.decryption", &fault))?;
    let trust = Trust::load_for_one_look(&config.authorization_servers, &config.public_url)
        .map_err(|fault| refused("authorization_servers", &fault))?;
    let opener = Opener::new(ring, trust, &config.limits, FixedClock::at(now));
    let mut report = look(token, &opener, config, now, asked.claims);
    let faults = examine(config, now).faults.len();
    if faults > 0 {
        report
            .notes
            .push(format!("a server would not start with this configuration: `sharehold check` says why ({faults})"));
    }
    Ok(report)
}

/// What there is to say of `token`, which `opener` looks at under `config` at the time `now`.
pub fn look(token: &str, opener: &Opener, config: &Config, now: DateTime<Utc>, all_claims: bool) -> Report {
    let kids: Vec<String> = opener.published().iter().map(|key| key.kid().to_owned()).collect();
    let answer = opener.open_now(token);
    let seen = if answer == Err(TokenError::TooLong) { Inspection::default() } else { opener.inspect(token) };
    let view = View { token, seen: &seen, config: Some(config), kids: &kids, now };
    reported(&view, Some(answer), all_claims)
}

fn from_outside(token: &str, asked: &Inspect, now: DateTime<Utc>) -> Result<Report, Failure> {
    let kids = match &asked.recipient {
        Some(path) => super::token_mint::Recipient::kids(path).map_err(|error| Failure::Failed(error.to_string()))?,
        None => Vec::new(),
    };
    let most = usize::try_from(Limits::default().token_bytes).unwrap_or(usize::MAX);
    let seen = if token.len() > most { Inspection::default() } else { Inspection::from_outside(token, &kids, now) };
    let view = View { token, seen: &seen, config: None, kids: &kids, now };
    let answer = (token.len() > most).then_some(Err(TokenError::TooLong));
    let mut report = reported(&view, answer, asked.claims);
    if seen.inner.is_some() {
        report
            .notes
            .push("it is not encrypted: a server takes such a token only where accept_unencrypted = true".into());
    }
    Ok(report)
}

fn reported(view: &View<'_>, answer: Answer, all_claims: bool) -> Report {
    let rows = rows::rows(view);
    let (mut claims, mut hidden) = (Map::new(), Vec::new());
    for (name, value) in view.seen.claims.iter().flatten() {
        if all_claims || (IMPERSONAL.contains(&name.as_str()) && is_plain(value)) {
            claims.insert(name.clone(), value.clone());
        } else {
            hidden.push(name.clone());
        }
    }
    let mut verdict = verdict::of(view, &rows, answer.as_ref());
    let opens = opened(view, answer);
    if let (None, Some(why)) = (verdict.code, opens.as_ref().and_then(Opens::nothing)) {
        verdict.what = format!("{}, but opens nothing (403): {why}", verdict.what);
    }
    Report { notes: Vec::new(), opens, rows, claims, hidden, proven: view.seen.proven, verdict }
}

/// A text, a number or a list of texts: what such a claim is when it is what its name says.
fn is_plain(value: &Value) -> bool {
    value.is_string() || value.is_number() || value.as_array().is_some_and(|items| items.iter().all(Value::is_string))
}

/// What it opens, or would open if nothing else were wrong.
fn opened(view: &View<'_>, answer: Answer) -> Option<Opens> {
    if let Some(Ok(verified)) = answer {
        let person = verified.subject() != verified.client_id();
        return Some(Opens::of(Some(person), verified.scopes()));
    }
    let client = view.claim(&view.client_claim());
    let person = view.claim("sub").zip(client).map(|(subject, client)| subject != client);
    view.seen.claims.as_ref()?;
    Some(Opens::of(person, &view.seen.scopes))
}
