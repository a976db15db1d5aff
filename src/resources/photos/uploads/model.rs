//! What is asked for when a session is made, and what is answered of one: Graph's `uploadSession`.

use chrono::SecondsFormat;
use serde_json::{Map, Value, json};
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{RefOr, Schema};

use super::queries::Session;
use crate::problem::{Code, Problem};
use crate::resources::photos::change::{self, DESCRIPTION};
use crate::resources::photos::name;
use crate::resources::shape::{invalid, is_annotation, unknown};

/// The picture that is to come, as far as it is said before.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asked {
    /// What it is to be called, or ''.
    pub name: String,
    /// What is said of it, or ''.
    pub description: String,
    /// How many bytes it has.
    pub total: Option<i64>,
}

impl Asked {
    /// Reads a body. Names need not differ, so whatever `@microsoft.graph.conflictBehavior` says holds.
    pub fn of(given: &Map<String, Value>, most: u64) -> Result<Self, Problem> {
        let mut asked = Self::default();
        for (member, value) in given.iter().filter(|(member, _)| !is_annotation(member)) {
            match (member.as_str(), value) {
                ("item", Value::Object(item)) => asked.read(item, most)?,
                ("item", Value::Null) | ("deferCommit", Value::Bool(false) | Value::Null) => {}
                ("item", _) => return Err(invalid("item", "is not an object")),
                ("deferCommit", _) => {
                    return Err(invalid("deferCommit", "is not taken: the last part makes the photo"));
                }
                (member, _) => return Err(unknown(member)),
            }
        }
        Ok(asked)
    }

    fn read(&mut self, item: &Map<String, Value>, most: u64) -> Result<(), Problem> {
        for (member, value) in item.iter().filter(|(member, _)| !is_annotation(member)) {
            match (member.as_str(), value) {
                ("name", Value::String(text)) => self.name = name::checked(text, "item.name")?,
                ("name", _) => return Err(invalid("item.name", "is not a string")),
                ("description", value) => self.description = change::text(&DESCRIPTION, value, "item.description")?,
                // When the file was made and changed, on the client's disk: a photo says itself when it was taken.
                ("fileSize", Value::Null) | ("fileSystemInfo", _) => {}
                ("fileSize", value) => self.total = Some(size(value, most)?),
                (member, _) => return Err(unknown(&format!("item.{member}"))),
            }
        }
        Ok(())
    }
}

fn size(value: &Value, most: u64) -> Result<i64, Problem> {
    let size = value.as_i64().filter(|size| *size > 0);
    let size = size.ok_or_else(|| invalid("item.fileSize", "is not a whole number from 1 on"))?;
    if u64::try_from(size).unwrap_or(0) > most { Err(too_large(most)) } else { Ok(size) }
}

/// Of a picture beyond the limit.
pub fn too_large(most: u64) -> Problem {
    Problem::new(Code::TooLarge, format!("A picture has at most {most} bytes."))
}

/// A session as it is answered. `address` is told to whoever made it.
pub fn answer(session: &Session, address: Option<&str>) -> Value {
    let expires = session.expires_at.datetime().to_rfc3339_opts(SecondsFormat::Secs, true);
    let mut answer = json!({"expirationDateTime": expires, "nextExpectedRanges": expected(session)});
    if let (Some(members), Some(address)) = (answer.as_object_mut(), address) {
        members.insert("uploadUrl".into(), address.into());
    }
    answer
}

/// The range that is awaited. Closed as soon as it is known how many bytes there are: `msgraph-core` cannot read an open one.
fn expected(session: &Session) -> Vec<String> {
    match (session.photo, session.total) {
        (Some(_), _) => Vec::new(),
        (None, None) => vec![format!("{}-", session.received)],
        (None, Some(total)) => vec![format!("{}-{}", session.received, total.saturating_sub(1))],
    }
}

fn of(kind: Type) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(SchemaType::new(kind))
}

/// The schema of a body.
pub fn request() -> (String, RefOr<Schema>) {
    let item = ObjectBuilder::new()
        .property("name", of(Type::String).min_length(Some(1)).max_length(Some(255)))
        .property("description", DESCRIPTION.schema())
        .property("fileSize", of(Type::Integer).minimum(Some(1)).description(Some("Bytes, if that is known already")));
    let object = ObjectBuilder::new()
        .property("item", item)
        .examples([json!({"item": {"name": "beach.jpg", "fileSize": 5_242_880}})]);
    ("photoUploadRequest".into(), RefOr::T(Schema::Object(object.build())))
}

/// The schema of a session.
pub fn session() -> (String, RefOr<Schema>) {
    let ranges = ArrayBuilder::new().items(of(Type::String)).description(Some(
        "The bytes that are awaited, `FIRST-LAST`; open (`FIRST-`) while nobody said how many there are",
    ));
    let object = ObjectBuilder::new()
        .property("uploadUrl", of(Type::String).description(Some("Takes the parts; told when the session is made")))
        .property("expirationDateTime", of(Type::String))
        .property("nextExpectedRanges", ranges)
        .required("expirationDateTime")
        .required("nextExpectedRanges");
    ("photoUploadSession".into(), RefOr::T(Schema::Object(object.build())))
}
