//! `POST /v1.0/me/photos`: a picture as it is, or in a form. What the person has already is not kept twice, and told with 200; so a
//! request that is sent again needs no key.

use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::added;
use crate::access::{Grant, Write};
use crate::blobs::Blobs;
use crate::config::Limits;
use crate::picture::Pictures;
use crate::problem::Problem;
use crate::query::Options;
use crate::resources::collection::Collections;
use crate::resources::photos::keep::{Keeper, Told};
use crate::resources::photos::model::View;
use crate::resources::photos::queries::Room;
use crate::resources::photos::{Photos, form, name};
use crate::resources::{accept, body};
use crate::store::Store;

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
    let _arriving = pictures.arrival((grant.holder().issuer(), grant.holder().subject()))?;
    let (told, received) = if body::media_type(&request) == form::MEDIA {
        form::received(&request, payload, &blobs, limits.photo_bytes).await?
    } else {
        (Told::default(), body::received(&request, payload, &blobs, |limits| limits.photo_bytes).await?)
    };
    let told = Told { name: name.or(told.name), ..told };
    let keeper = Keeper { store: &store, blobs: &blobs, pictures: &pictures, room: Room::from(&**limits) };
    let (row, is_new) = keeper.keep(&grant, told, received).await?;
    added(&collections, &view, &row, is_new)
}
