//! Making, changing and deleting events: the row, its record, its terms, its place among the changes and the count go together.

use diesel::prelude::*;

use super::delta::{DELETED, HERE, LEFT};
use super::pasts;
use super::terms::{self, Terms};
use super::values::Values;
use super::{COLUMNS, Columns, Row, Stored};
use crate::access::Write;
use crate::problem::{Code, Problem};
use crate::query::text::fold;
use crate::resources::calendar::Calendar;
use crate::resources::calendar::record::{Projection, Record};
use crate::resources::calendar::span::{SERIES, Span};
use crate::store::columns::Uid;
use crate::store::tables::{event_books, event_changes, event_records, events};
use crate::store::{Halt, Owned, StoreError, on_backend};

/// A UID as long as this is kept as it is.
const UID_BYTES: usize = 200;

/// The largest record that is kept: what a client may send, with room for escapes and folding.
const RECORD_BYTES: usize = 16 * 1024 * 1024;

/// An event ready to be written: made before the writer's turn.
#[derive(Debug, Clone)]
pub struct Made {
    pub(super) uid: String,
    record: String,
    pub(super) projection: Projection,
    pub(super) span: Span,
    pub(super) schedule: String,
    pub(super) words: [String; 3],
    terms: Terms,
}

impl Made {
    /// From its record; refused, if it is too large, would not be read as what it is, or is of no year from 1 to 9999.
    pub fn of(record: &Record) -> Result<Self, Problem> {
        let text = record.record();
        if text.len() > RECORD_BYTES {
            return Err(Problem::new(Code::TooLarge, "The event is larger than 16 MiB as it is kept."));
        }
        let unsaid = || Problem::new(Code::InvalidRequest, "The event holds what no iCalendar text can say.");
        if Record::stored(&text).as_ref() != Ok(record) {
            return Err(unsaid());
        }
        if let Some(when) = record.out_of_time() {
            let message =
                format!("`{}` is before 0001-01-02 or after 9999-12-30, in its zone or in UTC.", when.value());
            return Err(Problem::new(Code::PropertyValidation, message));
        }
        let projection = record.project().ok_or_else(unsaid)?;
        let words = [&projection.importance, &projection.sensitivity, &projection.show_as].map(|word| fold(word));
        let schedule = record.schedule();
        let (uid, span) = (uid_key(record.uid().unwrap_or_default()), Span::of(&schedule, &projection));
        let schedule = if span.reach == SERIES { schedule.record() } else { String::new() };
        Ok(Self { uid, record: text, terms: terms::of(&projection), span, schedule, words, projection })
    }

    /// What `events.uid` holds.
    pub fn uid(&self) -> &str {
        &self.uid
    }

    /// What `event_records.record` holds.
    pub fn record(&self) -> &str {
        &self.record
    }

    /// What it is searched by.
    pub(in crate::resources::calendar) fn terms(&self) -> &Terms {
        &self.terms
    }
}

/// What `events.uid` holds for a record's UID: an index takes no text of any length.
pub fn uid_key(uid: &str) -> String {
    use sha2::{Digest as _, Sha256};
    if uid.len() <= UID_BYTES { uid.to_owned() } else { format!("sha256:{:x}", Sha256::digest(uid.as_bytes())) }
}

/// Adds an event, unless the person has `quota` of them already.
pub fn insert(
    on: &mut Owned<'_, Calendar, Write>,
    id: Uid,
    calendar: Uid,
    made: &Made,
    quota: u64,
) -> Result<Row, Halt<Problem>> {
    book(on, 1, quota)?;
    Ok(add(on, id, calendar, made)?)
}

/// Adds an event that is counted with others ([`book`]) in the same transaction.
pub fn add(on: &mut Owned<'_, Calendar, Write>, id: Uid, calendar: Uid, made: &Made) -> Result<Row, StoreError> {
    let (number, now) = (on.change(), on.now());
    let (person, db) = on.parts();
    let keys = (events::person.eq(person.id), events::id.eq(id), events::calendar.eq(calendar));
    let times = (events::changed.eq(number), events::created_at.eq(now), events::modified_at.eq(now));
    let new = (keys, times, Values::from(made));
    let row: Columns =
        on_backend!(db, |c| diesel::insert_into(events::table).values(new).returning(COLUMNS).get_result(c))?;
    let record =
        (event_records::person.eq(person.id), event_records::id.eq(id), event_records::record.eq(&made.record));
    on_backend!(db, |c| diesel::insert_into(event_records::table).values(record).execute(c))?;
    terms::replace(on, id, Some(&Terms::new()), &made.terms)?;
    changed(on, id, calendar, HERE)?;
    Ok(row.into())
}

/// Writes `made` in place of what `old` was, into `calendar`. None: it was changed since, and nothing was done.
pub fn replace(
    on: &mut Owned<'_, Calendar, Write>,
    old: &Stored,
    calendar: Uid,
    made: &Made,
) -> Result<Option<Row>, Halt<Problem>> {
    let id = old.row.id;
    let (number, now) = (on.change(), on.now());
    let (person, db) = on.parts();
    let times = (events::changed.eq(number), events::modified_at.eq(now), events::calendar.eq(calendar));
    let same = events::table
        .filter(events::person.eq(person.id))
        .filter(events::id.eq(id))
        .filter(events::changed.eq(old.row.changed));
    let update = diesel::update(same).set((times, Values::from(made))).returning(COLUMNS);
    let Some(row): Option<Columns> = on_backend!(db, |c| update.get_result(c).optional())? else {
        return Ok(None);
    };
    let record = diesel::update(event_records::table.find((person.id, id))).set(event_records::record.eq(&made.record));
    on_backend!(db, |c| record.execute(c))?;
    terms::replace(on, id, old.terms.as_ref(), &made.terms)?;
    if old.schedule != made.schedule {
        pasts::keep(on, &[(id, &old.schedule)])?;
    }
    moved(on, old, calendar)?;
    Ok(Some(row.into()))
}

/// Deletes what `old` is. False: it was changed since, and nothing was done.
pub fn delete(on: &mut Owned<'_, Calendar, Write>, old: &Stored) -> Result<bool, Halt<Problem>> {
    let (id, calendar) = (old.row.id, old.row.calendar);
    let (person, db) = on.parts();
    let same = events::table
        .filter(events::person.eq(person.id))
        .filter(events::id.eq(id))
        .filter(events::changed.eq(old.row.changed));
    if on_backend!(db, |c| diesel::delete(same).execute(c))? == 0 {
        return Ok(false);
    }
    on_backend!(db, |c| diesel::delete(event_records::table.find((person.id, id))).execute(c))?;
    terms::replace(on, id, old.terms.as_ref(), &Terms::new())?;
    pasts::keep(on, &[(id, &old.schedule)])?;
    forget(on, old)?;
    changed(on, id, calendar, DELETED)?;
    book(on, -1, u64::MAX)?;
    Ok(true)
}

/// Notes the last change of an event in the calendar.
fn changed(on: &mut Owned<'_, Calendar, Write>, event: Uid, calendar: Uid, gone: i32) -> Result<(), StoreError> {
    let (number, now) = (on.change(), on.now());
    let (person, db) = on.parts();
    let key = (event_changes::person.eq(person.id), event_changes::changed.eq(number));
    let what = (event_changes::event.eq(event), event_changes::calendar.eq(calendar));
    let row = (key, what, event_changes::gone.eq(gone), event_changes::at.eq(now));
    on_backend!(db, |c| diesel::insert_into(event_changes::table).values(row).execute(c))?;
    Ok(())
}

/// Takes away the note of the change before this one.
fn forget(on: &mut Owned<'_, Calendar, Write>, old: &Stored) -> Result<(), StoreError> {
    let (person, db) = on.parts();
    let key = (person.id, old.row.changed, old.row.id, old.row.calendar);
    on_backend!(db, |c| diesel::delete(event_changes::table.find(key)).execute(c))?;
    Ok(())
}

fn moved(on: &mut Owned<'_, Calendar, Write>, old: &Stored, calendar: Uid) -> Result<(), StoreError> {
    forget(on, old)?;
    if old.row.calendar != calendar {
        changed(on, old.row.id, old.row.calendar, LEFT)?;
    }
    changed(on, old.row.id, calendar, HERE)
}

/// Counts so many more or fewer; refuses more than `quota`.
pub fn book(on: &mut Owned<'_, Calendar, Write>, by: i64, quota: u64) -> Result<(), Halt<Problem>> {
    let (person, db) = on.parts();
    let update = diesel::update(event_books::table.find(person.id))
        .set(event_books::events.eq(event_books::events + by))
        .returning(event_books::events);
    let there: Option<i64> = on_backend!(db, |c| update.get_result(c).optional())?;
    let there = if let Some(there) = there {
        there
    } else {
        let first = (event_books::person.eq(person.id), event_books::events.eq(by));
        on_backend!(db, |c| diesel::insert_into(event_books::table).values(first).execute(c))?;
        by
    };
    if by > 0 && u64::try_from(there).unwrap_or(0) > quota {
        let message = format!("There is no room for more than {quota} events; nothing was added.");
        return Err(Halt::Refused(Problem::new(Code::InsufficientStorage, message)));
    }
    Ok(())
}
