//! A folder as it is answered.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, ETAG};
use serde_json::{Map, Value, json};
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Ref, SchemaType, Type};
use utoipa::openapi::{RefOr, Schema};

use crate::problem::Problem;
use crate::query::Options;
use crate::resources::collection;
use crate::resources::conditions::ETag;
use crate::resources::contacts::folders::queries::Row;
use crate::resources::shape::{Shape, invalid, is_annotation, unknown};
use crate::store::Person;

/// The members.
const MEMBERS: [&str; 5] = ["id", "displayName", "parentFolderId", "createdDateTime", "lastModifiedDateTime"];
/// The name of the default folder.
pub const DEFAULT_NAME: &str = "Contacts";

const NAME: Shape = Shape::Line(255);

/// What of a folder an answer shows.
#[derive(Debug, Clone)]
pub struct View(Option<Vec<usize>>);

impl View {
    /// By `$select`.
    pub fn of(options: &Options) -> Result<Self, Problem> {
        options.select(&MEMBERS).map(Self)
    }

    /// The tag of what is of this version, seen so.
    pub fn etag(&self, version: i64) -> ETag {
        let bits = |select: &Vec<usize>| select.iter().fold(1_u64 << MEMBERS.len(), |bits, at| bits | 1 << at);
        ETag { version, view: self.0.as_ref().map_or(0, bits) }
    }

    /// A folder as JSON.
    pub fn json(&self, row: &Row, person: Person) -> Value {
        // The others lie in the default one.
        let parent = if row.id == person.uid { Value::Null } else { person.uid.to_string().into() };
        let values: [Value; MEMBERS.len()] = [
            row.id.to_string().into(),
            row.name.as_str().into(),
            parent,
            row.created_at.rfc3339().into(),
            row.modified_at.rfc3339().into(),
        ];
        let shown = |at: &usize| self.0.as_ref().is_none_or(|select| *at == 0 || select.contains(at));
        let members = MEMBERS.into_iter().zip(values).enumerate().filter(|(at, _)| shown(at));
        let etag = ("@odata.etag".to_owned(), self.etag(row.changed).to_string().into());
        std::iter::once(etag)
            .chain(members.map(|(_, (name, value))| (name.to_owned(), value)))
            .collect::<Map<_, _>>()
            .into()
    }

    /// The answer with one folder.
    pub fn answer(&self, status: StatusCode, row: &Row, person: Person) -> HttpResponse {
        let mut response = HttpResponse::build(status);
        response.insert_header((CONTENT_TYPE, "application/json"));
        response.insert_header((ETAG, self.etag(row.changed).to_string()));
        response.body(self.json(row, person).to_string())
    }
}

/// The name that a body gives; none: it gives nothing.
pub fn name(given: &Map<String, Value>) -> Result<Option<String>, Problem> {
    if let Some((other, _)) = given.iter().find(|(name, _)| *name != "displayName" && !is_annotation(name)) {
        let set_by_server = MEMBERS.contains(&other.as_str());
        return Err(if set_by_server { invalid(other, "is set by the server") } else { unknown(other) });
    }
    let Some(given) = given.get("displayName") else { return Ok(None) };
    match NAME.merged(&Value::Null, given, "displayName")? {
        Value::String(name) if !name.trim().is_empty() => Ok(Some(name.trim().to_owned())),
        _ => Err(invalid("displayName", "is empty; a folder has a name")),
    }
}

/// The schema of an answer.
pub fn schema() -> (String, RefOr<Schema>) {
    let text = || ObjectBuilder::new().schema_type(SchemaType::new(Type::String)).read_only(true);
    let object = MEMBERS.iter().filter(|name| **name != "displayName").fold(ObjectBuilder::new(), |object, name| {
        let nullable = SchemaType::from_iter([Type::String, Type::Null]);
        object.property(*name, if *name == "parentFolderId" { text().schema_type(nullable) } else { text() })
    });
    let object = object.property("@odata.etag", text()).property("displayName", written()).required("id");
    ("contactFolder".into(), RefOr::T(Schema::Object(object.build())))
}

/// The schema of a body.
pub fn body_schema() -> (String, RefOr<Schema>) {
    let object = ObjectBuilder::new().property("displayName", written()).examples([json!({"displayName": "Family"})]);
    ("contactFolderChange".into(), RefOr::T(Schema::Object(object.build())))
}

fn written() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(SchemaType::new(Type::String)).min_length(Some(1)).max_length(Some(255))
}

/// The schema of a page.
pub fn page_schema() -> (String, RefOr<Schema>) {
    let items = ArrayBuilder::new().items(RefOr::Ref(Ref::from_schema_name("contactFolder")));
    collection::page_schema("contactFolderPage", items)
}

/// The schema of a page of a round.
pub fn round_schema() -> (String, RefOr<Schema>) {
    collection::round_schema("contactFolderRound", "contactFolder")
}
