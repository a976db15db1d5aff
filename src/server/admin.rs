//! The admin address: `/livez`, `/readyz`, `/metrics`. Never on the API's own address: reasons are for the operator.

use actix_web::HttpResponse;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::{self, Data, ServiceConfig};
use serde_json::json;
use tokio::sync::Mutex;

use crate::server::readiness::Readiness;
use crate::server::scrape::Scrape;

/// Registers the three.
pub fn routes(config: &mut ServiceConfig) {
    config.route("/livez", web::get().to(live)).route("/readyz", web::get().to(ready));
    config.route("/metrics", web::get().to(metrics));
}

// Says only that the process answers; asks nothing of the database.
async fn live() -> HttpResponse {
    HttpResponse::Ok().json(json!({"status": "live"}))
}

async fn ready(readiness: Data<Readiness>) -> HttpResponse {
    let reasons = readiness.reasons().await;
    if reasons.is_empty() {
        return HttpResponse::Ok().json(json!({"status": "ready"}));
    }
    HttpResponse::ServiceUnavailable().json(json!({"status": "not ready", "reasons": reasons}))
}

// One at a time, on a thread that may block: a file system that does not answer takes one thread and no more.
async fn metrics(scrape: Data<Mutex<Scrape>>) -> HttpResponse {
    let scrape = scrape.into_inner().lock_owned().await;
    match tokio::task::spawn_blocking(move || scrape.text()).await {
        Ok(text) => {
            HttpResponse::Ok().insert_header((CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")).body(text)
        }
        Err(_) => HttpResponse::ServiceUnavailable().finish(),
    }
}
