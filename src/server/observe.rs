//! Around every request: its id, the limits of its head and body, the spelling of its path, the handler's deadline, the last
//! resort for a panic, the rendering of whatever went wrong, the headers that every answer has, and one log line.

use std::any::Any;
use std::net::IpAddr;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{self, Poll};
use std::time::{Duration, Instant};

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{Payload, ResponseHead, ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::http::header::{ACCEPT, CACHE_CONTROL, HeaderName, HeaderValue, VARY, X_CONTENT_TYPE_OPTIONS};
use actix_web::http::{ConnectionType, Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::web::{Bytes, Data};
use actix_web::{Error, HttpMessage as _, HttpResponse};
use chrono::SecondsFormat;
use futures_util::FutureExt as _;
use uuid::Uuid;

use crate::access::{Addressee, Admitted, Recognized, Remote};
use crate::config::Limits;
use crate::problem::{Code, Context, Problem};
use crate::resources::batch::Part;
use crate::router::{self, operations::Operation};
use crate::server::line::Line;
use crate::server::pace::{self, Progress};
use crate::server::{Surroundings, limits, trace};
use crate::token::Verified;

const REQUEST_ID: HeaderName = HeaderName::from_static("request-id");
const CLIENT_REQUEST_ID: HeaderName = HeaderName::from_static("client-request-id");

/// What is known of a request before it is routed.
struct Seen {
    id: String,
    client_id: Option<String>,
    trace_id: Option<String>,
    wants_problem_json: bool,
    method: Method,
    remote: Option<IpAddr>,
    started: Instant,
    progress: Progress,
    /// The template of its path, once it is known.
    route: Option<String>,
    operation: Operation,
    surroundings: Data<Surroundings>,
}

/// The middleware.
pub async fn observe<B: MessageBody + 'static>(
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let (Some(limits), Some(surroundings)) =
        (request.app_data::<Data<Limits>>().cloned(), request.app_data::<Data<Surroundings>>().cloned())
    else {
        return Err(Problem::new(Code::Internal, "Something went wrong on our side.").into());
    };
    let _inside = surroundings.meter.enter();
    let progress = pace::pace_body(&mut request, &limits);
    let part = request.extensions_mut().remove::<Part>();
    let mut seen = Seen::of(&request, part.as_ref(), surroundings, progress.clone());
    if let Err(problem) = limits::check(&request, &limits) {
        return Ok(seen.refused(request, &problem, true));
    }
    // A part of a batch has come in with the batch.
    if part.is_none() {
        match seen.surroundings.admission.admit(progress.is_coming()) {
            Ok(guest) => progress.seat(guest),
            Err(problem) => return Ok(seen.refused(request, &problem, false)),
        }
    }
    request.extensions_mut().insert(Remote(seen.remote));
    respell(&mut request, &seen.surroundings);
    seen.route = router::path(&request);
    seen.operation = seen.surroundings.operations.of(request.method(), seen.route.as_deref());
    if let Some(Part { refused: Some(problem), .. }) = &part {
        return Ok(seen.refused(request, problem, false));
    }
    let whole = Duration::from_secs(limits.handler_deadline_s);
    let deadline = part.map_or(whole, |part| whole.min(part.until.saturating_duration_since(Instant::now())));
    let served = AssertUnwindSafe(next.call(request)).catch_unwind();
    let answer = match pace::within(deadline, &progress, served).await {
        Some(Ok(Ok(response))) => seen.answer(response),
        Some(Ok(Err(error))) => return seen.without_request(&problem_of(&error), progress.unread()),
        Some(Err(panic)) => return seen.without_request(&panicked(panic.as_ref()), progress.unread()),
        None => return seen.without_request(&too_slow(), progress.unread()),
    };
    Ok(match progress.unread() {
        Some(unread) => answer.map_body(|head, body| closing(head, body, Some(unread))),
        None => answer,
    })
}

/// An answer after which the connection is closed: what was not read would be taken for the next request's head.
fn closing(head: &mut ResponseHead, body: BoxBody, unread: Option<Payload>) -> BoxBody {
    head.set_connection_type(ConnectionType::Close);
    BoxBody::new(Holding { body, _unread: unread })
}

/// A body that keeps what was not read of the request until it is sent.
struct Holding {
    body: BoxBody,
    _unread: Option<Payload>,
}

impl MessageBody for Holding {
    type Error = Box<dyn std::error::Error>;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.body).poll_next(cx)
    }
}

impl Seen {
    fn of(request: &ServiceRequest, part: Option<&Part>, surroundings: Data<Surroundings>, progress: Progress) -> Self {
        let headers = request.headers();
        let client_id = headers.get(&CLIENT_REQUEST_ID).and_then(|value| value.to_str().ok());
        let accept = headers.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
        Self {
            id: Uuid::now_v7().to_string(),
            // Echoed, so only if it looks like an id.
            client_id: client_id.filter(|id| is_id(id)).map(Into::into),
            trace_id: trace::id(headers).map(Into::into),
            wants_problem_json: accept.to_ascii_lowercase().contains("application/problem+json"),
            method: request.method().clone(),
            remote: match part {
                Some(part) => part.remote.0,
                None => request.peer_addr().map(|peer| surroundings.forwarded.client(peer.ip(), headers)),
            },
            started: Instant::now(),
            progress,
            route: None,
            operation: Operation::NONE,
            surroundings,
        }
    }

    fn answer<B: MessageBody + 'static>(self, response: ServiceResponse<B>) -> ServiceResponse<BoxBody> {
        let rendered = response.response().error().map(|error| {
            let problem = error.as_error::<Problem>();
            let other = problem.is_none().then(|| framework_problem(response.status(), error));
            let text = problem.or(other.as_ref()).map(|problem| (self.rendered(problem), cause(problem)));
            text.unwrap_or_else(|| (HttpResponse::InternalServerError().finish(), None))
        });
        match rendered {
            Some((body, cause)) => self.logged(response.into_response(body), cause),
            None => self.logged(response.map_into_boxed_body(), None),
        }
    }

    /// An answer to a request that was not looked at any further.
    fn refused(mut self, request: ServiceRequest, problem: &Problem, closes: bool) -> ServiceResponse<BoxBody> {
        self.route = router::path(&request);
        let (progress, response) = (self.progress.clone(), self.rendered(problem));
        let response = self.logged(request.into_response(response), cause(problem));
        match progress.unread() {
            None if !closes => response,
            unread => response.map_body(|head, body| closing(head, body, unread)),
        }
    }

    /// An answer where the request is gone with the handler that had it.
    fn without_request(self, problem: &Problem, unread: Option<Payload>) -> Result<ServiceResponse<BoxBody>, Error> {
        let mut response = self.rendered(problem);
        self.decorate(response.head_mut().headers_mut(), false);
        let line = self.line(response.status(), None, cause(problem));
        let response = response.map_body(|head, body| closing(head, line.write_with(body), unread));
        Err(InternalError::from_response(problem.to_string(), response).into())
    }

    fn rendered(&self, problem: &Problem) -> HttpResponse {
        let date = self.surroundings.clock.now().to_rfc3339_opts(SecondsFormat::Secs, true);
        problem.render(&Context {
            request_id: &self.id,
            client_request_id: self.client_id.as_deref(),
            date: &date,
            realm: &self.surroundings.realm,
            resource_metadata: &self.surroundings.resource_metadata,
            wants_problem_json: self.wants_problem_json,
        })
    }

    fn logged(self, mut response: ServiceResponse<BoxBody>, cause: Option<String>) -> ServiceResponse<BoxBody> {
        let admitted = response.request().extensions().get::<Admitted>().map(|admitted| admitted.0.clone());
        self.decorate(response.headers_mut(), admitted.is_some());
        let recognized = || response.request().extensions().get::<Recognized>().map(|recognized| recognized.0.clone());
        let known = admitted.or_else(recognized);
        let line = self.line(response.status(), known, cause);
        response.map_body(|_, body| line.write_with(body))
    }

    fn decorate(&self, headers: &mut actix_web::http::header::HeaderMap, admitted: bool) {
        if let Ok(id) = HeaderValue::from_str(&self.id) {
            headers.insert(REQUEST_ID, id);
        }
        if let Some(id) = self.client_id.as_deref().and_then(|id| HeaderValue::from_str(id).ok()) {
            headers.insert(CLIENT_REQUEST_ID, id);
        }
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        // Nothing of a person is for a shared cache (RFC 9111 §3.5); their own may keep what a handler says it may.
        let kept =
            headers.get(CACHE_CONTROL).is_some_and(|value| !admitted || value.as_bytes().starts_with(b"private"));
        if !kept {
            headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        }
        if admitted || !kept {
            headers.append(VARY, HeaderValue::from_static("Authorization"));
        }
    }

    /// Counts the answer; what is left to be told of it is its line.
    fn line(self, status: StatusCode, token: Option<Arc<Verified>>, deny_reason: Option<String>) -> Line {
        let Surroundings { operations, meter, pseudonyms, .. } = &**self.surroundings;
        let took = self.started.elapsed();
        meter.answered(self.operation, status, took, deny_reason.as_deref());
        Line {
            operation: operations.id(self.operation),
            person: token.as_ref().map(|token| pseudonyms.of(token.issuer(), token.subject())),
            took,
            bytes_in: self.progress.bytes(),
            bytes_out: 0,
            request_id: self.id,
            trace_id: self.trace_id,
            method: self.method,
            remote: self.remote,
            route: self.route,
            status,
            token,
            deny_reason,
        }
    }
}

fn cause(problem: &Problem) -> Option<String> {
    problem.logged_cause().map(Into::into)
}

fn is_id(text: &str) -> bool {
    (1..=128).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.{}".contains(&b))
}

// A path in another case, or with `()`, is the same path (api.md §1); a person's by id is that of `me`, marked with the id.
fn respell(request: &mut ServiceRequest, surroundings: &Surroundings) {
    let (path, addressee) = surroundings.words.routed(request.path());
    if let Some(id) = addressee {
        request.extensions_mut().insert(Addressee(id));
    }
    let path = match path {
        std::borrow::Cow::Borrowed(_) => return,
        std::borrow::Cow::Owned(path) => path,
    };
    let target = match request.uri().query() {
        Some(query) => format!("{path}?{query}"),
        None => path,
    };
    if let Ok(uri) = target.parse::<actix_web::http::Uri>() {
        request.match_info_mut().get_mut().update(&uri);
        request.head_mut().uri = uri;
    }
}

fn problem_of(error: &Error) -> Problem {
    let status = error.as_response_error().status_code();
    framework_problem(status, error)
}

/// The framework's own refusals, in our words: its texts are not for clients.
fn framework_problem(status: StatusCode, error: &Error) -> Problem {
    let (code, message) = match status.as_u16() {
        404 => (Code::NotFound, "There is nothing at this path."),
        408 => (Code::Timeout, "The request came too slowly."),
        413 => (Code::TooLarge, "The body is too large."),
        415 => (Code::UnsupportedMedia, "This media type is not taken here."),
        417 => (Code::ExpectationFailed, "Expectations are not supported."),
        400..500 => (Code::InvalidRequest, "The request is malformed."),
        503 => (Code::Unavailable, "The server cannot take this request at the moment."),
        _ => (Code::Internal, "Something went wrong on our side."),
    };
    Problem::new(code, message).cause(error.to_string())
}

fn panicked(panic: &(dyn Any + Send)) -> Problem {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    Problem::internal(format!("panic: {}", text.unwrap_or("?")))
}

fn too_slow() -> Problem {
    Problem::new(Code::Unavailable, "The server took too long. Try again.").retry_after(1).cause("handler_deadline")
}
