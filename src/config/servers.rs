//! `[[authorization_servers]]`: whose tokens open here. A leaf: imports nothing of ours.

use std::path::PathBuf;

use serde::Deserialize;

/// One `[[authorization_servers]]`: whose tokens open here, trusted by what, and what they may use.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuthorizationServer {
    /// The issuer, compared octet for octet with `iss`.
    pub issuer: String,
    /// Its certificate (PEM); exactly one of `certificate`, `jwks_file`, `jwks_uri`.
    #[serde(default)]
    pub certificate: Option<PathBuf>,
    /// Its JWK set in a file.
    #[serde(default)]
    pub jwks_file: Option<PathBuf>,
    /// Its JWK set by https (plain http on loopback only).
    #[serde(default)]
    pub jwks_uri: Option<String>,
    /// Audiences that mean us; absent: `[public_url]`, which `load` fills in.
    #[serde(default)]
    pub audience: Vec<String>,
    /// JWS `alg` allowed inside.
    #[serde(default = "signature_algorithms")]
    pub signature_algorithms: Vec<String>,
    /// JWE `alg` allowed outside.
    #[serde(default = "key_management_algorithms")]
    pub key_management_algorithms: Vec<String>,
    /// JWE `enc` allowed outside.
    #[serde(default = "content_encryption_algorithms")]
    pub content_encryption_algorithms: Vec<String>,
    /// Also takes tokens that are signed but not encrypted.
    #[serde(default)]
    pub accept_unencrypted: bool,
    /// Also takes a JWE without `cty`.
    #[serde(default)]
    pub accept_missing_cty: bool,
    /// The longest `exp − iat`, seconds.
    #[serde(default = "max_token_lifetime_s")]
    pub max_token_lifetime_s: u64,
    /// JWS `typ` allowed (`application/` in front is understood).
    #[serde(default = "accept_typ")]
    pub accept_typ: Vec<String>,
    /// The claim that names the client.
    #[serde(default = "client_id_claim")]
    pub client_id_claim: String,
    /// The claim that names the token.
    #[serde(default = "token_id_claim")]
    pub token_id_claim: String,
}

impl AuthorizationServer {
    /// The server of `issuer` with every other setting as it is by default: trusted by nothing yet, its audience left empty
    /// (which stands for `[public_url]`).
    pub fn new(issuer: impl Into<String>) -> Self {
        Self {
            issuer: issuer.into(),
            certificate: None,
            jwks_file: None,
            jwks_uri: None,
            audience: Vec::new(),
            signature_algorithms: signature_algorithms(),
            key_management_algorithms: key_management_algorithms(),
            content_encryption_algorithms: content_encryption_algorithms(),
            accept_unencrypted: false,
            accept_missing_cty: false,
            max_token_lifetime_s: max_token_lifetime_s(),
            accept_typ: accept_typ(),
            client_id_claim: client_id_claim(),
            token_id_claim: token_id_claim(),
        }
    }

    /// A server trusted by its certificate, everything else by default.
    pub fn trusting(issuer: &str, certificate: PathBuf) -> Self {
        Self { certificate: Some(certificate), ..Self::new(issuer) }
    }
}

fn signature_algorithms() -> Vec<String> {
    ["RS256", "PS256", "ES256", "EdDSA"].map(Into::into).into()
}
fn key_management_algorithms() -> Vec<String> {
    vec!["RSA-OAEP-256".into()]
}
fn content_encryption_algorithms() -> Vec<String> {
    ["A256GCM", "A128CBC-HS256"].map(Into::into).into()
}
fn max_token_lifetime_s() -> u64 {
    86_400
}
fn accept_typ() -> Vec<String> {
    vec!["at+jwt".into()]
}
fn client_id_claim() -> String {
    "client_id".into()
}
fn token_id_claim() -> String {
    "jti".into()
}
