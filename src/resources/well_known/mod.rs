//! What the server says of itself to anyone: its keys, its certificate, its metadata and its API (api.md §10).
//! No person's data, no token, no database.

pub mod handlers;

use crate::resources::endpoint::{Content, Endpoint};

/// What is said, written once at start and at each reload.
#[derive(Debug, Clone)]
pub struct Published {
    /// `/.well-known/jwks.json`: our public encryption keys.
    pub jwks: String,
    /// `/.well-known/sharehold.pem`: the certificate of the first of them.
    pub certificate: String,
    /// `/.well-known/oauth-protected-resource` (RFC 9728).
    pub metadata: String,
    /// `/openapi.json`
    pub openapi: String,
}

/// Where the metadata is (RFC 9728 §3.1; `public_url` has no path of its own).
pub const METADATA_PATH: &str = "/.well-known/oauth-protected-resource";
/// Where our public keys are.
pub const JWKS_PATH: &str = "/.well-known/jwks.json";

/// Its operations.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::public(JWKS_PATH, "getJwks", handlers::jwks)
            .summary("The public keys that access tokens are encrypted to (RFC 7517)")
            .answers(200, "A JWK set", Content::Media(&["application/jwk-set+json"])),
        Endpoint::public("/.well-known/sharehold.pem", "getCertificate", handlers::certificate)
            .summary("The first of those keys as an X.509 certificate, for servers that want PEM")
            .answers(200, "A certificate", Content::Media(&["application/x-pem-file"])),
        Endpoint::public(METADATA_PATH, "getProtectedResourceMetadata", handlers::metadata)
            .summary("Protected resource metadata (RFC 9728)")
            .answers(200, "The metadata", Content::Media(&["application/json"])),
        Endpoint::public("/openapi.json", "getOpenApi", handlers::openapi).summary("This document").answers(
            200,
            "OpenAPI 3.1",
            Content::Media(&["application/json"]),
        ),
    ]
}
