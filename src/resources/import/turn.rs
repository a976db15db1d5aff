//! One turn of an import: what is there is read outside the writer's turn, and written is what that leaves to do. May import `access`,
//! `store`, problem.

use std::collections::HashMap;
use std::sync::Arc;

use crate::access::{Grant, Kind, Write};
use crate::problem::Problem;
use crate::store::{Busy, Halt, Owned, Store, StoreError};

/// How often it is tried when other writes are in its way.
const TRIES: usize = 3;

/// What came of each of its items, by UID.
pub type Results<D> = HashMap<String, D>;

/// Asks `planned` what came of what needs no write, and how the rest is to be written; if that is no longer so in the turn
/// ([`StoreError::Conflict`]), nothing is written and it is asked again.
pub async fn written<K: Kind, P: Send + Sync + 'static, D: Send + 'static>(
    (store, grant): (&Store, &Grant<K, Write>),
    planned: impl AsyncFn() -> Result<(Results<D>, Vec<P>), Problem>,
    change: impl Fn(&mut Owned<'_, K, Write>, &[P]) -> Result<Results<D>, Halt<Problem>> + Send + Sync + 'static,
) -> Result<Results<D>, Problem> {
    let change = Arc::new(change);
    for _ in 0..TRIES {
        let (mut results, plans) = planned().await?;
        if plans.is_empty() {
            return Ok(results);
        }
        let here = change.clone();
        match store.write(grant, move |on: &mut Owned<'_, K, Write>| here(on, &plans)).await {
            Ok(written) => {
                results.extend(written);
                return Ok(results);
            }
            Err(Halt::Store(StoreError::Conflict)) => {}
            Err(halt) => return Err(halt.into()),
        }
    }
    Err(StoreError::Busy(Busy::Raced).into())
}
