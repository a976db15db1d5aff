//! A filter as a condition of the database: the same for both, over the person's rows alone.
//!
//! Text that is missing is '' in the columns, so `ne` and `not` need no third truth; only an order leaves it out. What
//! `Calendars.ReadBasic` does not show is missing to it. A collection is its terms: one statement finds the events that
//! have one, since to look for each event by itself would read all terms for each.

use diesel::dsl::{case_when, not};
use diesel::expression::BoxableExpression;
use diesel::expression::IntoSql as _;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Bool, Integer, Text};

use crate::query::filter::{Comparison, Expr, Field, Kind, Place, Value};
use crate::query::text::{address, like_escaped};
use crate::resources::calendar::model::Level;
use crate::resources::calendar::record::{FOLDED, TERM, cut};
use crate::store::columns::{Instant, Uid};
use crate::store::tables::{event_terms, events};
use crate::store::{MultiBackend, Person};

use super::having::{Having, terms};
use super::write::uid_key;

/// What holds of a row of `T`, or does not.
pub(super) type Holds<T> = Box<dyn BoxableExpression<T, MultiBackend, SqlType = Bool>>;
/// A text of a row of `T`.
pub(super) type TextOf<T> = Box<dyn BoxableExpression<T, MultiBackend, SqlType = Text>>;
/// What holds of an event.
pub(super) type Condition = Holds<events::table>;

type Of<ST> = Box<dyn BoxableExpression<events::table, MultiBackend, SqlType = ST>>;
type Item = Holds<event_terms::table>;

/// Whose events are looked at, and how far.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seen {
    pub(super) person: Person,
    pub(super) level: Level,
}

impl Seen {
    /// The filter, of an event.
    pub(super) fn condition(self, expr: &Expr) -> Condition {
        match expr {
            Expr::All(parts) => all(parts.iter().map(|part| self.condition(part))),
            Expr::Any(parts) => any(parts.iter().map(|part| self.condition(part))),
            Expr::Not(inner) => Box::new(not(self.condition(inner))),
            Expr::Compare(field, how, value) => self.compare(field, *how, value),
            Expr::In(field, values) => any(values.iter().map(|value| self.compare(field, Comparison::Equal, value))),
            Expr::Holds(field, place, text) => holds(&|| self.text(field.name), *place, text),
            Expr::Has(field, inner) => {
                any(classes(self.level, field).iter().map(|class| self.has(class, inner.as_deref())))
            }
        }
    }

    /// A text, as the level sees it.
    fn text(self, name: &str) -> TextOf<events::table> {
        match name {
            "subject" => self.shown(Box::new(events::subject)),
            "location/displayName" => self.shown(Box::new(events::location)),
            "importance" => self.shown(Box::new(events::importance)),
            "organizer/emailAddress/address" => Box::new(events::organizer),
            "sensitivity" => Box::new(events::sensitivity),
            "showAs" => Box::new(events::show_as),
            "type" => Box::new(
                case_when::<_, _, Text>(events::recurs.eq(1), "seriesmaster".into_sql::<Text>())
                    .otherwise("singleinstance".into_sql::<Text>()),
            ),
            _ => Box::new("".into_sql::<Text>()),
        }
    }

    /// A column of what a busy block does not show; missing, if the level may not see it.
    pub(super) fn shown(self, column: TextOf<events::table>) -> TextOf<events::table> {
        match self.level {
            Level::Full => column,
            Level::Basic => {
                Box::new(case_when::<_, _, Text>(events::is_private.eq(1), "".into_sql::<Text>()).otherwise(column))
            }
        }
    }

    fn compare(self, field: &'static Field, how: Comparison, value: &Value) -> Condition {
        match (field.name, value) {
            ("start/dateTime", Value::Instant(at)) => instant(Box::new(events::begins), how, *at),
            ("end/dateTime", Value::Instant(at)) => instant(Box::new(events::finishes), how, *at),
            ("createdDateTime", Value::Instant(at)) => instant(Box::new(events::created_at), how, *at),
            ("lastModifiedDateTime", Value::Instant(at)) => instant(Box::new(events::modified_at), how, *at),
            ("id", Value::Id(id)) => id_is(Box::new(events::id), how, id),
            ("calendarId", Value::Id(id)) => id_is(Box::new(events::calendar), how, id),
            ("iCalUId", Value::Id(uid)) => {
                let same = events::uid.eq(uid_key(uid));
                if how == Comparison::Equal { Box::new(same) } else { Box::new(not(same)) }
            }
            ("isAllDay", Value::Bool(is)) => flag(Box::new(events::is_all_day), how, *is),
            ("isCancelled", Value::Bool(is)) => flag(Box::new(events::is_cancelled), how, *is),
            (_, Value::Text(text)) => compare(&|| self.text(field.name), how, &cut(text, FOLDED)),
            (_, Value::Null) if field.kind == Kind::Text => compare(&|| self.text(field.name), how, ""),
            // The others are never missing.
            _ => constant(how == Comparison::NotEqual),
        }
    }

    /// Whether the event has a term of this class of which `inner` holds.
    fn has(self, class: &'static str, inner: Option<&Expr>) -> Condition {
        let terms = terms(self.person).filter(event_terms::class.eq(class));
        match inner {
            None => Box::new(Having(vec![terms])),
            Some(inner) => Box::new(Having(vec![terms.filter(item(inner, class))])),
        }
    }
}

/// The classes of the terms that a field is kept as, as far as the level sees them.
fn classes(level: Level, field: &Field) -> &'static [&'static str] {
    match (field.name, level) {
        ("categories", Level::Full) => &["c", "p"],
        ("categories", Level::Basic) => &["c"],
        ("locations", _) => &["l"],
        ("attendees", Level::Full) => &["a"],
        _ => &[],
    }
}

/// What is inside `any(…)`, of a term of this class.
fn item(expr: &Expr, class: &str) -> Item {
    let term = || -> TextOf<event_terms::table> { Box::new(event_terms::term) };
    // Addresses are kept bare; everything else folded, as the filter has it; all of it cut.
    let bare = |text: &str| if class == "a" { address(text) } else { text.to_owned() };
    let kept = |text: &str| cut(&bare(text), TERM);
    match expr {
        Expr::All(parts) => all(parts.iter().map(|part| item(part, class))),
        Expr::Any(parts) => any(parts.iter().map(|part| item(part, class))),
        Expr::Not(inner) => Box::new(not(item(inner, class))),
        Expr::Compare(_, how, value) => compare(&term, *how, &kept(text_of(value))),
        Expr::In(_, values) => any(values.iter().map(|value| compare(&term, Comparison::Equal, &kept(text_of(value))))),
        Expr::Holds(_, place, text) => holds(&term, *place, &bare(text)),
        // Items of items: no field has such.
        Expr::Has(..) => Box::new(false.into_sql::<Bool>()),
    }
}

fn text_of(value: &Value) -> &str {
    match value {
        Value::Text(text) => text,
        _ => "",
    }
}

/// How a text stands to another; one that is missing is neither less nor greater.
pub(super) fn compare<T: 'static>(text: &dyn Fn() -> TextOf<T>, how: Comparison, value: &str) -> Holds<T> {
    let value = value.to_owned();
    match how {
        Comparison::Equal => Box::new(text().eq(value)),
        Comparison::NotEqual => Box::new(text().ne(value)),
        Comparison::Greater => Box::new(text().gt(value)),
        Comparison::GreaterOrEqual => Box::new(text().ge(value).and(text().ne(""))),
        Comparison::Less => Box::new(text().lt(value).and(text().ne(""))),
        Comparison::LessOrEqual => Box::new(text().le(value).and(text().ne(""))),
    }
}

fn holds<T: 'static>(text: &dyn Fn() -> TextOf<T>, place: Place, value: &str) -> Holds<T> {
    let value = like_escaped(value);
    let pattern = match place {
        Place::Start => format!("{value}%"),
        Place::End => format!("%{value}"),
        Place::Anywhere => format!("%{value}%"),
    };
    Box::new(text().like(pattern).escape('\\'))
}

fn instant(column: Of<BigInt>, how: Comparison, micros: i64) -> Condition {
    let at = Instant::from_micros(micros);
    match how {
        Comparison::Equal => Box::new(column.eq(at)),
        Comparison::NotEqual => Box::new(column.ne(at)),
        Comparison::Greater => Box::new(column.gt(at)),
        Comparison::GreaterOrEqual => Box::new(column.ge(at)),
        Comparison::Less => Box::new(column.lt(at)),
        Comparison::LessOrEqual => Box::new(column.le(at)),
    }
}

fn flag(column: Of<Integer>, how: Comparison, is: bool) -> Condition {
    let wanted = i32::from(is == (how == Comparison::Equal));
    Box::new(column.eq(wanted))
}

/// What is no id names nothing.
fn id_is(column: Of<Binary>, how: Comparison, id: &str) -> Condition {
    match (Uid::parse(id), how) {
        (Some(id), Comparison::Equal) => Box::new(column.eq(id)),
        (Some(id), _) => Box::new(column.ne(id)),
        (None, how) => constant(how == Comparison::NotEqual),
    }
}

pub(super) fn constant(holds: bool) -> Condition {
    Box::new(holds.into_sql::<Bool>())
}

/// Each of them.
pub(super) fn all<T: 'static>(parts: impl Iterator<Item = Holds<T>>) -> Holds<T> {
    parts.reduce(|all, part| Box::new(all.and(part))).unwrap_or_else(|| Box::new(true.into_sql::<Bool>()))
}

/// One of them.
pub(super) fn any<T: 'static>(parts: impl Iterator<Item = Holds<T>>) -> Holds<T> {
    parts.reduce(|any, part| Box::new(any.or(part))).unwrap_or_else(|| Box::new(false.into_sql::<Bool>()))
}
