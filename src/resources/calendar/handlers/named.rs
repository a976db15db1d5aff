//! The event that a path names: by itself, or as one of a calendar. Graph's programs take an event by the path that they listed it by.

use actix_web::HttpRequest;
use actix_web::web::Path;
use serde::Deserialize;

use crate::access::Grant;
use crate::problem::Problem;
use crate::resources::calendar::Calendar;
use crate::resources::calendar::instances::EventId;
use crate::resources::calendar::queries;
use crate::resources::calendar::which::Which;
use crate::store::{Owned, Reads, Store, StoreError};

/// `{event}` of a path, whatever else is in it.
#[derive(Debug, Deserialize)]
pub struct Named {
    event: String,
}

/// Its id. What is not in the calendar of the path is not there.
pub(super) async fn named<A: Reads>(
    grant: &Grant<Calendar, A>,
    store: &Store,
    path: &Path<Named>,
    request: &HttpRequest,
) -> Result<EventId, Problem> {
    let (id, which) = (EventId::parse(&path.event).ok_or(StoreError::NotFound)?, Which::of(request)?);
    if which == Which::All {
        return Ok(id);
    }
    let event = id.event;
    let query = move |on: &mut Owned<'_, Calendar, A>| -> Result<_, StoreError> {
        // What is shown of it is counted where it is shown.
        on.gave(0);
        let calendar = queries::find(on, event)?.calendar;
        if which.calendar(on.person()) == Some(calendar) { Ok(()) } else { Err(StoreError::NotFound) }
    };
    store.point(grant, query).await?;
    Ok(id)
}
