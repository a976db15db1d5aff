//! The calendar: a person's calendars and the events in them, shown as far as scopes reach (api.md §7).
//! `calendars` has what events lie in, `ical` is iCalendar text, `record` the event and what follows from it, `server` the members that
//! do not follow from it, `recurrence` when a series happens, `zone` where a local time lies on the line of time.

pub mod calendars;
pub mod ical;
pub mod record;
pub mod recurrence;
pub mod server;
pub mod zone;

use crate::access::{Kind, Permits, Read, Scope, Write};
use crate::resources::endpoint::Endpoint;

/// The kind.
#[derive(Debug)]
pub enum Calendar {}

impl Kind for Calendar {
    const NAME: &'static str = "calendar";
}
impl Permits<Read> for Calendar {
    const SCOPES: &'static [Scope] = &[Scope::CalendarsReadBasic];
}
impl Permits<Write> for Calendar {
    const SCOPES: &'static [Scope] = &[Scope::CalendarsReadWrite];
}

/// Its operations.
pub fn endpoints() -> Vec<Endpoint> {
    calendars::endpoints()
}
