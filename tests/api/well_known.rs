//! What the server says of itself to anyone.

use actix_web::http::Method;
use base64::Engine as _;
use rsa::pkcs1v15::{Signature, VerifyingKey};
use rsa::pkcs8::DecodePublicKey as _;
use rsa::signature::Verifier as _;
use rsa::traits::PublicKeyParts as _;
use sha2::Sha256;

use crate::on_both;
use crate::support::app::{Backend, TestApp};

on_both! { keys_and_metadata_are_public head_and_errors_are_uniform }

async fn keys_and_metadata_are_public(on: Backend) {
    let app = TestApp::on(on);
    let jwks = app.send(Method::GET, "/.well-known/jwks.json", &[], None).await;
    let key = &jwks.json()["keys"][0];
    assert_eq!((&key["kty"], &key["use"], &key["alg"]), (&"RSA".into(), &"enc".into(), &"RSA-OAEP-256".into()));
    assert!(key.get("d").is_none() && key["kid"].as_str().is_some_and(|kid| kid.len() == 43));
    let pem = app.send(Method::GET, "/.well-known/sharehold.pem", &[], None).await.text();
    let (_, pem) = x509_parser::pem::parse_x509_pem(pem.as_bytes()).expect("PEM");
    let certificate = pem.parse_x509().expect("a certificate");
    let public = rsa::RsaPublicKey::from_public_key_der(certificate.public_key().raw).expect("an RSA key");
    let signature = Signature::try_from(certificate.signature_value.as_ref()).expect("a signature");
    let signed = certificate.tbs_certificate.as_ref();
    VerifyingKey::<Sha256>::new(public.clone()).verify(signed, &signature).expect("self-signed");
    let n = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(public.n().to_bytes_be());
    assert_eq!(key["n"], n.as_str(), "certificate and JWK set carry the same key");
    let metadata = app.send(Method::GET, "/.well-known/oauth-protected-resource", &[], None).await.json();
    assert_eq!(metadata["resource"], "http://127.0.0.1:8700");
    assert_eq!(metadata["jwks_uri"], "http://127.0.0.1:8700/.well-known/jwks.json");
    assert_eq!(metadata["bearer_methods_supported"], serde_json::json!(["header"]));
    assert!(metadata["authorization_servers"].as_array().is_some_and(|servers| !servers.is_empty()));
    assert!(metadata["scopes_supported"].as_array().is_some_and(|scopes| scopes.contains(&"User.Read".into())));
}

async fn head_and_errors_are_uniform(on: Backend) {
    let app = TestApp::on(on);
    let head = app.send(Method::HEAD, "/.well-known/jwks.json", &[], None).await;
    assert_eq!(head.status, 200);
    assert_eq!(head.header("x-content-type-options"), "nosniff");
    let answer = app.caller("ann", "User.Read").with("client-request-id", "my-id-1").get("/v1.0/nothing").await;
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (404, "application/json".into()));
    let body = answer.json();
    assert_eq!(body["error"]["innerError"]["client-request-id"], "my-id-1");
    assert_eq!(body["error"]["innerError"]["request-id"], answer.header("request-id").as_str());
    assert_eq!((&body["status"], &body["title"]), (&404.into(), &"Not Found".into()));
    let asked = app.caller("ann", "User.Read").with("accept", "application/problem+json").get("/v1.0/nothing").await;
    assert_eq!(asked.header("content-type"), "application/problem+json");
    let odd = app.caller("ann", "User.Read").with("client-request-id", "<script>").get("/v1.0/me").await;
    assert_eq!((odd.status.as_u16(), odd.header("client-request-id")), (200, String::new()));
    assert_eq!((odd.header("cache-control"), odd.header("vary")), ("no-store".into(), "Authorization".into()));
}
