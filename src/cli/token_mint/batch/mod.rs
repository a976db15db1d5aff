//! `token mint --file`: many tokens at once, for scripts that test an API, as variables of a shell or as JSON.

mod file;
mod plan;

use std::collections::BTreeMap;
use std::path::Path;

use chrono::{DateTime, Utc};
use clap::ValueEnum;
use serde_json::Value;

use super::super::{Failure, new_file, print};
use super::{Algorithms, Authority, Mint, MintError, Recipient, mint};
use file::{Batch, Spoilt};
use plan::{Common, Planned};

/// How the tokens are written down.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// NAME=TOKEN, a line each.
    #[default]
    Env,
    /// One object.
    Json,
}

/// Makes every token of the file at `path`.
pub(super) fn run(asked: &Mint, path: &Path, now: DateTime<Utc>) -> Result<(), Failure> {
    let tokens = made(asked, path, now).map_err(Failure::Failed)?;
    let text = match asked.format {
        Format::Env => {
            let lines: Vec<String> = tokens.iter().map(|(name, token)| format!("{name}={token}")).collect();
            lines.join("\n") + "\n"
        }
        Format::Json => format!("{:#}\n", serde_json::json!(tokens)),
    };
    let Some(out) = &asked.out else { return print(&text) };
    let failed = |error: std::io::Error| Failure::Failed(format!("{}: {error}", out.display()));
    // What is put in its place is a file: a device, a pipe or a link there would be gone.
    let former = match std::fs::symlink_metadata(out) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(failed(error)),
        Ok(found) if !found.is_file() => {
            let what =
                "is no file, and is not overwritten: name a file with --out, or leave --out away for standard output";
            return Err(Failure::Failed(format!("{} {what}", out.display())));
        }
        Ok(_) => std::fs::read(out).map_err(failed)?,
    };
    if !holds_tokens_alone(&String::from_utf8_lossy(&former)) {
        let what = "holds something else than tokens, and is not overwritten: name another file with --out";
        return Err(Failure::Failed(format!("{} {what}", out.display())));
    }
    new_file::replace(out, &text).map_err(failed)
}

/// Whether a file is one that this command made, in either format.
fn holds_tokens_alone(text: &str) -> bool {
    let is_token = |value: &str| value.starts_with("eyJ");
    match serde_json::from_str::<BTreeMap<String, Value>>(text) {
        Ok(members) => members.values().all(|value| value.as_str().is_some_and(is_token)),
        Err(_) => text.lines().all(|line| line.split_once('=').is_some_and(|(_, value)| is_token(value))),
    }
}

fn made(asked: &Mint, path: &Path, now: DateTime<Utc>) -> Result<BTreeMap<String, String>, String> {
    let batch = Batch::read(path)?;
    let at = |what: String| format!("{}: {what}", path.display());
    let missing = |key: &str| at(format!("`{key}` is missing: write it there, or give --{key}"));
    let authority = asked.authority.as_ref().or(batch.authority.as_ref()).ok_or_else(|| missing("authority"))?;
    let recipient = asked.recipient.as_ref().or(batch.recipient.as_ref()).ok_or_else(|| missing("for"))?;
    let audience =
        if asked.audience.is_empty() { batch.audience.iter().cloned().collect() } else { asked.audience.clone() };
    if audience.is_empty() {
        return Err(missing("audience"));
    }
    let issuer = asked.issuer.clone().or_else(|| batch.issuer.clone()).ok_or_else(|| missing("issuer"))?;
    let planned = plan::plan(&batch, &Common { issuer, audience }, now).map_err(at)?;
    let failed = |error: MintError| error.to_string();
    let authority = Authority::load(authority).map_err(failed)?;
    let recipient = Recipient::load(recipient).map_err(failed)?;
    let one = |(name, planned): (String, Planned)| {
        token(&authority, &recipient, &planned, asked.algorithms(), now).map(|token| (name, token)).map_err(failed)
    };
    planned.into_iter().map(one).collect()
}

fn token(
    authority: &Authority,
    recipient: &Recipient,
    planned: &Planned,
    algorithms: Algorithms,
    now: DateTime<Utc>,
) -> Result<String, MintError> {
    if planned.fault == Some(Spoilt::Unencrypted) {
        return authority.sign(&planned.claims.issued_at(now), algorithms.signature);
    }
    let token = mint(authority, recipient, &planned.claims, algorithms, now)?;
    Ok(if planned.fault == Some(Spoilt::Damaged) { damaged(&token) } else { token })
}

/// `token` with the first letter of its ciphertext changed: still base64url, and no longer what was encrypted.
fn damaged(token: &str) -> String {
    let change = |(place, part): (usize, &str)| match (place, part.split_at_checked(1)) {
        (3, Some((first, rest))) => format!("{}{rest}", if first == "A" { "B" } else { "A" }),
        _ => part.to_owned(),
    };
    token.split('.').enumerate().map(change).collect::<Vec<_>>().join(".")
}
