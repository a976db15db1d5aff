//! What changed: the walk over `event_changes` in the order of the person's commits.

use diesel::prelude::*;

use super::page::{self, lean, size};
use super::{Columns, Row};
use crate::access::Access;
use crate::resources::calendar::Calendar;
use crate::resources::collection::Stretch;
use crate::resources::collection::changes;
pub use crate::resources::collection::changes::Change;
pub(in crate::resources::calendar) use crate::resources::collection::changes::HERE;
pub(super) use crate::resources::collection::changes::{DELETED, LEFT};
use crate::store::columns::Uid;
use crate::store::tables::{event_changes, events};
use crate::store::{Owned, StoreError, on_backend};

/// An event's last change.
pub type Changed = changes::Changed<Row>;

type Found = changes::Found<Columns>;

/// A page of the changes of `stretch`, in `calendar` if one is given: at most `most` of them, and no more than some MiB; and the
/// place of the last if there are more. One statement: what is changed between two would be in neither.
pub fn changes<A: Access>(
    on: &mut Owned<'_, Calendar, A>,
    calendar: Option<Uid>,
    stretch: Stretch,
    most: usize,
) -> Result<changes::Page<Row>, StoreError> {
    let found = found(on, calendar, stretch, most.saturating_add(1))?;
    changes::page(found, most, |large| page::these(on, large), |row| row.changed)
}

fn found<A: Access>(
    on: &mut Owned<'_, Calendar, A>,
    calendar: Option<Uid>,
    stretch: Stretch,
    limit: usize,
) -> Result<Vec<Found>, StoreError> {
    let Stretch { full, change, after, until } = stretch;
    let worst = match (full, calendar) {
        (true, _) => HERE,
        // Where an event is does not matter.
        (false, None) => DELETED,
        (false, Some(_)) => LEFT,
    };
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let (person, db) = on.parts();
    let same = events::person.eq(event_changes::person).and(events::id.eq(event_changes::event));
    let asked = event_changes::table
        .left_join(events::table.on(same))
        .filter(event_changes::person.eq(person.id))
        .filter(event_changes::changed.ge(change))
        .filter(event_changes::changed.le(until))
        .filter(event_changes::changed.gt(change).or(event_changes::event.gt(after)))
        .filter(event_changes::gone.le(worst))
        .order((event_changes::changed, event_changes::event, event_changes::calendar))
        .limit(limit);
    let what = (event_changes::changed, event_changes::event, event_changes::gone);
    let columns = (what.0, what.1, what.2, lean().nullable(), size().nullable());
    Ok(match calendar {
        None => on_backend!(db, |c| asked.select(columns).load(c))?,
        Some(calendar) => {
            let of_calendar = asked.filter(event_changes::calendar.eq(calendar)).select(columns);
            on_backend!(db, |c| of_calendar.load(c))?
        }
    })
}
