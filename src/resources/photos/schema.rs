//! The OpenAPI schemas of a photo, of a change, of a page and of a round. Imports `collection`, `serde_json`, utoipa.

use serde_json::json;
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Ref, SchemaType, Type};
use utoipa::openapi::{KnownFormat, RefOr, Schema, SchemaFormat};

use crate::resources::collection;
use crate::resources::photos::change::DESCRIPTION;
use crate::resources::photos::content::set;
use crate::resources::photos::expand::THUMBNAILS;
use crate::resources::photos::model::MEMBERS;
use crate::resources::shape::loose;

fn of(kind: Type) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(SchemaType::new(kind))
}

fn integer(format: KnownFormat) -> ObjectBuilder {
    of(Type::Integer).format(Some(SchemaFormat::KnownFormat(format)))
}

fn or_null(kind: Type) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(SchemaType::from_iter([kind, Type::Null]))
}

/// The schema of an answer.
pub fn photo() -> (String, RefOr<Schema>) {
    let object = ObjectBuilder::new().property("@odata.etag", of(Type::String));
    let object = MEMBERS.into_iter().fold(object, |object, name| object.property(name, member(name)));
    let object =
        object.property(THUMBNAILS, set::sets().description(Some("One set; there with `$expand=thumbnails` only")));
    ("photo".into(), RefOr::T(Schema::Object(object.required("id").required("@odata.etag").build())))
}

fn member(name: &str) -> RefOr<Schema> {
    let numbers = |object: ObjectBuilder, names: &[&str]| {
        names.iter().fold(object, |object, name| object.property(*name, of(Type::Number)))
    };
    let whole = |object: ObjectBuilder, names: &[&str]| {
        names.iter().fold(object, |object, name| object.property(*name, integer(KnownFormat::Int32)))
    };
    let object = match name {
        "description" => return loose(DESCRIPTION.schema()),
        "name" => of(Type::String),
        "isFavorite" => of(Type::Boolean),
        "size" => {
            let bytes = "Bytes of the picture that this token gets";
            integer(KnownFormat::Int64).description(Some(bytes)).read_only(true)
        }
        "file" => {
            let hashes = ObjectBuilder::new().property("sha256Hash", of(Type::String));
            ObjectBuilder::new().property("mimeType", of(Type::String)).property("hashes", hashes).read_only(true)
        }
        "image" => whole(ObjectBuilder::new(), &["width", "height"]).read_only(true),
        "photo" => {
            let taken = or_null(Type::String)
                .description(Some("When it was taken; null where it is not known where the camera's clock stood"));
            let texts = ["cameraMake", "cameraModel"];
            let facet = ObjectBuilder::new().property("takenDateTime", taken);
            let facet = texts.into_iter().fold(facet, |facet, name| facet.property(name, of(Type::String)));
            let facet = numbers(facet, &["fNumber", "exposureNumerator", "exposureDenominator", "focalLength"]);
            whole(facet, &["iso", "orientation"])
        }
        "location" => numbers(or_null(Type::Object), &["latitude", "longitude", "altitude"])
            .description(Some("Where it was taken; there with `Photos.Location.Read` alone"))
            .read_only(true),
        "takenLocalDateTime" => or_null(Type::String).description(Some("By the camera's clock")),
        "takenOffset" => or_null(Type::String).description(Some("Where that clock stood, such as `+02:00`")),
        "thumbHash" => or_null(Type::String)
            .description(Some("What stands in for the picture while it is fetched: a ThumbHash, base64"))
            .read_only(true),
        _ => of(Type::String).read_only(true),
    };
    RefOr::T(Schema::Object(object.build()))
}

/// The schema of a change.
pub fn body() -> (String, RefOr<Schema>) {
    let facet = ObjectBuilder::new().property(
        "takenDateTime",
        or_null(Type::String).description(Some(
            "An instant, with the offset of the camera's clock; in place of the two members that say the same",
        )),
    );
    let object = ObjectBuilder::new()
        .property("name", of(Type::String).min_length(Some(1)).max_length(Some(255)))
        .property("description", DESCRIPTION.schema())
        .property("isFavorite", of(Type::Boolean))
        .property("takenLocalDateTime", or_null(Type::String).description(Some("Without an offset")))
        .property("takenOffset", or_null(Type::String).pattern(Some(r"^([+-]\d{2}:\d{2}|Z)$")))
        .property("photo", facet)
        .description(Some(
            "The members to set. When the picture was taken is corrected here alone: the original says what it said. What the server \
             sets is passed over: a photo may be sent back whole.",
        ))
        .examples([json!({"description": "At the sea", "isFavorite": true})]);
    ("photoChange".into(), RefOr::T(Schema::Object(object.build())))
}

/// The schema of a page.
pub fn page() -> (String, RefOr<Schema>) {
    collection::page_schema("photoPage", ArrayBuilder::new().items(RefOr::Ref(Ref::from_schema_name("photo"))))
}

/// The schema of a page of a round.
pub fn round() -> (String, RefOr<Schema>) {
    collection::round_schema("photoRound", "photo")
}
