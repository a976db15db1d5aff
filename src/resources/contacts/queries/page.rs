//! The contacts of a page, those with large projections apart.

use std::collections::HashMap;

use diesel::dsl::case_when;
use diesel::prelude::*;

use super::{COLUMNS, Columns, Row, mine};
use crate::access::Access;
use crate::resources::collection::room::SMALL;
pub(super) use crate::resources::collection::room::{PAGE, fitting, is_large, octet_length};
use crate::resources::contacts::Contacts;
use crate::store::columns::Uid;
use crate::store::tables::contacts;
use crate::store::{Owned, StoreError, on_backend};

/// [`COLUMNS`] with '' in place of a large projection, and how many bytes it has.
pub(super) type Lean = (Columns, i32);

/// What the columns of a [`Lean`] are read from.
#[diesel::dsl::auto_type(no_type_alias)]
pub(super) fn lean() -> _ {
    let (nothing, most): (&'static str, i32) = ("", SMALL);
    let projection = case_when(octet_length(contacts::projection).le(most), contacts::projection).otherwise(nothing);
    (
        contacts::id,
        contacts::folder,
        contacts::changed,
        contacts::birthday,
        projection,
        contacts::photo,
        contacts::created_at,
        contacts::modified_at,
    )
}

/// What the size of a [`Lean`] is read from.
#[diesel::dsl::auto_type(no_type_alias)]
pub(super) fn size() -> _ {
    octet_length(contacts::projection)
}

/// The rows as they are. A large one that was changed since it was listed is as it is now, and one that has gone is left out.
pub(super) fn whole<A: Access>(on: &mut Owned<'_, Contacts, A>, rows: Vec<Lean>) -> Result<Vec<Row>, StoreError> {
    let ids = rows.iter().filter(|(_, bytes)| is_large(*bytes)).map(|((id, ..), _)| *id).collect();
    let mut large = these(on, ids)?;
    let row = |(columns, bytes): Lean| if is_large(bytes) { large.remove(&columns.0) } else { Some(columns.into()) };
    Ok(rows.into_iter().filter_map(row).collect())
}

/// The contacts of these ids that are there.
pub(super) fn these<A: Access>(
    on: &mut Owned<'_, Contacts, A>,
    ids: Vec<Uid>,
) -> Result<HashMap<Uid, Row>, StoreError> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let (person, db) = on.parts();
    let asked = contacts::table.filter(mine(person)).filter(contacts::id.eq_any(ids)).select(COLUMNS);
    let found: Vec<Columns> = on_backend!(db, |c| asked.load(c))?;
    Ok(found.into_iter().map(|columns| (columns.0, columns.into())).collect())
}
