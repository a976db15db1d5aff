//! `POST` of a calendar file to where events are created: an import, told event by event.

use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};

use crate::access::{Grant, Write};
use crate::problem::Problem;
use crate::resources::body;
use crate::resources::calendar::Calendar;
use crate::resources::calendar::import::Importer;
use crate::resources::import::receive;
use crate::store::Store;
use crate::store::columns::Uid;

/// What an import may be.
pub const MEDIA_TYPES: &[&str] = &["text/calendar"];

/// Whether the body is to be imported.
pub(super) fn is_meant(request: &HttpRequest) -> bool {
    MEDIA_TYPES.contains(&body::media_type(request).as_str())
}

pub(super) async fn import(
    grant: Grant<Calendar, Write>,
    store: &Store,
    quota: u64,
    calendar: Option<Uid>,
    request: &HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    receive::meant(request)?;
    let importer = Importer::new(grant, store.clone(), calendar, quota);
    importer.check_calendar().await?;
    receive::received(importer, request, payload).await
}
