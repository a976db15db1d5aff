//! The admin address: `/livez`, `/readyz`. Never on the API's own address: reasons are for the operator.

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};
use serde_json::json;

use crate::server::readiness::Readiness;

/// Registers the two.
pub fn routes(config: &mut ServiceConfig) {
    config.route("/livez", web::get().to(live)).route("/readyz", web::get().to(ready));
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
