//! The contacts' queries. Every one takes an [`Owned`] and so reaches the grant's person only: the mark of an owner is in
//! `mine` and in the keys, nowhere else.
//! `read` finds and lists, `chosen` lists what is filtered, searched or ordered, `delta` what changed; `write` makes, changes and
//! deletes, `clear` deletes a folder's; `page` bounds what is listed in bytes; `import` is what an import asks; `terms` is what contacts are found by.

mod birthdays;
mod chosen;
mod clear;
mod condition;
mod delta;
mod having;
mod import;
mod page;
mod read;
mod terms;
mod write;

use diesel::dsl::Eq;
use diesel::prelude::*;

pub use clear::{Cleared, Going, clear, going};
pub use delta::{Change, Changed, DELETED, HERE, changes};
pub use import::{by_uid, folder_named, room, taken};
pub use read::{Place, Selection, Stored, count, find, folder_is_there, list, load, record};
pub use write::{Made, add, book, delete, insert, replace, uid_key};

use crate::store::columns::{Instant, Uid};
use crate::store::tables::contacts;
use crate::store::{Owned, Person};

/// A contact as lists show it.
#[derive(Debug, Clone)]
pub struct Row {
    /// Its id.
    pub id: Uid,
    /// The folder that it is in; the person's uid: the default folder.
    pub folder: Uid,
    /// The number of its last change: its version.
    pub changed: i64,
    /// `YYYY-MM-DD`, `--MM-DD` or ''.
    pub birthday: String,
    /// The members that the card gives, as JSON.
    pub projection: String,
    /// What there is of the photo, as JSON; of one within the card, that it is there.
    pub photo: Option<String>,
    /// When it was made.
    pub created_at: Instant,
    /// When it was last changed.
    pub modified_at: Instant,
}

pub(in crate::resources::contacts) type Columns = (Uid, Uid, i64, String, String, Option<String>, Instant, Instant);

pub(super) type AllColumns = (
    contacts::id,
    contacts::folder,
    contacts::changed,
    contacts::birthday,
    contacts::projection,
    contacts::photo,
    contacts::created_at,
    contacts::modified_at,
);

pub(in crate::resources::contacts) const COLUMNS: AllColumns = (
    contacts::id,
    contacts::folder,
    contacts::changed,
    contacts::birthday,
    contacts::projection,
    contacts::photo,
    contacts::created_at,
    contacts::modified_at,
);

impl From<Columns> for Row {
    fn from((id, folder, changed, birthday, projection, photo, created_at, modified_at): Columns) -> Self {
        Self { id, folder, changed, birthday, projection, photo, created_at, modified_at }
    }
}

/// Where every query of contacts begins.
pub(super) fn mine(person: Person) -> Eq<contacts::person, i64> {
    contacts::person.eq(person.id)
}

/// The folder that has no row: its id is the person's own.
pub fn default_folder<K, A>(on: &Owned<'_, K, A>) -> Uid {
    on.person().uid
}
