//! The OpenAPI schemas of a contact, of a change, of a page and of a round. Imports `card`, `server`, `shape`, `serde_json`, utoipa.

use serde_json::json;
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Ref, SchemaType, Type};
use utoipa::openapi::{RefOr, Schema};

use crate::resources::collection;
use crate::resources::contacts::card::MEMBERS;
use crate::resources::contacts::server::SERVER_MEMBERS;
use crate::resources::photo;
use crate::resources::shape::loose;

/// A card to import, or to put in another's place.
pub const CARDS: &[(&str, &str)] = &[
    (
        "text/vcard",
        "BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Zoë Okafor\r\nN:Okafor;Zoë;;;\r\nEMAIL;TYPE=work:zoe@example.org\r\nTEL;TYPE=cell:+1 555 0100\r\n\
         END:VCARD\r\n",
    ),
    (
        "application/jscontact+json",
        r#"{
            "@type": "Card",
            "version": "1.0",
            "name": {"@type": "Name", "full": "Zoë Okafor"},
            "emails": {"e1": {"@type": "EmailAddress", "address": "zoe@example.org"}},
            "phones": {"p1": {"@type": "Phone", "number": "+1 555 0100", "features": {"mobile": true}}}
        }"#,
    ),
];

/// The schema of an answer. What a phone imported is shown as it is, so no lengths and patterns are promised.
pub fn contact() -> (String, RefOr<Schema>) {
    let text = || ObjectBuilder::new().schema_type(SchemaType::new(Type::String));
    let object = ObjectBuilder::new().property("@odata.etag", text());
    let object = SERVER_MEMBERS.iter().fold(object, |object, (name, _)| match *name {
        "photo" => object.property(*name, photo::nullable_schema()),
        "emailHashes" => {
            let hashes = ArrayBuilder::new().items(text());
            object.property(*name, hashes.description(Some("Hex SHA-256 of each address and the client's id")))
        }
        "parentFolderId" => object.property(*name, text()),
        _ => object.property(*name, text().read_only(true)),
    });
    let object =
        MEMBERS.iter().fold(object, |object, member| object.property(member.name, loose(member.shape.schema())));
    ("contact".into(), RefOr::T(Schema::Object(object.required("id").required("@odata.etag").build())))
}

/// The schema of a contact to create, or of a change.
pub fn body() -> (String, RefOr<Schema>) {
    let object =
        MEMBERS.iter().fold(ObjectBuilder::new(), |object, member| object.property(member.name, member.shape.schema()));
    let description = "The members to set; null or an empty text empties one. Members not named stay as they are; \
                       unknown ones are kept: at most 100, 64 KiB together. `parentFolderId` says which folder it is \
                       in. What the server sets (`id`, `changeKey`, `photo` and the like, and `@odata.*`) is passed \
                       over: a contact may be sent back whole.";
    let example = json!({
        "givenName": "Zoë",
        "surname": "Okafor",
        "emailAddresses": [{"name": "Zoë", "address": "zoe@example.org"}],
        "mobilePhone": "+1 555 0100",
    });
    let object = object.description(Some(description)).examples([example]);
    ("contactBody".into(), RefOr::T(Schema::Object(object.build())))
}

/// The schema of a page.
pub fn page() -> (String, RefOr<Schema>) {
    let items = ArrayBuilder::new().items(RefOr::Ref(Ref::from_schema_name("contact")));
    collection::page_schema("contactPage", items)
}

/// The schema of a page of a delta round.
pub fn round() -> (String, RefOr<Schema>) {
    collection::round_schema("contactRound", "contact")
}
