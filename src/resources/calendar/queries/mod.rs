//! The events' queries. Every one takes an [`Owned`](crate::store::Owned) and so reaches the grant's person only: the mark of an
//! owner is in `mine` and in the keys, nowhere else.
//! `read` finds and lists, `chosen` lists what is filtered, searched or ordered, `delta` what changed; `write` makes, changes and
//! deletes, `clear` deletes a calendar's; `import` is what imports ask; `own` what the account says of the person; `page` bounds what
//! is listed in bytes; `window` lists instances, `series` those of series, `seen` has what they are like, `pasts` what they were, `told` what changed of them; `terms` is what events are found by, `values`
//! what else of them follows from their record.

mod chosen;
mod clear;
mod condition;
mod delta;
mod having;
mod import;
mod own;
mod page;
mod pasts;
mod read;
mod seen;
mod series;
mod terms;
mod told;
mod values;
mod window;
mod write;

use diesel::dsl::Eq;
use diesel::prelude::*;

pub use clear::{Cleared, Going, clear, going};
pub use delta::{Change, Changed, changes};
pub use import::{by_uid, calendar_named, room, taken};
pub use own::own_mail;
pub use read::{Place, Selection, Stored, are_there, calendar_is_there, count, earliest, find, list, load, recorded};
pub use seen::Seen;
pub use told::{Told, Walked, told};
pub use window::{Asked, instances, window};
pub use write::{Made, add, book, delete, insert, replace, uid_key};

pub(in crate::resources::calendar) use delta::HERE;
pub(in crate::resources::calendar) use values::Values;

use crate::resources::calendar::record::{Exceptions, When};
use crate::store::Person;
use crate::store::columns::{Instant, Uid};
use crate::store::tables::events;

/// An event as lists show it.
#[derive(Debug, Clone)]
pub struct Row {
    /// Its id.
    pub id: Uid,
    /// The calendar that it is in; the person's uid: the default calendar.
    pub calendar: Uid,
    /// The number of its last change: its version.
    pub changed: i64,
    /// When it begins; of a series, its first instance. A time without a zone as if it were UTC.
    pub begins: Instant,
    /// When that ends.
    pub finishes: Instant,
    /// Whether `Calendars.ReadBasic` sees a busy block.
    pub is_private: bool,
    /// Whether it is a series.
    pub recurs: bool,
    /// The members that the record gives, as JSON.
    pub projection: String,
    /// When it was made.
    pub created_at: Instant,
    /// When it was last changed.
    pub modified_at: Instant,
}

pub(in crate::resources::calendar) type Columns = (Uid, Uid, i64, Instant, Instant, i32, i32, String, Instant, Instant);

pub(super) type AllColumns = (
    events::id,
    events::calendar,
    events::changed,
    events::begins,
    events::finishes,
    events::is_private,
    events::recurs,
    events::projection,
    events::created_at,
    events::modified_at,
);

pub(in crate::resources::calendar) const COLUMNS: AllColumns = (
    events::id,
    events::calendar,
    events::changed,
    events::begins,
    events::finishes,
    events::is_private,
    events::recurs,
    events::projection,
    events::created_at,
    events::modified_at,
);

impl Row {
    /// What an instance of the series is like: what its override says, if there is one, for the rest as the series.
    #[must_use]
    pub fn instance(&self, exceptions: &Exceptions<'_>, when: &When) -> Self {
        self.exception(exceptions, when).unwrap_or_else(|| self.clone())
    }

    /// What an exception of the series is like: what its override says, for the rest as the series.
    pub fn exception(&self, exceptions: &Exceptions<'_>, when: &When) -> Option<Self> {
        let projection = exceptions.project(when)?;
        Some(Self { projection: projection.json, is_private: self.is_private || projection.private, ..self.clone() })
    }
}

impl From<Columns> for Row {
    fn from(columns: Columns) -> Self {
        let (id, calendar, changed, begins, finishes, is_private, recurs, projection, created_at, modified_at) =
            columns;
        let (is_private, recurs) = (is_private != 0, recurs != 0);
        Self { id, calendar, changed, begins, finishes, is_private, recurs, projection, created_at, modified_at }
    }
}

/// Where every query of events begins.
pub(super) fn mine(person: Person) -> Eq<events::person, i64> {
    events::person.eq(person.id)
}
