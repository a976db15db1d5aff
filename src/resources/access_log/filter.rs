//! What `$filter` and `$orderby` take. Pure.

use crate::problem::Problem;
use crate::query::filter::{self, Expr, Field, Kind, Limits};
use crate::query::order;

const fn field(name: &'static str, kind: Kind) -> Field {
    Field { name, kind }
}

/// What `$filter` takes. All but the hour are words that are the same or not.
static FIELDS: &[Field] =
    &[field("hour", Kind::Instant), field("clientId", Kind::Id), field("kind", Kind::Id), field("operation", Kind::Id)];

/// Reads `$filter`.
pub fn filter(text: &str, limits: Limits) -> Result<Expr, Problem> {
    filter::parse(text, FIELDS, limits)
}

/// Reads `$orderby`: whether the newest comes first.
pub fn newest_first(text: &str) -> Result<bool, Problem> {
    Ok(order::parse(text, &["hour"])?.first().is_none_or(|order| order.descending))
}
