//! What changed: the walk over `contact_changes` in the order of the person's commits.

use diesel::prelude::*;

use super::page::{self, lean, size};
use super::{Columns, Row};
use crate::access::Access;
use crate::resources::collection::Stretch;
use crate::resources::collection::changes;
pub(super) use crate::resources::collection::changes::LEFT;
pub use crate::resources::collection::changes::{Change, DELETED, HERE};
use crate::resources::contacts::Contacts;
use crate::store::columns::Uid;
use crate::store::tables::{contact_changes, contacts};
use crate::store::{Owned, StoreError, on_backend};

/// A contact's last change.
pub type Changed = changes::Changed<Row>;

type Found = changes::Found<Columns>;

/// A page of the changes of `stretch`, in `folder` if one is given: at most `most` of them, and no more than some MiB; and the
/// place of the last if there are more. One statement: what is changed between two would be in neither.
pub fn changes<A: Access>(
    on: &mut Owned<'_, Contacts, A>,
    folder: Option<Uid>,
    stretch: Stretch,
    most: usize,
) -> Result<changes::Page<Row>, StoreError> {
    let found = found(on, folder, stretch, most.saturating_add(1))?;
    changes::page(found, most, |large| page::these(on, large), |row| row.changed)
}

fn found<A: Access>(
    on: &mut Owned<'_, Contacts, A>,
    folder: Option<Uid>,
    stretch: Stretch,
    limit: usize,
) -> Result<Vec<Found>, StoreError> {
    let Stretch { full, change, after, until } = stretch;
    let worst = match (full, folder) {
        (true, _) => HERE,
        // Where a contact is does not matter.
        (false, None) => DELETED,
        (false, Some(_)) => LEFT,
    };
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let (person, db) = on.parts();
    let same = contacts::person.eq(contact_changes::person).and(contacts::id.eq(contact_changes::contact));
    let asked = contact_changes::table
        .left_join(contacts::table.on(same))
        .filter(contact_changes::person.eq(person.id))
        .filter(contact_changes::changed.ge(change))
        .filter(contact_changes::changed.le(until))
        .filter(contact_changes::changed.gt(change).or(contact_changes::contact.gt(after)))
        .filter(contact_changes::gone.le(worst))
        .order((contact_changes::changed, contact_changes::contact, contact_changes::folder))
        .limit(limit);
    let what = (contact_changes::changed, contact_changes::contact, contact_changes::gone);
    let columns = (what.0, what.1, what.2, lean().nullable(), size().nullable());
    Ok(match folder {
        None => on_backend!(db, |c| asked.select(columns).load(c))?,
        Some(folder) => {
            let of_folder = asked.filter(contact_changes::folder.eq(folder)).select(columns);
            on_backend!(db, |c| of_folder.load(c))?
        }
    })
}
