//! The photo's operations: parse → store and blobs → answer.

use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};

use crate::access::{Grant, Read, Write};
use crate::blobs::Blobs;
use crate::picture::{MEDIA_TYPE, Pictures, SIDES};
use crate::problem::{Code, Problem};
use crate::query::Options;
use crate::resources::conditions::{Conditions, not_modified};
use crate::resources::photo::answers::{described, of_side, picture, read, unchanged};
use crate::resources::profile::Profile;
use crate::resources::profile::photo::queries::Stored;
use crate::resources::profile::photo::{keep, queries};
use crate::resources::{accept, body};
use crate::store::{Owned, Store, StoreError};

/// `GET /v1.0/me/photo`, `GET /v1.0/me/photos/{W}x{H}`
pub async fn get(
    grant: Grant<Profile, Read>,
    store: Data<Store>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    accept::json(request.headers())?;
    Options::parse(request.query_string(), &[])?;
    let side = asked(&request)?;
    let stored = store.point(&grant, given).await?.ok_or_else(queries::absent)?;
    let piece = of_side(&stored.photo, side)?;
    if not_modified(request.headers(), stored.photo.etag(piece))? {
        return Ok(unchanged(stored.photo.etag(piece)));
    }
    Ok(described(&stored.photo, piece))
}

/// `GET /v1.0/me/photo/$value`, `GET /v1.0/me/photos/{W}x{H}/$value`
pub async fn get_value(
    grant: Grant<Profile, Read>,
    store: Data<Store>,
    blobs: Data<Blobs>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    // SDKs ask for octets or JSON and want the picture (graph.md §2.8).
    accept::choose(request.headers(), &[MEDIA_TYPE, "application/octet-stream", "application/json"])?;
    Options::parse(request.query_string(), &[])?;
    let side = asked(&request)?;
    let mut missed = None;
    loop {
        let stored = store.point(&grant, given).await?.ok_or_else(queries::absent)?;
        let piece = of_side(&stored.photo, side)?;
        let etag = stored.photo.etag(piece);
        if not_modified(request.headers(), etag)? {
            return Ok(unchanged(etag));
        }
        if let Some(bytes) = read(&blobs, stored.blob, piece, &mut missed).await? {
            return Ok(picture(etag, bytes));
        }
    }
}

/// `PUT /v1.0/me/photo/$value`
pub async fn put(
    grant: Grant<Profile, Write>,
    store: Data<Store>,
    blobs: Data<Blobs>,
    pictures: Data<Pictures>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    accept::json(request.headers())?;
    Options::parse(request.query_string(), &[])?;
    let conditions = Conditions::of(request.headers())?;
    let place = pictures.place((grant.holder().issuer(), grant.holder().subject()))?;
    let bytes = body::picture(&request, payload, |limits| limits.profile_photo_bytes).await?;
    let squares = pictures.squares(place, bytes).await?;
    let photo = keep::set(&grant, &store, &blobs, conditions, &squares).await?;
    let piece = of_side(&photo, None)?;
    Ok(described(&photo, piece))
}

/// `DELETE /v1.0/me/photo/$value`
pub async fn delete(
    grant: Grant<Profile, Write>,
    store: Data<Store>,
    blobs: Data<Blobs>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    Options::parse(request.query_string(), &[])?;
    let conditions = Conditions::of(request.headers())?;
    keep::remove(&grant, &store, &blobs, conditions).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// The photo, which is an item of the access log.
fn given(on: &mut Owned<'_, Profile, Read>) -> Result<Option<Stored>, StoreError> {
    let found = queries::find(on)?;
    on.gave(found.is_some().into());
    Ok(found)
}

/// The side that the path names; none: the largest.
fn asked(request: &HttpRequest) -> Result<Option<u32>, Problem> {
    let named = ["W", "H"].map(|name| request.match_info().get(name));
    let [Some(width), Some(height)] = named else { return Ok(None) };
    let known = SIDES.into_iter().find(|side| [width, height].into_iter().all(|named| *named == side.to_string()));
    known.map(Some).ok_or_else(|| {
        let sizes = SIDES.map(|side| format!("{side}x{side}")).join(", ");
        Problem::new(Code::ImageNotFound, format!("There is no such size; there are {sizes}."))
    })
}
