//! Whether every event and its record can be read and is in a calendar that is there, and whether each book counts what it has.

use std::collections::HashMap;

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use crate::resources::audit::{Audit, Seen};
use crate::resources::calendar::model;
use crate::resources::calendar::queries::{COLUMNS, Columns, Row};
use crate::resources::calendar::record::Record;
use crate::store::columns::Uid;
use crate::store::tables::{calendars, event_records, events, people};
use crate::store::{Inspection, StoreError, on_backend};

/// This kind's.
pub const AUDIT: Audit = Audit { kind: "events", run };

/// How many events are read at once.
const PAGE: i64 = 500;

/// Where an event is: whose, and its id.
type Place = (i64, Uid);
type Found = (i64, Columns, Option<String>, Option<Uid>, Uid);

fn run(on: &mut Inspection, tell: &mut dyn FnMut(Seen)) -> Result<(), StoreError> {
    let (mut after, mut limit) = ((i64::MIN, Uid::FIRST), PAGE);
    loop {
        match page(on, after, limit) {
            Ok(page) => {
                let Some((person, columns, ..)) = page.last() else { return books(on, tell) };
                after = (*person, columns.0);
                limit = (limit * 2).min(PAGE);
                // After the events: a change meanwhile makes the number greater, never less.
                let seqs = seqs(on, &page)?;
                for found in page {
                    look(found, &seqs, tell);
                }
            }
            Err(StoreError::Broken(_)) if limit > 1 => limit /= 2,
            Err(StoreError::Broken(why)) => {
                let why = why.trim().replace('\n', "; ");
                let next = next(on, after);
                let which = match &next {
                    Ok(Some((person, id))) => format!("event {id} of the person of number {person}"),
                    _ => format!("what follows event {} of the person of number {}", after.1, after.0),
                };
                tell(Seen::Fault(format!("{which} cannot be read: {why}")));
                let Ok(Some(next)) = next else { return Ok(()) };
                after = next;
            }
            // The database is away, or has no time: that says nothing of the rows.
            Err(error) => return Err(error),
        }
    }
}

fn page(on: &mut Inspection, (person, id): Place, limit: i64) -> Result<Vec<Found>, StoreError> {
    let same = event_records::person.eq(events::person).and(event_records::id.eq(events::id));
    let its = calendars::person.eq(events::person).and(calendars::id.eq(events::calendar));
    let asked = events::table
        .inner_join(people::table.on(people::id.eq(events::person)))
        .left_join(event_records::table.on(same))
        .left_join(calendars::table.on(its))
        .filter(events::person.ge(person))
        .filter(events::person.gt(person).or(events::id.gt(id)))
        .order((events::person, events::id))
        .limit(limit)
        .select((events::person, COLUMNS, event_records::record.nullable(), calendars::id.nullable(), people::uid));
    on.read(|db| on_backend!(db, |c| asked.load(c)))
}

/// The place after that one, by the key alone.
fn next(on: &mut Inspection, (person, id): Place) -> Result<Option<Place>, StoreError> {
    let asked = events::table
        .filter(events::person.ge(person))
        .filter(events::person.gt(person).or(events::id.gt(id)))
        .order((events::person, events::id))
        .select((events::person, events::id));
    on.read(|db| on_backend!(db, |c| asked.first(c).optional()))
}

/// The last change of each person.
fn seqs(on: &mut Inspection, page: &[Found]) -> Result<HashMap<i64, i64>, StoreError> {
    let mut whose: Vec<i64> = page.iter().map(|(person, ..)| *person).collect();
    whose.dedup();
    let asked = people::table.filter(people::id.eq_any(whose)).select((people::id, people::seq));
    let found: Vec<(i64, i64)> = on.read(|db| on_backend!(db, |c| asked.load(c)))?;
    Ok(found.into_iter().collect())
}

fn look((person, columns, record, calendar, uid): Found, seqs: &HashMap<i64, i64>, tell: &mut dyn FnMut(Seen)) {
    let row = Row::from(columns);
    let (id, changed) = (row.id, row.changed);
    // The default one may have no row.
    let has_calendar = calendar.is_some() || row.calendar == uid;
    let mut fault = |what: String| tell(Seen::Fault(format!("event {id} of the person of number {person}: {what}")));
    // A person who is gone meanwhile is gone with everything.
    if let Some(seq) = seqs.get(&person)
        && (changed < 1 || changed > *seq)
    {
        fault(format!("its change {changed} is not among the person's, which are 1 to {seq}"));
    }
    if let Err(error) = model::readable(&row) {
        fault(format!("it cannot be shown: {error}"));
    }
    match record.as_deref().map(Record::stored) {
        Some(Ok(_)) => {}
        Some(Err(error)) => fault(format!("its record cannot be read: {error}")),
        None => fault("its record is missing".into()),
    }
    if !has_calendar {
        fault("its calendar is not there".into());
    }
}

/// The books whose count is not that of their events; one statement, so that both are of one moment.
fn books(on: &mut Inspection, tell: &mut dyn FnMut(Seen)) -> Result<(), StoreError> {
    const BOTH: &str = "SELECT person, CAST(sum(kept) AS BIGINT) AS kept, CAST(sum(there) AS BIGINT) AS there FROM \
        (SELECT person, events AS kept, 0 AS there FROM event_books \
         UNION ALL SELECT person, 0, count(*) FROM events GROUP BY person) AS both_of \
        GROUP BY person HAVING sum(kept) <> sum(there)";
    match on.read(|db| sql::<(BigInt, BigInt, BigInt)>(BOTH).load::<(i64, i64, i64)>(db)) {
        Ok(miscounted) => {
            for (person, kept, there) in miscounted {
                let what = format!("the person of number {person} has {there} events, and {kept} are counted");
                tell(Seen::Fault(what));
            }
            Ok(())
        }
        Err(StoreError::Broken(why)) => {
            tell(Seen::Fault(format!("the events cannot be counted: {}", why.trim().replace('\n', "; "))));
            Ok(())
        }
        Err(error) => Err(error),
    }
}
