//! The photos' queries. Every one takes an [`Owned`](crate::store::Owned) and so reaches the grant's person only.
//! `read` finds and lists, `chosen` lists what is filtered or ordered, `condition` is a filter, `delta` what changed; `write` makes, changes
//! and deletes, `renditions` has what was made of photos.

mod chosen;
mod condition;
mod delta;
mod read;
mod renditions;
mod write;

use diesel::dsl::Eq;
use diesel::prelude::*;

pub use delta::{DELETED, HERE, changes};
pub use read::{Place, Selection, album_is_there, by_content, count, find, list, with_recipe};
pub use renditions::{Kept, Made, add as add_rendition, kept as kept_rendition};
pub use write::{Room, change, delete, has_room, insert};

use crate::digest::Digest;
use crate::store::Person;
use crate::store::columns::{Instant, Uid};
use crate::store::tables::photos;

/// A photo as lists show it.
#[derive(Debug, Clone, Queryable)]
#[expect(missing_docs, reason = "each is the column of its name")]
pub struct Row {
    pub id: Uid,
    /// The number of its last change: its version.
    pub changed: i64,
    pub sha256: Digest,
    pub size: i64,
    pub cut_sha256: Digest,
    pub cut_size: i64,
    pub media_type: String,
    pub width: i64,
    pub height: i64,
    pub name: String,
    pub description: String,
    pub is_favorite: i32,
    pub taken: i64,
    pub taken_offset: Option<i32>,
    pub facts: String,
    pub location: String,
    pub thumb_hash: String,
    pub created_at: Instant,
    pub modified_at: Instant,
}

pub(in crate::resources::photos) type Columns = (
    photos::id,
    photos::changed,
    photos::sha256,
    photos::size,
    photos::cut_sha256,
    photos::cut_size,
    photos::media_type,
    photos::width,
    photos::height,
    photos::name,
    photos::description,
    photos::is_favorite,
    photos::taken,
    photos::taken_offset,
    photos::facts,
    photos::location,
    photos::thumb_hash,
    photos::created_at,
    photos::modified_at,
);

pub(in crate::resources::photos) const COLUMNS: Columns = (
    photos::id,
    photos::changed,
    photos::sha256,
    photos::size,
    photos::cut_sha256,
    photos::cut_size,
    photos::media_type,
    photos::width,
    photos::height,
    photos::name,
    photos::description,
    photos::is_favorite,
    photos::taken,
    photos::taken_offset,
    photos::facts,
    photos::location,
    photos::thumb_hash,
    photos::created_at,
    photos::modified_at,
);

/// Where every query of photos begins.
pub(super) fn mine(person: Person) -> Eq<photos::person, i64> {
    photos::person.eq(person.id)
}
