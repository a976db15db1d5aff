//! What became of one card of an import, and of all. Imports nothing of ours but the types of columns.

use serde::{Serialize, Serializer};

use crate::store::columns::Uid;

/// What was done with a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// A contact was made.
    Created,
    /// The contact with its UID was changed.
    Updated,
    /// The contact with its UID is the same.
    Unchanged,
    /// Nothing was done.
    Rejected,
}

/// One line of the report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Item {
    /// Its place in the file, from 0.
    pub index: u64,
    /// The line where it begins, from 1.
    pub line: u64,
    /// Its UID, if it could be read; the one that it was given, if it has none of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uid: Option<String>,
    /// The contact that it became.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "shown")]
    pub id: Option<Uid>,
    /// What was done with it.
    pub result: Outcome,
    /// Why it was rejected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// How many came to what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// Made.
    pub created: u64,
    /// Changed.
    pub updated: u64,
    /// The same.
    pub unchanged: u64,
    /// Not taken.
    pub rejected: u64,
}

impl Totals {
    /// Counts one.
    pub fn add(&mut self, item: &Item) {
        let count = match item.result {
            Outcome::Created => &mut self.created,
            Outcome::Updated => &mut self.updated,
            Outcome::Unchanged => &mut self.unchanged,
            Outcome::Rejected => &mut self.rejected,
        };
        *count = count.saturating_add(1);
    }
}

// Serde hands over a reference to the field, whatever it is.
#[expect(clippy::ref_option, reason = "serde's signature")]
fn shown<S: Serializer>(id: &Option<Uid>, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(&id.map(|id| id.to_string()).unwrap_or_default())
}
