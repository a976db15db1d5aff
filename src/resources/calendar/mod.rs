//! Calendar (api.md §7). `zone` is where a local time lies on the line of time, `recurrence` when a series happens. Both are pure:
//! they know no database and no HTTP.

pub mod recurrence;
pub mod zone;
