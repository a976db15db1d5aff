//! A filter as a condition of the database: the same for both, over the person's rows alone. What is missing is '' or the least
//! number in the columns, or asked for apart, so `ne` and `not` need no third truth.

use diesel::dsl::not;
use diesel::expression::BoxableExpression;
use diesel::expression::IntoSql as _;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Nullable, Text};

use crate::query::filter::{Comparison, Expr, Field, Place, Value};
use crate::query::text::like_escaped;
use crate::resources::photos::model::Level;
use crate::resources::photos::taken::UNKNOWN;
use crate::store::MultiBackend;
use crate::store::columns::{Instant, Uid};
use crate::store::tables::photos;

type Of<ST> = Box<dyn BoxableExpression<photos::table, MultiBackend, SqlType = ST>>;
/// What holds of a photo, or does not.
pub(super) type Condition = Of<Bool>;

/// How many of a number there are to one in a filter.
const MILLION: i64 = 1_000_000;

/// The filter, of a photo as the level sees it.
pub(super) fn condition(expr: &Expr, level: Level) -> Condition {
    match expr {
        Expr::All(parts) => all(parts.iter().map(|part| condition(part, level))),
        Expr::Any(parts) => any(parts.iter().map(|part| condition(part, level))),
        Expr::Not(inner) => Box::new(not(condition(inner, level))),
        Expr::Compare(field, how, value) => compare(field, *how, value, level),
        Expr::In(field, values) => any(values.iter().map(|value| compare(field, Comparison::Equal, value, level))),
        Expr::Holds(field, place, text) => holds(text_of(field.name), *place, text),
        // No field has items.
        Expr::Has(..) => constant(false),
    }
}

fn text_of(name: &str) -> Of<Text> {
    match name {
        "name" => Box::new(photos::name_key),
        "file/mimeType" => Box::new(photos::media_type),
        "photo/cameraMake" => Box::new(photos::camera_make),
        "photo/cameraModel" => Box::new(photos::camera_model),
        _ => Box::new("".into_sql::<Text>()),
    }
}

fn compare(field: &'static Field, how: Comparison, value: &Value, level: Level) -> Condition {
    let size = || -> Of<BigInt> {
        match level {
            Level::Located => Box::new(photos::size),
            Level::Plain => Box::new(photos::cut_size),
        }
    };
    match (field.name, value) {
        ("createdDateTime", Value::Instant(at)) => number(&|| Box::new(photos::created_at), how, *at),
        ("lastModifiedDateTime", Value::Instant(at)) => number(&|| Box::new(photos::modified_at), how, *at),
        ("photo/takenDateTime", Value::Instant(at)) => {
            // The least number stands for none, and is neither less nor equal.
            let known = photos::taken.ne(UNKNOWN);
            let stands = number(&|| Box::new(photos::taken), how, *at);
            if how == Comparison::NotEqual { stands } else { Box::new(stands.and(known)) }
        }
        ("photo/takenDateTime", _) => number(&|| Box::new(photos::taken), how, UNKNOWN),
        ("id", Value::Id(id)) => id_is(how, id),
        ("isFavorite", Value::Bool(is)) => {
            let same = photos::is_favorite.eq(i32::from(*is));
            if how == Comparison::Equal { Box::new(same) } else { Box::new(not(same)) }
        }
        ("size", Value::Number(millionths)) => whole(&size, how, *millionths),
        ("image/width", Value::Number(millionths)) => whole(&|| Box::new(photos::width), how, *millionths),
        ("image/height", Value::Number(millionths)) => whole(&|| Box::new(photos::height), how, *millionths),
        ("location/latitude", value) => degrees(&|| Box::new(photos::latitude), how, value),
        ("location/longitude", value) => degrees(&|| Box::new(photos::longitude), how, value),
        (name, Value::Text(text)) => texts(name, how, text),
        (name @ ("name" | "file/mimeType" | "photo/cameraMake" | "photo/cameraModel"), _) => texts(name, how, ""),
        // The others are never missing.
        _ => constant(how == Comparison::NotEqual),
    }
}

/// How a text stands to another; one that is missing is neither less nor greater.
fn texts(name: &str, how: Comparison, value: &str) -> Condition {
    let value = value.to_owned();
    match how {
        Comparison::Equal => Box::new(text_of(name).eq(value)),
        Comparison::NotEqual => Box::new(text_of(name).ne(value)),
        Comparison::Greater => Box::new(text_of(name).gt(value)),
        Comparison::GreaterOrEqual => Box::new(text_of(name).ge(value).and(text_of(name).ne(""))),
        Comparison::Less => Box::new(text_of(name).lt(value).and(text_of(name).ne(""))),
        Comparison::LessOrEqual => Box::new(text_of(name).le(value).and(text_of(name).ne(""))),
    }
}

fn holds(text: Of<Text>, place: Place, value: &str) -> Condition {
    let value = like_escaped(value);
    let pattern = match place {
        Place::Start => format!("{value}%"),
        Place::End => format!("%{value}"),
        Place::Anywhere => format!("%{value}%"),
    };
    Box::new(text.like(pattern).escape('\\'))
}

fn number(column: &dyn Fn() -> Of<BigInt>, how: Comparison, value: i64) -> Condition {
    match how {
        Comparison::Equal => Box::new(column().eq(value)),
        Comparison::NotEqual => Box::new(column().ne(value)),
        Comparison::Greater => Box::new(column().gt(value)),
        Comparison::GreaterOrEqual => Box::new(column().ge(value)),
        Comparison::Less => Box::new(column().lt(value)),
        Comparison::LessOrEqual => Box::new(column().le(value)),
    }
}

/// A column of whole numbers: none of them is what has a fraction.
fn whole(column: &dyn Fn() -> Of<BigInt>, how: Comparison, millionths: i64) -> Condition {
    let (below, fraction) = (millionths.div_euclid(MILLION), millionths.rem_euclid(MILLION));
    match (fraction, how) {
        (0, how) => number(column, how, below),
        (_, Comparison::Equal) => constant(false),
        (_, Comparison::NotEqual) => constant(true),
        (_, Comparison::Greater | Comparison::GreaterOrEqual) => number(column, Comparison::Greater, below),
        (_, Comparison::Less | Comparison::LessOrEqual) => number(column, Comparison::LessOrEqual, below),
    }
}

/// A coordinate, which may not be known.
fn degrees(column: &dyn Fn() -> Of<Nullable<BigInt>>, how: Comparison, value: &Value) -> Condition {
    let known = || -> Of<BigInt> { Box::new(column().assume_not_null()) };
    match (value, how) {
        (Value::Number(degrees), Comparison::NotEqual) => {
            Box::new(column().is_null().or(number(&known, how, *degrees)))
        }
        (Value::Number(degrees), _) => Box::new(column().is_not_null().and(number(&known, how, *degrees))),
        (_, Comparison::NotEqual) => Box::new(column().is_not_null()),
        _ => Box::new(column().is_null()),
    }
}

/// What is no id names nothing.
fn id_is(how: Comparison, id: &str) -> Condition {
    match (Uid::parse(id), how) {
        (Some(id), Comparison::Equal) => Box::new(photos::id.eq(id)),
        (Some(id), _) => Box::new(photos::id.ne(id)),
        (None, how) => constant(how == Comparison::NotEqual),
    }
}

/// Whether it is so of all.
pub(super) fn constant(holds: bool) -> Condition {
    Box::new(holds.into_sql::<Bool>())
}

/// Each of them.
pub(super) fn all(parts: impl Iterator<Item = Condition>) -> Condition {
    parts.reduce(|all, part| Box::new(all.and(part))).unwrap_or_else(|| constant(true))
}

fn any(parts: impl Iterator<Item = Condition>) -> Condition {
    parts.reduce(|any, part| Box::new(any.or(part))).unwrap_or_else(|| constant(false))
}

/// The instant of a key, as it is written in a page's token.
pub(super) fn instant(key: &str) -> Instant {
    Instant::from_micros(key.parse().unwrap_or_default())
}
