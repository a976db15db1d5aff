//! Calendars and their events (api.md §7).
//! `ical` is iCalendar text, `record` the event and what follows from it, `server` the members that do not follow from it, `zone`
//! where a local time lies on the line of time, `recurrence` when a series happens. All are pure: they know no database and no HTTP.

pub mod ical;
pub mod record;
pub mod recurrence;
pub mod server;
pub mod zone;
