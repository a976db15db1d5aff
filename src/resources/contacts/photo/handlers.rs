//! The photo's operations: parse → store and blobs → answer.

use actix_web::web::{Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::queries::{self, Found};
use crate::access::{Grant, Holder, Read, Write};
use crate::blobs::Blobs;
use crate::picture::{MEDIA_TYPE, PictureFault, Pictures};
use crate::problem::{Code, Problem};
use crate::query::Options;
use crate::resources::collection;
use crate::resources::conditions::{Conditions, not_modified};
use crate::resources::contacts::Contacts;
use crate::resources::photo::answers::{described, of_side, picture, read, unchanged};
use crate::resources::photo::{Photo, Piece, keep, pack};
use crate::resources::{accept, body};
use crate::store::{Halt, Owned, Store, Uid};

/// `GET /v1.0/me/contacts/{id}/photo`
pub async fn get(
    grant: Grant<Contacts, Read>,
    store: Data<Store>,
    pictures: Data<Pictures>,
    id: Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    accept::json(request.headers())?;
    Options::parse(request.query_string(), &[])?;
    let id = collection::id(&id)?;
    let photo = match store.read(&grant, move |on| given(on, id)).await? {
        Found::Kept(photo, _) => photo,
        Found::Inline(bytes, version) => made(&pictures, grant.holder(), bytes, version).await?.0,
    };
    let piece = of_side(&photo, None)?;
    if not_modified(request.headers(), photo.etag(piece))? {
        return Ok(unchanged(photo.etag(piece)));
    }
    Ok(described(&photo, piece))
}

/// `GET /v1.0/me/contacts/{id}/photo/$value`
pub async fn get_value(
    grant: Grant<Contacts, Read>,
    store: Data<Store>,
    (blobs, pictures): (Data<Blobs>, Data<Pictures>),
    id: Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    accept::choose(request.headers(), &[MEDIA_TYPE, "application/octet-stream", "application/json"])?;
    Options::parse(request.query_string(), &[])?;
    let id = collection::id(&id)?;
    let mut missed = None;
    loop {
        let (photo, blob) = match store.read(&grant, move |on| given(on, id)).await? {
            Found::Kept(photo, blob) => (photo, blob),
            Found::Inline(bytes, version) => {
                let (photo, jpeg) = made(&pictures, grant.holder(), bytes, version).await?;
                let etag = photo.etag(of_side(&photo, None)?);
                let current = not_modified(request.headers(), etag)?;
                return Ok(if current { unchanged(etag) } else { picture(etag, jpeg) });
            }
        };
        let piece = of_side(&photo, None)?;
        let etag = photo.etag(piece);
        if not_modified(request.headers(), etag)? {
            return Ok(unchanged(etag));
        }
        if let Some(bytes) = read(&blobs, blob, piece, &mut missed).await? {
            return Ok(picture(etag, bytes));
        }
    }
}

/// `PUT /v1.0/me/contacts/{id}/photo/$value`
pub async fn put(
    grant: Grant<Contacts, Write>,
    store: Data<Store>,
    (blobs, pictures): (Data<Blobs>, Data<Pictures>),
    id: Path<String>,
    (request, payload): (HttpRequest, Payload),
) -> Result<HttpResponse, Problem> {
    accept::json(request.headers())?;
    Options::parse(request.query_string(), &[])?;
    let (id, conditions) = (collection::id(&id)?, Conditions::of(request.headers())?);
    let place = pictures.place((grant.holder().issuer(), grant.holder().subject()))?;
    let bytes = body::picture(&request, payload, |limits| limits.profile_photo_bytes).await?;
    let squares = pictures.squares(place, bytes).await?;
    let ready = store.read(&grant, move |on| queries::ready(on, id)).await?;
    let change = move |on: &mut Owned<'_, Contacts, Write>, blob, pieces: &[Piece]| {
        queries::set(on, &ready, &conditions, blob, pieces)
    };
    let photo = keep::set(&grant, &store, &blobs, &squares, change).await?;
    Ok(described(&photo, of_side(&photo, None)?))
}

/// `DELETE /v1.0/me/contacts/{id}/photo/$value`
pub async fn delete(
    grant: Grant<Contacts, Write>,
    store: Data<Store>,
    blobs: Data<Blobs>,
    id: Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    Options::parse(request.query_string(), &[])?;
    let (id, conditions) = (collection::id(&id)?, Conditions::of(request.headers())?);
    let ready = store.read(&grant, move |on| queries::ready(on, id)).await?;
    if let Some(former) = store.write(&grant, move |on| queries::remove(on, &ready, &conditions)).await? {
        keep::discard(&blobs, former).await;
    }
    Ok(HttpResponse::NoContent().finish())
}

/// The photo, which is an item of the access log.
fn given(on: &mut Owned<'_, Contacts, Read>, id: Uid) -> Result<Found, Halt<Problem>> {
    let found = queries::find(on, id)?;
    on.gave(1);
    Ok(found)
}

/// The largest square of a picture that came within a record, made anew: what it may hold beside the picture is not passed on.
async fn made(pictures: &Pictures, holder: &Holder, bytes: Vec<u8>, version: i64) -> Result<(Photo, Vec<u8>), Problem> {
    let place = pictures.place_in_turn((holder.issuer(), holder.subject())).await?;
    let mut squares = match pictures.squares_of_any(place, bytes).await {
        Ok(squares) => squares,
        Err(fault @ (PictureFault::Busy | PictureFault::Theirs)) => return Err(fault.into()),
        // What was imported is kept as it is; what is no picture cannot be shown.
        Err(fault) => {
            let message = format!("This contact's picture came within its card and cannot be shown. {fault}");
            return Err(Problem::new(Code::ImageNotFound, message));
        }
    };
    squares.truncate(1);
    let (jpeg, pieces) = pack(&squares);
    Ok((Photo { version, squares: pieces }, jpeg))
}
