//! `GET, PATCH, DELETE /v1.0/me/photos/{id}`.

use actix_web::http::StatusCode;
use actix_web::http::header::ETAG;
use actix_web::web::{Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::shown;
use crate::access::{Grant, Read, Write};
use crate::problem::Problem;
use crate::query::Options;
use crate::resources::collection::{self, Collections};
use crate::resources::conditions::{Conditions, not_modified, prefers_minimal};
use crate::resources::photos::Photos;
use crate::resources::photos::change::Change;
use crate::resources::photos::expand::{EXPAND, Expanded};
use crate::resources::photos::model::View;
use crate::resources::photos::queries;
use crate::resources::{accept, body};
use crate::store::{Halt, Owned, Store};

/// The options of one photo.
pub const ONE_OPTIONS: &[&str] = &["$select", EXPAND];

/// `GET /v1.0/me/photos/{id}`
pub async fn get(
    grant: Grant<Photos, Read>,
    store: Data<Store>,
    collections: Data<Collections>,
    id: Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    accept::json(request.headers())?;
    let options = Options::parse(request.query_string(), ONE_OPTIONS)?;
    let expanded = Expanded::of(&options, &grant, &collections, store.now().datetime())?;
    let view = View::of(&grant, &options)?.with(expanded);
    let id = collection::id(&id)?;
    let row = store.point(&grant, move |on: &mut Owned<'_, Photos, Read>| queries::find(on, id)).await?;
    let etag = view.etag(row.changed);
    if !view.is_ever_new() && not_modified(request.headers(), etag)? {
        return Ok(HttpResponse::NotModified().insert_header((ETAG, etag.to_string())).finish());
    }
    shown(StatusCode::OK, &row, &view)
}

/// `PATCH /v1.0/me/photos/{id}`
pub async fn patch(
    grant: Grant<Photos, Write>,
    store: Data<Store>,
    id: Path<String>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    accept::json(request.headers())?;
    let view = View::of(&grant, &Options::parse(request.query_string(), &[])?)?;
    let (id, conditions) = (collection::id(&id)?, Conditions::of(request.headers())?);
    let change = Change::of(&body::object(&request, payload).await?)?;
    let write = move |on: &mut Owned<'_, Photos, Write>| queries::change(on, id, &change, &conditions);
    let row = store.write(&grant, write).await.map_err(|halt: Halt<Problem>| Problem::from(halt))?;
    if prefers_minimal(request.headers()) {
        let mut response = HttpResponse::NoContent();
        response.insert_header((ETAG, view.etag(row.changed).to_string()));
        return Ok(response.insert_header(("Preference-Applied", "return=minimal")).finish());
    }
    shown(StatusCode::OK, &row, &view)
}

/// `DELETE /v1.0/me/photos/{id}`
pub async fn delete(
    grant: Grant<Photos, Write>,
    store: Data<Store>,
    id: Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    Options::parse(request.query_string(), &[])?;
    let (id, conditions) = (collection::id(&id)?, Conditions::of(request.headers())?);
    let write = move |on: &mut Owned<'_, Photos, Write>| queries::delete(on, id, &conditions);
    store.write(&grant, write).await.map_err(|halt: Halt<Problem>| Problem::from(halt))?;
    Ok(HttpResponse::NoContent().finish())
}
