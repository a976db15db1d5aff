//! The instances of an event: those of its series, and the overrides in the places where they were moved to. `id` names one, `course` says when
//! an event happens and finds them, `read` has that of the record, `window` is where they are
//! looked for, `page` the first of many, `mark` where the next page begins, `split` cuts a series in two.
//!
//! What has no zone, dates too, is read in the zone of who looks. Imports `config`, `record`, `recurrence`, `zone`, `ical`, `store`'s columns, chrono.

mod course;
mod id;
mod mark;
mod page;
mod read;
mod split;
mod window;

pub use course::{Course, Exception, Instance, Moment};
pub use id::{EventId, Original};
pub use mark::{Looked, Mark, Place};
pub use page::{Cost, Item, Key, Page};
pub use split::Split;
pub use window::{Sought, Window};
