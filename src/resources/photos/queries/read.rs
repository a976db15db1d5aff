//! Finding and listing photos. What is filtered or ordered is in `chosen`; the plain list is here, since most lists are plain
//! and its statements stay prepared.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::{COLUMNS, Row, mine};
use crate::access::Access;
use crate::digest::Digest;
use crate::query::filter::Expr;
use crate::query::order::Order;
use crate::resources::photos::Photos;
use crate::resources::photos::model::Level;
use crate::store::columns::Uid;
use crate::store::tables::{album_photos, albums, photo_books, photos};
use crate::store::{Owned, StoreError, on_backend};

/// Which photos, in which order.
#[derive(Debug, Clone)]
pub struct Selection {
    /// Those of one album.
    pub album: Option<Uid>,
    /// What the grant sees: filters see no more.
    pub level: Level,
    /// `$filter`
    pub filter: Option<Expr>,
    /// `$orderby`; the id comes last always.
    pub order: Vec<Order>,
}

impl Selection {
    /// Whether it is all of an album or of everything, by id.
    fn is_plain(&self) -> bool {
        self.filter.is_none() && self.order.is_empty()
    }
}

/// Where a page ended: its last row's keys in the order asked for, then its id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// One for each of `$orderby`.
    pub keys: Vec<String>,
    /// The row's id.
    pub id: String,
}

/// One page: at most `size` rows after `after`, the first `skip` stepped over; and the place of the last if there are more. What is told
/// of a photo is bounded, so a page is too.
pub fn list<A: Access>(
    on: &mut Owned<'_, Photos, A>,
    selection: &Selection,
    after: Option<&Place>,
    skip: usize,
    size: usize,
) -> Result<(Vec<Row>, Option<Place>), StoreError> {
    if !selection.is_plain() || skip > 0 {
        return super::chosen::list(on, selection, after, skip, size);
    }
    let mut rows = plain(on, selection.album, after, size.saturating_add(1))?;
    let more = rows.len() > size;
    rows.truncate(size);
    let place = rows.last().filter(|_| more).map(|row| Place { keys: Vec::new(), id: row.id.to_string() });
    Ok((rows, place))
}

fn plain<A: Access>(
    on: &mut Owned<'_, Photos, A>,
    album: Option<Uid>,
    after: Option<&Place>,
    limit: usize,
) -> Result<Vec<Row>, StoreError> {
    let after = after.and_then(|place| Uid::parse(&place.id)).unwrap_or(Uid::FIRST);
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let (person, db) = on.parts();
    let Some(album) = album else {
        let all = photos::table.filter(mine(person)).filter(photos::id.gt(after)).order(photos::id).limit(limit);
        return Ok(on_backend!(db, |c| all.select(COLUMNS).load(c))?);
    };
    let same = photos::person.eq(album_photos::person).and(photos::id.eq(album_photos::photo));
    let of_album = album_photos::table
        .inner_join(photos::table.on(same))
        .filter(album_photos::person.eq(person.id))
        .filter(album_photos::album.eq(album))
        .filter(album_photos::photo.gt(after))
        .order(album_photos::photo)
        .limit(limit)
        .select(COLUMNS);
    Ok(on_backend!(db, |c| of_album.load(c))?)
}

/// How many photos `selection` has; all of a person's and of an album are counted as they come and go.
pub fn count<A: Access>(on: &mut Owned<'_, Photos, A>, selection: &Selection) -> Result<i64, StoreError> {
    if !selection.is_plain() {
        return super::chosen::count(on, selection);
    }
    let (person, db) = on.parts();
    let counted: Option<i64> = match selection.album {
        None => {
            let kept = photo_books::table.find(person.id).select(photo_books::photos);
            on_backend!(db, |c| kept.get_result(c).optional())?
        }
        Some(album) => {
            let kept = albums::table.find((person.id, album)).select(albums::photos);
            on_backend!(db, |c| kept.get_result(c).optional())?
        }
    };
    Ok(counted.unwrap_or(0))
}

/// One photo by its key.
pub fn find<A>(on: &mut Owned<'_, Photos, A>, id: Uid) -> Result<Row, StoreError> {
    let (person, db) = on.parts();
    Ok(on_backend!(db, |c| photos::table.find((person.id, id)).select(COLUMNS).get_result(c))?)
}

/// As [`find`], and how what is given of it without its location is made of the original: `Vec<Piece>` as JSON.
pub fn with_recipe<A>(on: &mut Owned<'_, Photos, A>, id: Uid) -> Result<(Row, String), StoreError> {
    let (person, db) = on.parts();
    let asked = photos::table.find((person.id, id)).select((COLUMNS, photos::recipe));
    Ok(on_backend!(db, |c| asked.get_result(c))?)
}

/// The photo whose original has these bytes, if the person has it.
pub fn by_content<A>(on: &mut Owned<'_, Photos, A>, sha256: Digest) -> Result<Option<Row>, StoreError> {
    let (person, db) = on.parts();
    let same = photos::table.filter(photos::sha256.eq(sha256)).filter(mine(person)).select(COLUMNS);
    Ok(on_backend!(db, |c| same.first(c).optional())?)
}

/// Refuses an album that is not the person's.
pub fn album_is_there<A>(on: &mut Owned<'_, Photos, A>, album: Uid) -> Result<(), StoreError> {
    let (person, db) = on.parts();
    let found = albums::table.find((person.id, album)).select(albums::changed);
    let _: i64 = on_backend!(db, |c| found.get_result(c))?;
    Ok(())
}
