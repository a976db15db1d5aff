//! The operations on photos' bytes: parse → store and blobs → answer.

use actix_web::http::header::{CACHE_CONTROL, HeaderValue};
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Value, json};

use super::address::{Address, Addresses};
use super::renditions::{self, Finder};
use super::stream::Source;
use super::{SIZES, set};
use crate::access::{Gate, Grant, Read};
use crate::blobs::Blobs;
use crate::picture::{MEDIA_TYPE, Pictures, Piece, Rendition, recipe};
use crate::problem::{Code, Problem};
use crate::query::Options;
use crate::resources::accept;
use crate::resources::collection::{self, Collections};
use crate::resources::octets::Octets;
use crate::resources::photos::Photos;
use crate::resources::photos::model::Level;
use crate::resources::photos::queries::{self, Kept, Row};
use crate::store::{Owned, Store, StoreError};

/// What SDKs ask for who want the picture (graph.md §2.8).
const ANYHOW: [&str; 2] = ["application/octet-stream", "application/json"];

/// `GET /v1.0/me/photos/{id}/content`
pub(super) async fn content(
    grant: Grant<Photos, Read>,
    store: Data<Store>,
    (blobs, gate): (Data<Blobs>, Data<Gate>),
    id: Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    Options::parse(request.query_string(), &[])?;
    let id = collection::id(&id)?;
    let find = move |on: &mut Owned<'_, Photos, Read>| {
        on.gave(1);
        queries::with_recipe(on, id)
    };
    let (row, recipe) = store.point(&grant, find).await?;
    accept::choose(request.headers(), &[&row.media_type, ANYHOW[0], ANYHOW[1]])?;
    let (sha256, size, recipe) = match Level::of(&grant) {
        Level::Located => (row.sha256, row.size, vec![Piece::Kept(0..u64::try_from(row.size).unwrap_or_default())]),
        Level::Plain => {
            let pieces: Vec<Piece> =
                serde_json::from_str(&recipe).map_err(|fault| Problem::internal(format!("photo {id}: {fault}")))?;
            (row.cut_sha256, row.cut_size, pieces)
        }
    };
    let length = u64::try_from(size).unwrap_or_default();
    if recipe::length(&recipe) != length {
        return Err(Problem::internal(format!("photo {id}: its recipe makes another number of bytes than {length}")));
    }
    let octets = Octets { length, sha256: sha256.to_string(), media_type: row.media_type, name: row.name };
    Source { blobs: &blobs, gate: &gate, grant: &grant }.answer(&request, &octets, row.sha256, &recipe).await
}

/// `GET /v1.0/me/photos/{id}/thumbnails`
pub(super) async fn sets(
    grant: Grant<Photos, Read>,
    store: Data<Store>,
    collections: Data<Collections>,
    id: Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let (row, addresses) = (found(&grant, &store, &id, &request).await?, addresses(&grant, &store, &collections)?);
    Ok(told(&json!({"value": [set::of(&row, &Rendition::ALL, &addresses)?]})))
}

/// `GET /v1.0/me/photos/{id}/thumbnails/0`
pub(super) async fn set(
    grant: Grant<Photos, Read>,
    store: Data<Store>,
    collections: Data<Collections>,
    id: Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let (row, addresses) = (found(&grant, &store, &id, &request).await?, addresses(&grant, &store, &collections)?);
    Ok(told(&set::of(&row, &Rendition::ALL, &addresses)?))
}

/// `GET /v1.0/me/photos/{id}/thumbnails/0/{size}`
pub(super) async fn one(
    grant: Grant<Photos, Read>,
    store: Data<Store>,
    collections: Data<Collections>,
    path: Path<(String, String)>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let (id, size) = path.into_inner();
    let which = named(&size)?;
    let (row, addresses) = (found(&grant, &store, &id, &request).await?, addresses(&grant, &store, &collections)?);
    Ok(told(&set::shown(&row, which, &addresses)?))
}

/// `GET /v1.0/me/photos/{id}/thumbnails/0/{size}/content`
pub(super) async fn rendition(
    grant: Grant<Photos, Read>,
    store: Data<Store>,
    (blobs, pictures, gate): (Data<Blobs>, Data<Pictures>, Data<Gate>),
    path: Path<(String, String)>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    accept::choose(request.headers(), &[MEDIA_TYPE, ANYHOW[0], ANYHOW[1]])?;
    Options::parse(request.query_string(), &[])?;
    let (id, size) = path.into_inner();
    let (id, which) = (collection::id(&id)?, named(&size)?);
    let finder = Finder { grant: &grant, store: &store, blobs: &blobs, pictures: &pictures };
    let found = finder.find(id, which).await?;
    given(&Source { blobs: &blobs, gate: &gate, grant: &grant }, &request, &found).await
}

/// `GET /v1.0/renditions/{sealed}`
pub(super) async fn sealed(
    store: Data<Store>,
    (blobs, pictures, gate): (Data<Blobs>, Data<Pictures>, Data<Gate>),
    collections: Data<Collections>,
    word: Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let Some(address) = Address::open(&collections, &word) else {
        gate.charge_anonymous(&request)?;
        return Err(Problem::new(
            Code::NotFound,
            "There is nothing at this address: it is no address that was given out here.",
        ));
    };
    let grant = Grant::lent(&gate, &request, &address.lent)?;
    Options::parse(request.query_string(), &[])?;
    let finder = Finder { grant: &grant, store: &store, blobs: &blobs, pictures: &pictures };
    let found = finder.find(address.photo, address.which).await?;
    let mut response = given(&Source { blobs: &blobs, gate: &gate, grant: &grant }, &request, &found).await?;
    // Nobody asks again before that: the address is of these bytes alone.
    let left = address.lent.until().signed_duration_since(store.now().datetime()).num_seconds().max(0);
    let kept = HeaderValue::try_from(format!("private, max-age={left}"));
    response.headers_mut().insert(CACHE_CONTROL, kept.map_err(|fault| Problem::internal(fault.to_string()))?);
    Ok(response)
}

async fn given(source: &Source<'_>, request: &HttpRequest, kept: &Kept) -> Result<HttpResponse, Problem> {
    let octets = renditions::octets(kept);
    let whole = [Piece::Kept(0..octets.length)];
    source.answer(request, &octets, kept.sha256, &whole).await
}

async fn found(grant: &Grant<Photos, Read>, store: &Store, id: &str, request: &HttpRequest) -> Result<Row, Problem> {
    accept::json(request.headers())?;
    Options::parse(request.query_string(), &[])?;
    let id = collection::id(id)?;
    let find = move |on: &mut Owned<'_, Photos, Read>| -> Result<Row, StoreError> {
        on.gave(1);
        queries::find(on, id)
    };
    Ok(store.point(grant, find).await?)
}

fn addresses<'c>(
    grant: &Grant<Photos, Read>,
    store: &Store,
    collections: &'c Collections,
) -> Result<Addresses<'c>, Problem> {
    Addresses::new(collections, grant, store.now().datetime())
}

fn told(what: &Value) -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(what.to_string())
}

fn named(size: &str) -> Result<Rendition, Problem> {
    Rendition::named(size).ok_or_else(|| {
        Problem::new(Code::ImageNotFound, format!("There is no such size; there are {}.", SIZES.join(", ")))
    })
}
