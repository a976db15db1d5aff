//! The folders' operations: parse → store → answer.

use actix_web::http::StatusCode;
use actix_web::http::header::{ETAG, HeaderValue, LOCATION};
use actix_web::web::{Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::Folders;
use super::model::{self, View};
use super::queries;
use crate::access::{Grant, Read, Write};
use crate::blobs::Blobs;
use crate::problem::Problem;
use crate::query::Options;
use crate::resources::collection;
use crate::resources::collection::{Collections, Links, Listing, Round, Walk, answer, asked, lost, whose};
use crate::resources::conditions::{Conditions, not_modified, prefers_minimal};
use crate::resources::contacts::{Contacts, queries as contacts};
use crate::resources::idempotency::{self, Idempotency};
use crate::resources::photo::keep;
use crate::resources::shape::invalid;
use crate::resources::{accept, body};
use crate::store::columns::Uid;
use crate::store::{Halt, Owned, Store, StoreError};

/// The options of a list.
pub const OPTIONS: &[&str] = &["$select", "$top", "$skip", "$skiptoken", "$count"];
/// The options of a round.
pub const DELTA_OPTIONS: &[&str] = &["$select", "$top", "$skiptoken", "$deltatoken"];

/// `GET /v1.0/me/contactFolders`
pub async fn list(
    grant: Grant<Folders, Read>,
    store: Data<Store>,
    collections: Data<Collections>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    accept::json(request.headers())?;
    let options = Options::parse(request.query_string(), OPTIONS)?;
    let (view, walk) = (View::of(&options)?, Walk::<String>::of(&collections, &grant, &request, &options)?);
    let (after, window) = (walk.after().and_then(|id| Uid::parse(id)).unwrap_or(Uid::FIRST), walk.window());
    let query = move |on: &mut Owned<'_, Folders, Read>| -> Result<_, StoreError> {
        let count = if window.counted { Some(queries::count(on)?) } else { None };
        let rows = queries::list(on, after, window.skip, window.limit)?;
        on.gave(window.shown(rows.len()));
        Ok((on.person(), count, rows))
    };
    let (person, count, rows) = store.read(&grant, query).await?;
    walk.answer(count, &rows, |row| view.json(row, person), |row| row.id.to_string())
}

/// `POST /v1.0/me/contactFolders`
pub async fn create(
    grant: Grant<Contacts, Write>,
    store: Data<Store>,
    collections: Data<Collections>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    accept::json(request.headers())?;
    let view = View::of(&Options::parse(request.query_string(), &[])?)?;
    let given = body::object(&request, payload).await?;
    let name = model::name(&given)?.ok_or_else(|| invalid("displayName", "is missing; a folder has a name"))?;
    let again = Idempotency::of(&request, grant.holder(), collections.flights(), &given)?;
    let (id, once) = (store.new_id(), again.once());
    let insert = move |on: &mut Owned<'_, Contacts, Write>| {
        let make = |on: &mut Owned<'_, _, _>| Ok((id, queries::insert(on, id, &name)?));
        Ok((on.person(), idempotency::made(on, once, queries::find, make)?))
    };
    let (person, row) = store.write(&grant, insert).await.map_err(|halt: Halt<Problem>| Problem::from(halt))?;
    let mut response = view.answer(StatusCode::CREATED, &row, person);
    let location = HeaderValue::try_from(collections.address(&format!("/v1.0/me/contactFolders/{}", row.id)));
    response.headers_mut().insert(LOCATION, location.map_err(|fault| Problem::internal(fault.to_string()))?);
    Ok(response)
}

/// `GET /v1.0/me/contactFolders/{id}`
pub async fn get(
    grant: Grant<Folders, Read>,
    store: Data<Store>,
    folder: Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    accept::json(request.headers())?;
    let view = View::of(&Options::parse(request.query_string(), &["$select"])?)?;
    let id = collection::id(&folder)?;
    let find = move |on: &mut Owned<'_, Folders, Read>| Ok::<_, StoreError>((on.person(), queries::find(on, id)?));
    let (person, row) = store.point(&grant, find).await?;
    let etag = view.etag(row.changed);
    if not_modified(request.headers(), etag)? {
        return Ok(HttpResponse::NotModified().insert_header((ETAG, etag.to_string())).finish());
    }
    Ok(view.answer(StatusCode::OK, &row, person))
}

/// `PATCH /v1.0/me/contactFolders/{id}`
pub async fn patch(
    grant: Grant<Contacts, Write>,
    store: Data<Store>,
    folder: Path<String>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    accept::json(request.headers())?;
    let view = View::of(&Options::parse(request.query_string(), &[])?)?;
    let (id, conditions) = (collection::id(&folder)?, Conditions::of(request.headers())?);
    let name = model::name(&body::object(&request, payload).await?)?;
    let rename = move |on: &mut Owned<'_, Contacts, Write>| {
        Ok((on.person(), queries::rename(on, id, name.as_deref(), &conditions)?))
    };
    let (person, row) = store.write(&grant, rename).await.map_err(|halt: Halt<Problem>| Problem::from(halt))?;
    if prefers_minimal(request.headers()) {
        let mut response = HttpResponse::NoContent();
        response.insert_header((ETAG, view.etag(row.changed).to_string()));
        return Ok(response.insert_header(("Preference-Applied", "return=minimal")).finish());
    }
    Ok(view.answer(StatusCode::OK, &row, person))
}

/// `DELETE /v1.0/me/contactFolders/{id}`. The contacts go by turns, each of its own, so that others' writes get theirs; whoever
/// asks again after a failure finds fewer of them, and the folder last of all.
pub async fn delete(
    grant: Grant<Contacts, Write>,
    store: Data<Store>,
    blobs: Data<Blobs>,
    folder: Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    Options::parse(request.query_string(), &[])?;
    let (id, mut conditions) = (collection::id(&folder)?, Conditions::of(request.headers())?);
    loop {
        // Read before the turn: what their records say takes its time, and others' writes wait for none of it.
        let going = store.read(&grant, move |on| contacts::going(on, id)).await?;
        let turn = move |on: &mut Owned<'_, Contacts, Write>| {
            let old = queries::allowed(on, id, &conditions)?;
            let cleared = contacts::clear(on, id, &going)?;
            on.gave(cleared.contacts);
            if cleared.is_whole {
                queries::delete(on, &old)?;
                on.gave(1);
            }
            Ok::<_, Halt<Problem>>(cleared)
        };
        let cleared = store.write(&grant, turn).await?;
        for blob in cleared.blobs {
            keep::discard(&blobs, blob).await;
        }
        if cleared.is_whole {
            return Ok(HttpResponse::NoContent().finish());
        }
        // What was asked of the folder was asked of it as it was at first.
        conditions = Conditions::default();
    }
}

/// `GET /v1.0/me/contactFolders/delta`
pub async fn delta(
    grant: Grant<Folders, Read>,
    store: Data<Store>,
    collections: Data<Collections>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    accept::json(request.headers())?;
    let options = Options::parse(request.query_string(), DELTA_OPTIONS)?;
    let (view, page) = (View::of(&options)?, asked(&options, request.headers(), &collections)?);
    let links = Links::new(&collections, request.path(), &options, &whose(&grant));
    let round = Round::asked(&options, &links, store.now())?;
    let (at, size) = (round.clone(), number(page.size));
    let query = move |on: &mut Owned<'_, Folders, Read>| {
        let stretch = at.stretch(on.seq()?).ok_or_else(|| Halt::Refused(lost()))?;
        let changes = queries::changes(on, stretch, size.saturating_add(1))?;
        on.gave(changes.len().min(usize::try_from(size).unwrap_or(usize::MAX)));
        Ok::<_, Halt<Problem>>((on.person(), stretch, changes))
    };
    let (person, stretch, changes) = store.read(&grant, query).await?;
    let size = usize::try_from(size).unwrap_or(1);
    let mut listing = Listing::new(None, changes.len() * 320);
    for (_, folder, row) in changes.iter().take(size) {
        match row {
            Some(row) => listing.item().extend_from_slice(view.json(row, person).to_string().as_bytes()),
            None => listing.removed(*folder, "deleted"),
        }
    }
    let last = changes.get(size.wrapping_sub(1)).filter(|_| changes.len() > size);
    let (member, link) = round.link(&links, stretch, last.map(|(number, folder, _)| (*number, *folder)))?;
    Ok(answer(listing.end(Some((member, &link))), page.preferred))
}

fn number(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
