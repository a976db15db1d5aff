//! Which sites' pages may call from a browser (the Fetch standard's CORS protocol): the exact origins of `cors.origins`, for
//! every path alike, never `*`, never with credentials. Any other page is served like any client, only without the headers
//! that its browser asks for: that an origin is not listed is no reason to refuse a request.
//!
//! Not by `actix-cors`: it answers a preflight of another origin, method or header with 400, knows one list of methods for all
//! paths, and fixes its settings when the application is made, while these are reloaded.

use std::collections::BTreeMap;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD, HeaderMap, HeaderValue,
    ORIGIN, VARY,
};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpResponse};
use arc_swap::ArcSwap;

use crate::config;
use crate::router;

/// What pages may send beyond what the Fetch standard always lets through.
const REQUEST_HEADERS: &str = "authorization, content-type, prefer, if-match, if-none-match, client-request-id, sdkversion, \
                               consistencylevel, content-disposition, content-range, range, if-range, idempotency-key, traceparent";
/// What pages may read beyond what the Fetch standard always lets them.
const RESPONSE_HEADERS: &str = "etag, location, retry-after, request-id, client-request-id, www-authenticate, preference-applied, \
                                accept-ranges, content-disposition, content-range";
/// How long a browser may remember a preflight, seconds.
const PREFLIGHT_S: &str = "600";

/// The origins that may call, and what each path lets them do.
#[derive(Debug)]
pub struct Cors {
    origins: Vec<String>,
    methods: BTreeMap<&'static str, String>,
}

impl Cors {
    /// As configured; `config::check` has seen that each is an origin as browsers write it.
    pub fn new(settings: &config::Cors) -> Self {
        Self { origins: settings.origins.clone(), methods: router::methods() }
    }

    /// The origin that `headers` name, if it is listed, octet for octet.
    fn listed<'h>(&self, headers: &'h HeaderMap) -> Option<&'h HeaderValue> {
        let mut named = headers.get_all(ORIGIN);
        let (origin, another) = (named.next()?, named.next());
        let listed = another.is_none() && self.origins.iter().any(|known| known.as_bytes() == origin.as_bytes());
        listed.then_some(origin)
    }
}

/// Around everything: says on each answer, errors too, whether the page that asks may read it.
pub async fn permit<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let cors = request.app_data::<Data<ArcSwap<Cors>>>().map(|cors| cors.load_full());
    let Some(cors) = cors.filter(|cors| !cors.origins.is_empty()) else { return next.call(request).await };
    let origin = cors.listed(request.headers()).cloned();
    match next.call(request).await {
        Ok(mut response) => {
            mark(response.headers_mut(), origin.as_ref());
            Ok(response)
        }
        Err(mut error) => {
            error.add_response_mapper(move |mut response| {
                mark(response.headers_mut(), origin.as_ref());
                response
            });
            Err(error)
        }
    }
}

// `Vary` also where no origin was sent or it is not listed: a cache must not give that answer to a page that may read it
// (Fetch, "CORS protocol and HTTP caches").
fn mark(headers: &mut HeaderMap, origin: Option<&HeaderValue>) {
    headers.append(VARY, HeaderValue::from_static("Origin"));
    if let Some(origin) = origin {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(RESPONSE_HEADERS));
    }
}

/// Before routing: answers a preflight, which carries no token and asks for nothing but leave.
pub async fn preflight(request: ServiceRequest, next: Next<BoxBody>) -> Result<ServiceResponse<BoxBody>, Error> {
    let headers = request.headers();
    let asks = headers.contains_key(ORIGIN) && headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD);
    let cors = request.app_data::<Data<ArcSwap<Cors>>>().filter(|_| asks && request.method() == Method::OPTIONS);
    let Some(cors) = cors else { return next.call(request).await };
    let mut answer = HttpResponse::NoContent();
    let cors = cors.load();
    if cors.listed(headers).is_some() {
        // GET, HEAD and POST need no leave: at a path that there is not, a page reads the 404.
        if let Some(methods) = router::path(&request).and_then(|path| cors.methods.get(path.as_str())) {
            answer.insert_header((ACCESS_CONTROL_ALLOW_METHODS, methods.as_str()));
        }
        answer.insert_header((ACCESS_CONTROL_ALLOW_HEADERS, REQUEST_HEADERS));
        answer.insert_header((ACCESS_CONTROL_MAX_AGE, PREFLIGHT_S));
    }
    Ok(request.into_response(answer.finish()))
}
