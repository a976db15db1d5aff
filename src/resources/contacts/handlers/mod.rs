//! The contacts' operations: parse → store → answer. `list` has the collection, `create` what is added to it, `import` what
//! comes as a file, `export` what goes as one, `item` and `put` one contact; `attempt` is how one is changed.

mod attempt;
mod create;
mod delta;
mod export;
mod import;
mod item;
mod list;
mod put;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, ETAG};

pub use create::create;
pub use delta::{DELTA_OPTIONS, delta, delta_of_folder};
pub use export::MEDIA_TYPES as EXPORTED;
pub use import::MEDIA_TYPES as IMPORTED;
pub use item::{delete, get, patch};
pub use list::{COUNT_OPTIONS, OPTIONS, count, list, list_of_folder, selection};
pub use put::put;

use crate::problem::Problem;
use crate::resources::contacts::model::View;
use crate::resources::contacts::queries::Row;

/// One contact as JSON.
fn shown(status: StatusCode, row: &Row, view: &View) -> Result<HttpResponse, Problem> {
    let mut json = Vec::with_capacity(row.projection.len() + 512);
    view.write(&mut json, row)?;
    let mut response = HttpResponse::build(status);
    response.insert_header((CONTENT_TYPE, "application/json"));
    response.insert_header((ETAG, view.etag(row.changed).to_string()));
    Ok(response.body(json))
}

/// What a change answers under `Prefer: return=minimal`.
fn changed(row: &Row, view: &View) -> HttpResponse {
    let mut response = HttpResponse::NoContent();
    response.insert_header((ETAG, view.etag(row.changed).to_string()));
    response.insert_header(("Preference-Applied", "return=minimal")).finish()
}
