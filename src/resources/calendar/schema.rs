//! The OpenAPI schemas of an event, of a change, of a page and of a round. Imports `record`, `server`, `shape`, `serde_json`, utoipa.

use serde_json::json;
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Ref, SchemaType, Type};
use utoipa::openapi::{RefOr, Schema};

use crate::resources::calendar::model;
use crate::resources::calendar::record::MEMBERS;
use crate::resources::collection;
use crate::resources::shape::loose;

/// A calendar file to import.
pub const CALENDARS: &[(&str, &str)] = &[(
    "text/calendar",
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Example//Example//EN\r\nBEGIN:VEVENT\r\nUID:team@example.org\r\n\
     DTSTAMP:20260301T120000Z\r\nDTSTART;TZID=Europe/Berlin:20260302T090000\r\nDURATION:PT1H\r\nRRULE:FREQ=WEEKLY;COUNT=10\r\n\
     SUMMARY:Team meeting\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
)];

/// The schema of an answer. What was imported is shown as it is, so no lengths and patterns are promised.
pub fn event() -> (String, RefOr<Schema>) {
    let text = || ObjectBuilder::new().schema_type(SchemaType::new(Type::String));
    let object = ObjectBuilder::new().property("@odata.etag", text());
    let object = model::SHOWN.iter().fold(object, |object, (name, _)| match *name {
        "calendarId" => object.property(*name, text()),
        "seriesMasterId" | "originalStart" => {
            let nullable = SchemaType::from_iter([Type::String, Type::Null]);
            object.property(*name, text().schema_type(nullable).read_only(true))
        }
        "isOrganizer" | "isDraft" => {
            object.property(*name, text().schema_type(SchemaType::new(Type::Boolean)).read_only(true))
        }
        "responseStatus" => {
            let status = ObjectBuilder::new().property("response", text()).property("time", text());
            object.property(*name, status.read_only(true))
        }
        _ => object.property(*name, text().read_only(true)),
    });
    let object =
        MEMBERS.iter().fold(object, |object, member| object.property(member.name, loose(member.shape.schema())));
    ("event".into(), RefOr::T(Schema::Object(object.required("id").required("@odata.etag").build())))
}

/// The schema of an event to create, or of a change.
pub fn body() -> (String, RefOr<Schema>) {
    let object =
        MEMBERS.iter().fold(ObjectBuilder::new(), |object, member| object.property(member.name, member.shape.schema()));
    let description = "The members to set; null or an empty text empties one. Members not named stay as they are; \
                       unknown ones are kept: at most 100, 64 KiB together. `calendarId` says which calendar it is \
                       in. What the server sets, and what follows from other members (`id`, `changeKey`, `bodyPreview` \
                       and the like, and `@odata.*`), is passed over: an event may be sent back whole. `rrule` is \
                       RFC 5545's, for what `recurrence` cannot say: nothing finer than daily, and a COUNT of at most \
                       100,000. A series that is given another time of the day, or another day for each of its own, takes its \
                       exceptions along; given other days, it loses those that stand on none of them. At most 2,000 \
                       occurrences of a series may be changed, and 2,000 cancelled.";
    let example = json!({
        "subject": "Team meeting",
        "start": {"dateTime": "2026-03-02T09:00:00", "timeZone": "Europe/Berlin"},
        "end": {"dateTime": "2026-03-02T10:00:00", "timeZone": "Europe/Berlin"},
        "location": {"displayName": "Room 2"},
    });
    let object = object.description(Some(description)).examples([example]);
    ("eventBody".into(), RefOr::T(Schema::Object(object.build())))
}

/// The schema of a page.
pub fn page() -> (String, RefOr<Schema>) {
    let items = ArrayBuilder::new().items(RefOr::Ref(Ref::from_schema_name("event")));
    collection::page_schema("eventPage", items)
}

/// The schema of a page of a delta round.
pub fn round() -> (String, RefOr<Schema>) {
    collection::round_schema("eventRound", "event")
}
