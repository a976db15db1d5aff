//! `GET, PATCH, DELETE /v1.0/me/events/{id}`, and of the event as one of a calendar.

use actix_web::http::StatusCode;
use actix_web::http::header::ETAG;
use actix_web::web::{Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Map, Value};

use super::attempt::{Next, Target, change, made, record_of};
use super::named::{Named, Within, named};
use super::{changed, export, following, located, occurrence, shown};
use crate::access::{Grant, Read, Write};
use crate::config::Limits;
use crate::problem::Problem;
use crate::query::Options;
use crate::resources::apart::{announced, apart};
use crate::resources::calendar::Calendar;
use crate::resources::calendar::instances::{EventId, Instance, Original};
use crate::resources::calendar::model::{self, View};
use crate::resources::calendar::queries::{self, Made, Row, Stored};
use crate::resources::calendar::record::When;
use crate::resources::calendar::zone::Zone;
use crate::resources::collection::Collections;
use crate::resources::conditions::{Conditions, not_modified, prefers_minimal};
use crate::resources::{accept, body};
use crate::store::columns::Uid;
use crate::store::{Owned, Store};

/// `GET /v1.0/me/events/{id}`
pub async fn get(
    grant: Grant<Calendar, Read>,
    store: Data<Store>,
    path: Path<Named>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let is_calendar = export::is_asked(request.headers())?;
    let (EventId { original, .. }, within) = named(&path, &request)?;
    if is_calendar {
        return export::one(&grant, &store, within, &request).await;
    }
    let options = Options::parse(request.query_string(), &["$select"])?;
    let view = View::of(&grant, &options, request.headers())?;
    let (row, instance) = match original {
        None => (store.point(&grant, move |on| within.find(on)).await?, None),
        Some(original) => {
            let stored = store.point(&grant, move |on| within.recorded(on)).await?;
            let zone = view.preferences().zone();
            let (row, instance) = apart(stored.record.len(), move || one(&stored, original, &zone)).await??;
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
fn one(stored: &Stored, original: Original, zone: &Zone) -> Result<(Row, Instance), Problem> {
    let record = record_of(stored)?;
    let (when, instance) = occurrence::found(&record, original, zone)?;
    Ok((stored.row.instance(&record.exceptions(), &when), instance))
}

/// `PATCH /v1.0/me/events/{id}`
pub async fn patch(
    grant: Grant<Calendar, Write>,
    store: Data<Store>,
    (collections, limits): (Data<Collections>, Data<Limits>),
    path: Path<Named>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    accept::json(request.headers())?;
    let options = Options::parse(request.query_string(), following::OPTIONS)?;
    let (view, follows) = (View::of(&grant, &options, request.headers())?, following::asked(&options)?);
    let (EventId { original, .. }, key) = named(&path, &request)?;
    let conditions = Conditions::of(request.headers())?;
    let changes = body::object(&request, payload).await?;
    let target = Target { key, conditions: &conditions, bytes: announced(&request) };
    let (row, instance, is_new) = match original {
        None => (merged(&grant, &store, target, changes).await?, None, false),
        Some(original) if follows => {
            let first = (original, limits.quota_events);
            let (row, is_new) = following::changed(&grant, &store, target, first, changes).await?;
            (row, None, is_new)
        }
        Some(original) => {
            let one = (original, view.preferences().zone());
            let (row, instance) = occurrence::merged(&grant, &store, target, one, changes).await?;
            (row, Some(instance), false)
        }
    };
    let status = if is_new { StatusCode::CREATED } else { StatusCode::OK };
    let answer = if prefers_minimal(request.headers()) {
        changed(&row, &view)
    } else {
        shown(status, &row, instance.as_ref(), &view)?
    };
    if is_new { located(answer, &collections, row.id) } else { Ok(answer) }
}

/// `DELETE /v1.0/me/events/{id}`
pub async fn delete(
    grant: Grant<Calendar, Write>,
    store: Data<Store>,
    path: Path<Named>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let follows = following::asked(&Options::parse(request.query_string(), following::OPTIONS)?)?;
    let (EventId { original, .. }, key) = named(&path, &request)?;
    let conditions = Conditions::of(request.headers())?;
    let target = Target { key, conditions: &conditions, bytes: 0 };
    match original {
        None => change(&grant, &store, target, |old| Ok(Next::Write((old, None))), occurrence::left).await?,
        Some(original) if follows => following::cancelled(&grant, &store, target, original).await?,
        Some(original) => occurrence::cancelled(&grant, &store, target, original).await?,
    }
    Ok(HttpResponse::NoContent().finish())
}

/// Merges `changes` into the event.
async fn merged(
    grant: &Grant<Calendar, Write>,
    store: &Store,
    target: Target<'_, Within>,
    mut changes: Map<String, Value>,
) -> Result<Row, Problem> {
    let (calendar, now) = (model::take_calendar(&mut changes)?, When::utc(store.now().datetime().naive_utc()));
    let prepare = move |old: Stored| {
        let before = record_of(&old)?;
        let mut record = before.clone();
        record.merge(&changes)?;
        let calendar = calendar.unwrap_or(old.row.calendar);
        // A change that changes nothing makes no new version.
        if record == before && calendar == old.row.calendar {
            return Ok(Next::Done(old.row));
        }
        record.revise(&before, &now);
        let made = made(&record, &before)?;
        Ok(Next::Write((old, made, calendar)))
    };
    let write = |on: &mut Owned<'_, Calendar, Write>, (old, made, calendar): &(Stored, Made, Uid)| {
        queries::calendar_is_there(on, *calendar).map_err(model::calendar_fault)?;
        let row = queries::replace(on, old, *calendar, made)?;
        on.gave(row.is_some().into());
        Ok(row)
    };
    change(grant, store, target, prepare, write).await
}
