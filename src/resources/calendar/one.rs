//! The operations of one event, by each of the paths that Graph's programs take: by itself, as one of the default calendar, or of
//! the calendar that the path names, in which it has to be.

use actix_web::http::Method;

use super::{BY_TIME, CHANGED, PAGED, SEEN, handlers, schema};
use crate::resources::conditions::{IF_CURRENT, UNLESS_CURRENT};
use crate::resources::endpoint::{Content, Endpoint};

const ONE: &str = "/v1.0/me/events/{event}";
const OF_DEFAULT: &str = "/v1.0/me/calendar/events/{event}";
const OF_CALENDAR: &str = "/v1.0/me/calendars/{calendar}/events/{event}";
const INSTANCES: &str = "/v1.0/me/events/{event}/instances";
const INSTANCES_OF_DEFAULT: &str = "/v1.0/me/calendar/events/{event}/instances";
const INSTANCES_OF_CALENDAR: &str = "/v1.0/me/calendars/{calendar}/events/{event}/instances";

/// They.
pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        gets(ONE, "getEvent")
            .summary("One event; of a series, all of it; as iCalendar text it is whole, and `$select` is refused"),
        patches(ONE, "updateEvent")
            .summary("Changes an event, a whole series or one occurrence; with `$following=true` all from there on"),
        deletes(ONE, "deleteEvent")
            .summary("Deletes an event, a whole series or one occurrence; with `$following=true` all from there on"),
        instances(INSTANCES, "listInstances")
            .summary("The instances of a series in a window of time, exceptions among them; of a single event itself"),
        gets(OF_DEFAULT, "getEventOfDefaultCalendar").summary("One event of the default calendar"),
        patches(OF_DEFAULT, "updateEventOfDefaultCalendar").summary("Changes an event of the default calendar"),
        deletes(OF_DEFAULT, "deleteEventOfDefaultCalendar").summary("Deletes an event of the default calendar"),
        instances(INSTANCES_OF_DEFAULT, "listInstancesOfDefaultCalendar")
            .summary("The instances of a series of the default calendar"),
        gets(OF_CALENDAR, "getEventOfCalendar").summary("One event of one calendar"),
        patches(OF_CALENDAR, "updateEventOfCalendar").summary("Changes an event of one calendar"),
        deletes(OF_CALENDAR, "deleteEventOfCalendar").summary("Deletes an event of one calendar"),
        instances(INSTANCES_OF_CALENDAR, "listInstancesOfCalendar")
            .summary("The instances of a series of one calendar"),
    ]
}

/// Reads it.
fn gets(path: &'static str, id: &'static str) -> Endpoint {
    Endpoint::guarded(Method::GET, path, id, handlers::get)
        .same_as("getEvent")
        .options(&["$select"])
        .headers(&[UNLESS_CURRENT, ("Prefer", SEEN)])
        .answers(200, "The event", Content::JsonOr(schema::event, handlers::EXPORTED))
        .answers(304, "Not modified", Content::Empty)
        .problems(&[404, 406])
}

/// Changes it.
fn patches(path: &'static str, id: &'static str) -> Endpoint {
    Endpoint::guarded(Method::PATCH, path, id, handlers::patch)
        .same_as("updateEvent")
        .options(handlers::ONE_OPTIONS)
        .headers(&[IF_CURRENT, CHANGED])
        .body(Content::Json(schema::body))
        .answers(200, "The event after the change", Content::Json(schema::event))
        .answers(201, "The new series (`$following=true`), and its address in `Location`", Content::Json(schema::event))
        .answers(204, "Changed (`Prefer: return=minimal`)", Content::Empty)
        .problems(&[404, 406, 408, 412, 413, 415, 507])
}

/// Deletes it.
fn deletes(path: &'static str, id: &'static str) -> Endpoint {
    Endpoint::guarded(Method::DELETE, path, id, handlers::delete)
        .same_as("deleteEvent")
        .options(handlers::ONE_OPTIONS)
        .headers(&[IF_CURRENT])
        .answers(204, "Deleted", Content::Empty)
        .problems(&[404, 412, 507])
}

/// Its instances.
fn instances(path: &'static str, id: &'static str) -> Endpoint {
    Endpoint::guarded(Method::GET, path, id, handlers::instances)
        .same_as("listInstances")
        .options(handlers::VIEW_OPTIONS)
        .fields("$orderby", BY_TIME.into())
        .headers(&[PAGED])
        .answers(200, "A page of instances", Content::Json(schema::page))
        .problems(&[404, 406])
}
