//! The profile's queries. Every one takes an [`Owned`] and so reaches the grant's person only.

use diesel::prelude::*;

use crate::access::{Access, Write};
use crate::resources::profile::Profile;
use crate::store::columns::{Instant, Uid};
use crate::store::tables::profiles;
use crate::store::{Owned, StoreError, on_backend};

/// A profile as stored.
#[derive(Debug)]
pub struct Row {
    /// The person's id outside.
    pub uid: Uid,
    /// The number of its last change: its version.
    pub changed: i64,
    /// The verified address.
    pub mail: Option<String>,
    /// The members that the person gives, as JSON.
    pub projection: String,
    /// When the account was made.
    pub created_at: Instant,
    /// When it was last changed.
    pub modified_at: Instant,
}

/// What became of a change.
#[derive(Debug)]
pub enum Changed {
    /// Done: the row as it is now.
    To(Row),
    /// Another change came first; nothing was done.
    Overtaken,
}

type Columns = (i64, Option<String>, String, Instant, Instant);

const COLUMNS: (profiles::changed, profiles::mail, profiles::projection, profiles::created_at, profiles::modified_at) =
    (profiles::changed, profiles::mail, profiles::projection, profiles::created_at, profiles::modified_at);

fn row(uid: Uid, (changed, mail, projection, created_at, modified_at): Columns) -> Row {
    Row { uid, changed, mail, projection, created_at, modified_at }
}

/// The person's own profile: one row by its key.
pub fn find<A: Access>(on: &mut Owned<'_, Profile, A>) -> Result<Row, StoreError> {
    let (person, db) = on.parts();
    // `get_result`, not `first`: a LIMIT would have the statement prepared anew (performance.md §2.1).
    // On each connection itself: through `Db` diesel would write the SQL anew for every call.
    let found = on_backend!(db, |c| profiles::table.find(person.id).select(COLUMNS).get_result(c))?;
    Ok(row(person.uid, found))
}

/// Stores `projection`, unless another change came after version `seen`.
pub fn update(on: &mut Owned<'_, Profile, Write>, seen: i64, projection: &str) -> Result<Changed, StoreError> {
    let (change, now) = (on.change(), on.now());
    let (person, db) = on.parts();
    let mine = profiles::table.find(person.id).filter(profiles::changed.eq(seen));
    let new = (profiles::changed.eq(change), profiles::projection.eq(projection), profiles::modified_at.eq(now));
    let updated = diesel::update(mine).set(new).returning(COLUMNS).get_result(db).optional()?;
    Ok(updated.map_or(Changed::Overtaken, |columns| Changed::To(row(person.uid, columns))))
}
