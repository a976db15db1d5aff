//! How a bucket is spoken to: by the HTTP client and the TLS that fetch key sets too, each request on a thread that may wait, with a
//! limit for every step of it. An answer is read whole: the largest is a page of a list.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use http_body_util::BodyExt as _;
use object_store::ClientOptions;
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse, HttpService,
};
use ureq::http::{Method, Request};
use ureq::tls::{RootCerts, TlsConfig, TlsProvider};
use ureq::{Error, Timeout};

/// Resolving a name, and reaching the address.
const TO_REACH: Duration = Duration::from_secs(2);
/// Until an answer begins; and between two parts of a body, either way.
const TO_ANSWER: Duration = Duration::from_secs(5);
/// All of it, whatever comes.
const ALTOGETHER: Duration = Duration::from_mins(1);
/// The largest answer that is read. A list's page has a thousand names.
const LARGEST: u64 = 16 << 20;
/// As many connections stay open for the next request.
const IDLE: usize = 32;

#[derive(Debug)]
pub(super) struct Connector;

impl HttpConnector for Connector {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        let tls = TlsConfig::builder()
            .provider(TlsProvider::Rustls)
            .root_certs(RootCerts::PlatformVerifier)
            .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
            .build();
        let agent = ureq::Agent::config_builder()
            .tls_config(tls)
            .timeout_global(Some(ALTOGETHER))
            .timeout_resolve(Some(TO_REACH))
            .timeout_connect(Some(TO_REACH))
            .timeout_recv_response(Some(TO_ANSWER))
            .timeout_per_read(Some(TO_ANSWER))
            .timeout_per_write(Some(TO_ANSWER))
            .max_redirects(0)
            .http_status_as_error(false)
            .proxy(None)
            .max_idle_connections(IDLE)
            .max_idle_connections_per_host(IDLE)
            .build()
            .new_agent();
        Ok(HttpClient::new(Client { agent }))
    }
}

#[derive(Debug)]
struct Client {
    agent: ureq::Agent,
}

#[async_trait]
impl HttpService for Client {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let (head, body) = request.into_parts();
        let body = body.collect().await?.to_bytes();
        let agent = self.agent.clone();
        let answered = tokio::task::spawn_blocking(move || {
            let answer = if body.is_empty() && ![Method::PUT, Method::POST].contains(&head.method) {
                agent.run(Request::from_parts(head, ()))?
            } else {
                agent.run(Request::from_parts(head, body.as_ref()))?
            };
            let (head, body) = answer.into_parts();
            let bytes = body.into_with_config().limit(LARGEST).read_to_vec()?;
            Ok(HttpResponse::from_parts(head, bytes.into()))
        });
        match answered.await {
            Ok(answered) => answered.map_err(|fault: Error| HttpError::new(kind(&fault), fault)),
            Err(fault) => Err(HttpError::new(HttpErrorKind::Unknown, fault)),
        }
    }
}

/// By which it is decided whether to try again.
fn kind(fault: &Error) -> HttpErrorKind {
    match fault {
        Error::Timeout(Timeout::Resolve | Timeout::Connect) | Error::HostNotFound | Error::ConnectionFailed => {
            HttpErrorKind::Connect
        }
        Error::Timeout(_) => HttpErrorKind::Timeout,
        Error::Io(fault) if fault.kind() == std::io::ErrorKind::ConnectionRefused => HttpErrorKind::Connect,
        Error::Io(_) => HttpErrorKind::Interrupted,
        _ => HttpErrorKind::Unknown,
    }
}
