//! The OpenAPI schemas of a contact and of a change, and the names for `$select`. Imports `members`, `shape`, utoipa.

use utoipa::openapi::schema::{ArrayItems, ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{RefOr, Schema};

use crate::resources::contacts::card::members::MEMBERS;

/// The members that the server gives, not the card.
pub const SERVER: [&str; 6] =
    ["id", "createdDateTime", "lastModifiedDateTime", "changeKey", "parentFolderId", "emailHashes"];

/// The schema of an answer. What a phone imported is shown as it is, so no lengths and patterns are promised.
pub fn schema() -> (String, RefOr<Schema>) {
    let text = || ObjectBuilder::new().schema_type(SchemaType::new(Type::String));
    let object = ObjectBuilder::new().property("@odata.etag", text());
    let object = SERVER.iter().fold(object, |object, name| match *name {
        "emailHashes" => {
            let hashes = utoipa::openapi::schema::ArrayBuilder::new().items(text());
            object.property(*name, hashes.description(Some("Hex SHA-256 of each address and the client's id")))
        }
        _ => object.property(*name, text().read_only(true)),
    });
    let object =
        MEMBERS.iter().fold(object, |object, member| object.property(member.name, loose(member.shape.schema())));
    ("contact".into(), RefOr::T(Schema::Object(object.required("id").required("@odata.etag").build())))
}

/// The schema of a contact to create, or of a change.
pub fn body_schema() -> (String, RefOr<Schema>) {
    let object =
        MEMBERS.iter().fold(ObjectBuilder::new(), |object, member| object.property(member.name, member.shape.schema()));
    let description = "The members to set; null or an empty text empties one. Members not named stay as they are; \
                       unknown ones are kept: at most 100, 64 KiB together.";
    ("contactBody".into(), RefOr::T(Schema::Object(object.description(Some(description)).build())))
}

fn loose(schema: RefOr<Schema>) -> RefOr<Schema> {
    match schema {
        RefOr::T(Schema::Object(mut object)) => {
            object.max_length = None;
            object.pattern = None;
            object.properties = object.properties.into_iter().map(|(name, schema)| (name, loose(schema))).collect();
            RefOr::T(Schema::Object(object))
        }
        RefOr::T(Schema::Array(mut array)) => {
            array.max_items = None;
            if let ArrayItems::RefOrSchema(items) = array.items {
                array.items = ArrayItems::RefOrSchema(Box::new(loose(*items)));
            }
            RefOr::T(Schema::Array(array))
        }
        other => other,
    }
}
