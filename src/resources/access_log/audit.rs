//! Whether every row of the log can be read, and says what one can say.

use diesel::prelude::*;

use crate::access::uses::hour_of;
use crate::resources::access_log::model::OPERATIONS;
use crate::resources::access_log::queries::Row;
use crate::resources::audit::{Audit, Seen};
use crate::store::tables::access_log;
use crate::store::{Inspection, StoreError, on_backend};

/// This kind's.
pub const AUDIT: Audit = Audit { kind: "accessLog", run };

/// How many rows are read at once.
const PAGE: i64 = 1000;

/// A person's rows of an hour are read together.
type Place = (i64, i64);

fn run(on: &mut Inspection, tell: &mut dyn FnMut(Seen)) -> Result<(), StoreError> {
    let mut after = (i64::MIN, i64::MIN);
    loop {
        let next = match next(on, after) {
            Ok(Some(next)) => next,
            Ok(None) => return Ok(()),
            Err(StoreError::Broken(why)) => {
                let (person, hour) = after;
                tell(Seen::Fault(format!("what follows hour {hour} of the person of number {person}: {}", line(&why))));
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        after = next;
        hour(on, next, tell)?;
    }
}

/// The first hour after that one.
fn next(on: &mut Inspection, (person, hour): Place) -> Result<Option<Place>, StoreError> {
    let asked = access_log::table
        .filter(access_log::person.ge(person))
        .filter(access_log::person.gt(person).or(access_log::hour.gt(hour)))
        .order((access_log::person, access_log::hour))
        .select((access_log::person, access_log::hour));
    on.read(|db| on_backend!(db, |c| asked.first(c).optional()))
}

fn hour(on: &mut Inspection, (person, hour): Place, tell: &mut dyn FnMut(Seen)) -> Result<(), StoreError> {
    let mut skip = 0;
    loop {
        let asked = access_log::table
            .filter(access_log::person.eq(person))
            .filter(access_log::hour.eq(hour))
            .order((access_log::client, access_log::kind, access_log::operation))
            .limit(PAGE)
            .offset(skip)
            .select(Row::as_select());
        let rows: Vec<Row> = match on.read(|db| asked.load(db)) {
            Ok(rows) => rows,
            Err(StoreError::Broken(why)) => {
                tell(Seen::Fault(format!(
                    "hour {hour} of the person of number {person} cannot be read: {}",
                    line(&why)
                )));
                return Ok(());
            }
            // The database is away, or has no time: that says nothing of the rows.
            Err(error) => return Err(error),
        };
        for row in &rows {
            if !is_possible(row) {
                tell(Seen::Fault(format!(
                    "entry {} of the person of number {person} is not possible: {row:?}",
                    row.id
                )));
            }
        }
        let read = i64::try_from(rows.len()).unwrap_or(PAGE);
        if read < PAGE {
            return Ok(());
        }
        skip += read;
    }
}

fn is_possible(row: &Row) -> bool {
    let known = usize::try_from(row.operation).is_ok_and(|at| at < OPERATIONS.len());
    let hour = row.hour.micros();
    known && hour_of(hour) == hour && row.items >= 0 && row.refusals >= 0
}

fn line(why: &str) -> String {
    why.trim().replace('\n', "; ")
}
