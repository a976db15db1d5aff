//! Which fields `$filter` and `$orderby` take, and which of them need `Photos.Location.Read`. Pure.

use crate::access::Scope;
use crate::problem::{Challenge, Code, Problem};
use crate::query::filter::{self, Expr, Field, Kind, Limits};
use crate::query::order::{self, Order};
use crate::resources::photos::model::Level;

const fn field(name: &'static str, kind: Kind) -> Field {
    Field { name, kind }
}

/// What `$filter` takes.
pub static FIELDS: &[Field] = &[
    field("id", Kind::Id),
    field("name", Kind::Text),
    field("isFavorite", Kind::Bool),
    field("size", Kind::Number),
    field("file/mimeType", Kind::Text),
    field("image/width", Kind::Number),
    field("image/height", Kind::Number),
    field("photo/takenDateTime", Kind::Instant),
    field("photo/cameraMake", Kind::Text),
    field("photo/cameraModel", Kind::Text),
    field("createdDateTime", Kind::Instant),
    field("lastModifiedDateTime", Kind::Instant),
    field("location/latitude", Kind::Number),
    field("location/longitude", Kind::Number),
];

/// What it takes where the grant does not show where photos were taken: the same without the last two.
pub static PLAIN_FIELDS: &[Field] = &[
    field("id", Kind::Id),
    field("name", Kind::Text),
    field("isFavorite", Kind::Bool),
    field("size", Kind::Number),
    field("file/mimeType", Kind::Text),
    field("image/width", Kind::Number),
    field("image/height", Kind::Number),
    field("photo/takenDateTime", Kind::Instant),
    field("photo/cameraMake", Kind::Text),
    field("photo/cameraModel", Kind::Text),
    field("createdDateTime", Kind::Instant),
    field("lastModifiedDateTime", Kind::Instant),
];

/// What `$orderby` takes: nothing of it tells where a photo was taken.
const ORDERS: &[&str] = &["photo/takenDateTime", "createdDateTime", "lastModifiedDateTime", "name"];

/// Reads `$filter`; what the grant does not show, it does not filter by.
pub fn filter(text: &str, level: Level, limits: Limits) -> Result<Expr, Problem> {
    let whole = filter::parse(text, FIELDS, limits)?;
    match level {
        Level::Located => Ok(whole),
        Level::Plain => filter::parse(text, PLAIN_FIELDS, limits).map_err(|_| beyond()),
    }
}

/// Reads `$orderby`.
pub fn order(text: &str) -> Result<Vec<Order>, Problem> {
    order::parse(text, ORDERS)
}

/// What `$filter` takes, for people.
pub fn filtered() -> String {
    let scope = Scope::PhotosLocationRead.name();
    format!("{}; with `{scope}` also `location/latitude`, `location/longitude`", list(&names()))
}

/// What `$orderby` takes, for people.
pub fn ordered() -> String {
    list(ORDERS)
}

fn names() -> Vec<&'static str> {
    PLAIN_FIELDS.iter().map(|field| field.name).collect()
}

fn list(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

fn beyond() -> Problem {
    let scope = Scope::PhotosLocationRead.name();
    let message = format!("Without `{scope}`, `$filter` takes: {}.", names().join(", "));
    Problem::new(Code::AccessDenied, message)
        .target("$filter")
        .challenge(Challenge { error: Some("insufficient_scope"), scope: Some(scope.to_owned()) })
        .cause("insufficient_scope")
}

#[cfg(test)]
mod tests {
    use super::{FIELDS, Level, Limits, PLAIN_FIELDS, filter};
    use crate::problem::Code;

    const LIMITS: Limits = Limits { bytes: 2048, terms: 20, depth: 16 };

    #[test]
    fn where_a_photo_was_taken_is_not_filtered_by_without_the_scope() {
        for text in ["location/latitude gt 48.1", "size gt 1 or location/longitude eq null"] {
            assert!(filter(text, Level::Located, LIMITS).is_ok(), "{text}");
            let problem = filter(text, Level::Plain, LIMITS).expect_err(text);
            assert_eq!(problem.code(), Code::AccessDenied, "{text}");
        }
        assert!(filter("size gt 1", Level::Plain, LIMITS).is_ok());
        let unknown = filter("nope eq 'x'", Level::Plain, LIMITS).expect_err("unknown");
        assert_eq!(unknown.code(), Code::InvalidFilter);
    }

    #[test]
    fn the_plain_fields_are_all_but_those_of_the_location() {
        let rest: Vec<_> = FIELDS.iter().filter(|field| !field.name.starts_with("location/")).collect();
        assert_eq!(rest, PLAIN_FIELDS.iter().collect::<Vec<_>>());
    }
}
