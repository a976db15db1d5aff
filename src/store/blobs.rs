//! Which blobs there are rows for: what the sweep asks before it takes one away.
//! May import only the rest of `store`.

use std::collections::HashSet;

use diesel::prelude::*;

use super::meter::Query;
use super::tables::profiles;
use super::{Store, StoreError, on_backend};

impl Store {
    /// Those of `blobs` that a row names. At most some hundreds at a time.
    pub async fn named_blobs(&self, blobs: Vec<String>) -> Result<HashSet<String>, StoreError> {
        let named = self.inner.pool.hop(Query::Read, move |db| -> Result<Vec<Option<String>>, StoreError> {
            let of_photos = profiles::table.filter(profiles::photo_blob.eq_any(blobs)).select(profiles::photo_blob);
            Ok(on_backend!(db, |c| of_photos.load(c))?)
        });
        Ok(named.await?.into_iter().flatten().collect())
    }
}
