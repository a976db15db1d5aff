//! A row of the log as it is answered.

use serde_json::{Map, Value};
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{KnownFormat, RefOr, Schema, SchemaFormat};

use crate::problem::Problem;
use crate::query::Options;
use crate::resources::access_log::queries::Row;
use crate::resources::collection;

/// The members.
const MEMBERS: [&str; 7] = ["id", "hour", "clientId", "kind", "operation", "items", "refusals"];

/// The words for what was done, by their numbers in the database.
pub const OPERATIONS: [&str; 2] = ["read", "write"];

/// What of a row an answer shows.
#[derive(Debug, Clone)]
pub struct View(Option<Vec<usize>>);

impl View {
    /// By `$select`.
    pub fn of(options: &Options) -> Result<Self, Problem> {
        options.select(&MEMBERS).map(Self)
    }

    /// A row as JSON.
    pub fn json(&self, row: &Row) -> Value {
        let operation = usize::try_from(row.operation).ok().and_then(|at| OPERATIONS.get(at).copied());
        let values: [Value; MEMBERS.len()] = [
            row.id.to_string().into(),
            row.hour.rfc3339().into(),
            row.client.as_str().into(),
            row.kind.as_str().into(),
            operation.into(),
            row.items.into(),
            row.refusals.into(),
        ];
        let shown = |at: usize| self.0.as_ref().is_none_or(|select| at == 0 || select.contains(&at));
        let members = MEMBERS.into_iter().zip(values).enumerate().filter(|(at, _)| shown(*at));
        members.map(|(_, (name, value))| (name.to_owned(), value)).collect::<Map<_, _>>().into()
    }
}

/// The schema of a page.
pub fn page_schema() -> (String, RefOr<Schema>) {
    let text = || ObjectBuilder::new().schema_type(SchemaType::new(Type::String));
    let number = |what: &str| {
        ObjectBuilder::new().schema_type(SchemaType::new(Type::Integer)).minimum(Some(0)).description(Some(what))
    };
    let hour = text().format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)));
    let row = ObjectBuilder::new()
        .property("id", text())
        .property("hour", hour.description(Some("When the hour began")))
        .property("clientId", text().description(Some("Who")))
        .property("kind", text().description(Some("The kind of data")))
        .property("operation", text().enum_values(Some(OPERATIONS)))
        .property("items", number("How many items were read or changed"))
        .property("refusals", number("How often it was refused, for want of a scope"))
        .required("id");
    collection::page_schema("accessLogPage", ArrayBuilder::new().items(row))
}
