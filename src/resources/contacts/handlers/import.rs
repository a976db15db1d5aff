//! `POST` of a vCard file, or of JSContact cards, to where contacts are created: an import, told card by card.

use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};

use crate::access::{Create, Grant};
use crate::problem::Problem;
use crate::query::Options;
use crate::resources::contacts::Contacts;
use crate::resources::contacts::import::Importer;
use crate::resources::contacts::import::item::Item;
use crate::resources::contacts::import::report::{Report, Reports};
use crate::resources::{accept, body};
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
    accept::json(request.headers())?;
    Options::parse(request.query_string(), &[])?;
    let mut importer = Importer::new(grant, store.clone(), folder, quota);
    importer.check_folder().await?;
    let reports = request.app_data::<Data<Reports>>().ok_or_else(|| Problem::internal("no folder for reports"))?;
    let mut report = reports.begin().map_err(|fault| Problem::internal(fault.to_string()))?;
    if body::media_type(request).ends_with("json") {
        importer = importer.of_jscontact();
    }
    let mut coming = body::coming(request, payload, |limits| limits.import_bytes)?;
    while let Some(piece) = coming.next().await? {
        let items = importer.push(&piece).await?;
        report = noted(report, items).await?;
    }
    let items = importer.finish().await?;
    report = noted(report, items).await?;
    let text = report.end().map_err(|fault| Problem::internal(fault.to_string()))?;
    Ok(HttpResponse::Ok().insert_header((CONTENT_TYPE, "application/json")).streaming(text))
}

async fn noted(mut report: Report, items: Vec<Item>) -> Result<Report, Problem> {
    if items.is_empty() {
        return Ok(report);
    }
    let noted = tokio::task::spawn_blocking(move || report.add(&items).map(|()| report)).await;
    let noted = noted.map_err(std::io::Error::other).and_then(|noted| noted);
    noted.map_err(|fault| Problem::internal(format!("the report of an import: {fault}")))
}
