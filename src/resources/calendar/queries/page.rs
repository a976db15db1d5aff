//! A page of events is bounded in bytes, whatever they hold. Its rows are read without the projections that are large, but with
//! their sizes; of these only those that the page has room for are fetched.

use std::collections::HashMap;

use diesel::dsl::case_when;
use diesel::prelude::*;
use diesel::sql_types::Text;

use super::{COLUMNS, Columns, Row, mine};
use crate::access::Access;
use crate::resources::calendar::Calendar;
use crate::store::columns::Uid;
use crate::store::tables::events;
use crate::store::{Owned, StoreError, on_backend};

/// So many bytes of projections are on a page, unless its first row alone has more.
pub(super) const PAGE: usize = 4 * 1024 * 1024;
/// A projection of no more bytes than these comes with its row: as many as a page has rows take no more than about one page.
const SMALL: i32 = 4096;

diesel::define_sql_function! {
    /// Both databases have it, and neither reads the text for it.
    fn octet_length(text: Text) -> Integer;
}

/// [`COLUMNS`] with '' in place of a large projection, and how many bytes it has.
pub(super) type Lean = (Columns, i32);

/// What the columns of a [`Lean`] are read from.
#[diesel::dsl::auto_type(no_type_alias)]
pub(super) fn lean() -> _ {
    let (nothing, most): (&'static str, i32) = ("", SMALL);
    let projection = case_when(octet_length(events::projection).le(most), events::projection).otherwise(nothing);
    (
        events::id,
        events::calendar,
        events::changed,
        events::begins,
        events::finishes,
        events::is_private,
        events::recurs,
        projection,
        events::created_at,
        events::modified_at,
    )
}

/// What the size of a [`Lean`] is read from.
#[diesel::dsl::auto_type(no_type_alias)]
pub(super) fn size() -> _ {
    octet_length(events::projection)
}

/// Whether the projection did not come with its row.
pub(super) fn is_large(bytes: i32) -> bool {
    bytes > SMALL
}

/// How many of `rows`, told by their bytes, are no more than so many and have no more bytes together: at least one, or nobody
/// would come past it.
pub(super) fn fitting(rows: impl Iterator<Item = i32>, most: usize, most_bytes: usize) -> usize {
    let mut bytes = 0_usize;
    let fits = rows.take(most).enumerate().take_while(|(at, row)| {
        bytes = bytes.saturating_add(usize::try_from(*row).unwrap_or(0));
        *at == 0 || bytes <= most_bytes
    });
    fits.count()
}

/// The rows as they are. A large one that was changed since it was listed is as it is now, and one that has gone is left out.
pub(super) fn whole<A: Access>(on: &mut Owned<'_, Calendar, A>, rows: Vec<Lean>) -> Result<Vec<Row>, StoreError> {
    let ids = rows.iter().filter(|(_, bytes)| is_large(*bytes)).map(|((id, ..), _)| *id).collect();
    let mut large = these(on, ids)?;
    let row = |(columns, bytes): Lean| if is_large(bytes) { large.remove(&columns.0) } else { Some(columns.into()) };
    Ok(rows.into_iter().filter_map(row).collect())
}

/// The events of these ids that are there.
pub(super) fn these<A: Access>(
    on: &mut Owned<'_, Calendar, A>,
    ids: Vec<Uid>,
) -> Result<HashMap<Uid, Row>, StoreError> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let (person, db) = on.parts();
    let asked = events::table.filter(mine(person)).filter(events::id.eq_any(ids)).select(COLUMNS);
    let found: Vec<Columns> = on_backend!(db, |c| asked.load(c))?;
    Ok(found.into_iter().map(|columns| (columns.0, columns.into())).collect())
}

#[cfg(test)]
mod tests {
    use super::fitting;

    #[test]
    fn a_page_ends_by_rows_or_by_bytes_and_has_one_at_least() {
        let fits = |rows: &[i32]| fitting(rows.iter().copied(), 3, 10);
        assert_eq!([fits(&[1; 9]), fits(&[5, 5, 1]), fits(&[5, 6, 1]), fits(&[30, 1])], [3, 2, 1, 1]);
        assert_eq!([fits(&[0, 30, 1]), fits(&[0, 10, 0]), fits(&[])], [1, 3, 0]);
    }
}
