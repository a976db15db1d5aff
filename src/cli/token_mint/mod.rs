//! `sharehold token mint`: an access token as an authorization server would issue it, for scripts that test an API. The same
//! functions serve `demo` and the tests.

mod authority;
mod batch;
mod claims;
mod recipient;
mod seal;

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use clap::{Args, ValueEnum};
use serde_json::Value;
use thiserror::Error;

use super::{Failure, print};
use crate::clock::{Clock as _, SystemClock};
use crate::json;
use crate::token::KeyFault;

pub use super::pair::PairError;
pub use authority::{Authority, Signature};
pub use batch::Format;
pub use claims::Claims;
pub use recipient::Recipient;
pub use seal::{ContentEncryption, KeyManagement};

/// Why no token was made.
#[derive(Debug, Error)]
pub enum MintError {
    /// A file cannot be read.
    #[error("{0} cannot be read: {1}")]
    Unreadable(PathBuf, std::io::Error),
    /// A key file does not hold a usable key.
    #[error("{0} {1}")]
    Key(PathBuf, KeyFault),
    /// The recipient is neither a certificate nor a JWK set with a key to encrypt to.
    #[error("the recipient {0}")]
    Recipient(String),
    /// The cryptographic library refused; with usable keys it does not.
    #[error("cannot {0}")]
    Crypto(&'static str),
}

/// What the token is signed and encrypted with.
#[derive(Debug, Clone, Copy, Default)]
pub struct Algorithms {
    /// JWS `alg`.
    pub signature: Signature,
    /// JWE `alg`.
    pub key_management: KeyManagement,
    /// JWE `enc`.
    pub content_encryption: ContentEncryption,
}

/// A token of `authority` for `recipient`, issued at `now`: a JWS with `typ` = `at+jwt` (RFC 9068 §2.1) inside a compact JWE
/// with `cty` = `JWT` (RFC 7519 §5.2), `kid` in both headers.
pub fn mint(
    authority: &Authority,
    recipient: &Recipient,
    claims: &Claims,
    algorithms: Algorithms,
    now: DateTime<Utc>,
) -> Result<String, MintError> {
    let signed = authority.sign(&claims.issued_at(now), algorithms.signature)?;
    seal::seal(recipient, signed.as_bytes(), algorithms.key_management, algorithms.content_encryption)
}

pub(super) const EXAMPLE: &str = "\
Example: sharehold token mint --authority authority --issuer https://as.example \\
    --audience http://127.0.0.1:8700 --for keys/certificate.pem --sub ann --client try-it --scope 'User.Read Contacts.Read'

Many at once, beside a running `sharehold demo`: sharehold token mint --file tokens.yaml --out tokens.env, with this tokens.yaml
(or the same in JSON); paths are relative to it, unknown keys are refused, and a flag goes before what the file says:

  authority: data/demo/authority
  issuer: https://authority.demo.example
  audience: http://127.0.0.1:8700
  for: data/demo/keys/certificate.pem
  lifetime_s: 3600                       # unless a token says otherwise
  people:
    ann: {claims: {email: ann.okafor@example.org, email_verified: true}}   # sub: ann, unless it is given
    bob: {}
  clients:
    site: {client_id: demo-site}
  tokens:
    ANN: {person: ann, client: site, scope: User.ReadWrite, lifetime_s: 60}
    NOBODY: {client: site, scope: User.Read}                           # the client's own: without a person
    EXPIRED: {person: ann, client: site, scope: User.Read, fault: expired}
    WITHOUT_JTI: {person: ann, client: site, claims: {jti: null}}
  product:                               # bob_site_read, bob_site_write; absent people or clients: all
    people: [bob]
    scopes: {read: User.Read, write: User.ReadWrite}

Faults: expired, not_yet_valid, wrong_audience, wrong_issuer, unencrypted, damaged. Then: set -a; . ./tokens.env; set +a;
curl -H \"Authorization: Bearer $ANN\" http://127.0.0.1:8700/v1.0/me";

/// `sharehold token mint`
#[derive(Debug, Args)]
pub struct Mint {
    /// The authority's folder, as `sharehold keys new` makes it: private.pem signs.
    #[arg(long, value_name = "DIR", env = "SHAREHOLD_AUTHORITY", required_unless_present = "file")]
    authority: Option<PathBuf>,
    /// `iss`: as `authorization_servers.issuer` says it.
    #[arg(long, env = "SHAREHOLD_ISSUER", required_unless_present = "file")]
    issuer: Option<String>,
    /// `aud`: the server's `public_url`, unless it is configured otherwise; may be given again.
    #[arg(long, env = "SHAREHOLD_AUDIENCE", required_unless_present = "file")]
    audience: Vec<String>,
    /// Whom to encrypt to: the server's certificate.pem, or a file with its JWK set.
    #[arg(long = "for", value_name = "CERT|JWKS", env = "SHAREHOLD_FOR", required_unless_present = "file")]
    recipient: Option<PathBuf>,
    /// `sub`: the person. The same as --client: a token without a person.
    #[arg(long, env = "SHAREHOLD_SUB", required_unless_present = "file")]
    sub: Option<String>,
    /// `client_id`: the application.
    #[arg(long, env = "SHAREHOLD_CLIENT", required_unless_present = "file")]
    client: Option<String>,
    /// `scope`: separated by single spaces.
    #[arg(long, env = "SHAREHOLD_SCOPE", default_value = "")]
    scope: String,
    /// Seconds from `iat` to `exp`.
    #[arg(long, value_name = "SECONDS", env = "SHAREHOLD_LIFETIME", default_value_t = 3600,
        value_parser = clap::value_parser!(u32).range(1..))]
    lifetime: u32,
    /// How the content key is wrapped.
    #[arg(long, env = "SHAREHOLD_ALG", value_enum, default_value_t)]
    alg: KeyManagement,
    /// How the content is encrypted.
    #[arg(long, env = "SHAREHOLD_ENC", value_enum, default_value_t)]
    enc: ContentEncryption,
    /// How it is signed.
    #[arg(long, env = "SHAREHOLD_SIGNATURE_ALG", value_enum, default_value_t)]
    signature_alg: Signature,
    /// One more claim, or another value for one of the above; `null` leaves it out; may be given again.
    #[arg(long = "claim", value_name = "NAME=JSON", env = "SHAREHOLD_CLAIM", value_parser = claim)]
    claims: Vec<(String, Value)>,
    /// Many tokens: a YAML or JSON file of people, clients and tokens; see the example below.
    #[arg(long, value_name = "FILE", env = "SHAREHOLD_TOKENS",
        conflicts_with_all = ["sub", "client", "scope", "lifetime", "claims"])]
    file: Option<PathBuf>,
    /// With --file: where to write them (mode 0600, replaced as a whole) instead of standard output.
    #[arg(long, value_name = "FILE", env = "SHAREHOLD_OUT", requires = "file")]
    out: Option<PathBuf>,
    /// With --file: how to write them down.
    #[arg(long, env = "SHAREHOLD_FORMAT", value_enum, default_value_t, requires = "file")]
    format: Format,
}

impl Mint {
    fn algorithms(&self) -> Algorithms {
        Algorithms { signature: self.signature_alg, key_management: self.alg, content_encryption: self.enc }
    }
}

fn claim(text: &str) -> Result<(String, Value), String> {
    let (name, value) = text.split_once('=').ok_or("must be NAME=JSON, such as email='\"ann@example.org\"'")?;
    let value = json::strict(value.as_bytes(), 16).map_err(|error| format!("`{value}` is not JSON: {error}"))?;
    Ok((name.to_owned(), value))
}

/// Makes the token, or the tokens, that are asked for.
pub fn run(asked: Mint) -> Result<(), Failure> {
    let now = SystemClock.now();
    if let Some(path) = &asked.file {
        return batch::run(&asked, path, now);
    }
    let algorithms = asked.algorithms();
    let (Some(authority), Some(recipient), Some(issuer), Some(subject), Some(client)) =
        (asked.authority, asked.recipient, asked.issuer, asked.sub, asked.client)
    else {
        return Err(Failure::Usage(
            "give --authority, --issuer, --audience, --for, --sub and --client, or --file".into(),
        ));
    };
    let claims = Claims {
        issuer,
        audience: asked.audience,
        subject,
        client,
        scope: asked.scope,
        lifetime_s: asked.lifetime.into(),
        more: asked.claims.into_iter().collect(),
    };
    let token = Authority::load(&authority)
        .and_then(|authority| mint(&authority, &Recipient::load(&recipient)?, &claims, algorithms, now));
    print(&token.map_err(|error| Failure::Failed(error.to_string()))?)
}

/// The name that an algorithm has on the wire, which is the name that the command line knows it by.
fn wire_name(algorithm: &impl ValueEnum) -> String {
    algorithm.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
}
