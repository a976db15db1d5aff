//! `POST /v1.0/me/photos/createUploadSession`, and of the address that it gives: what is awaited, and the end of it.

use actix_web::web::{Data, Json, Payload};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::Value;

use super::model::{self, Asked};
use super::{address, queries};
use crate::access::{Gate, Grant, Write};
use crate::config::Limits;
use crate::problem::Problem;
use crate::query::Options;
use crate::resources::collection::Collections;
use crate::resources::photos::Photos;
use crate::resources::photos::queries::Room;
use crate::resources::{accept, body};
use crate::store::{Halt, Owned, Store};

/// `POST /v1.0/me/photos/createUploadSession`
pub async fn create(
    grant: Grant<Photos, Write>,
    store: Data<Store>,
    collections: Data<Collections>,
    limits: Data<Limits>,
    request: HttpRequest,
    payload: Payload,
) -> Result<Json<Value>, Problem> {
    accept::json(request.headers())?;
    Options::parse(request.query_string(), &[])?;
    let asked = Asked::of(&body::object(&request, payload).await?, limits.photo_bytes)?;
    let (id, room) = (store.new_id(), Room::from(&**limits));
    let write = move |on: &mut Owned<'_, Photos, Write>| queries::create(on, id, &asked, room);
    let session = store.write(&grant, write).await.map_err(|halt: Halt<Problem>| Problem::from(halt))?;
    let address = address::of(&collections, &grant, id, store.now().datetime())?;
    Ok(Json(model::answer(&session, Some(&address))))
}

/// `GET` of its address.
pub async fn get(
    store: Data<Store>,
    (collections, gate): (Data<Collections>, Data<Gate>),
    request: HttpRequest,
) -> Result<Json<Value>, Problem> {
    accept::json(request.headers())?;
    Options::parse(request.query_string(), &[])?;
    let ((grant, id), now) = (address::opened(&collections, &gate, &request)?, store.now());
    let query = move |on: &mut Owned<'_, Photos, Write>| queries::find(on, id, now);
    Ok(Json(model::answer(&store.read(&grant, query).await?, None)))
}

/// `DELETE` of its address.
pub async fn cancel(
    store: Data<Store>,
    (collections, gate): (Data<Collections>, Data<Gate>),
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    Options::parse(request.query_string(), &[])?;
    let (grant, id) = address::opened(&collections, &gate, &request)?;
    store.write(&grant, move |on: &mut Owned<'_, Photos, Write>| queries::cancel(on, id)).await?;
    Ok(HttpResponse::NoContent().finish())
}
