//! The file of `token mint --file`: people, clients, tokens by name. YAML, and so JSON too; unknown keys are refused.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{Map, Value};

/// The longest file, bytes.
const MOST_BYTES: u64 = 1024 * 1024;

/// What the file says.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Batch {
    /// The authority's folder.
    pub(super) authority: Option<PathBuf>,
    /// `iss`.
    pub(super) issuer: Option<String>,
    /// `aud`.
    pub(super) audience: Option<String>,
    /// Whom to encrypt to.
    #[serde(rename = "for")]
    pub(super) recipient: Option<PathBuf>,
    /// Seconds from `iat` to `exp`, where a token does not say.
    #[serde(default = "lifetime_s")]
    pub(super) lifetime_s: u32,
    #[serde(default)]
    pub(super) people: BTreeMap<String, Person>,
    #[serde(default)]
    pub(super) clients: BTreeMap<String, Client>,
    #[serde(default)]
    pub(super) tokens: BTreeMap<String, Token>,
    /// Every person × client × scope: tokens named `PERSON_CLIENT_SCOPE`.
    #[serde(default)]
    pub(super) product: Option<Product>,
}

/// Someone whom tokens are about.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Person {
    /// `sub`; absent: the name in the file.
    pub(super) sub: Option<String>,
    /// Claims of all of the person's tokens, such as `email`.
    #[serde(default)]
    pub(super) claims: Map<String, Value>,
}

/// A program that uses tokens.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Client {
    /// `client_id`; absent: the name in the file.
    pub(super) client_id: Option<String>,
}

/// One token.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Token {
    /// Absent: the client's own token, without a person.
    pub(super) person: Option<String>,
    /// Absent: the only client of the file.
    pub(super) client: Option<String>,
    #[serde(default)]
    pub(super) scope: String,
    pub(super) lifetime_s: Option<u32>,
    /// More claims, or other values; `null` leaves a claim out.
    #[serde(default)]
    pub(super) claims: Map<String, Value>,
    pub(super) fault: Option<Spoilt>,
}

/// What is wrong with a token on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Spoilt {
    /// It expired an hour ago.
    Expired,
    /// It is valid in an hour only.
    NotYetValid,
    /// It is for another server.
    WrongAudience,
    /// It says it is of another authority.
    WrongIssuer,
    /// It is signed, but not encrypted.
    Unencrypted,
    /// One letter was changed on the way.
    Damaged,
}

/// Every combination.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Product {
    /// Absent: all people of the file.
    pub(super) people: Option<Vec<String>>,
    /// Absent: all clients of the file.
    pub(super) clients: Option<Vec<String>>,
    /// A name for each scope.
    pub(super) scopes: BTreeMap<String, String>,
}

const fn lifetime_s() -> u32 {
    3600
}

impl Batch {
    /// Reads the file at `path`; its paths are relative to its folder. The error is one line that names the place.
    pub(super) fn read(path: &Path) -> Result<Self, String> {
        let failed = |what: &dyn std::fmt::Display| {
            format!("{}: {what}", path.display()).lines().map(str::trim).collect::<Vec<_>>().join(" ")
        };
        // Bounded as it is read: of a pipe or a device the size is not known.
        let mut text = String::new();
        let file = std::fs::File::open(path).map_err(|error| failed(&error))?;
        let read = file.take(MOST_BYTES + 1).read_to_string(&mut text).map_err(|error| failed(&error))?;
        if u64::try_from(read).is_ok_and(|read| read > MOST_BYTES) {
            return Err(failed(&"is longer than a megabyte"));
        }
        let options = serde_saphyr::options! {
            with_snippet: false,
            budget: serde_saphyr::budget! { max_events: 100_000, max_aliases: 100, max_anchors: 100, max_depth: 32 },
        };
        let mut batch: Self = serde_saphyr::from_str_with_options(&text, options).map_err(|error| failed(&error))?;
        let folder = path.parent().unwrap_or(Path::new("."));
        for path in [&mut batch.authority, &mut batch.recipient].into_iter().flatten() {
            *path = folder.join(&path);
        }
        Ok(batch)
    }
}
