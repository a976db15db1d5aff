//! Whether every event and its record can be read, what is kept of it follows from the record, and it is in a calendar that is there.
//! `found_by` looks at the terms, `totals` at all rows together.

mod found_by;
mod totals;

use std::collections::HashMap;

use diesel::prelude::*;

use self::found_by::FoundBy;
use crate::resources::audit::{Audit, Seen};
use crate::resources::calendar::model;
use crate::resources::calendar::queries::{COLUMNS, Columns, HERE, Made, Row, Values};
use crate::resources::calendar::record::Record;
use crate::store::columns::Uid;
use crate::store::tables::{calendars, event_changes, event_records, events, people};
use crate::store::{Inspection, StoreError, on_backend};

/// This kind's.
pub const AUDIT: Audit = Audit { kind: "events", run };

/// How many events are read at once.
const PAGE: i64 = 500;

/// Where an event is: whose, and its id.
type Place = (i64, Uid);
/// Whose; the event and what of it follows from the record; the record, the calendar and the change, if they are there; the person's uid.
type Found = (i64, Columns, Values<'static>, Option<String>, Option<Uid>, Option<i64>, Uid);

fn run(on: &mut Inspection, tell: &mut dyn FnMut(Seen)) -> Result<(), StoreError> {
    let (mut after, mut limit) = ((i64::MIN, Uid::FIRST), PAGE);
    let mut found_by = FoundBy::default();
    loop {
        match page(on, after, limit) {
            Ok(page) => {
                let Some((person, columns, ..)) = page.last() else {
                    terms(on, found_by, tell)?;
                    return totals::look(on, tell);
                };
                after = (*person, columns.0);
                limit = (limit * 2).min(PAGE);
                // After the events: a change meanwhile makes the number greater, never less.
                let seqs = seqs(on, &page)?;
                for found in page {
                    if found.0 != found_by.person() {
                        terms(on, std::mem::replace(&mut found_by, FoundBy::of(found.0)), tell)?;
                    }
                    look(found, &seqs, &mut found_by, tell);
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
    let last = event_changes::person.eq(events::person).and(event_changes::changed.eq(events::changed));
    let last = last.and(event_changes::event.eq(events::id)).and(event_changes::calendar.eq(events::calendar));
    let asked = events::table
        .inner_join(people::table.on(people::id.eq(events::person)))
        .left_join(event_records::table.on(same))
        .left_join(calendars::table.on(its))
        .left_join(event_changes::table.on(last.and(event_changes::gone.eq(HERE))))
        .filter(events::person.ge(person))
        .filter(events::person.gt(person).or(events::id.gt(id)))
        .order((events::person, events::id))
        .limit(limit);
    let theirs = (event_records::record.nullable(), calendars::id.nullable(), event_changes::changed.nullable());
    let (record, calendar, change) = theirs;
    on.read(|db| {
        on_backend!(db, |c| asked
            .select((events::person, COLUMNS, Values::as_select(), record, calendar, change, people::uid))
            .load(c))
    })
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

fn look(found: Found, seqs: &HashMap<i64, i64>, found_by: &mut FoundBy, tell: &mut dyn FnMut(Seen)) {
    let (person, columns, values, record, calendar, change, uid) = found;
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
    if change.is_none() {
        fault(format!("its change {changed} is not among those that are told"));
    }
    if let Err(error) = model::readable(&row) {
        fault(format!("it cannot be shown: {error}"));
    }
    match record.as_deref().map(Record::stored) {
        Some(Ok(record)) => {
            if let Some(made) = follows(&record, &values, &mut fault) {
                found_by.note(id, changed, &made);
            }
        }
        Some(Err(error)) => fault(format!("its record cannot be read: {error}")),
        None => fault("its record is missing".into()),
    }
    if !has_calendar {
        fault("its calendar is not there".into());
    }
}

/// Whether what is kept of an event is what this program makes of its record; gives that, if it was made by this program.
fn follows(record: &Record, kept: &Values<'_>, fault: &mut dyn FnMut(String)) -> Option<Made> {
    if !kept.is_of_now() {
        return None;
    }
    let made = match Made::of(record) {
        Ok(made) => made,
        Err(problem) => {
            fault(format!("nothing can be made of its record: {problem}"));
            return None;
        }
    };
    let fresh = Values::from(&made);
    if !kept.is_shown_as(&fresh) {
        fault("what is shown of it does not follow from its record".into());
    }
    if !kept.is_when(&fresh) {
        fault("when it is found does not follow from its record".into());
    }
    if *kept != fresh && kept.is_shown_as(&fresh) && kept.is_when(&fresh) {
        fault("what it is filtered by does not follow from its record".into());
    }
    Some(made)
}

/// Tells whose terms are not those of their record.
fn terms(on: &mut Inspection, found_by: FoundBy, tell: &mut dyn FnMut(Seen)) -> Result<(), StoreError> {
    let person = found_by.person();
    match found_by.faults(on) {
        Ok(faults) => {
            for id in faults {
                let what = "what it is searched by does not follow from its record";
                tell(Seen::Fault(format!("event {id} of the person of number {person}: {what}")));
            }
            Ok(())
        }
        Err(StoreError::Broken(why)) => {
            let why = why.trim().replace('\n', "; ");
            let what =
                format!("what the events of the person of number {person} are searched by cannot be read: {why}");
            tell(Seen::Fault(what));
            Ok(())
        }
        Err(error) => Err(error),
    }
}
