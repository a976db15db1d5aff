//! What is told of a photo's renditions: Graph's thumbnailSet, of which a photo has one, and its schemas.

use serde_json::{Map, Value, json};
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Ref, SchemaType, Type};
use utoipa::openapi::{RefOr, Schema};

use super::address::Addresses;
use crate::picture::Rendition;
use crate::problem::Problem;
use crate::resources::photos::queries::Row;

/// One rendition: its address, and its pixels whether or not it was made yet.
pub(super) fn shown(row: &Row, which: Rendition, addresses: &Addresses<'_>) -> Result<Value, Problem> {
    let pixels = |number: i64| u32::try_from(number).unwrap_or_default();
    let (width, height) = which.pixels((pixels(row.width), pixels(row.height)));
    Ok(json!({"url": addresses.of(row.id, which)?, "width": width, "height": height}))
}

/// These of them.
pub fn of(row: &Row, sizes: &[Rendition], addresses: &Addresses<'_>) -> Result<Value, Problem> {
    let mut set = Map::from_iter([("id".to_owned(), json!("0"))]);
    for which in sizes {
        set.insert(which.name().into(), shown(row, *which, addresses)?);
    }
    Ok(Value::Object(set))
}

/// The schema of one.
pub(super) fn one() -> (String, RefOr<Schema>) {
    let of = |kind| ObjectBuilder::new().schema_type(SchemaType::new(kind));
    let url = of(Type::String).description(Some("Needs no token, and leads somewhere for less than an hour"));
    let object = ObjectBuilder::new().property("url", url);
    let object = ["width", "height"].into_iter().fold(object, |object, name| {
        object.property(name, of(Type::Integer).description(Some("Pixels"))).required(name)
    });
    ("thumbnail".into(), RefOr::T(Schema::Object(object.required("url").build())))
}

/// The schema of all.
pub(super) fn schema() -> (String, RefOr<Schema>) {
    let object = ObjectBuilder::new().property("id", ObjectBuilder::new().schema_type(SchemaType::new(Type::String)));
    let (_, one) = one();
    let object = Rendition::ALL.into_iter().fold(object, |object, which| object.property(which.name(), one.clone()));
    ("thumbnailSet".into(), RefOr::T(Schema::Object(object.required("id").build())))
}

/// The schema of a list of them, by itself.
pub fn sets() -> ArrayBuilder {
    ArrayBuilder::new().items(RefOr::Ref(Ref::from_schema_name("thumbnailSet")))
}

/// The schema of the answer that lists them.
pub(super) fn page() -> (String, RefOr<Schema>) {
    (
        "thumbnailSets".into(),
        RefOr::T(Schema::Object(ObjectBuilder::new().property("value", sets()).required("value").build())),
    )
}
