//! The calendar: a person's calendars and the events in them, shown as far as scopes reach (api.md §7).
//! `calendars` has what events lie in, `ical` is iCalendar text, `record` the event and what follows from it, `recurrence` when a series
//! happens, `zone` where a local time lies on the line of time, `span` where an event does, `instances` those of a series, `role` what the
//! person is to one, `schedule` when somebody is busy, `server` the members that do not follow from the record, `model` the answers,
//! `ready` their JSON, `preferences` how a client wants them, `schema` their OpenAPI schemas, `queries` the database, `handlers` the
//! operations, `one` the table of those of one event, `which` the calendars that a path means, `import` takes calendar files in, `export`
//! writes them, `filter` what may be filtered and ordered, `audit` what `verify` looks at.

pub mod audit;
pub mod calendars;
pub mod export;
pub mod filter;
pub mod handlers;
pub mod ical;
pub mod import;
pub mod instances;
pub mod model;
mod one;
pub mod preferences;
pub mod queries;
pub mod ready;
pub mod record;
pub mod recurrence;
pub mod role;
pub mod schedule;
pub mod schema;
pub mod server;
pub mod span;
pub mod which;
pub mod zone;

use actix_web::http::Method;

use crate::access::{Kind, Permits, Read, ReadBusy, Scope, Write};
use crate::resources::conditions::UNLESS_CURRENT;
use crate::resources::endpoint::{Content, Endpoint};
use crate::resources::idempotency;
use crate::resources::import::item;

/// The kind.
#[derive(Debug)]
pub enum Calendar {}

impl Kind for Calendar {
    const NAME: &'static str = "calendar";
}
impl Permits<Read> for Calendar {
    const SCOPES: &'static [Scope] = &[Scope::CalendarsReadBasic];
}
impl Permits<ReadBusy> for Calendar {
    const SCOPES: &'static [Scope] = &[Scope::CalendarsReadFreeBusy];
}
impl Permits<Write> for Calendar {
    const SCOPES: &'static [Scope] = &[Scope::CalendarsReadWrite];
}

const ALL: &str = "/v1.0/me/events";
const COUNT: &str = "/v1.0/me/events/$count";
const COUNT_OF_DEFAULT: &str = "/v1.0/me/calendar/events/$count";
const COUNT_OF_CALENDAR: &str = "/v1.0/me/calendars/{calendar}/events/$count";
const DELTA: &str = "/v1.0/me/events/delta";
const VIEW: &str = "/v1.0/me/calendarView";
const VIEW_OF_DEFAULT: &str = "/v1.0/me/calendar/calendarView";
const VIEW_OF_CALENDAR: &str = "/v1.0/me/calendars/{calendar}/calendarView";
const VIEW_DELTA: &str = "/v1.0/me/calendarView/delta";
const VIEW_DELTA_OF_DEFAULT: &str = "/v1.0/me/calendar/calendarView/delta";
const VIEW_DELTA_OF_CALENDAR: &str = "/v1.0/me/calendars/{calendar}/calendarView/delta";
const SCHEDULE: &str = "/v1.0/me/calendar/getSchedule";
const OF_DEFAULT: &str = "/v1.0/me/calendar/events";
const OF_CALENDAR: &str = "/v1.0/me/calendars/{calendar}/events";
const DELTA_OF_DEFAULT: &str = "/v1.0/me/calendar/events/delta";
const FEED: &str = "/v1.0/me/events.ics";
const FEED_OF_DEFAULT: &str = "/v1.0/me/calendar/events.ics";
const FEED_OF_CALENDAR: &str = "/v1.0/me/calendars/{calendar}/events.ics";
const DELTA_OF_CALENDAR: &str = "/v1.0/me/calendars/{calendar}/events/delta";

const CREATING_OR_IMPORTING: (&str, &str) = (
    idempotency::HEADER.0,
    "1 to 255 visible ASCII characters: for 24 hours the same JSON under the same key makes nothing twice; other is 422. An import \
     does not heed it: what is there already is known by its UID",
);

/// The preferences of every answer with events.
const SEEN: &str = "`outlook.timezone=\"ZONE\"`: times are of this zone, by IANA's name or Windows', instead of UTC. \
    `outlook.body-content-type=\"text\"` or `\"html\"`: bodies are this";
const PAGED: (&str, &str) = (
    "Prefer",
    "`odata.maxpagesize=N`: at most N items on a page. `outlook.timezone=\"ZONE\"`: times are of this zone, by IANA's name or Windows', \
     instead of UTC. `outlook.body-content-type=\"text\"` or `\"html\"`: bodies are this",
);

/// Of one that answers with the event that it changed.
const CHANGED: (&str, &str) = (
    "Prefer",
    "`return=minimal` answers 204 without a body. `outlook.timezone=\"ZONE\"`: times of the answer are of this zone, by IANA's name \
     or Windows', instead of UTC. `outlook.body-content-type=\"text\"` or `\"html\"`: its body is this",
);
/// What a window of time takes as `$orderby`.
const BY_TIME: &str = "`start/dateTime` alone, which is the order without it too";

/// Its operations.
pub fn endpoints() -> Vec<Endpoint> {
    let mut all = calendars::endpoints();
    all.extend(of_all());
    all.extend(one::endpoints());
    all.extend([
        feeds(FEED, "feedEvents").summary("All events as a calendar that programs subscribe to"),
        feeds(FEED_OF_DEFAULT, "feedEventsOfDefaultCalendar").summary("The default calendar, to subscribe to"),
        feeds(FEED_OF_CALENDAR, "feedEventsOfCalendar").summary("One calendar, to subscribe to"),
    ]);
    all.push(schedule());
    all.extend(of_a_window());
    all
}

fn of_all() -> Vec<Endpoint> {
    vec![
        lists(ALL, "listEvents").summary("The person's events, each series once, a page at a time"),
        creates(ALL, "createEvent").summary("Adds an event to the default calendar or to the one that it names, or imports a calendar file, which updates what is there by UID"),
        counts(COUNT, "countEvents").summary("How many events there are, each series once"),
        rounds(DELTA, "deltaEvents")
            .summary("What changed in all calendars since the round before; without a token, everything"),
        lists(OF_DEFAULT, "listEventsOfDefaultCalendar").summary("The events of the default calendar"),
        creates(OF_DEFAULT, "createEventInDefaultCalendar").summary("Adds an event to the default calendar, or imports a calendar file"),
        counts(COUNT_OF_DEFAULT, "countEventsOfDefaultCalendar").summary("How many events the default calendar has"),
        rounds(DELTA_OF_DEFAULT, "deltaEventsOfDefaultCalendar").summary("What changed in the default calendar"),
        lists(OF_CALENDAR, "listEventsOfCalendar").summary("The events of one calendar, a page at a time"),
        creates(OF_CALENDAR, "createEventInCalendar").summary("Adds an event to a calendar, or imports a calendar file into it"),
        counts(COUNT_OF_CALENDAR, "countEventsOfCalendar").summary("How many events one calendar has"),
        rounds(DELTA_OF_CALENDAR, "deltaEventsOfCalendar")
            .summary("What changed in one calendar since the round before; without a token, everything"),
    ]
}

/// A list, of all or of a calendar.
fn lists(path: &'static str, id: &'static str) -> Endpoint {
    Endpoint::guarded(Method::GET, path, id, handlers::list)
        .same_as("listEvents")
        .options(handlers::OPTIONS)
        .fields("$filter", filter::filtered())
        .fields("$orderby", filter::ordered())
        .headers(&[UNLESS_CURRENT, PAGED])
        .answers(
            200,
            "A page of events; as another type all of them",
            Content::JsonOr(schema::page, handlers::EXPORTED),
        )
        .answers(304, "Not modified", Content::Empty)
        .problems(&[406])
}

/// A count, of all or of a calendar.
fn counts(path: &'static str, id: &'static str) -> Endpoint {
    Endpoint::guarded(Method::GET, path, id, handlers::count)
        .same_as("countEvents")
        .options(handlers::COUNT_OPTIONS)
        .fields("$filter", filter::filtered())
        .answers(200, "The number", Content::Media(&["text/plain"]))
        .problems(&[404, 406])
}

/// What programs subscribe to, of all or of a calendar.
fn feeds(path: &'static str, id: &'static str) -> Endpoint {
    Endpoint::guarded(Method::GET, path, id, handlers::feed)
        .same_as("feedEvents")
        .options(handlers::FEED_OPTIONS)
        .fields("$filter", filter::filtered())
        .fields("$orderby", filter::ordered())
        .headers(&[UNLESS_CURRENT])
        .answers(200, "The events as iCalendar text", Content::Media(handlers::EXPORTED))
        .answers(304, "Not modified", Content::Empty)
        .problems(&[404, 406])
}

/// When one is busy: the scope that opens it opens nothing else.
fn schedule() -> Endpoint {
    Endpoint::guarded(Method::POST, SCHEDULE, "getSchedule", handlers::schedule)
        .summary("When one is busy, in all calendars; nothing of anybody else")
        .headers(&[("Prefer", SEEN)])
        .body(Content::Json(schedule::body))
        .answers(
            200,
            "Of each that was asked for, when they are busy, or why nothing can be said",
            Content::Json(schedule::schema),
        )
        .problems(&[406, 408, 413, 415])
}

fn of_a_window() -> Vec<Endpoint> {
    vec![
        views(VIEW, "listCalendarView")
            .summary("What happens in a window of time, in the order of time; of series each instance"),
        views(VIEW_OF_DEFAULT, "listCalendarViewOfDefaultCalendar")
            .summary("What happens in a window of time, of the default calendar"),
        views(VIEW_OF_CALENDAR, "listCalendarViewOfCalendar")
            .summary("What happens in a window of time, of one calendar"),
        view_rounds(VIEW_DELTA, "deltaCalendarView")
            .summary("What changed in a window of time since the round before; without a token, the window"),
        view_rounds(VIEW_DELTA_OF_DEFAULT, "deltaCalendarViewOfDefaultCalendar")
            .summary("What changed in a window of time, of the default calendar"),
        view_rounds(VIEW_DELTA_OF_CALENDAR, "deltaCalendarViewOfCalendar")
            .summary("What changed in a window of time, of one calendar"),
    ]
}

/// A round over a window, of all or of a calendar.
fn view_rounds(path: &'static str, id: &'static str) -> Endpoint {
    Endpoint::guarded(Method::GET, path, id, handlers::view_delta)
        .same_as("deltaCalendarView")
        .options(handlers::VIEW_DELTA_OPTIONS)
        .headers(&[PAGED])
        .answers(
            200,
            "A page of a round, with `@removed` for what was or may have been in the window and is not",
            Content::Json(schema::round),
        )
        .problems(&[406, 410])
}

/// A window, of all or of a calendar.
fn views(path: &'static str, id: &'static str) -> Endpoint {
    Endpoint::guarded(Method::GET, path, id, handlers::view)
        .same_as("listCalendarView")
        .options(handlers::VIEW_OPTIONS)
        .fields("$orderby", BY_TIME.into())
        .headers(&[UNLESS_CURRENT, PAGED])
        .answers(200, "A page of instances and single events", Content::Json(schema::page))
        .answers(304, "Not modified", Content::Empty)
        .problems(&[406])
}

/// A round, of all or of a calendar.
fn rounds(path: &'static str, id: &'static str) -> Endpoint {
    Endpoint::guarded(Method::GET, path, id, handlers::delta)
        .same_as("deltaEvents")
        .options(handlers::DELTA_OPTIONS)
        .headers(&[PAGED])
        .answers(200, "A page of a round, with `@removed` for what is gone", Content::Json(schema::round))
        .problems(&[404, 406, 410])
}

/// What adds, to one calendar or another.
fn creates(path: &'static str, id: &'static str) -> Endpoint {
    Endpoint::guarded(Method::POST, path, id, handlers::create)
        .same_as("createEvent")
        .headers(&[CREATING_OR_IMPORTING, ("Prefer", SEEN)])
        .body(Content::JsonOr(schema::body, handlers::IMPORTED))
        .examples(schema::CALENDARS)
        .answers(200, "What became of each event of an import", Content::Json(item::schema))
        .answers(201, "The event, and its address in `Location`", Content::Json(schema::event))
        .problems(&[404, 406, 408, 409, 413, 415, 422, 507])
}
