//! Calendars and their events (api.md §7).
//! `ical` is iCalendar text, `record` the event and what follows from it, `server` the members that do not follow from it.

pub mod ical;
pub mod record;
pub mod server;
