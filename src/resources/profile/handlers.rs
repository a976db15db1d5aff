//! `GET, PATCH /v1.0/me`: parse → store → answer.

use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, ETAG};
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};

use crate::access::{Grant, Read, Write};
use crate::problem::Problem;
use crate::query::Options;
use crate::resources::conditions::{Conditions, not_modified, prefers_minimal};
use crate::resources::profile::Profile;
use crate::resources::profile::model::{self, View};
use crate::resources::profile::queries::{self, Row};
use crate::resources::{accept, body};
use crate::store::{Owned, Store};

/// `GET /v1.0/me`
pub async fn get(
    grant: Grant<Profile, Read>,
    store: Data<Store>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    accept::json(request.headers())?;
    let options = Options::parse(request.query_string(), &["$select"])?;
    let view = View::of(grant.scopes(), options.select(&model::names())?.as_deref());
    let row = store.point(&grant, queries::find).await?;
    if not_modified(request.headers(), view.etag(&row))? {
        return Ok(HttpResponse::NotModified().insert_header((ETAG, view.etag(&row).to_string())).finish());
    }
    shown(&row, view)
}

/// `PATCH /v1.0/me`
pub async fn patch(
    grant: Grant<Profile, Write>,
    store: Data<Store>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    accept::json(request.headers())?;
    Options::parse(request.query_string(), &[])?;
    let conditions = Conditions::of(request.headers())?;
    let changes = body::object(&request, payload).await?;
    // What is wrong with the change itself is found before it takes the writer's time.
    model::check(&changes)?;
    let change = move |on: &mut Owned<'_, Profile, Write>| queries::change(on, &conditions, &changes);
    let row = store.write(&grant, change).await?;
    answered(&request, &row, View::of(grant.scopes(), None))
}

fn answered(request: &HttpRequest, row: &Row, view: View) -> Result<HttpResponse, Problem> {
    if prefers_minimal(request.headers()) {
        let mut response = HttpResponse::build(StatusCode::NO_CONTENT);
        response.insert_header((ETAG, view.etag(row).to_string()));
        return Ok(response.insert_header(("Preference-Applied", "return=minimal")).finish());
    }
    shown(row, view)
}

fn shown(row: &Row, view: View) -> Result<HttpResponse, Problem> {
    let json = model::answer(row, view).map_err(|fault| Problem::internal(fault.to_string()))?;
    let mut response = HttpResponse::Ok();
    response.insert_header((CONTENT_TYPE, "application/json")).insert_header((ETAG, view.etag(row).to_string()));
    Ok(response.body(json))
}
