//! The photos' operations: parse → store → answer. `list` has the collection, `create` what is added to it, `item` one photo,
//! `delta` what changed.

mod create;
mod delta;
mod item;
mod list;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, ETAG, HeaderValue, LOCATION};

pub use create::{CREATE_OPTIONS, create};
pub use delta::{DELTA_OPTIONS, delta};
pub use item::{ONE_OPTIONS, delete, get, patch};
pub use list::{COUNT_OPTIONS, OPTIONS, count, list, list_of_album};

use crate::problem::Problem;
use crate::resources::collection::Collections;
use crate::resources::photos::ALL;
use crate::resources::photos::model::View;
use crate::resources::photos::queries::Row;

/// About how many bytes a photo takes as JSON.
const ITEM: usize = 768;

/// One photo as JSON.
fn shown(status: StatusCode, row: &Row, view: &View<'_>) -> Result<HttpResponse, Problem> {
    let mut json = Vec::with_capacity(ITEM);
    view.write(&mut json, row)?;
    let mut response = HttpResponse::build(status);
    response.insert_header((CONTENT_TYPE, "application/json"));
    if !view.is_ever_new() {
        response.insert_header((ETAG, view.etag(row.changed).to_string()));
    }
    Ok(response.body(json))
}

/// A photo that was added, or was there already, and its address.
pub(super) fn added(
    collections: &Collections,
    view: &View<'_>,
    row: &Row,
    is_new: bool,
) -> Result<HttpResponse, Problem> {
    let mut response = shown(if is_new { StatusCode::CREATED } else { StatusCode::OK }, row, view)?;
    let location = HeaderValue::try_from(collections.address(&format!("{ALL}/{}", row.id)));
    response.headers_mut().insert(LOCATION, location.map_err(|fault| Problem::internal(fault.to_string()))?);
    Ok(response)
}
