//! The calendars' operations: parse → store → answer. Whatever has no `{calendar}` in its path is about the default one.

use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, ETAG, HeaderValue, LOCATION};
use actix_web::web::{Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::model::{Change, View};
use super::queries;
use crate::access::{Grant, Read, Write};
use crate::problem::Problem;
use crate::query::Options;
use crate::resources::calendar::{Calendar, queries as events};
use crate::resources::collection::{self, Collections, Walk};
use crate::resources::conditions::{Conditions, not_modified, prefers_minimal};
use crate::resources::idempotency::{self, Idempotency};
use crate::resources::shape::invalid;
use crate::resources::{accept, body};
use crate::store::columns::Uid;
use crate::store::{Halt, Owned, Store, StoreError};

/// The options of a list.
pub const OPTIONS: &[&str] = &["$select", "$top", "$skip", "$skiptoken", "$count"];

/// The calendar that the path names; none: the default one.
pub fn named(request: &HttpRequest) -> Result<Option<Uid>, Problem> {
    request.match_info().get("calendar").map(collection::id).transpose()
}

/// `GET /v1.0/me/calendars`
pub async fn list(
    grant: Grant<Calendar, Read>,
    store: Data<Store>,
    collections: Data<Collections>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    accept::json(request.headers())?;
    let options = Options::parse(request.query_string(), OPTIONS)?;
    let (view, walk) = (View::of(&grant, &options)?, Walk::<String>::of(&collections, &grant, &request, &options)?);
    let (after, window) = (walk.after().map(|id| Uid::parse(id).unwrap_or(Uid::FIRST)), walk.window());
    let sees = view.sees.clone();
    let query = move |on: &mut Owned<'_, Calendar, Read>| -> Result<_, StoreError> {
        let count = if window.counted { Some(queries::count(on)?) } else { None };
        let rows = queries::list(on, after, window.skip, window.limit)?;
        on.gave(window.shown(rows.len()));
        Ok((sees.whose(on)?, count, rows))
    };
    let (whose, count, rows) = store.read(&grant, query).await?;
    walk.answer(count, &rows, |row| view.json(row, &whose), |row| row.id.to_string())
}

/// `GET /v1.0/me/calendars/$count`
pub async fn count(
    grant: Grant<Calendar, Read>,
    store: Data<Store>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    accept::choose(request.headers(), &["text/plain", "application/json", "application/octet-stream"])?;
    Options::parse(request.query_string(), &[])?;
    let query = |on: &mut Owned<'_, Calendar, Read>| {
        on.gave(1);
        queries::count(on)
    };
    let count = store.read(&grant, query).await?;
    Ok(HttpResponse::Ok().insert_header((CONTENT_TYPE, "text/plain")).body(count.to_string()))
}

/// `POST /v1.0/me/calendars`
pub async fn create(
    grant: Grant<Calendar, Write>,
    store: Data<Store>,
    collections: Data<Collections>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    accept::json(request.headers())?;
    let view = View::of(&grant, &Options::parse(request.query_string(), &[])?)?;
    let given = body::object(&request, payload).await?;
    let change = Change::of(&given)?;
    let name = change.name.clone().ok_or_else(|| invalid("name", "is missing; a calendar has a name"))?;
    let again = Idempotency::of(&request, grant.holder(), collections.flights(), &given)?;
    let (id, once, sees) = (store.new_id(), again.once(), view.sees.clone());
    let insert = move |on: &mut Owned<'_, Calendar, Write>| {
        let make = |on: &mut Owned<'_, _, _>| Ok((id, queries::insert(on, id, &name, &change)?));
        let row = idempotency::made(on, once, queries::find, make)?;
        Ok((sees.whose(on)?, row))
    };
    let (whose, row) = store.write(&grant, insert).await.map_err(|halt: Halt<Problem>| Problem::from(halt))?;
    let mut response = view.answer(StatusCode::CREATED, &row, &whose);
    let location = HeaderValue::try_from(collections.address(&format!("/v1.0/me/calendars/{}", row.id)));
    response.headers_mut().insert(LOCATION, location.map_err(|fault| Problem::internal(fault.to_string()))?);
    Ok(response)
}

/// `GET /v1.0/me/calendars/{id}`, and `GET /v1.0/me/calendar`
pub async fn get(
    grant: Grant<Calendar, Read>,
    store: Data<Store>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    accept::json(request.headers())?;
    let view = View::of(&grant, &Options::parse(request.query_string(), &["$select"])?)?;
    let (named, sees) = (named(&request)?, view.sees.clone());
    let find = move |on: &mut Owned<'_, Calendar, Read>| {
        let id = named.unwrap_or(on.person().uid);
        Ok::<_, StoreError>((sees.whose(on)?, queries::find(on, id)?))
    };
    let (whose, row) = store.point(&grant, find).await?;
    let etag = view.etag(row.changed, &whose);
    if not_modified(request.headers(), etag)? {
        return Ok(HttpResponse::NotModified().insert_header((ETAG, etag.to_string())).finish());
    }
    Ok(view.answer(StatusCode::OK, &row, &whose))
}

/// `PATCH /v1.0/me/calendars/{id}`, and `PATCH /v1.0/me/calendar`
pub async fn patch(
    grant: Grant<Calendar, Write>,
    store: Data<Store>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    accept::json(request.headers())?;
    let view = View::of(&grant, &Options::parse(request.query_string(), &[])?)?;
    let (named, conditions) = (named(&request)?, Conditions::of(request.headers())?);
    let change = Change::of(&body::object(&request, payload).await?)?;
    let sees = view.sees.clone();
    let update = move |on: &mut Owned<'_, Calendar, Write>| {
        let id = named.unwrap_or(on.person().uid);
        let row = queries::update(on, id, &change, &conditions)?;
        Ok((sees.whose(on)?, row))
    };
    let (whose, row) = store.write(&grant, update).await.map_err(|halt: Halt<Problem>| Problem::from(halt))?;
    if prefers_minimal(request.headers()) {
        let mut response = HttpResponse::NoContent();
        response.insert_header((ETAG, view.etag(row.changed, &whose).to_string()));
        return Ok(response.insert_header(("Preference-Applied", "return=minimal")).finish());
    }
    Ok(view.answer(StatusCode::OK, &row, &whose))
}

/// `DELETE /v1.0/me/calendars/{id}`. The events go by turns, each of its own, so that others' writes get theirs; whoever asks again
/// after a failure finds fewer of them, and the calendar last of all.
pub async fn delete(
    grant: Grant<Calendar, Write>,
    store: Data<Store>,
    calendar: Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    Options::parse(request.query_string(), &[])?;
    let (id, mut conditions) = (collection::id(&calendar)?, Conditions::of(request.headers())?);
    loop {
        // Read before the turn: what their records say takes its time, and others' writes wait for none of it.
        let going = store.read(&grant, move |on| events::going(on, id)).await?;
        let turn = move |on: &mut Owned<'_, Calendar, Write>| {
            let old = queries::removable(on, id, &conditions)?;
            let cleared = events::clear(on, id, &going)?;
            on.gave(cleared.events);
            if cleared.is_whole {
                queries::delete(on, &old)?;
                on.gave(1);
            }
            Ok::<_, Halt<Problem>>(cleared.is_whole)
        };
        if store.write(&grant, turn).await? {
            return Ok(HttpResponse::NoContent().finish());
        }
        // What was asked of the calendar was asked of it as it was at first.
        conditions = Conditions::default();
    }
}
