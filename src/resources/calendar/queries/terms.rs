//! Keeping what events are found by in step with what they are. What was there is known from the record, since the terms follow
//! from it: only those that come or go are written.

use std::collections::BTreeSet;

use diesel::prelude::*;

use crate::resources::calendar::Calendar;
use crate::resources::calendar::record::Projection;
use crate::store::columns::Uid;
use crate::store::tables::event_terms;
use crate::store::{Db, Owned, StoreError, on_backend};

/// An event's terms, each with its class.
pub(in crate::resources::calendar) type Terms = BTreeSet<(String, String)>;

/// Those of a projection.
pub(super) fn of(projection: &Projection) -> Terms {
    projection.terms.iter().map(|(class, term)| (class.to_string(), term.clone())).collect()
}

/// Writes the terms that are in `new` alone, and removes those that are in `old` alone; `old` unknown: all that there are.
pub(super) fn replace<A>(
    on: &mut Owned<'_, Calendar, A>,
    event: Uid,
    old: Option<&Terms>,
    new: &Terms,
) -> Result<(), StoreError> {
    let none = Terms::new();
    let (person, db) = on.parts();
    if old.is_none() {
        // Made by another version of the program: read through all of the person's.
        let all = event_terms::table.filter(event_terms::person.eq(person.id));
        diesel::delete(all.filter(event_terms::event.eq(event))).execute(db)?;
    }
    let old = old.unwrap_or(&none);
    let gone: Vec<_> = old.difference(new).collect();
    for of_class in gone.chunk_by(|(one, _), (other, _)| one == other) {
        let Some((class, _)) = of_class.first() else { continue };
        let mine = event_terms::table.filter(event_terms::person.eq(person.id));
        let keys = mine.filter(event_terms::class.eq(class)).filter(event_terms::event.eq(event));
        let keys = keys.filter(event_terms::term.eq_any(of_class.iter().map(|(_, term)| term)));
        on_backend!(db, |c| diesel::delete(keys).execute(c))?;
    }
    let rows: Vec<_> = new
        .difference(old)
        .map(|(class, term)| {
            (
                event_terms::person.eq(person.id),
                event_terms::class.eq(class.as_str()),
                event_terms::term.eq(term.as_str()),
                event_terms::event.eq(event),
            )
        })
        .collect();
    match db {
        // One statement for each, which stays prepared: there is no network between.
        Db::Sqlite(c) => {
            for row in rows {
                diesel::insert_into(event_terms::table).values(row).execute(c)?;
            }
        }
        Db::Postgres(c) => {
            diesel::insert_into(event_terms::table).values(rows).execute(c)?;
        }
    }
    Ok(())
}
