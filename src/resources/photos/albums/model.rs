//! An album as it is answered, and what a body says of one.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, ETAG};
use serde_json::{Map, Value, json};
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Ref, SchemaType, Type};
use utoipa::openapi::{RefOr, Schema};

use crate::problem::{Code, Problem};
use crate::query::Options;
use crate::resources::collection;
use crate::resources::conditions::ETag;
use crate::resources::photos::albums::queries::Row;
use crate::resources::photos::change::{DESCRIPTION, text};
use crate::resources::photos::name::NAME;
use crate::resources::shape::{invalid, is_annotation, unknown};
use crate::store::columns::Uid;

/// The members.
const MEMBERS: [&str; 7] =
    ["id", "name", "description", "coverPhotoId", "photoCount", "createdDateTime", "lastModifiedDateTime"];

/// How many photos one request puts into an album.
const IDS: usize = 1000;

/// What of an album an answer shows.
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

    /// An album as JSON.
    pub fn json(&self, row: &Row) -> Value {
        let values: [Value; MEMBERS.len()] = [
            row.id.to_string().into(),
            row.name.as_str().into(),
            Some(row.description.as_str()).filter(|text| !text.is_empty()).into(),
            row.cover.map(|cover| cover.to_string()).into(),
            row.photos.into(),
            row.created_at.rfc3339().into(),
            row.modified_at.rfc3339().into(),
        ];
        let shown = |at: &usize| self.0.as_ref().is_none_or(|select| *at == 0 || select.contains(at));
        let members = MEMBERS.into_iter().zip(values).enumerate().filter(|(at, _)| shown(at));
        let etag = ("@odata.etag".to_owned(), self.etag(row.changed).to_string().into());
        let members = members.map(|(_, (name, value))| (name.to_owned(), value));
        std::iter::once(etag).chain(members).collect::<Map<_, _>>().into()
    }

    /// The answer with one album.
    pub fn answer(&self, status: StatusCode, row: &Row) -> HttpResponse {
        let mut response = HttpResponse::build(status);
        response.insert_header((CONTENT_TYPE, "application/json"));
        response.insert_header((ETAG, self.etag(row.changed).to_string()));
        response.body(self.json(row).to_string())
    }
}

/// What a body says of an album; none: it says nothing of that.
#[derive(Debug, Clone, Default)]
pub struct Change {
    /// What it is to be called.
    pub name: Option<String>,
    /// What is to be said of it; '': nothing.
    pub description: Option<String>,
    /// The photo on its cover; none in it: whichever is the first.
    pub cover: Option<Option<Uid>>,
}

impl Change {
    /// Reads a body. Whoever sends a whole album back sends what the server sets along: that says nothing.
    pub fn of(given: &Map<String, Value>) -> Result<Self, Problem> {
        let mut change = Self::default();
        for (member, value) in given.iter().filter(|(member, _)| !is_annotation(member)) {
            match member.as_str() {
                "name" => change.name = Some(name(value)?),
                "description" => change.description = Some(text(&DESCRIPTION, value, "description")?),
                "coverPhotoId" => change.cover = Some(cover(value)?),
                member if MEMBERS.contains(&member) => {}
                member => return Err(unknown(member)),
            }
        }
        Ok(change)
    }
}

fn name(value: &Value) -> Result<String, Problem> {
    let name = text(&NAME, value, "name")?;
    let name = name.trim();
    if name.is_empty() { Err(invalid("name", "is empty; an album has a name")) } else { Ok(name.to_owned()) }
}

fn cover(value: &Value) -> Result<Option<Uid>, Problem> {
    match value {
        Value::Null => Ok(None),
        Value::String(id) => Uid::parse(id).map(Some).ok_or_else(no_cover),
        _ => Err(invalid("coverPhotoId", "is not a string")),
    }
}

/// That the cover that a body names is not in the album.
pub fn no_cover() -> Problem {
    Problem::new(Code::NotFound, "`coverPhotoId` names no photo that is in this album.").target("coverPhotoId")
}

/// That a body names a photo that is not there.
pub fn no_photo(path: &str) -> Problem {
    Problem::new(Code::NotFound, format!("`{path}` names no photo that is there.")).target(path)
}

/// The photos that a body names, each once.
pub fn ids(given: &Map<String, Value>) -> Result<Vec<Uid>, Problem> {
    if let Some((other, _)) = given.iter().find(|(name, _)| *name != "ids" && !is_annotation(name)) {
        return Err(unknown(other));
    }
    let Some(Value::Array(items)) = given.get("ids") else {
        return Err(invalid("ids", "is no array of photos' ids"));
    };
    if items.len() > IDS {
        return Err(invalid("ids", &format!("has more than {IDS} items")));
    }
    let mut ids = Vec::with_capacity(items.len());
    for (at, item) in items.iter().enumerate() {
        let path = format!("ids[{at}]");
        let text = item.as_str().ok_or_else(|| invalid(&path, "is not a string"))?;
        ids.push(Uid::parse(text).ok_or_else(|| no_photo(&path))?);
    }
    Ok(ids)
}

fn of(kind: Type) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(SchemaType::new(kind))
}

fn or_null(kind: Type) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(SchemaType::from_iter([kind, Type::Null]))
}

/// The schema of an answer.
pub fn schema() -> (String, RefOr<Schema>) {
    let object = MEMBERS.into_iter().fold(ObjectBuilder::new(), |object, name| match name {
        "name" => object.property(name, of(Type::String)),
        "description" | "coverPhotoId" => object.property(name, or_null(Type::String)),
        "photoCount" => object.property(name, of(Type::Integer).read_only(true)),
        _ => object.property(name, of(Type::String).read_only(true)),
    });
    let object = object.property("@odata.etag", of(Type::String).read_only(true)).required("id");
    ("album".into(), RefOr::T(Schema::Object(object.build())))
}

/// The schema of a body.
pub fn body_schema() -> (String, RefOr<Schema>) {
    let cover = or_null(Type::String).description(Some("A photo of the album; null: the first of it"));
    let object = ObjectBuilder::new()
        .property("name", of(Type::String).min_length(Some(1)).max_length(Some(255)))
        .property("description", DESCRIPTION.schema())
        .property("coverPhotoId", cover)
        .examples([json!({"name": "Lisbon"})]);
    ("albumChange".into(), RefOr::T(Schema::Object(object.build())))
}

/// The schema of what is put into an album.
pub fn ids_schema() -> (String, RefOr<Schema>) {
    let ids = ArrayBuilder::new().items(of(Type::String)).max_items(Some(IDS));
    let object = ObjectBuilder::new().property("ids", ids).required("ids");
    let object = object.examples([json!({"ids": ["01981d9c-7a10-7c3e-8d53-3f1f0a6b9d11"]})]);
    ("albumPhotos".into(), RefOr::T(Schema::Object(object.build())))
}

/// The schema of a page.
pub fn page_schema() -> (String, RefOr<Schema>) {
    collection::page_schema("albumPage", ArrayBuilder::new().items(RefOr::Ref(Ref::from_schema_name("album"))))
}

/// The schema of a page of a round.
pub fn round_schema() -> (String, RefOr<Schema>) {
    collection::round_schema("albumRound", "album")
}
