//! The profile's queries. Every one takes an [`Owned`] and so reaches the grant's person only.

use diesel::prelude::*;
use serde_json::{Map, Value};

use crate::access::{Access, Write};
use crate::problem::{Code, Problem};
use crate::resources::conditions::Conditions;
use crate::resources::profile::{Profile, model};
use crate::store::columns::{Instant, Uid};
use crate::store::tables::profiles;
use crate::store::{Halt, Owned, StoreError, on_backend};

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
    /// What there is of the photo, as JSON.
    pub photo: Option<String>,
    /// When the account was made.
    pub created_at: Instant,
    /// When it was last changed.
    pub modified_at: Instant,
}

pub(super) type Columns = (i64, Option<String>, String, Option<String>, Instant, Instant);

pub(super) const COLUMNS: (
    profiles::changed,
    profiles::mail,
    profiles::projection,
    profiles::photo,
    profiles::created_at,
    profiles::modified_at,
) = (
    profiles::changed,
    profiles::mail,
    profiles::projection,
    profiles::photo,
    profiles::created_at,
    profiles::modified_at,
);

pub(super) fn row(uid: Uid, (changed, mail, projection, photo, created_at, modified_at): Columns) -> Row {
    Row { uid, changed, mail, projection, photo, created_at, modified_at }
}

/// The person's own profile: one row by its key.
pub fn find<A: Access>(on: &mut Owned<'_, Profile, A>) -> Result<Row, StoreError> {
    let (person, db) = on.parts();
    // `get_result`, not `first`: a LIMIT would have the statement prepared anew (performance.md §2.1).
    // On each connection itself: through `Db` diesel would write the SQL anew for every call.
    let found = on_backend!(db, |c| profiles::table.find(person.id).select(COLUMNS).get_result(c))?;
    Ok(row(person.uid, found))
}

/// Merges `changes` into the profile, if `conditions` allow: read and written in one transaction, under the person's own
/// lock, so that nobody overtakes it. A change that changes nothing makes no new version.
pub fn change(
    on: &mut Owned<'_, Profile, Write>,
    conditions: &Conditions,
    changes: &Map<String, Value>,
) -> Result<Row, Halt<Problem>> {
    let found = find(on)?;
    if !conditions.allow(Some(found.changed)) {
        let message = "The profile was changed since. Get it again, then change it.";
        return Err(Halt::Refused(Problem::new(Code::PreconditionFailed, message)));
    }
    let projection = model::merge(&found.projection, changes).map_err(Halt::Refused)?;
    if projection == found.projection {
        return Ok(found);
    }
    let (number, now) = (on.change(), on.now());
    let (person, db) = on.parts();
    let new = (profiles::changed.eq(number), profiles::projection.eq(projection), profiles::modified_at.eq(now));
    let stored = diesel::update(profiles::table.find(person.id)).set(new).returning(COLUMNS).get_result(db)?;
    Ok(row(person.uid, stored))
}
