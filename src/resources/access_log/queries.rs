//! The person's own rows. What clients may think of as a filter is not kept prepared.

use diesel::dsl::{not, sql};
use diesel::expression::{BoxableExpression, IntoSql as _};
use diesel::prelude::*;
use diesel::sql_types::Bool;
use serde::{Deserialize, Serialize};

use crate::query::filter::{Comparison, Expr, Value};
use crate::resources::access_log::AccessLog;
use crate::resources::access_log::model::OPERATIONS;
use crate::store::columns::{Instant, Uid};
use crate::store::tables::access_log;
use crate::store::{MultiBackend, Owned, Reads, StoreError};

/// A row.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = access_log, check_for_backend(MultiBackend))]
pub struct Row {
    /// Its id outside.
    pub id: Uid,
    /// When the hour began.
    pub hour: Instant,
    /// Who.
    pub client: String,
    /// Of what kind.
    pub kind: String,
    /// An index of [`OPERATIONS`].
    pub operation: i64,
    /// How many items.
    pub items: i64,
    /// How often it was refused.
    pub refusals: i64,
}

/// The key of a row among the person's: after which the next page begins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    hour: i64,
    client: String,
    kind: String,
    operation: i64,
}

impl From<&Row> for Place {
    fn from(row: &Row) -> Self {
        Self { hour: row.hour.micros(), client: row.client.clone(), kind: row.kind.clone(), operation: row.operation }
    }
}

/// Which rows, in which order.
#[derive(Debug, Clone)]
pub struct Selection {
    /// `$filter`
    pub filter: Option<Expr>,
    /// Whether the newest comes first.
    pub newest_first: bool,
}

type Condition = Box<dyn BoxableExpression<access_log::table, MultiBackend, SqlType = Bool>>;

/// At most `limit` rows after `after`, the first `skip` stepped over.
pub fn list<A: Reads>(
    on: &mut Owned<'_, AccessLog, A>,
    selection: &Selection,
    after: Option<&Place>,
    skip: i64,
    limit: i64,
) -> Result<Vec<Row>, StoreError> {
    use access_log::{client, hour, kind, operation};
    let (me, db) = on.parts();
    let mut query = access_log::table
        .filter(access_log::person.eq(me.id))
        .filter(chosen(selection))
        .select(Row::as_select())
        .into_boxed::<MultiBackend>();
    if let Some(place) = after {
        query = query.filter(beyond(place, selection.newest_first));
    }
    // The key, or the key backwards: one index has both.
    query = if selection.newest_first {
        query.order((hour.desc(), client.desc(), kind.desc(), operation.desc()))
    } else {
        query.order((hour.asc(), client.asc(), kind.asc(), operation.asc()))
    };
    Ok(query.limit(limit).offset(skip).load(db)?)
}

/// How many there are.
pub fn count<A: Reads>(on: &mut Owned<'_, AccessLog, A>, selection: &Selection) -> Result<i64, StoreError> {
    let (me, db) = on.parts();
    let mine = access_log::table.filter(access_log::person.eq(me.id)).filter(chosen(selection));
    Ok(mine.count().get_result(db)?)
}

fn chosen(selection: &Selection) -> Condition {
    match &selection.filter {
        None => constant(true),
        // A literal keeps diesel from keeping the statement.
        Some(filter) => Box::new(sql::<Bool>("1 = 1").and(condition(filter))),
    }
}

/// What comes after the place: by the hour, or by what follows in the key where that is the same.
fn beyond(place: &Place, newest_first: bool) -> Condition {
    macro_rules! step {
        ($column:expr, $value:expr, $rest:expr) => {
            match (newest_first, $rest) {
                (true, rest) => Box::new($column.lt($value).or($column.eq($value).and(rest))) as Condition,
                (false, rest) => Box::new($column.gt($value).or($column.eq($value).and(rest))) as Condition,
            }
        };
    }
    let Place { hour, client, kind, operation } = place.clone();
    let rest: Condition = step!(access_log::operation, operation, constant(false));
    let rest = step!(access_log::kind, kind.clone(), rest);
    let rest = step!(access_log::client, client.clone(), rest);
    let rest = step!(access_log::hour, hour, rest);
    // The bound says nothing new, but an index understands it.
    if newest_first {
        Box::new(access_log::hour.le(hour).and(rest))
    } else {
        Box::new(access_log::hour.ge(hour).and(rest))
    }
}

fn condition(expr: &Expr) -> Condition {
    let compared = |field, how, value: &Value| compare(field, how, value);
    match expr {
        Expr::All(parts) => {
            parts.iter().map(condition).reduce(|all, part| Box::new(all.and(part))).unwrap_or_else(|| constant(true))
        }
        Expr::Any(parts) => any(parts.iter().map(condition)),
        Expr::Not(inner) => Box::new(not(condition(inner))),
        Expr::Compare(field, how, value) => compared(field.name, *how, value),
        Expr::In(field, values) => any(values.iter().map(|value| compared(field.name, Comparison::Equal, value))),
        // Of words that are the same or not, and of an hour, nothing else is asked.
        Expr::Holds(..) | Expr::Has(..) => constant(false),
    }
}

fn any(parts: impl Iterator<Item = Condition>) -> Condition {
    parts.reduce(|any, part| Box::new(any.or(part))).unwrap_or_else(|| constant(false))
}

fn compare(field: &str, how: Comparison, value: &Value) -> Condition {
    match (field, value) {
        ("hour", Value::Instant(micros)) => hour(how, *micros),
        ("clientId", Value::Id(word)) => is(access_log::client.eq(word.clone()), how),
        ("kind", Value::Id(word)) => is(access_log::kind.eq(word.clone()), how),
        ("operation", Value::Id(word)) => {
            let at = OPERATIONS.iter().position(|known| known == word).and_then(|at| i64::try_from(at).ok());
            is(access_log::operation.eq(at.unwrap_or(-1)), how)
        }
        // None of them is ever missing.
        _ => constant(how == Comparison::NotEqual),
    }
}

fn is<E>(same: E, how: Comparison) -> Condition
where
    E: BoxableExpression<access_log::table, MultiBackend, SqlType = Bool> + 'static,
{
    let same: Condition = Box::new(same);
    if how == Comparison::NotEqual { Box::new(not(same)) } else { same }
}

fn hour(how: Comparison, micros: i64) -> Condition {
    let at = Instant::from_micros(micros);
    match how {
        Comparison::Equal => Box::new(access_log::hour.eq(at)),
        Comparison::NotEqual => Box::new(access_log::hour.ne(at)),
        Comparison::Greater => Box::new(access_log::hour.gt(at)),
        Comparison::GreaterOrEqual => Box::new(access_log::hour.ge(at)),
        Comparison::Less => Box::new(access_log::hour.lt(at)),
        Comparison::LessOrEqual => Box::new(access_log::hour.le(at)),
    }
}

fn constant(holds: bool) -> Condition {
    Box::new(holds.into_sql::<Bool>())
}
