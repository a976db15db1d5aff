//! `POST /v1.0/me/photos`: a picture as it is. What the person has already is not kept twice, and told with 200; so a request that is
//! sent again needs no key.

use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderValue, LOCATION};
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::shown;
use crate::access::{Grant, Write};
use crate::blobs::{Blobs, Key};
use crate::config::Limits;
use crate::picture::Pictures;
use crate::problem::Problem;
use crate::query::Options;
use crate::resources::collection::Collections;
use crate::resources::photo::keep;
use crate::resources::photos::model::View;
use crate::resources::photos::queries::{self, Row};
use crate::resources::photos::upload::{self, Incoming};
use crate::resources::photos::{Photos, name};
use crate::resources::{accept, body};
use crate::store::{Halt, Owned, Store, StoreError};

/// The options of a create.
pub const CREATE_OPTIONS: &[&str] = &["name"];

/// `POST /v1.0/me/photos`
pub async fn create(
    grant: Grant<Photos, Write>,
    store: Data<Store>,
    (blobs, pictures): (Data<Blobs>, Data<Pictures>),
    (collections, limits): (Data<Collections>, Data<Limits>),
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    accept::json(request.headers())?;
    let options = Options::parse(request.query_string(), CREATE_OPTIONS)?;
    let (view, name) = (View::of(&grant, &Options::default())?, name::given(&request, &options)?);
    let place = pictures.place((grant.holder().issuer(), grant.holder().subject()))?;
    let bytes = body::picture(&request, payload, |limits| limits.photo_bytes).await?;
    let (incoming, bytes) = upload::look(&pictures, place, bytes).await?;
    let name = name.unwrap_or_else(|| name::unnamed(incoming.facts.kind).to_owned());
    let sha256 = incoming.whole.sha256.clone();
    let there = store.read(&grant, move |on| queries::by_content(on, &sha256)).await?;
    let (row, is_new) = match there {
        Some(row) => {
            store.showed(&grant, 1).await?;
            (row, false)
        }
        None => kept(&grant, (&store, &blobs), queries::Room::from(&**limits), (name, incoming), bytes).await?,
    };
    let mut response = shown(if is_new { StatusCode::CREATED } else { StatusCode::OK }, &row, &view)?;
    let location = HeaderValue::try_from(collections.address(&format!("/v1.0/me/photos/{}", row.id)));
    response.headers_mut().insert(LOCATION, location.map_err(|fault| Problem::internal(fault.to_string()))?);
    Ok(response)
}

/// Keeps the bytes, then the row that names them; whether it is new, since another request may have brought the same meanwhile.
async fn kept(
    grant: &Grant<Photos, Write>,
    (store, blobs): (&Store, &Blobs),
    room: queries::Room,
    (name, incoming): (String, Incoming),
    bytes: Vec<u8>,
) -> Result<(Row, bool), Problem> {
    let (id, blob): (_, Key) = (store.new_id(), blobs.new_key());
    blobs.put(blob, bytes).await?;
    let write = move |on: &mut Owned<'_, Photos, Write>| {
        if let Some(row) = queries::by_content(on, &incoming.whole.sha256)? {
            on.showed();
            return Ok((row, false));
        }
        Ok::<_, Halt<Problem>>((queries::insert(on, id, &name, &incoming, &blob.to_string(), room)?, true))
    };
    let written = store.write(grant, write).await;
    // Whether a row was written that names it is not known of a write that broke: the sweep will see.
    if !matches!(&written, Ok((_, true)) | Err(Halt::Store(StoreError::Broken(_)))) {
        keep::discard(blobs, blob).await;
    }
    written.map_err(Problem::from)
}
