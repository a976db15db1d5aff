//! The documents, as they were written at start.

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use actix_web::web::Data;
use arc_swap::ArcSwap;

use crate::resources::well_known::Published;

/// `GET /.well-known/jwks.json`
pub async fn jwks(published: Data<ArcSwap<Published>>) -> HttpResponse {
    document("application/jwk-set+json", published.load().jwks.clone())
}

/// `GET /.well-known/sharehold.pem`
pub async fn certificate(published: Data<ArcSwap<Published>>) -> HttpResponse {
    document("application/x-pem-file", published.load().certificate.clone())
}

/// `GET /.well-known/oauth-protected-resource`
pub async fn metadata(published: Data<ArcSwap<Published>>) -> HttpResponse {
    document("application/json", published.load().metadata.clone())
}

/// `GET /openapi.json`
pub async fn openapi(published: Data<ArcSwap<Published>>) -> HttpResponse {
    document("application/json", published.load().openapi.clone())
}

// Kept for a minute: a rotated key reaches an authorization server that caches within that time.
fn document(media: &'static str, text: String) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, media))
        .insert_header((CACHE_CONTROL, "public, max-age=60"))
        .body(text)
}
