//! Which database this is: an id of its own, made at the first start. The folder of its blobs holds the same.
//! May import only the rest of `store`.

use diesel::prelude::*;

use super::columns::Uid;
use super::db::Db;
use super::error::StoreError;
use super::on_backend;
use super::tables::installation;

/// The one row.
const ROW: i64 = 1;

/// The id, if it was made already.
pub(super) fn find(db: &mut Db) -> Result<Option<Uid>, StoreError> {
    Ok(installation::table.find(ROW).select(installation::uid).get_result(db).optional()?)
}

/// The id, made now if need be: of several processes that start together one makes it, and all have the same.
pub(super) fn settle(db: &mut Db) -> Result<Uid, StoreError> {
    if let Some(uid) = find(db)? {
        return Ok(uid);
    }
    let made = (installation::id.eq(ROW), installation::uid.eq(Uid::made_now()));
    on_backend!(db, |c| diesel::insert_into(installation::table).values(made).on_conflict_do_nothing().execute(c))?;
    find(db)?.ok_or_else(|| StoreError::Broken("the row of `installation` does not stay".into()))
}
