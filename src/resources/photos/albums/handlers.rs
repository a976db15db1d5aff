//! The albums' operations: parse → store → answer.

use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, ETAG, HeaderValue, LOCATION};
use actix_web::web::{Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::model::{self, Change, View};
use super::queries::{self, Row};
use super::within;
use crate::access::{Grant, Read, Write};
use crate::problem::Problem;
use crate::query::Options;
use crate::resources::collection;
use crate::resources::collection::{Collections, Links, Listing, Round, Walk, answer, asked, lost, whose};
use crate::resources::conditions::{Conditions, not_modified, prefers_minimal};
use crate::resources::idempotency::{self, Idempotency};
use crate::resources::photos::Photos;
use crate::resources::shape::invalid;
use crate::resources::{accept, body};
use crate::store::columns::Uid;
use crate::store::{Halt, Owned, Store, StoreError};

/// The options of a list.
pub const OPTIONS: &[&str] = &["$select", "$top", "$skip", "$skiptoken", "$count"];
/// The options of a round.
pub const DELTA_OPTIONS: &[&str] = &["$select", "$top", "$skiptoken", "$deltatoken"];

/// `GET /v1.0/me/albums`
pub async fn list(
    grant: Grant<Photos, Read>,
    store: Data<Store>,
    collections: Data<Collections>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    accept::json(request.headers())?;
    let options = Options::parse(request.query_string(), OPTIONS)?;
    let (view, walk) = (View::of(&options)?, Walk::<String>::of(&collections, &grant, &request, &options)?);
    let (after, window) = (walk.after().and_then(|id| Uid::parse(id)).unwrap_or(Uid::FIRST), walk.window());
    let query = move |on: &mut Owned<'_, Photos, Read>| -> Result<_, StoreError> {
        let count = if window.counted { Some(queries::count(on)?) } else { None };
        let rows = queries::list(on, after, window.skip, window.limit)?;
        on.gave(window.shown(rows.len()));
        Ok((count, rows))
    };
    let (count, rows) = store.read(&grant, query).await?;
    walk.answer(count, &rows, |row| view.json(row), |row| row.id.to_string())
}

/// `GET /v1.0/me/albums/$count`
pub async fn count(
    grant: Grant<Photos, Read>,
    store: Data<Store>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    accept::choose(request.headers(), &["text/plain", "application/json", "application/octet-stream"])?;
    Options::parse(request.query_string(), &[])?;
    let count = |on: &mut Owned<'_, Photos, Read>| {
        on.gave(1);
        queries::count(on)
    };
    let count = store.read(&grant, count).await?;
    Ok(HttpResponse::Ok().insert_header((CONTENT_TYPE, "text/plain")).body(count.to_string()))
}

/// `POST /v1.0/me/albums`
pub async fn create(
    grant: Grant<Photos, Write>,
    store: Data<Store>,
    collections: Data<Collections>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    accept::json(request.headers())?;
    let view = View::of(&Options::parse(request.query_string(), &[])?)?;
    let given = body::object(&request, payload).await?;
    let change = Change::of(&given)?;
    let name = change.name.ok_or_else(|| invalid("name", "is missing; an album has a name"))?;
    if change.cover.flatten().is_some() {
        return Err(model::no_cover());
    }
    let description = change.description.unwrap_or_default();
    let again = Idempotency::of(&request, grant.holder(), collections.flights(), &given)?;
    let (id, once) = (store.new_id(), again.once());
    let insert = move |on: &mut Owned<'_, Photos, Write>| {
        idempotency::made(on, once, queries::find, |on| Ok((id, queries::insert(on, id, &name, &description)?)))
    };
    let row = store.write(&grant, insert).await.map_err(|halt: Halt<Problem>| Problem::from(halt))?;
    let mut response = view.answer(StatusCode::CREATED, &row);
    let location = HeaderValue::try_from(collections.address(&format!("/v1.0/me/albums/{}", row.id)));
    response.headers_mut().insert(LOCATION, location.map_err(|fault| Problem::internal(fault.to_string()))?);
    Ok(response)
}

/// `GET /v1.0/me/albums/{id}`
pub async fn get(
    grant: Grant<Photos, Read>,
    store: Data<Store>,
    album: Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    accept::json(request.headers())?;
    let view = View::of(&Options::parse(request.query_string(), &["$select"])?)?;
    let id = collection::id(&album)?;
    let row = store.point(&grant, move |on: &mut Owned<'_, Photos, Read>| queries::find(on, id)).await?;
    let etag = view.etag(row.changed);
    if not_modified(request.headers(), etag)? {
        return Ok(HttpResponse::NotModified().insert_header((ETAG, etag.to_string())).finish());
    }
    Ok(view.answer(StatusCode::OK, &row))
}

/// `PATCH /v1.0/me/albums/{id}`
pub async fn patch(
    grant: Grant<Photos, Write>,
    store: Data<Store>,
    album: Path<String>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    accept::json(request.headers())?;
    Options::parse(request.query_string(), &[])?;
    let (id, conditions) = (collection::id(&album)?, Conditions::of(request.headers())?);
    let change = Change::of(&body::object(&request, payload).await?)?;
    let write = move |on: &mut Owned<'_, Photos, Write>| queries::change(on, id, &change, &conditions);
    let row = store.write(&grant, write).await.map_err(|halt: Halt<Problem>| Problem::from(halt))?;
    changed(&request, &row)
}

/// `DELETE /v1.0/me/albums/{id}`. What is in it leaves it by turns; whoever asks again after a failure finds less in it, and the
/// album last of all.
pub async fn delete(
    grant: Grant<Photos, Write>,
    store: Data<Store>,
    album: Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    Options::parse(request.query_string(), &[])?;
    let (id, mut conditions) = (collection::id(&album)?, Conditions::of(request.headers())?);
    loop {
        let turn = move |on: &mut Owned<'_, Photos, Write>| within::clear(on, id, &conditions);
        if store.write(&grant, turn).await.map_err(|halt: Halt<Problem>| Problem::from(halt))? {
            return Ok(HttpResponse::NoContent().finish());
        }
        // What was asked of the album was asked of it as it was at first.
        conditions = Conditions::default();
    }
}

/// `POST /v1.0/me/albums/{id}/photos`
pub async fn add(
    grant: Grant<Photos, Write>,
    store: Data<Store>,
    album: Path<String>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    accept::json(request.headers())?;
    Options::parse(request.query_string(), &[])?;
    let (id, conditions) = (collection::id(&album)?, Conditions::of(request.headers())?);
    let ids = model::ids(&body::object(&request, payload).await?)?;
    let write = move |on: &mut Owned<'_, Photos, Write>| within::add(on, id, &ids, &conditions);
    let row = store.write(&grant, write).await.map_err(|halt: Halt<Problem>| Problem::from(halt))?;
    changed(&request, &row)
}

/// `DELETE /v1.0/me/albums/{id}/photos/{photo}`
pub async fn take_out(
    grant: Grant<Photos, Write>,
    store: Data<Store>,
    path: Path<(String, String)>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    Options::parse(request.query_string(), &[])?;
    let (album, photo) = (collection::id(&path.0)?, collection::id(&path.1)?);
    let conditions = Conditions::of(request.headers())?;
    let write = move |on: &mut Owned<'_, Photos, Write>| within::take_out(on, album, photo, &conditions);
    store.write(&grant, write).await.map_err(|halt: Halt<Problem>| Problem::from(halt))?;
    Ok(HttpResponse::NoContent().finish())
}

/// The answer to a change.
fn changed(request: &HttpRequest, row: &Row) -> Result<HttpResponse, Problem> {
    let view = View::of(&Options::default())?;
    if prefers_minimal(request.headers()) {
        let mut response = HttpResponse::NoContent();
        response.insert_header((ETAG, view.etag(row.changed).to_string()));
        return Ok(response.insert_header(("Preference-Applied", "return=minimal")).finish());
    }
    Ok(view.answer(StatusCode::OK, row))
}

/// `GET /v1.0/me/albums/delta`
pub async fn delta(
    grant: Grant<Photos, Read>,
    store: Data<Store>,
    collections: Data<Collections>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    accept::json(request.headers())?;
    let options = Options::parse(request.query_string(), DELTA_OPTIONS)?;
    let (view, page) = (View::of(&options)?, asked(&options, request.headers(), &collections)?);
    let links = Links::new(&collections, request.path(), &options, &whose(&grant));
    let round = Round::asked(&options, &links, store.now())?;
    let (size, at) = (usize::try_from(page.size).unwrap_or(1), round.clone());
    let limit = i64::try_from(page.size).unwrap_or(i64::MAX).saturating_add(1);
    let query = move |on: &mut Owned<'_, Photos, Read>| {
        let stretch = at.stretch(on.seq()?).ok_or_else(|| Halt::Refused(lost()))?;
        let changes = queries::changes(on, stretch, limit)?;
        on.gave(changes.len().min(size));
        Ok::<_, Halt<Problem>>((stretch, changes))
    };
    let (stretch, changes) = store.read(&grant, query).await?;
    let (changes, more) = changes.split_at_checked(size).unwrap_or((&changes, &[]));
    let mut listing = Listing::new(None, changes.len() * 320);
    for (_, album, row) in changes {
        match row {
            Some(row) => listing.item().extend_from_slice(view.json(row).to_string().as_bytes()),
            None => listing.removed(*album, "deleted"),
        }
    }
    let place = changes.last().filter(|_| !more.is_empty()).map(|(change, album, _)| (*change, *album));
    let (member, link) = round.link(&links, stretch, place)?;
    Ok(answer(listing.end(Some((member, &link))), page.preferred))
}
