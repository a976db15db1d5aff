//! `sharehold keys new DIR` and `sharehold keys show FILE`: the server's keys, and what others need of them.

use std::path::{Path, PathBuf};

use clap::builder::PossibleValuesParser;
use clap::{Args, Subcommand};
use rsa::pkcs8::{EncodePublicKey as _, LineEnding};
use serde_json::json;
use zeroize::Zeroizing;

use super::{Failure, pair, print};
use crate::token::PublishedKey;

/// `sharehold keys …`
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Makes private.pem (PKCS#8, mode 0600) and certificate.pem (self-signed X.509); never overwrites.
    #[command(after_help = "Example: sharehold keys new keys")]
    New(New),
    /// Shows the public half of a key, to be given to an authorization server.
    #[command(after_help = "Example: sharehold keys show keys/private.pem --jwks > sharehold.jwks.json")]
    Show(Show),
}

/// `sharehold keys new`
#[derive(Debug, Args)]
pub struct New {
    /// The folder, made if need be.
    #[arg(value_name = "DIR", env = "SHAREHOLD_KEYS_DIR")]
    folder: PathBuf,
    /// Bits of the RSA key.
    #[arg(long, env = "SHAREHOLD_BITS", default_value = "3072", value_parser = PossibleValuesParser::new(["2048", "3072", "4096"]))]
    bits: String,
}

/// `sharehold keys show`
#[derive(Debug, Args)]
pub struct Show {
    /// private.pem or certificate.pem.
    #[arg(value_name = "FILE", env = "SHAREHOLD_KEY_FILE")]
    file: PathBuf,
    /// As a JWK set (RFC 7517 §5).
    #[arg(long, env = "SHAREHOLD_JWKS", conflicts_with = "pem")]
    jwks: bool,
    /// As PEM: the certificate itself, or the public key.
    #[arg(long, env = "SHAREHOLD_PEM")]
    pem: bool,
    /// With --jwks: say that the key signs (for an authority's own key set) instead of that one encrypts to it.
    #[arg(long, env = "SHAREHOLD_SIGNING", requires = "jwks")]
    signing: bool,
}

/// Makes or shows keys.
pub fn run(command: &Command) -> Result<(), Failure> {
    match command {
        Command::New(new) => make(new),
        Command::Show(show) => print(&shown(show)?),
    }
}

fn make(new: &New) -> Result<(), Failure> {
    let bits = new.bits.parse().map_err(|_| Failure::Usage("--bits must be a number".into()))?;
    let (private, certificate) = pair::create(&new.folder, bits).map_err(|error| Failure::Failed(error.to_string()))?;
    print(&format!("{}\n{}", private.display(), certificate.display()))
}

fn shown(show: &Show) -> Result<String, Failure> {
    if !show.jwks && !show.pem {
        let what =
            "choose --jwks (a JWK set, which most authorization servers take) or --pem (the certificate or public key)";
        return Err(Failure::Usage(what.into()));
    }
    let text = read(&show.file)?;
    let certificate = text.contains("-----BEGIN CERTIFICATE-----");
    let key =
        if certificate { PublishedKey::from_certificate_pem(&text) } else { PublishedKey::from_private_pem(&text) };
    let key = key.map_err(|fault| Failure::Failed(format!("{} {fault}", show.file.display())))?;
    if show.jwks {
        return Ok(format!("{:#}", json!({"keys": [jwk(&key, show.signing)]})));
    }
    if certificate {
        return Ok(certificates(&text));
    }
    let pem = key.public_key().to_public_key_pem(LineEnding::LF);
    pem.map_err(|error| Failure::Failed(format!("{}: {error}", show.file.display())))
}

/// The JWK; of a signing key with `use` = `sig` and no `alg`, since the same key may sign RS256 and PS256.
fn jwk(key: &PublishedKey, signing: bool) -> serde_json::Value {
    let mut jwk = key.jwk().clone();
    if let Some(members) = jwk.as_object_mut().filter(|_| signing) {
        members.insert("use".into(), "sig".into());
        members.remove("alg");
    }
    jwk
}

/// The certificate blocks alone: a file may hold the private key beside them.
fn certificates(text: &str) -> String {
    let mut within = false;
    let mut kept = String::new();
    for line in text.lines() {
        within |= line.starts_with("-----BEGIN CERTIFICATE-----");
        if within {
            kept.push_str(line);
            kept.push('\n');
        }
        within &= !line.starts_with("-----END CERTIFICATE-----");
    }
    kept
}

/// Wiped when dropped: it may be a private key.
fn read(path: &Path) -> Result<Zeroizing<String>, Failure> {
    let text = std::fs::read_to_string(path).map(Zeroizing::new);
    text.map_err(|error| Failure::Failed(format!("{} cannot be read: {error}", path.display())))
}
