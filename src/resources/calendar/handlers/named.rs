//! The event that a path names: by itself, or as one of a calendar. Graph's programs take an event by the path that they listed it by.

use actix_web::HttpRequest;
use actix_web::web::Path;
use serde::Deserialize;

use crate::access::Access;
use crate::problem::Problem;
use crate::resources::calendar::Calendar;
use crate::resources::calendar::instances::EventId;
use crate::resources::calendar::queries::{self, Row, Stored};
use crate::resources::calendar::which::Which;
use crate::store::columns::Uid;
use crate::store::{Owned, StoreError};

/// `{event}` of a path, whatever else is in it.
#[derive(Debug, Deserialize)]
pub struct Named {
    event: String,
}

/// Its id, and in which calendar it has to be.
pub(super) fn named(path: &Path<Named>, request: &HttpRequest) -> Result<(EventId, Within), Problem> {
    let id = EventId::parse(&path.event).ok_or(StoreError::NotFound)?;
    Ok((id, Within { event: id.event, which: Which::of(request)? }))
}

/// An event of a calendar, or of any.
#[derive(Debug, Clone, Copy)]
pub struct Within {
    /// The event.
    pub event: Uid,
    which: Which,
}

impl Within {
    /// It, as lists show it.
    pub(super) fn find<A: Access>(self, on: &mut Owned<'_, Calendar, A>) -> Result<Row, StoreError> {
        let row = queries::find(on, self.event)?;
        self.check(on, &row)?;
        Ok(row)
    }

    /// It and its record.
    pub(super) fn recorded<A: Access>(self, on: &mut Owned<'_, Calendar, A>) -> Result<Stored, StoreError> {
        let stored = queries::recorded(on, self.event)?;
        self.check(on, &stored.row)?;
        Ok(stored)
    }

    /// Whether it is there, for who reads it by its id after that in the same transaction.
    pub(super) fn is_there<A: Access>(self, on: &mut Owned<'_, Calendar, A>) -> Result<(), StoreError> {
        if self.which == Which::All { Ok(()) } else { self.find(on).map(drop) }
    }

    /// What is not in the calendar of the path is not there: asked where the row is read, so that nobody moves it in between.
    fn check<A>(self, on: &Owned<'_, Calendar, A>, row: &Row) -> Result<(), StoreError> {
        let calendar = self.which.calendar(on.person());
        if calendar.is_none_or(|calendar| calendar == row.calendar) { Ok(()) } else { Err(StoreError::NotFound) }
    }
}
