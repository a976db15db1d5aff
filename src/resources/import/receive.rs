//! A file in the body of a request, imported as it comes and answered by the report.

use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::Import;
use super::item::Item;
use super::report::{Report, Reports};
use crate::problem::Problem;
use crate::query::Options;
use crate::resources::{accept, body};

/// Refuses what no import takes, before anything of the file is read.
pub fn meant(request: &HttpRequest) -> Result<(), Problem> {
    accept::json(request.headers())?;
    Options::parse(request.query_string(), &[]).map(drop)
}

/// Imports the body.
pub async fn received(
    mut importer: impl Import,
    request: &HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let reports = request.app_data::<Data<Reports>>().ok_or_else(|| Problem::internal("no folder for reports"))?;
    let mut report = reports.begin().map_err(|fault| Problem::internal(fault.to_string()))?;
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
