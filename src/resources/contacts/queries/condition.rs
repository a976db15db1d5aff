//! A filter as a condition of the database: the same for both, over the person's rows alone.
//!
//! Text that is missing is '' in the columns, so `ne` and `not` need no third truth; only an order leaves it out. What
//! `Contacts.ReadBasic` does not show is missing to it. A collection is its terms: one statement finds the contacts that
//! have one, since to look for each contact by itself would read all terms for each.

use diesel::dsl::{case_when, not};
use diesel::expression::BoxableExpression;
use diesel::expression::IntoSql as _;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Bool, Text};

use crate::query::filter::{Comparison, Expr, Field, Place, Value};
use crate::query::text::{address, like_escaped};
use crate::resources::contacts::card::{FOLDED, TERM, cut};
use crate::resources::contacts::model::Level;
use crate::store::columns::{Instant, Uid};
use crate::store::tables::{contact_terms, contacts};
use crate::store::{MultiBackend, Person};

use super::birthdays;
use super::having::{Having, terms};

/// What holds of a row of `T`, or does not.
pub(super) type Holds<T> = Box<dyn BoxableExpression<T, MultiBackend, SqlType = Bool>>;
/// A text of a row of `T`.
pub(super) type TextOf<T> = Box<dyn BoxableExpression<T, MultiBackend, SqlType = Text>>;
/// What holds of a contact.
pub(super) type Condition = Holds<contacts::table>;

type Of<ST> = Box<dyn BoxableExpression<contacts::table, MultiBackend, SqlType = ST>>;
type Item = Holds<contact_terms::table>;

/// Whose contacts are looked at, and how far.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seen {
    pub(super) person: Person,
    pub(super) level: Level,
}

impl Seen {
    /// The filter, of a contact.
    pub(super) fn condition(self, expr: &Expr) -> Condition {
        match expr {
            Expr::All(parts) => all(parts.iter().map(|part| self.condition(part))),
            Expr::Any(parts) => any(parts.iter().map(|part| self.condition(part))),
            Expr::Not(inner) => Box::new(not(self.condition(inner))),
            Expr::Compare(field, how, value) => self.compare(field, *how, value),
            Expr::In(field, values) => any(values.iter().map(|value| self.compare(field, Comparison::Equal, value))),
            Expr::Holds(field, place, text) => match class(field) {
                // A number that is missing has no term, and is in this what a missing text is.
                Some(_) if text.is_empty() => constant(true),
                Some(class) => self.has(class, Some(holds(&|| Box::new(contact_terms::term), *place, text))),
                None => holds(&|| self.text(field.name), *place, text),
            },
            Expr::Has(field, None) => class(field).map_or_else(never, |class| self.has(class, None)),
            Expr::Has(field, Some(inner)) => {
                class(field).map_or_else(never, |class| self.has(class, Some(item(inner, class))))
            }
        }
    }

    /// A name, or another text, as the level sees it.
    fn text(self, name: &str) -> TextOf<contacts::table> {
        match name {
            "displayName" => self.shown("%d%", Box::new(contacts::display)),
            "givenName" => self.shown("%g%", Box::new(contacts::given)),
            "surname" => self.shown("%s%", Box::new(contacts::surname)),
            "middleName" => self.shown("%m%", Box::new(contacts::middle)),
            "nickName" => self.shown("%n%", Box::new(contacts::nick)),
            "fileAs" => self.shown("%f%", Box::new(contacts::file_as)),
            "companyName" => Box::new(contacts::company),
            "department" => Box::new(contacts::department),
            "jobTitle" => Box::new(contacts::job_title),
            _ => Box::new("".into_sql::<Text>()),
        }
    }

    /// A column of a name; missing, if the level may not see it.
    pub(super) fn shown(self, letter: &'static str, column: TextOf<contacts::table>) -> TextOf<contacts::table> {
        match self.level {
            Level::Full => column,
            Level::Basic => Box::new(
                case_when::<_, _, Text>(contacts::concealed.like(letter), "".into_sql::<Text>()).otherwise(column),
            ),
        }
    }

    fn compare(self, field: &'static Field, how: Comparison, value: &Value) -> Condition {
        match (field.name, value) {
            ("birthday", value) => birthdays::instant(how, value),
            ("birthdayDate", value) => birthdays::date(self.level, how, value),
            ("createdDateTime", Value::Instant(at)) => instant(Box::new(contacts::created_at), how, *at),
            ("lastModifiedDateTime", Value::Instant(at)) => instant(Box::new(contacts::modified_at), how, *at),
            ("id", Value::Id(id)) => id_is(Box::new(contacts::id), how, id),
            ("parentFolderId", Value::Id(id)) => id_is(Box::new(contacts::folder), how, id),
            // These are never missing.
            ("createdDateTime" | "lastModifiedDateTime" | "id" | "parentFolderId", _) => {
                constant(how == Comparison::NotEqual)
            }
            (name, value) => match class(field) {
                Some(class) => self.one(class, how, text_of(value)),
                // As the column was cut.
                None => compare(&|| self.text(name), how, &cut(text_of(value), FOLDED)),
            },
        }
    }

    /// A text that is kept as the only term of its class, or as none if it is missing.
    fn one(self, class: &'static str, how: Comparison, value: &str) -> Condition {
        match (how, value) {
            (Comparison::Equal, "") => Box::new(not(self.has(class, None))),
            (Comparison::NotEqual, "") => self.has(class, None),
            (Comparison::NotEqual, _) => Box::new(not(self.one(class, Comparison::Equal, value))),
            _ => self.has(class, Some(compare(&|| Box::new(contact_terms::term), how, &cut(value, TERM)))),
        }
    }

    /// Whether the contact has a term of this class of which `item` holds.
    fn has(self, class: &'static str, item: Option<Item>) -> Condition {
        let terms = terms(self.person).filter(contact_terms::class.eq(class));
        match item {
            None => Box::new(Having(vec![terms])),
            Some(item) => Box::new(Having(vec![terms.filter(item)])),
        }
    }
}

/// The class of the terms that a field is kept as.
fn class(field: &Field) -> Option<&'static str> {
    Some(match field.name {
        "mobilePhone" => "m",
        "businessPhones" => "b",
        "homePhones" => "h",
        "otherPhones" => "o",
        "emailAddresses" => "a",
        "imAddresses" => "i",
        "categories" => "c",
        _ => return None,
    })
}

/// What is inside `any(…)`, of a term of this class.
fn item(expr: &Expr, class: &str) -> Item {
    let term = || -> TextOf<contact_terms::table> { Box::new(contact_terms::term) };
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

fn never() -> Condition {
    constant(false)
}

/// Each of them.
pub(super) fn all<T: 'static>(parts: impl Iterator<Item = Holds<T>>) -> Holds<T> {
    parts.reduce(|all, part| Box::new(all.and(part))).unwrap_or_else(|| Box::new(true.into_sql::<Bool>()))
}

/// One of them.
pub(super) fn any<T: 'static>(parts: impl Iterator<Item = Holds<T>>) -> Holds<T> {
    parts.reduce(|any, part| Box::new(any.or(part))).unwrap_or_else(|| Box::new(false.into_sql::<Bool>()))
}
