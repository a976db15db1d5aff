//! Lists that are filtered or ordered.
//!
//! Their statements are as many as clients can think of: none is kept prepared, or a client could fill the memory of every
//! connection with them.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Bool};

use super::condition::{Condition, all, condition, instant};
use super::{COLUMNS, Place, Row, Selection, mine};
use crate::access::Access;
use crate::query::order::Order;
use crate::resources::photos::Photos;
use crate::store::columns::Uid;
use crate::store::tables::photos;
use crate::store::{MultiBackend, Owned, Person, StoreError};

/// As [`super::list`].
pub(super) fn list<A: Access>(
    on: &mut Owned<'_, Photos, A>,
    selection: &Selection,
    after: Option<&Place>,
    skip: usize,
    size: usize,
) -> Result<(Vec<Row>, Option<Place>), StoreError> {
    let (person, db) = on.parts();
    let mut query = photos::table
        .filter(mine(person))
        .filter(chosen(person, selection))
        .select((COLUMNS, photos::name_sort))
        .into_boxed::<MultiBackend>();
    if let Some(place) = after {
        query = query.filter(beyond(&selection.order, place));
    }
    for order in &selection.order {
        query = match (order.field, order.descending) {
            ("createdDateTime", false) => query.then_order_by(photos::created_at.asc()),
            ("createdDateTime", true) => query.then_order_by(photos::created_at.desc()),
            ("lastModifiedDateTime", false) => query.then_order_by(photos::modified_at.asc()),
            ("lastModifiedDateTime", true) => query.then_order_by(photos::modified_at.desc()),
            ("name", false) => query.then_order_by(photos::name_sort.asc()),
            ("name", true) => query.then_order_by(photos::name_sort.desc()),
            (_, false) => query.then_order_by(photos::taken.asc()),
            (_, true) => query.then_order_by(photos::taken.desc()),
        };
    }
    // In the direction of the first, so that one index read backwards has both.
    query = if backwards(&selection.order) {
        query.then_order_by(photos::id.desc())
    } else {
        query.then_order_by(photos::id.asc())
    };
    let whole = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    let query = query.limit(whole(size.saturating_add(1))).offset(whole(skip));
    let mut found: Vec<(Row, String)> = query.load(db)?;
    let more = found.len() > size;
    found.truncate(size);
    let place = found.last().filter(|_| more).map(|(row, name)| {
        let keys = selection.order.iter().map(|order| key(*order, row, name));
        Place { keys: keys.collect(), id: row.id.to_string() }
    });
    Ok((found.into_iter().map(|(row, _)| row).collect(), place))
}

/// As [`super::count`].
pub(super) fn count<A: Access>(on: &mut Owned<'_, Photos, A>, selection: &Selection) -> Result<i64, StoreError> {
    let (person, db) = on.parts();
    Ok(photos::table.filter(mine(person)).filter(chosen(person, selection)).count().get_result(db)?)
}

/// Album and filter.
fn chosen(person: Person, selection: &Selection) -> Condition {
    // A literal keeps diesel from keeping the statement.
    let unkept: Condition = Box::new(sql::<Bool>("1 = 1"));
    let album = selection.album.map(|album| in_album(person, album));
    let filter = selection.filter.as_ref().map(|filter| condition(filter, selection.level));
    all([Some(unkept), album, filter].into_iter().flatten())
}

/// diesel's own `eq_any` cannot do it with a query that is boxed for both databases.
fn in_album(person: Person, album: Uid) -> Condition {
    let of_person = sql::<Bool>("photos.id IN (SELECT photo FROM album_photos WHERE album_photos.person = ");
    Box::new(of_person.bind::<BigInt, _>(person.id).sql(" AND album = ").bind::<Binary, _>(album).sql(")"))
}

/// What stands in a page's token for a field of its last row.
fn key(order: Order, row: &Row, name: &str) -> String {
    match order.field {
        "createdDateTime" => row.created_at.micros().to_string(),
        "lastModifiedDateTime" => row.modified_at.micros().to_string(),
        "name" => name.to_owned(),
        _ => row.taken.to_string(),
    }
}

fn backwards(order: &[Order]) -> bool {
    order.first().is_some_and(|order| order.descending)
}

/// What comes after the place: by the first key, or by the next where the first is the same, and so on to the id.
fn beyond(order: &[Order], place: &Place) -> Condition {
    let id = Uid::parse(&place.id).unwrap_or(Uid::FIRST);
    let last: Condition = if backwards(order) { Box::new(photos::id.lt(id)) } else { Box::new(photos::id.gt(id)) };
    order.iter().zip(&place.keys).rev().fold(last, |rest, (order, key)| {
        let Stands { beyond, at, bound } = Stands::of(*order, key);
        // The bound says nothing new, but an index understands it.
        Box::new(bound.and(beyond.or(at.and(rest))))
    })
}

/// How a row's key stands to the place's.
struct Stands {
    beyond: Condition,
    at: Condition,
    bound: Condition,
}

impl Stands {
    fn of(order: Order, key: &str) -> Self {
        macro_rules! stands {
            ($column:expr, $key:expr) => {
                match order.descending {
                    false => Self {
                        beyond: Box::new($column.gt($key)),
                        at: Box::new($column.eq($key)),
                        bound: Box::new($column.ge($key)),
                    },
                    true => Self {
                        beyond: Box::new($column.lt($key)),
                        at: Box::new($column.eq($key)),
                        bound: Box::new($column.le($key)),
                    },
                }
            };
        }
        match order.field {
            "createdDateTime" => stands!(photos::created_at, instant(key)),
            "lastModifiedDateTime" => stands!(photos::modified_at, instant(key)),
            "name" => stands!(photos::name_sort, key.to_owned()),
            _ => stands!(photos::taken, instant(key)),
        }
    }
}
