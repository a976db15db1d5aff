//! What changed: the walk over `photo_changes` in the order of the person's commits.

use diesel::prelude::*;

use super::{COLUMNS, Row};
use crate::access::Access;
use crate::resources::collection::Stretch;
pub use crate::resources::collection::changes::{DELETED, HERE};
use crate::resources::photos::Photos;
use crate::store::columns::Uid;
use crate::store::tables::{photo_changes, photos};
use crate::store::{Owned, StoreError, on_backend};

/// A change: its number, the photo, and what it is now; none: it was deleted.
pub(super) type Changed = (i64, Uid, Option<Row>);

/// At most `limit` of the changes of `stretch`, by one statement: what is changed between two would be in neither.
pub fn changes<A: Access>(
    on: &mut Owned<'_, Photos, A>,
    stretch: Stretch,
    limit: i64,
) -> Result<Vec<Changed>, StoreError> {
    let Stretch { full, change, after, until } = stretch;
    let (person, db) = on.parts();
    let same = photos::person.eq(photo_changes::person).and(photos::id.eq(photo_changes::photo));
    let asked = photo_changes::table
        .left_join(photos::table.on(same))
        .filter(photo_changes::person.eq(person.id))
        .filter(photo_changes::changed.ge(change))
        .filter(photo_changes::changed.le(until))
        .filter(photo_changes::changed.gt(change).or(photo_changes::photo.gt(after)))
        .filter(photo_changes::gone.le(if full { HERE } else { DELETED }))
        .order((photo_changes::changed, photo_changes::photo))
        .limit(limit)
        .select((photo_changes::changed, photo_changes::photo, COLUMNS.nullable()));
    Ok(on_backend!(db, |c| asked.load(c))?)
}
