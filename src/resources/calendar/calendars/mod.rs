//! A person's calendars. The default one is there from the beginning: its id is the person's own, and it has no row until it is
//! changed. It is listed first, may be renamed and coloured, and not deleted (as in Graph). `/me/calendar` is it.
//! `model` has the answers, `owner` whose they are, `queries` the database, `handlers` the operations.

pub mod handlers;
pub mod model;
mod owner;
pub mod queries;

use actix_web::http::Method;

use crate::resources::collection::PAGES;
use crate::resources::conditions::{CHANGING, IF_CURRENT, UNLESS_CURRENT};
use crate::resources::endpoint::{Content, Endpoint};
use crate::resources::idempotency;

/// The operations.
pub fn endpoints() -> Vec<Endpoint> {
    const ALL: &str = "/v1.0/me/calendars";
    const COUNT: &str = "/v1.0/me/calendars/$count";
    const ONE: &str = "/v1.0/me/calendars/{calendar}";
    const DEFAULT: &str = "/v1.0/me/calendar";
    let calendar = || Content::Json(model::schema);
    let gets = |path, id| {
        Endpoint::guarded(Method::GET, path, id, handlers::get)
            .options(&["$select"])
            .headers(&[UNLESS_CURRENT])
            .answers(200, "The calendar", calendar())
            .answers(304, "Not modified", Content::Empty)
            .problems(&[404, 406])
    };
    let patches = |path, id| {
        Endpoint::guarded(Method::PATCH, path, id, handlers::patch)
            .headers(CHANGING)
            .body(Content::Json(model::change_schema))
            .answers(200, "The calendar after the change", calendar())
            .answers(204, "Changed (`Prefer: return=minimal`)", Content::Empty)
            .problems(&[404, 406, 408, 409, 412, 413, 415, 507])
    };
    vec![
        Endpoint::guarded(Method::GET, ALL, "listCalendars", handlers::list)
            .summary("The person's calendars, the default one first, a page at a time")
            .options(handlers::OPTIONS)
            .headers(PAGES)
            .answers(200, "A page of calendars", Content::Json(model::page_schema))
            .problems(&[406]),
        Endpoint::guarded(Method::POST, ALL, "createCalendar", handlers::create)
            .summary("Adds a calendar")
            .headers(&[idempotency::HEADER])
            .body(Content::Json(model::change_schema))
            .answers(201, "The calendar, and its address in `Location`", calendar())
            .problems(&[404, 406, 408, 409, 413, 415, 422, 507]),
        Endpoint::guarded(Method::GET, COUNT, "countCalendars", handlers::count)
            .summary("How many calendars there are")
            .answers(200, "The number", Content::Media(&["text/plain"]))
            .problems(&[406]),
        gets(ONE, "getCalendar").summary("One calendar"),
        patches(ONE, "updateCalendar").summary("Renames or colours a calendar"),
        Endpoint::guarded(Method::DELETE, ONE, "deleteCalendar", handlers::delete)
            .summary("Deletes a calendar and the events in it")
            .headers(&[IF_CURRENT])
            .answers(204, "Deleted", Content::Empty)
            .problems(&[404, 412, 507]),
        gets(DEFAULT, "getDefaultCalendar").same_as("getCalendar").summary("The default calendar"),
        patches(DEFAULT, "updateDefaultCalendar")
            .same_as("updateCalendar")
            .summary("Renames or colours the default calendar"),
    ]
}
