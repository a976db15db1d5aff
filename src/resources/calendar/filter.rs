//! Which fields `$filter` and `$orderby` take, and which of them each level of the grant reaches. Pure.

use crate::access::Scope;
use crate::problem::{Challenge, Code, Problem};
use crate::query::filter::{self, Expr, Field, Kind, Limits};
use crate::query::order::{self, Order};
use crate::resources::calendar::model::Level;

const fn field(name: &'static str, kind: Kind) -> Field {
    Field { name, kind }
}

/// The items of a collection of texts.
static TEXTS: &[Field] = &[field("", Kind::Text)];
static PLACES: &[Field] = &[field("displayName", Kind::Text)];
static ATTENDEES: &[Field] = &[field("emailAddress/address", Kind::Text)];

/// What `$filter` takes.
pub static FIELDS: &[Field] = &[
    field("id", Kind::Id),
    field("subject", Kind::Text),
    field("start/dateTime", Kind::Instant),
    field("end/dateTime", Kind::Instant),
    field("isAllDay", Kind::Bool),
    field("isCancelled", Kind::Bool),
    field("type", Kind::Text),
    field("importance", Kind::Text),
    field("sensitivity", Kind::Text),
    field("showAs", Kind::Text),
    field("location/displayName", Kind::Text),
    field("locations", Kind::Collection(PLACES)),
    field("categories", Kind::Collection(TEXTS)),
    field("calendarId", Kind::Id),
    field("organizer/emailAddress/address", Kind::Text),
    field("attendees", Kind::Collection(ATTENDEES)),
    field("iCalUId", Kind::Id),
    field("createdDateTime", Kind::Instant),
    field("lastModifiedDateTime", Kind::Instant),
];

/// What it takes where the grant shows neither who comes nor what is private.
pub static BASIC_FIELDS: &[Field] = &[
    field("id", Kind::Id),
    field("subject", Kind::Text),
    field("start/dateTime", Kind::Instant),
    field("end/dateTime", Kind::Instant),
    field("isAllDay", Kind::Bool),
    field("isCancelled", Kind::Bool),
    field("type", Kind::Text),
    field("importance", Kind::Text),
    field("sensitivity", Kind::Text),
    field("showAs", Kind::Text),
    field("location/displayName", Kind::Text),
    field("locations", Kind::Collection(PLACES)),
    field("categories", Kind::Collection(TEXTS)),
    field("calendarId", Kind::Id),
];

/// What `$orderby` takes.
const ORDERS: &[&str] = &["start/dateTime", "end/dateTime", "subject", "createdDateTime", "lastModifiedDateTime"];
const BASIC_ORDERS: &[&str] = &["start/dateTime", "end/dateTime", "subject"];

/// Reads `$filter`; what the grant does not show, it does not filter by.
pub fn filter(text: &str, level: Level, limits: Limits) -> Result<Expr, Problem> {
    let whole = filter::parse(text, FIELDS, limits)?;
    match level {
        Level::Full => Ok(whole),
        Level::Basic => filter::parse(text, BASIC_FIELDS, limits).map_err(|_| {
            let names: Vec<_> = BASIC_FIELDS.iter().map(|field| field.name).collect();
            beyond("$filter", &names)
        }),
    }
}

/// Reads `$orderby`, as far as the grant shows.
pub fn order(text: &str, level: Level) -> Result<Vec<Order>, Problem> {
    let whole = order::parse(text, ORDERS)?;
    match level {
        Level::Full => Ok(whole),
        Level::Basic => order::parse(text, BASIC_ORDERS).map_err(|_| beyond("$orderby", BASIC_ORDERS)),
    }
}

/// What `$filter` takes, for people.
pub fn filtered() -> String {
    let name = |field: &Field| match field.kind {
        Kind::Collection(_) => format!("{}/any()", field.name),
        _ => field.name.to_owned(),
    };
    let names = |fields: &[Field]| fields.iter().map(name).collect::<Vec<_>>();
    told(&names(FIELDS), &names(BASIC_FIELDS))
}

/// What `$orderby` takes, for people.
pub fn ordered() -> String {
    told(ORDERS, BASIC_ORDERS)
}

fn told<N: AsRef<str>>(all: &[N], basic: &[N]) -> String {
    let list = |names: &[N]| names.iter().map(|name| format!("`{}`", name.as_ref())).collect::<Vec<_>>().join(", ");
    format!("{}; with no more than `{}`: {}", list(all), Scope::CalendarsReadBasic.name(), list(basic))
}

fn beyond(option: &str, names: &[&str]) -> Problem {
    let (basic, read) = (Scope::CalendarsReadBasic.name(), Scope::CalendarsRead.name());
    let message = format!("With `{basic}`, `{option}` takes: {}. The rest needs `{read}`.", names.join(", "));
    Problem::new(Code::AccessDenied, message)
        .target(option)
        .challenge(Challenge { error: Some("insufficient_scope"), scope: Some(read.to_owned()) })
        .cause("insufficient_scope")
}

#[cfg(test)]
mod tests {
    use super::{BASIC_FIELDS, BASIC_ORDERS, FIELDS, Level, Limits, ORDERS, filter, order};
    use crate::problem::Code;

    const LIMITS: Limits = Limits { bytes: 2048, terms: 20, depth: 16 };

    #[test]
    fn what_the_grant_does_not_show_it_neither_filters_nor_orders_by() {
        for text in ["iCalUId eq 'x'", "id eq 'x' or attendees/any()", "organizer/emailAddress/address eq 'a'"] {
            assert!(filter(text, Level::Full, LIMITS).is_ok(), "{text}");
            let problem = filter(text, Level::Basic, LIMITS).expect_err(text);
            assert_eq!(problem.code(), Code::AccessDenied, "{text}");
        }
        let unknown = filter("nope eq 'x'", Level::Basic, LIMITS).expect_err("unknown");
        assert_eq!(unknown.code(), Code::InvalidFilter);
        let problem = order("subject,createdDateTime", Level::Basic).expect_err("beyond");
        assert_eq!(problem.code(), Code::AccessDenied);
        assert!(order("subject,createdDateTime", Level::Full).is_ok());
        assert!(
            filter("subject eq 'x'", Level::Basic, LIMITS).is_ok() && order("start/dateTime", Level::Basic).is_ok()
        );
    }

    #[test]
    fn the_basic_fields_are_among_all() {
        assert!(BASIC_FIELDS.iter().all(|field| FIELDS.contains(field)));
        assert!(BASIC_ORDERS.iter().all(|name| ORDERS.contains(name)));
    }
}
