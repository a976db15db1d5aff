//! What is seen of all rows together: whether each book counts what it has, and whether a row is of an event that is not there. One
//! statement each, so that all it compares is of one moment.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary};

use crate::resources::audit::Seen;
use crate::store::columns::Uid;
use crate::store::{Inspection, StoreError};

/// The books whose count is not that of their events.
const BOOKS: &str = "SELECT person, CAST(sum(kept) AS BIGINT) AS kept, CAST(sum(there) AS BIGINT) AS there FROM \
    (SELECT person, events AS kept, 0 AS there FROM event_books \
     UNION ALL SELECT person, 0, count(*) FROM events GROUP BY person) AS both_of \
    GROUP BY person HAVING sum(kept) <> sum(there)";

/// What is of no event, and which is.
const STRAYS: [(&str, &str); 3] = [
    (
        "a record",
        "SELECT r.person, r.id FROM event_records AS r WHERE NOT EXISTS \
         (SELECT 1 FROM events AS e WHERE e.person = r.person AND e.id = r.id)",
    ),
    (
        "terms",
        "SELECT DISTINCT t.person, t.event FROM event_terms AS t WHERE NOT EXISTS \
         (SELECT 1 FROM events AS e WHERE e.person = t.person AND e.id = t.event)",
    ),
    (
        "a change",
        "SELECT c.person, c.event FROM event_changes AS c WHERE c.gone = 0 AND NOT EXISTS \
         (SELECT 1 FROM events AS e WHERE e.person = c.person AND e.id = c.event AND e.changed = c.changed AND e.calendar = c.calendar)",
    ),
];

/// Tells of both.
pub(super) fn look(on: &mut Inspection, tell: &mut dyn FnMut(Seen)) -> Result<(), StoreError> {
    let books = on.read(|db| sql::<(BigInt, BigInt, BigInt)>(BOOKS).load::<(i64, i64, i64)>(db));
    for (person, kept, there) in readable(books, "the events cannot be counted", tell)? {
        let what = format!("the person of number {person} has {there} events, and {kept} are counted");
        tell(Seen::Fault(what));
    }
    for (what, asked) in STRAYS {
        let strays = on.read(|db| sql::<(BigInt, Binary)>(asked).load::<(i64, Uid)>(db));
        for (person, event) in readable(strays, &format!("whether {what} is of no event cannot be read"), tell)? {
            let what = format!("{what} of event {event} of the person of number {person}: there is no such event");
            tell(Seen::Fault(what));
        }
    }
    Ok(())
}

/// What was read; nothing, and a fault is told, if the rows are broken. That the database is away says nothing of the rows.
fn readable<T>(
    found: Result<Vec<T>, StoreError>,
    what: &str,
    tell: &mut dyn FnMut(Seen),
) -> Result<Vec<T>, StoreError> {
    match found {
        Err(StoreError::Broken(why)) => {
            tell(Seen::Fault(format!("{what}: {}", why.trim().replace('\n', "; "))));
            Ok(Vec::new())
        }
        found => found,
    }
}
