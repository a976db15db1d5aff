//! What the account says of the person whose calendar it is.

use diesel::prelude::*;

use crate::resources::calendar::Calendar;
use crate::store::tables::profiles;
use crate::store::{Owned, StoreError, on_backend};

/// The address that the authorization server has verified, as `GET /me` gives it to who may see it.
pub fn own_mail<A>(on: &mut Owned<'_, Calendar, A>) -> Result<Option<String>, StoreError> {
    let (person, db) = on.parts();
    let found = profiles::table.find(person.id).select(profiles::mail);
    Ok(on_backend!(db, |c| found.get_result(c).optional())?.flatten())
}
