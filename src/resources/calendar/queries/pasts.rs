//! When series happened before they were changed: without it nobody could say which of their instances are gone.

use diesel::prelude::*;

use crate::access::{Access, Write};
use crate::resources::calendar::Calendar;
use crate::store::columns::Uid;
use crate::store::tables::event_pasts;
use crate::store::{Db, Owned, StoreError, on_backend};

/// Keeps the schedules of these events, which this change ends.
pub(super) fn keep(on: &mut Owned<'_, Calendar, Write>, ended: &[(Uid, &str)]) -> Result<(), StoreError> {
    let (number, now) = (on.change(), on.now());
    let (person, db) = on.parts();
    let row = |(event, schedule): &(Uid, &str)| {
        (
            (event_pasts::person.eq(person.id), event_pasts::event.eq(*event), event_pasts::changed.eq(number)),
            (event_pasts::schedule.eq((*schedule).to_owned()), event_pasts::at.eq(now)),
        )
    };
    let rows: Vec<_> = ended.iter().map(row).collect();
    match db {
        Db::Sqlite(c) => {
            for row in rows {
                diesel::insert_into(event_pasts::table).values(row).execute(c)?;
            }
        }
        Db::Postgres(c) => {
            diesel::insert_into(event_pasts::table).values(rows).execute(c)?;
        }
    }
    Ok(())
}

/// Those of an event that ended after that change.
pub(super) fn since<A: Access>(
    on: &mut Owned<'_, Calendar, A>,
    event: Uid,
    change: i64,
) -> Result<Vec<String>, StoreError> {
    let (person, db) = on.parts();
    let its = event_pasts::table.filter(event_pasts::person.eq(person.id)).filter(event_pasts::event.eq(event));
    let asked = its.filter(event_pasts::changed.gt(change)).order(event_pasts::changed).select(event_pasts::schedule);
    let mut found: Vec<String> = on_backend!(db, |c| asked.load(c))?;
    // Who moves a meeting to and fro makes few schedules of many changes.
    found.sort_unstable();
    found.dedup();
    Ok(found)
}
