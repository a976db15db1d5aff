//! `GET …/calendarView`, of everything or of a calendar, and `GET …/events/{id}/instances`: what happens in a window of time, each
//! instance by itself.

use actix_web::http::header::{ETAG, HeaderValue};
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};

use super::list::unchanged;
use super::looked::Looked;
use super::named::{Named, named};
use crate::access::{Grant, Read};
use crate::config::Limits;
use crate::problem::Problem;
use crate::resources::calendar::Calendar;
use crate::resources::calendar::instances::EventId;
use crate::resources::calendar::queries;
use crate::resources::calendar::which::Which;
use crate::resources::collection::Collections;
use crate::store::{Owned, Store, StoreError};

/// The options of a view.
pub const VIEW_OPTIONS: &[&str] = &["startDateTime", "endDateTime", "$select", "$top", "$orderby", "$skiptoken"];

/// `GET /v1.0/me/calendarView`, `GET /v1.0/me/calendar/calendarView` and `GET /v1.0/me/calendars/{calendar}/calendarView`
pub async fn view(
    grant: Grant<Calendar, Read>,
    store: Data<Store>,
    collections: Data<Collections>,
    limits: Data<Limits>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let which = Which::of(&request)?;
    let looked = Looked::of(&grant, &collections, &limits, &request, VIEW_OPTIONS)?;
    let mut asked = looked.asked(looked.after()?);
    if let Some(current) = unchanged(&grant, &store, request.headers(), &looked.view, which).await? {
        return Ok(current);
    }
    let query = move |on: &mut Owned<'_, Calendar, Read>| -> Result<_, StoreError> {
        asked.calendar = which.calendar(on.person());
        queries::are_there(on, asked.calendar)?;
        // Before the rows: a change between the two makes the tag older than the page, never newer.
        let seq = on.seq()?;
        let (found, place) = queries::window(on, &asked)?;
        on.gave(found.len());
        Ok((seq, found, place))
    };
    let (seq, found, place) = store.read(&grant, query).await?;
    let mut response = looked.answer(&found, place)?;
    let etag = HeaderValue::try_from(looked.view.etag(seq).to_string());
    response.headers_mut().insert(ETAG, etag.map_err(|fault| Problem::internal(fault.to_string()))?);
    Ok(response)
}

/// `GET /v1.0/me/events/{id}/instances`
pub async fn instances(
    grant: Grant<Calendar, Read>,
    store: Data<Store>,
    collections: Data<Collections>,
    limits: Data<Limits>,
    path: Path<Named>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let (EventId { event: id, original: None }, within) = named(&path, &request)? else {
        return Err(StoreError::NotFound.into());
    };
    let looked = Looked::of(&grant, &collections, &limits, &request, VIEW_OPTIONS)?;
    let asked = looked.asked(looked.after()?);
    let query = move |on: &mut Owned<'_, Calendar, Read>| -> Result<_, StoreError> {
        within.is_there(on)?;
        let (found, place) = queries::instances(on, id, &asked)?;
        on.gave(found.len());
        Ok((found, place))
    };
    let (found, place) = store.read(&grant, query).await?;
    looked.answer(&found, place)
}
