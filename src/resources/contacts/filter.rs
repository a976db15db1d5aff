//! Which fields `$filter` and `$orderby` take.

use crate::query::filter::{Field, Kind};

/// What `$filter` takes.
pub const FIELDS: &[Field] = &[Field { name: "displayName", kind: Kind::Text }];

/// What `$orderby` takes.
pub const ORDERS: &[&str] = &["displayName", "givenName", "surname"];
