//! What the OpenAPI document says of a batch and its answer.

use serde_json::{Value, json};
use utoipa::openapi::schema::{AdditionalProperties, ArrayBuilder, ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{RefOr, Schema};

use super::model::MOST;

/// The schema of a batch.
pub fn request() -> (String, RefOr<Schema>) {
    let ids = ArrayBuilder::new()
        .items(text("An `id`"))
        .max_items(Some(MOST))
        .description(Some("The ids of those that must have gone well before; if one did not, this is answered 424"));
    let request = ObjectBuilder::new()
        .property("id", text("What its answer is called").min_length(Some(1)).max_length(Some(256)))
        .property("method", text("").enum_values(Some(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"])))
        .property("url", text("Relative to `/v1.0` (`/me`), from the root, or with this server's address"))
        .property("headers", fields("No `Authorization`, no `Host`: they are those of the batch"))
        .property("body", any("JSON; for other media types, and for bytes, a string of base64"))
        .property("dependsOn", ids);
    let request = request.required("id").required("method").required("url").additional_properties(closed());
    let requests = ArrayBuilder::new().items(request).min_items(Some(1)).max_items(Some(MOST));
    let batch = ObjectBuilder::new().property("requests", requests).required("requests");
    ("batchRequest".into(), done(batch.additional_properties(closed()).examples([example()])))
}

/// The schema of an answer to it.
pub fn response() -> (String, RefOr<Schema>) {
    let status = ObjectBuilder::new().schema_type(SchemaType::new(Type::Integer));
    let response = ObjectBuilder::new()
        .property("id", text("The request's"))
        .property("status", status)
        .property("headers", fields("In lower case"))
        .property("body", any("JSON as it is, anything else in base64; absent if there is none"));
    let response = response.required("id").required("status").required("headers");
    let responses = ObjectBuilder::new().property("responses", ArrayBuilder::new().items(response));
    ("batchResponse".into(), done(responses.required("responses")))
}

fn example() -> Value {
    json!({"requests": [
        {"id": "1", "method": "PATCH", "url": "/me", "headers": {"Content-Type": "application/json"}, "body": {"city": "Lisbon"}},
        {"id": "2", "method": "GET", "url": "/me?$select=city", "dependsOn": ["1"]},
    ]})
}

fn text(what: &str) -> ObjectBuilder {
    let what = Some(what).filter(|what| !what.is_empty());
    ObjectBuilder::new().schema_type(SchemaType::new(Type::String)).description(what)
}

fn fields(what: &str) -> ObjectBuilder {
    ObjectBuilder::new().additional_properties(Some(text(""))).description(Some(what))
}

fn any(what: &str) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(SchemaType::AnyValue).description(Some(what))
}

fn closed() -> Option<AdditionalProperties<Schema>> {
    Some(AdditionalProperties::FreeForm(false))
}

fn done(object: ObjectBuilder) -> RefOr<Schema> {
    RefOr::T(Schema::Object(object.build()))
}
