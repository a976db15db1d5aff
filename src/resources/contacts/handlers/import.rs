//! `POST` of a vCard file, or of JSContact cards, to where contacts are created: an import, told card by card.

use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};

use crate::access::{Create, Grant};
use crate::problem::Problem;
use crate::resources::body;
use crate::resources::contacts::Contacts;
use crate::resources::contacts::import::Importer;
use crate::resources::import::receive;
use crate::store::Store;
use crate::store::columns::Uid;

/// What an import may be.
pub const MEDIA_TYPES: &[&str] = &["text/vcard", "text/x-vcard", "text/directory", "application/jscontact+json"];

/// Whether the body is to be imported.
pub(super) fn is_meant(request: &HttpRequest) -> bool {
    MEDIA_TYPES.contains(&body::media_type(request).as_str())
}

pub(super) async fn import(
    grant: Grant<Contacts, Create>,
    store: &Store,
    quota: u64,
    folder: Option<Uid>,
    request: &HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    receive::meant(request)?;
    let mut importer = Importer::new(grant, store.clone(), folder, quota);
    importer.check_folder().await?;
    if body::media_type(request).ends_with("json") {
        importer = importer.of_jscontact();
    }
    receive::received(importer, request, payload).await
}
