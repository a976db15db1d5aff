//! The members of an event that its record gives: what each may hold, what `Calendars.ReadBasic` sees of it, and how it is read
//! and changed. The one table here decides reading, writing and the OpenAPI schema.
//! Imports what stands beside it, `ical`, `server`, `shape`, `serde_json`.

use serde_json::Value;

use crate::resources::calendar::ical::Component;
use crate::resources::calendar::record::clocks::Clocks;
use crate::resources::calendar::record::{alarms, people, places, rules, status, texts, times};
use crate::resources::calendar::server;
use crate::resources::shape::Shape;

/// One member.
pub struct Member {
    /// Its name.
    pub name: &'static str,
    /// What it may hold.
    pub shape: Shape,
    /// What `Calendars.ReadBasic` sees of it.
    pub basic: Basic,
    pub(super) show: Show,
    pub(super) put: Put,
}

/// When `Calendars.ReadBasic` sees a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basic {
    /// Of every event: where it stands, and that it is there.
    Always,
    /// Not of a private event, which is a busy block.
    UnlessPrivate,
    /// Never.
    Never,
}

/// How a member is read.
pub(super) enum Show {
    /// As the event says.
    Plain(fn(&Component) -> Value),
    /// As the event says by the clocks of its record.
    Timed(fn(&Component, &Clocks) -> Value),
}

/// How a member is changed.
pub(super) enum Put {
    /// By itself.
    Alone(fn(&mut Component, &Value)),
    /// By itself, of a new event alone: sent back it says nothing.
    AtFirst(fn(&mut Component, &Value)),
    /// Together with others, by `times` or `rules`.
    Together,
    /// It follows from others, and says nothing when it is sent back.
    Follows,
}

use Basic::{Always, Never, UnlessPrivate};
use Put::{Alone, AtFirst, Follows, Together};
use Show::{Plain, Timed};

const LINE: Shape = Shape::Line(255);
const TIME: Shape = Shape::Object(&[("dateTime", Shape::Line(64)), ("timeZone", LINE)]);
const EMAIL: Shape = Shape::Object(&[("name", Shape::Line(256)), ("address", Shape::Line(320))]);
static ATTENDEE: Shape = Shape::Object(&[
    ("emailAddress", EMAIL),
    ("type", Shape::OneOf(&["required", "optional", "resource"])),
    ("status", STATUS),
]);
const STATUS: Shape = Shape::Object(&[
    ("response", Shape::OneOf(&["none", "organizer", "tentativelyAccepted", "accepted", "declined", "notResponded"])),
    ("time", Shape::Line(64)),
]);
static CATEGORY: Shape = LINE;
static LOCATION: Shape = Shape::Object(PLACE);
const PLACE: &[(&str, Shape)] = &[
    ("displayName", Shape::Text(1024)),
    ("locationType", Shape::Line(64)),
    ("locationUri", Shape::Line(2048)),
    ("locationEmailAddress", Shape::Line(320)),
    ("uniqueId", Shape::Line(1024)),
    ("uniqueIdType", Shape::Line(64)),
    (
        "address",
        Shape::Object(&[
            ("street", Shape::Text(1024)),
            ("city", Shape::Line(128)),
            ("state", Shape::Line(128)),
            ("countryOrRegion", Shape::Line(128)),
            ("postalCode", Shape::Line(40)),
        ]),
    ),
    (
        "coordinates",
        Shape::Object(&[
            ("latitude", Shape::Number),
            ("longitude", Shape::Number),
            ("altitude", Shape::Number),
            ("accuracy", Shape::Number),
            ("altitudeAccuracy", Shape::Number),
        ]),
    ),
];
const BODY: Shape =
    Shape::Object(&[("contentType", Shape::OneOf(&["text", "html"])), ("content", Shape::Text(texts::BODY))]);
const YEAR: i64 = 366 * 24 * 60;

const fn alone(
    name: &'static str,
    shape: Shape,
    basic: Basic,
    show: fn(&Component) -> Value,
    put: fn(&mut Component, &Value),
) -> Member {
    Member { name, shape, basic, show: Plain(show), put: Alone(put) }
}

const fn together(name: &'static str, shape: Shape, show: Show) -> Member {
    Member { name, shape, basic: Always, show, put: Together }
}

const fn follows(name: &'static str, shape: Shape, basic: Basic, show: Show) -> Member {
    Member { name, shape, basic, show, put: Follows }
}

/// The table.
pub static MEMBERS: [Member; 24] = [
    alone("subject", Shape::Text(1024), UnlessPrivate, texts::subject, texts::put_subject),
    follows("bodyPreview", Shape::Text(255), Never, Plain(texts::preview)),
    alone("body", BODY, Never, texts::body, texts::put_body),
    together("start", TIME, Plain(times::shown_start)),
    together("end", TIME, Timed(times::shown_end)),
    together("isAllDay", Shape::Bool, Plain(times::is_all_day)),
    follows("originalStartTimeZone", LINE, Always, Timed(times::start_zone)),
    follows("originalEndTimeZone", LINE, Always, Timed(times::end_zone)),
    alone("locations", Shape::List(places::MOST, &LOCATION), UnlessPrivate, places::locations, places::put_locations),
    alone("location", Shape::Object(PLACE), UnlessPrivate, places::location, places::put_location),
    together("recurrence", Shape::Any, Timed(rules::recurrence)),
    together("rrule", Shape::Line(4096), Plain(rules::rrule)),
    alone("attendees", Shape::List(people::SHOWN, &ATTENDEE), Never, people::attendees, people::put_attendees),
    alone("organizer", Shape::Object(&[("emailAddress", EMAIL)]), Never, people::organizer, people::put_organizer),
    alone("importance", Shape::OneOf(status::IMPORTANCE), UnlessPrivate, status::importance, status::put_importance),
    alone("sensitivity", Shape::OneOf(status::SENSITIVITY), Always, status::sensitivity, status::put_sensitivity),
    alone("showAs", Shape::OneOf(status::SHOW_AS), Always, status::show_as, status::put_show_as),
    alone("categories", Shape::List(100, &CATEGORY), UnlessPrivate, texts::categories, texts::put_categories),
    alone(
        "reminderMinutesBeforeStart",
        Shape::Integer(-YEAR, YEAR),
        UnlessPrivate,
        alarms::before_start,
        alarms::put_before_start,
    ),
    // After the minutes: whoever sends both and turns it off means off.
    alone("isReminderOn", Shape::Bool, UnlessPrivate, alarms::is_on, alarms::put_on),
    follows("hasAttachments", Shape::Bool, Never, Plain(status::has_attachments)),
    follows("isCancelled", Shape::Bool, Always, Plain(status::is_cancelled)),
    follows("iCalUId", Shape::Text(1024), UnlessPrivate, Plain(status::uid)),
    Member {
        name: "transactionId",
        shape: LINE,
        basic: Never,
        show: Plain(texts::transaction),
        put: AtFirst(texts::put_transaction),
    },
];

/// The member of an event that has this name, but for the case of letters.
pub(super) fn ours(name: &str) -> Option<&'static str> {
    let mut ours = MEMBERS.iter().map(|member| member.name).chain(server::SERVER_MEMBERS.iter().map(|(name, _)| *name));
    ours.find(|ours| ours.eq_ignore_ascii_case(name))
}

impl Member {
    /// What the event says.
    pub(super) fn shown(&self, event: &Component, clocks: &Clocks) -> Value {
        match self.show {
            Show::Plain(show) => show(event),
            Show::Timed(show) => show(event, clocks),
        }
    }
}
