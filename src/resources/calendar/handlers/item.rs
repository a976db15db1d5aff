//! `GET, PATCH, DELETE /v1.0/me/events/{id}`.

use actix_web::http::StatusCode;
use actix_web::http::header::ETAG;
use actix_web::web::{Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Map, Value};

use super::attempt::{Next, Target, change, record_of};
use super::{changed, export, shown};
use crate::access::{Grant, Read, Write};
use crate::problem::Problem;
use crate::query::Options;
use crate::resources::apart::{announced, apart};
use crate::resources::calendar::Calendar;
use crate::resources::calendar::instances::{Course, EventId, Instance, Original};
use crate::resources::calendar::model::{self, View};
use crate::resources::calendar::queries::{self, Made, Row, Stored};
use crate::resources::calendar::zone::Zone;
use crate::resources::conditions::{Conditions, not_modified, prefers_minimal};
use crate::resources::{accept, body, collection};
use crate::store::columns::Uid;
use crate::store::{Halt, Owned, Store, StoreError};

/// `GET /v1.0/me/events/{id}`
pub async fn get(
    grant: Grant<Calendar, Read>,
    store: Data<Store>,
    id: Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    if export::is_asked(request.headers())? {
        return export::one(&grant, &store, &id, &request).await;
    }
    let options = Options::parse(request.query_string(), &["$select"])?;
    let view = View::of(&grant, &options, request.headers())?;
    let EventId { event, original } = EventId::parse(&id).ok_or(StoreError::NotFound)?;
    let (row, instance) = match original {
        None => (store.point(&grant, move |on| queries::find(on, event)).await?, None),
        Some(original) => {
            let stored = store.point(&grant, move |on| queries::recorded(on, event)).await?;
            let zone = view.preferences().zone();
            let (row, instance) = apart(stored.record.len(), move || one(stored, original, &zone)).await??;
            (row, Some(instance))
        }
    };
    let etag = view.etag(row.changed);
    if not_modified(request.headers(), etag)? {
        return Ok(HttpResponse::NotModified().insert_header((ETAG, etag.to_string())).finish());
    }
    shown(StatusCode::OK, &row, instance.as_ref(), &view)
}

/// One instance of a series, and the row that says what it is like.
fn one(stored: Stored, original: Original, zone: &Zone) -> Result<(Row, Instance), Problem> {
    let record = record_of(&stored)?;
    let found = Course::of(&record, zone).and_then(|course| course.one(original));
    let (when, instance) = found.ok_or(StoreError::NotFound)?;
    let row = if instance.is_exception { stored.row.exception(&record, &when) } else { Some(stored.row) };
    Ok((row.ok_or(StoreError::NotFound)?, instance))
}

/// `PATCH /v1.0/me/events/{id}`
pub async fn patch(
    grant: Grant<Calendar, Write>,
    store: Data<Store>,
    id: Path<String>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    accept::json(request.headers())?;
    let options = Options::parse(request.query_string(), &[])?;
    let (view, id) = (View::of(&grant, &options, request.headers())?, collection::id(&id)?);
    let conditions = Conditions::of(request.headers())?;
    let changes = body::object(&request, payload).await?;
    let target = Target { id, conditions: &conditions, bytes: announced(&request) };
    let row = merged(&grant, &store, target, changes).await?;
    if prefers_minimal(request.headers()) {
        return Ok(changed(&row, &view));
    }
    shown(StatusCode::OK, &row, None, &view)
}

/// `DELETE /v1.0/me/events/{id}`
pub async fn delete(
    grant: Grant<Calendar, Write>,
    store: Data<Store>,
    id: Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    Options::parse(request.query_string(), &[])?;
    let id = collection::id(&id)?;
    let conditions = Conditions::of(request.headers())?;
    let target = Target { id, conditions: &conditions, bytes: 0 };
    let delete = |on: &mut Owned<'_, Calendar, Write>, old: &Stored| {
        let is_done = queries::delete(on, old)?;
        on.gave(is_done.into());
        Ok(is_done.then_some(()))
    };
    change(&grant, &store, target, |old| Ok(Next::Write(old)), delete).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Merges `changes` into the event.
async fn merged(
    grant: &Grant<Calendar, Write>,
    store: &Store,
    target: Target<'_>,
    mut changes: Map<String, Value>,
) -> Result<Row, Problem> {
    let calendar = model::take_calendar(&mut changes)?;
    let prepare = move |old: Stored| {
        let mut record = record_of(&old)?;
        record.merge(&changes)?;
        let (made, calendar) = (Made::of(&record)?, calendar.unwrap_or(old.row.calendar));
        // A change that changes nothing makes no new version.
        let is_same = made.record() == old.record && calendar == old.row.calendar;
        Ok(if is_same { Next::Done(old.row) } else { Next::Write((old, made, calendar)) })
    };
    let write = |on: &mut Owned<'_, Calendar, Write>, (old, made, calendar): &(Stored, Made, Uid)| {
        queries::calendar_is_there(on, *calendar).map_err(no_calendar)?;
        let row = queries::replace(on, old, *calendar, made)?;
        on.gave(row.is_some().into());
        Ok(row)
    };
    change(grant, store, target, prepare, write).await
}

/// That a body names a calendar that is not there: the event is.
fn no_calendar(fault: StoreError) -> Halt<Problem> {
    match fault {
        StoreError::NotFound => Halt::Refused(model::no_calendar()),
        fault => fault.into(),
    }
}
