//! What became of one card or event of an import, and of all. Imports nothing of ours but the types of columns.

use serde::{Serialize, Serializer};
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{RefOr, Schema};

use crate::store::columns::Uid;

/// What was done with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// It is new here, and was added.
    Created,
    /// What is here under its UID was changed.
    Updated,
    /// What is here under its UID is the same.
    Unchanged,
    /// Nothing was done: it is of another kind than is imported, or comes again in the file.
    Skipped,
    /// Nothing was done: it cannot be taken.
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
    /// What it became.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "shown")]
    pub id: Option<Uid>,
    /// What was done with it.
    pub result: Outcome,
    /// Why it was rejected or skipped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What is wrong with it although it was taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warning: Option<String>,
}

impl Item {
    /// Whether it was taken.
    pub fn is_taken(&self) -> bool {
        matches!(self.result, Outcome::Created | Outcome::Updated | Outcome::Unchanged)
    }
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
    /// Of another kind, or there again in the file; not told if there are none.
    #[serde(skip_serializing_if = "is_none")]
    pub skipped: u64,
    /// Not taken.
    pub rejected: u64,
}

impl Totals {
    /// Counts one.
    pub fn add(&mut self, item: &Item) {
        self.count(item.result);
    }

    /// Counts one that came to this.
    pub fn count(&mut self, result: Outcome) {
        let count = match result {
            Outcome::Created => &mut self.created,
            Outcome::Updated => &mut self.updated,
            Outcome::Unchanged => &mut self.unchanged,
            Outcome::Skipped => &mut self.skipped,
            Outcome::Rejected => &mut self.rejected,
        };
        *count = count.saturating_add(1);
    }
}

// Serde hands over a reference to the number too.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn is_none(count: &u64) -> bool {
    *count == 0
}

// Serde hands over a reference to the field, whatever it is.
#[expect(clippy::ref_option, reason = "serde's signature")]
fn shown<S: Serializer>(id: &Option<Uid>, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(&id.map(|id| id.to_string()).unwrap_or_default())
}

/// The schema of a report.
pub fn schema() -> (String, RefOr<Schema>) {
    let of = |kind: Type| ObjectBuilder::new().schema_type(SchemaType::new(kind));
    let number = || of(Type::Integer);
    let results = ["created", "updated", "unchanged", "skipped", "rejected"];
    let item = of(Type::Object)
        .property("index", number())
        .property("line", number())
        .property("uid", of(Type::String))
        .property("id", of(Type::String))
        .property("result", of(Type::String).enum_values(Some(results)))
        .property("reason", of(Type::String))
        .property("warning", of(Type::String))
        .required("index")
        .required("line")
        .required("result");
    let counts = results.iter().fold(of(Type::Object), |report, name| {
        let report = report.property(*name, number());
        if *name == "skipped" { report } else { report.required(*name) }
    });
    let report = counts.property("items", ArrayBuilder::new().items(item)).required("items");
    ("importReport".into(), RefOr::T(Schema::Object(report.build())))
}
