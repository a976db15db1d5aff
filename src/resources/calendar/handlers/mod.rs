//! The events' operations: parse → store → answer. `list` has the collection, `create` what is added to it, `import` what comes as a file,
//! `export` what goes as one, `item` one event, `delta` what changed, `view` what happens in a window of time, `occurrence` one of a
//! series and `following` all from it on, `schedule` when one is busy; `attempt` is how one is changed, `linked` how a page is asked for, `named` which event a path means. Whatever has `{calendar}` in its
//! path is about that calendar alone.

mod attempt;
mod create;
mod delta;
mod export;
mod following;
mod import;
mod item;
mod linked;
mod list;
mod looked;
mod named;
mod occurrence;
mod schedule;
mod view;
mod view_delta;
mod view_round;
mod window;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, ETAG, HeaderName, HeaderValue, LOCATION};

pub use create::create;
pub use delta::{DELTA_OPTIONS, delta};
pub use export::{FEED_OPTIONS, MEDIA_TYPES as EXPORTED, feed};
pub use following::OPTIONS as ONE_OPTIONS;
pub use import::MEDIA_TYPES as IMPORTED;
pub use item::{delete, get, patch};
pub use list::{COUNT_OPTIONS, OPTIONS, count, list};
pub use schedule::schedule;
pub use view::{VIEW_OPTIONS, instances, view};
pub use view_delta::{VIEW_DELTA_OPTIONS, view_delta};

use crate::problem::Problem;
use crate::resources::calendar::instances::Instance;
use crate::resources::calendar::model::View;
use crate::resources::calendar::queries::Row;
use crate::resources::calendar::ready::Ready;
use crate::resources::collection::Collections;
use crate::store::columns::Uid;

/// One event as JSON, or an instance of it.
fn shown(status: StatusCode, row: &Row, instance: Option<&Instance>, view: &View) -> Result<HttpResponse, Problem> {
    let instance = instance.filter(|instance| instance.original.is_some());
    let mut json = Vec::new();
    Ready::of(view, row, instance.is_some())?.write(&mut json, instance)?;
    let mut response = HttpResponse::build(status);
    response.insert_header((CONTENT_TYPE, "application/json"));
    response.insert_header((ETAG, view.etag(row.changed).to_string()));
    applied(response.body(json), view)
}

/// The answer, with the address of the event that was made.
fn located(mut response: HttpResponse, collections: &Collections, id: Uid) -> Result<HttpResponse, Problem> {
    let location = HeaderValue::try_from(collections.address(&format!("/v1.0/me/events/{id}")));
    response.headers_mut().insert(LOCATION, location.map_err(|fault| Problem::internal(fault.to_string()))?);
    Ok(response)
}

/// What a change answers under `Prefer: return=minimal`.
fn changed(row: &Row, view: &View) -> HttpResponse {
    let mut response = HttpResponse::NoContent();
    response.insert_header((ETAG, view.etag(row.changed).to_string()));
    response.insert_header(("Preference-Applied", "return=minimal")).finish()
}

/// The answer, with which of the client's preferences were heeded.
fn applied(mut response: HttpResponse, view: &View) -> Result<HttpResponse, Problem> {
    if let Some(applied) = view.preferences().applied() {
        let value = HeaderValue::try_from(applied).map_err(|fault| Problem::internal(fault.to_string()))?;
        response.headers_mut().append(HeaderName::from_static("preference-applied"), value);
    }
    Ok(response)
}
