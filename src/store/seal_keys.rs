//! What page and delta tokens are sealed with: made at the first start, the same for every process, and in no backup.
//! May import `secret` and the rest of `store`.

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use rand::RngCore as _;

use super::db::Db;
use super::error::StoreError;
use super::tables::seal_keys;
use super::{Store, on_backend};
use crate::secret::Secret;

/// The number of the first.
const FIRST: i64 = 1;

/// The current secret, and the one before, whose tokens still open.
#[derive(Debug, Clone)]
pub struct SealKeys {
    /// What new tokens are sealed with.
    pub current: Secret<[u8; 32]>,
    /// What older ones may have been.
    pub previous: Option<Secret<[u8; 32]>>,
}

impl Store {
    /// What page and delta tokens are sealed with.
    pub fn seal_keys(&self) -> &SealKeys {
        &self.inner.seal_keys
    }
}

/// The secrets; the first is made now if need be: of several processes that start together one makes it, and all have the same.
pub(super) fn settle(db: &mut Db) -> Result<SealKeys, StoreError> {
    if let Some(keys) = find(db)? {
        return Ok(keys);
    }
    let mut secret = [0; 32];
    rand::rngs::OsRng.fill_bytes(&mut secret);
    let made = (seal_keys::id.eq(FIRST), seal_keys::secret.eq(secret.as_slice()));
    on_backend!(db, |c| diesel::insert_into(seal_keys::table).values(made).on_conflict_do_nothing().execute(c))?;
    find(db)?.ok_or_else(|| StoreError::Broken("the row of `seal_keys` does not stay".into()))
}

/// Leaves none in the copy of a SQLite database, nor in its free space.
pub(super) fn forget(copy: &mut Db) -> QueryResult<usize> {
    copy.batch_execute("PRAGMA secure_delete = ON")?;
    diesel::delete(seal_keys::table).execute(copy)
}

fn find(db: &mut Db) -> Result<Option<SealKeys>, StoreError> {
    let newest: Vec<Vec<u8>> =
        seal_keys::table.order(seal_keys::id.desc()).limit(2).select(seal_keys::secret).load(db)?;
    let broken = |_| StoreError::Broken("a secret of `seal_keys` has not 32 bytes".into());
    let mut secrets = newest.into_iter().map(|secret| secret.try_into().map(Secret::new).map_err(broken));
    let Some(current) = secrets.next().transpose()? else { return Ok(None) };
    Ok(Some(SealKeys { current, previous: secrets.next().transpose()? }))
}
