//! Lists that are filtered, searched or ordered.

use super::{Place, Row, Selection};
use crate::access::Access;
use crate::resources::contacts::Contacts;
use crate::store::{Owned, StoreError};

/// As [`super::list`].
pub(super) fn list<A: Access>(
    _on: &mut Owned<'_, Contacts, A>,
    _selection: &Selection,
    _after: Option<&Place>,
    _skip: usize,
    _size: usize,
) -> Result<(Vec<Row>, Option<Place>), StoreError> {
    Err(StoreError::Broken("not there yet".into()))
}

/// As [`super::count`].
pub(super) fn count<A: Access>(_on: &mut Owned<'_, Contacts, A>, _selection: &Selection) -> Result<i64, StoreError> {
    Err(StoreError::Broken("not there yet".into()))
}
