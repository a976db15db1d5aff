//! `manifest.json`: what a backup is of.

use serde::{Deserialize, Serialize};

use crate::cli::progress::{Progress, tell};

/// The form that this program writes, and the one that it reads.
pub(in crate::cli) const FORMAT: u32 = 1;

/// What it says.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::cli) struct Manifest {
    /// [`FORMAT`].
    pub(in crate::cli) format: u32,
    /// When the backup was begun: every write that was acknowledged before is in it.
    pub(in crate::cli) begun_at: String,
    /// The version of the program.
    pub(in crate::cli) sharehold: String,
    /// The database.
    pub(in crate::cli) database: Contents,
    /// The blobs.
    pub(in crate::cli) blobs: Copied,
    /// What was wrong with what it was made from.
    #[serde(default, skip_serializing_if = "Faults::is_none")]
    pub(in crate::cli) faults: Faults,
}

/// How many of them are written down.
const TOLD: usize = 100;

/// Faults of what was copied.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::cli) struct Faults {
    pub(in crate::cli) count: u64,
    /// The first of them, a line each.
    pub(in crate::cli) first: Vec<String>,
}

impl Faults {
    /// Tells one, and keeps it.
    pub(in crate::cli) fn tell(&mut self, progress: Option<&Progress>, line: &str) {
        tell(progress, line);
        self.count += 1;
        if self.first.len() < TOLD {
            self.first.push(line.to_owned());
        }
    }

    fn is_none(&self) -> bool {
        self.count == 0
    }
}

/// Which database, and what its copy is.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::cli) struct Contents {
    /// `sqlite` or `postgres`.
    pub(in crate::cli) kind: String,
    /// The database's own id.
    pub(in crate::cli) id: uuid::Uuid,
    /// Its last migration.
    pub(in crate::cli) schema: String,
    /// PostgreSQL's schema that its tables are in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::cli) namespace: Option<String>,
}

/// How many blobs were copied.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::cli) struct Copied {
    pub(in crate::cli) count: u64,
    pub(in crate::cli) bytes: u64,
}

impl Manifest {
    /// As it is written.
    pub(super) fn text(&self) -> serde_json::Result<String> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }

    /// Reads it; a later form is refused.
    pub(super) fn parse(text: &[u8]) -> Result<Self, String> {
        #[derive(Deserialize)]
        struct Form {
            format: u32,
        }
        let Form { format } = serde_json::from_slice(text).map_err(|fault| fault.to_string())?;
        if format != FORMAT {
            return Err(format!("is of form {format}, and this program reads form {FORMAT}: use the newer program"));
        }
        serde_json::from_slice(text).map_err(|fault| fault.to_string())
    }
}
