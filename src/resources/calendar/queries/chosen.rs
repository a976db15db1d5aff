//! Lists that are filtered, searched or ordered.
//!
//! Their statements are as many as clients can think of: none is kept prepared, or a client could fill the memory of every
//! connection with them.

use diesel::dsl::sql;
use diesel::expression::IntoSql as _;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};

use super::condition::{Condition, Seen, TextOf, all};
use super::having::{Having, terms};
use super::page::{self, lean};
use super::{Columns, Place, Row, Selection, mine};
use crate::access::Access;
use crate::query::order::Order;
use crate::query::search::{Word, upper_bound};
use crate::resources::calendar::Calendar;
use crate::resources::calendar::model::Level;
use crate::store::columns::{Instant, Uid};
use crate::store::tables::{event_terms, events};
use crate::store::{MultiBackend, Owned, StoreError};

/// What is seen of every grant that reads, and what else a search sees with the whole one.
const SEEN: &[&str] = &["n"];
const ALL: &[&str] = &["n", "w", "a"];

/// As [`super::list`].
pub(super) fn list<A: Access>(
    on: &mut Owned<'_, Calendar, A>,
    selection: &Selection,
    after: Option<&Place>,
    skip: usize,
    size: usize,
) -> Result<(Vec<Row>, Option<Place>), StoreError> {
    let (person, db) = on.parts();
    let seen = Seen { person, level: selection.level };
    let key = |at: usize| selection.order.get(at).map_or_else(nothing, |order| text_key(seen, order.field));
    let mut query = events::table
        .filter(mine(person))
        .filter(chosen(seen, selection))
        .select((lean(), page::size(), key(0), key(1), key(2)))
        .into_boxed::<MultiBackend>();
    if let Some(place) = after {
        query = query.filter(beyond(seen, &selection.order, place));
    }
    for order in &selection.order {
        query = match (order.field, order.descending) {
            ("createdDateTime", false) => query.then_order_by(events::created_at.asc()),
            ("createdDateTime", true) => query.then_order_by(events::created_at.desc()),
            ("lastModifiedDateTime", false) => query.then_order_by(events::modified_at.asc()),
            ("lastModifiedDateTime", true) => query.then_order_by(events::modified_at.desc()),
            ("start/dateTime", false) => query.then_order_by(events::begins.asc()),
            ("start/dateTime", true) => query.then_order_by(events::begins.desc()),
            ("end/dateTime", false) => query.then_order_by(events::finishes.asc()),
            ("end/dateTime", true) => query.then_order_by(events::finishes.desc()),
            (field, false) => query.then_order_by(text_key(seen, field).asc()),
            (field, true) => query.then_order_by(text_key(seen, field).desc()),
        };
    }
    // In the direction of the first, so that one index read backwards has both.
    query = if backwards(&selection.order) {
        query.then_order_by(events::id.desc())
    } else {
        query.then_order_by(events::id.asc())
    };
    let whole = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    let query = query.limit(whole(size.saturating_add(1))).offset(whole(skip));
    let mut found: Vec<(Columns, i32, String, String, String)> = query.load(db)?;
    let fitting = page::fitting(found.iter().map(|(_, bytes, ..)| *bytes), size, page::PAGE);
    let more = found.len() > fitting;
    found.truncate(fitting);
    let place = found.last().filter(|_| more).map(|(columns, _, first, second, third)| {
        let row = Row::from(columns.clone());
        let texts = [first, second, third];
        let keys =
            selection.order.iter().zip(texts).map(|(order, text)| instant_key(order, &row).unwrap_or(text.clone()));
        Place { keys: keys.collect(), id: row.id.to_string() }
    });
    let rows = found.into_iter().map(|(columns, bytes, ..)| (columns, bytes)).collect();
    Ok((page::whole(on, rows)?, place))
}

/// As [`super::count`].
pub(super) fn count<A: Access>(on: &mut Owned<'_, Calendar, A>, selection: &Selection) -> Result<i64, StoreError> {
    let (person, db) = on.parts();
    let seen = Seen { person, level: selection.level };
    Ok(events::table.filter(mine(person)).filter(chosen(seen, selection)).count().get_result(db)?)
}

/// Calendar, filter and search.
fn chosen(seen: Seen, selection: &Selection) -> Condition {
    // A literal keeps diesel from keeping the statement.
    let unkept: Condition = Box::new(sql::<Bool>("1 = 1"));
    let calendar = selection.calendar.map(|calendar| -> Condition { Box::new(events::calendar.eq(calendar)) });
    let filter = selection.filter.as_ref().map(|filter| seen.condition(filter));
    let words = selection.search.iter().flat_map(|search| &search.words).map(|word| found(seen, word));
    all([Some(unkept), calendar, filter].into_iter().flatten().chain(words))
}

/// The events that have a term that begins with one of the word's forms.
fn found(seen: Seen, word: &Word) -> Condition {
    let classes = if seen.level == Level::Full { ALL } else { SEEN };
    let range = |form: &String, class: &'static str| {
        let of_class = terms(seen.person).filter(event_terms::class.eq(class));
        of_class.filter(event_terms::term.ge(form.clone())).filter(event_terms::term.lt(upper_bound(form)))
    };
    Box::new(Having(word.forms.iter().flat_map(|form| classes.iter().map(|class| range(form, class))).collect()))
}

/// The text that a field is sorted by; '' for an instant.
fn text_key(seen: Seen, field: &str) -> TextOf<events::table> {
    match field {
        "subject" => seen.shown(Box::new(events::subject_sort)),
        _ => nothing(),
    }
}

fn nothing() -> TextOf<events::table> {
    Box::new("".into_sql::<Text>())
}

fn instant_key(order: &Order, row: &Row) -> Option<String> {
    match order.field {
        "createdDateTime" => Some(row.created_at.micros().to_string()),
        "lastModifiedDateTime" => Some(row.modified_at.micros().to_string()),
        "start/dateTime" => Some(row.begins.micros().to_string()),
        "end/dateTime" => Some(row.finishes.micros().to_string()),
        _ => None,
    }
}

fn backwards(order: &[Order]) -> bool {
    order.first().is_some_and(|order| order.descending)
}

/// What comes after the place: by the first key, or by the next where the first is the same, and so on to the id.
fn beyond(seen: Seen, order: &[Order], place: &Place) -> Condition {
    let id = Uid::parse(&place.id).unwrap_or(Uid::FIRST);
    let last: Condition = if backwards(order) { Box::new(events::id.lt(id)) } else { Box::new(events::id.gt(id)) };
    order.iter().zip(&place.keys).rev().fold(last, |rest, (order, key)| {
        let Stands { beyond, at, bound } = Stands::of(seen, *order, key);
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
    fn of(seen: Seen, order: Order, key: &str) -> Self {
        let instant = Instant::from_micros(key.parse().unwrap_or_default());
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
            "createdDateTime" => stands!(events::created_at, instant),
            "lastModifiedDateTime" => stands!(events::modified_at, instant),
            "start/dateTime" => stands!(events::begins, instant),
            "end/dateTime" => stands!(events::finishes, instant),
            field => stands!(text_key(seen, field), key.to_owned()),
        }
    }
}
