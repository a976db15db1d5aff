//! How an event is changed.

use super::named::Within;
use crate::access::Write;
use crate::problem::Problem;
use crate::resources::attempt::Item;
pub(super) use crate::resources::attempt::{Next, Target, change};
use crate::resources::calendar::Calendar;
use crate::resources::calendar::queries::{Made, Stored};
use crate::resources::calendar::record::Record;
use crate::store::{Owned, StoreError};

impl Item for Stored {
    type Kind = Calendar;
    type Key = Within;
    const NAME: &'static str = "event";

    fn load(on: &mut Owned<'_, Calendar, Write>, key: Within) -> Result<Self, StoreError> {
        key.recorded(on).map(Stored::knowing)
    }

    fn changed(&self) -> i64 {
        self.row.changed
    }

    fn bytes(&self) -> usize {
        self.record.len()
    }
}

/// The record of what is stored.
pub(super) fn record_of(stored: &Stored) -> Result<Record, Problem> {
    Record::stored(&stored.record).map_err(|fault| Problem::internal(format!("event {}: {fault}", stored.row.id)))
}

/// What a change makes of a record.
pub(super) fn made(record: &Record, before: &Record) -> Result<Made, Problem> {
    record.affordable(before)?;
    Made::of(record)
}
