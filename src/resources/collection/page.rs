//! The JSON of a page of a collection, and how much of it is asked for.
//! May import `query`, `store`'s columns, `problem`.

use std::fmt::Display;

use actix_web::HttpResponse;
use actix_web::http::header::{CONTENT_TYPE, HeaderMap};

use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, OneOfBuilder, Ref, SchemaType, Type};
use utoipa::openapi::{RefOr, Schema};

use super::Collections;
use crate::problem::Problem;
use crate::query::Options;
use crate::query::page::{Bounds, Page};

/// Reads `$top`, `$skip`, `$count` and `Prefer: odata.maxpagesize`.
pub fn asked(options: &Options, headers: &HeaderMap, collections: &Collections) -> Result<Page, Problem> {
    let bounds = Bounds { items: collections.page_items, max_items: collections.page_max_items };
    let prefer = headers.get_all("prefer").filter_map(|value| value.to_str().ok());
    Page::parse(options, prefer, bounds)
}

/// A page's JSON, written item by item.
pub struct Listing {
    json: Vec<u8>,
    items: usize,
}

impl Listing {
    /// Begins a page; `room` is about how many bytes its items take.
    pub fn new(count: Option<i64>, room: usize) -> Self {
        let mut json = Vec::with_capacity(room + 512);
        json.push(b'{');
        if let Some(count) = count {
            json.extend_from_slice(format!("\"@odata.count\":{count},").as_bytes());
        }
        json.extend_from_slice(b"\"value\":[");
        Self { json, items: 0 }
    }

    /// Where the next item is to be written.
    pub fn item(&mut self) -> &mut Vec<u8> {
        if self.items > 0 {
            self.json.push(b',');
        }
        self.items += 1;
        &mut self.json
    }

    /// Writes what is told of an item that is not there any longer.
    pub fn removed(&mut self, id: impl Display, reason: &str) {
        // An id of ours and a word of ours: nothing in them needs escaping.
        let told = format!("{{\"id\":\"{id}\",\"@removed\":{{\"reason\":\"{reason}\"}}}}");
        self.item().extend_from_slice(told.as_bytes());
    }

    /// Ends the page, with the link that goes on: its member's name and its address.
    pub fn end(mut self, link: Option<(&str, &str)>) -> Vec<u8> {
        self.json.push(b']');
        if let Some((name, address)) = link {
            // Both are ours: nothing in them needs escaping in JSON.
            self.json.extend_from_slice(format!(",\"{name}\":\"{address}\"").as_bytes());
        }
        self.json.push(b'}');
        self.json
    }
}

/// Answers a page, and says which preference was heeded.
pub fn answer(json: Vec<u8>, preferred: Option<u64>) -> HttpResponse {
    let mut response = HttpResponse::Ok();
    response.insert_header((CONTENT_TYPE, "application/json"));
    if let Some(preferred) = preferred {
        response.insert_header(("Preference-Applied", format!("odata.maxpagesize={preferred}")));
    }
    response.body(json)
}

/// The schema of a page of `items`, of which there may be so many in all.
pub fn page_schema(name: &str, items: ArrayBuilder) -> (String, RefOr<Schema>) {
    let count = ObjectBuilder::new().schema_type(SchemaType::new(Type::Integer));
    let page = linked(items, &["@odata.nextLink"]).property("@odata.count", count);
    (name.into(), RefOr::T(Schema::Object(page.build())))
}

/// The schema of a page of a round over the items of this schema.
pub fn round_schema(name: &str, item: &str) -> (String, RefOr<Schema>) {
    let item = OneOfBuilder::new().item(Ref::from_schema_name(item)).item(removed_schema());
    let items = ArrayBuilder::new().items(RefOr::T(Schema::OneOf(item.build())));
    let page = linked(items, &["@odata.nextLink", "@odata.deltaLink"]);
    (name.into(), RefOr::T(Schema::Object(page.build())))
}

fn linked(items: ArrayBuilder, links: &[&str]) -> ObjectBuilder {
    let text = || ObjectBuilder::new().schema_type(SchemaType::new(Type::String));
    let page = ObjectBuilder::new().property("value", items).required("value");
    links.iter().fold(page, |page, link| page.property(*link, text()))
}

/// The schema of what a round tells of an item that is gone.
fn removed_schema() -> ObjectBuilder {
    let text = || ObjectBuilder::new().schema_type(SchemaType::new(Type::String));
    let reason = ObjectBuilder::new().property("reason", text().enum_values(Some(["deleted", "changed"])));
    ObjectBuilder::new().property("id", text()).property("@removed", reason).required("id").required("@removed")
}
