//! What a client is told when something is wrong: one code enum, one envelope, one place that writes it.
//! A leaf: imports nothing of ours. Layers above turn their errors into a [`Problem`] with `From`; the server adds the
//! request's ids when it renders one ([`Problem::render`]).

use std::fmt;
use std::io::ErrorKind;

use actix_web::body::BoxBody;
use actix_web::error::PayloadError;
use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, CONTENT_RANGE, CONTENT_TYPE, HeaderName, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::{HttpResponse, ResponseError};
use serde_json::{Map, Value, json};

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $variant:ident = $status:ident, $name:literal;)*) => {
        /// Every kind of failure that the API answers with, its status and its name in the body.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Code {
            $($(#[doc = $doc])+ $variant,)*
        }

        impl Code {
            /// The HTTP status.
            pub fn status(self) -> StatusCode {
                match self { $(Self::$variant => StatusCode::$status,)* }
            }

            /// The name in `error.code`.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }
    };
}

codes! {
    #[doc = "The request is not understood."]
    InvalidRequest = BAD_REQUEST, "invalidRequest";
    #[doc = "A `$`-option is unknown, repeated or malformed."]
    InvalidQueryOption = BAD_REQUEST, "invalidQueryOption";
    #[doc = "`$filter` is not understood, or beyond its limits."]
    InvalidFilter = BAD_REQUEST, "ErrorInvalidUrlQueryFilter";
    #[doc = "A member of the body is unknown, read-only or has a value it cannot have."]
    PropertyValidation = BAD_REQUEST, "ErrorPropertyValidationFailure";
    #[doc = "No token, or none that opens."]
    Unauthenticated = UNAUTHORIZED, "InvalidAuthenticationToken";
    #[doc = "The token does not reach this far."]
    AccessDenied = FORBIDDEN, "ErrorAccessDenied";
    #[doc = "Nothing here, or nothing of yours."]
    NotFound = NOT_FOUND, "ErrorItemNotFound";
    #[doc = "The person has no photo, or none of this size."]
    ImageNotFound = NOT_FOUND, "ImageNotFound";
    #[doc = "The path is known, the method is not."]
    MethodNotAllowed = METHOD_NOT_ALLOWED, "notAllowed";
    #[doc = "No representation that `Accept` allows."]
    NotAcceptable = NOT_ACCEPTABLE, "invalidAcceptType";
    #[doc = "The body came too slowly."]
    Timeout = REQUEST_TIMEOUT, "requestTimeout";
    #[doc = "A name that is taken already."]
    NameAlreadyExists = CONFLICT, "nameAlreadyExists";
    #[doc = "The same request, under the same `Idempotency-Key`, is being answered."]
    InFlight = CONFLICT, "requestInProgress";
    #[doc = "A token of a delta round that leads nowhere any longer: begin with a full round."]
    SyncStateNotFound = GONE, "syncStateNotFound";
    #[doc = "A signed address whose time is over: ask for another one."]
    LinkExpired = GONE, "linkExpired";
    #[doc = "An `Idempotency-Key` that came with another request before."]
    KeyReused = UNPROCESSABLE_ENTITY, "idempotencyKeyReused";
    #[doc = "`If-Match` names another version."]
    PreconditionFailed = PRECONDITION_FAILED, "ErrorIrresolvableConflict";
    #[doc = "A change that takes `If-Match` came without it (RFC 6585 §3)."]
    PreconditionRequired = PRECONDITION_REQUIRED, "preconditionRequired";
    #[doc = "The body is larger than the limit."]
    TooLarge = PAYLOAD_TOO_LARGE, "maxFileSizeExceeded";
    #[doc = "None of the bytes that are there is in the `Range`."]
    RangeNotSatisfiable = RANGE_NOT_SATISFIABLE, "invalidRange";
    #[doc = "The request target is longer than the limit."]
    UriTooLong = URI_TOO_LONG, "uriTooLong";
    #[doc = "The body's media type or encoding is not taken here."]
    UnsupportedMedia = UNSUPPORTED_MEDIA_TYPE, "notSupported";
    #[doc = "A picture that is broken, too costly or too small."]
    InvalidImage = UNPROCESSABLE_ENTITY, "invalidImage";
    #[doc = "A part of a batch that depends on one that failed."]
    FailedDependency = FAILED_DEPENDENCY, "failedDependency";
    #[doc = "An expectation that this server cannot meet."]
    ExpectationFailed = EXPECTATION_FAILED, "expectationFailed";
    #[doc = "Too many requests or connections."]
    TooManyRequests = TOO_MANY_REQUESTS, "TooManyRequests";
    #[doc = "The head or the token is larger than the limit."]
    HeadTooLarge = REQUEST_HEADER_FIELDS_TOO_LARGE, "requestHeaderFieldsTooLarge";
    #[doc = "Our fault."]
    Internal = INTERNAL_SERVER_ERROR, "generalException";
    #[doc = "Not now: try again."]
    Unavailable = SERVICE_UNAVAILABLE, "serviceNotAvailable";
    #[doc = "No room left."]
    InsufficientStorage = INSUFFICIENT_STORAGE, "quotaLimitReached";
}

/// What a `WWW-Authenticate: Bearer` challenge says (RFC 6750 §3).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Challenge {
    /// `invalid_request`, `invalid_token` or `insufficient_scope`; none without credentials (RFC 6750 §3.1).
    pub error: Option<&'static str>,
    /// The scopes that would do, space-separated.
    pub scope: Option<String>,
}

/// A failure as the client is told it, and, for the log only, its cause.
#[derive(Debug)]
pub struct Problem(Box<Told>);

#[derive(Debug)]
struct Told {
    code: Code,
    message: String,
    target: Option<String>,
    challenge: Option<Challenge>,
    retry_after_s: Option<u64>,
    header: Option<(HeaderName, String)>,
    cause: Option<String>,
}

/// What the server knows about the request when a problem is rendered.
#[derive(Debug)]
pub struct Context<'a> {
    /// Our id of the request.
    pub request_id: &'a str,
    /// The client's id of the request, if it sent one that may be echoed.
    pub client_request_id: Option<&'a str>,
    /// Now, RFC 3339.
    pub date: &'a str,
    /// `realm` of the challenge.
    pub realm: &'a str,
    /// Where the protected resource metadata is (RFC 9728 §5.1).
    pub resource_metadata: &'a str,
    /// Whether the client asked for `application/problem+json` by name (RFC 9457).
    pub wants_problem_json: bool,
}

impl Problem {
    /// A problem of this kind; `message` is for the developer of the client: what is wrong and how to mend it.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self(Box::new(Told {
            code,
            message: message.into(),
            target: None,
            challenge: None,
            retry_after_s: None,
            header: None,
            cause: None,
        }))
    }

    /// Our fault: the client learns no more than that.
    pub fn internal(cause: impl Into<String>) -> Self {
        Self::new(Code::Internal, "Something went wrong on our side.").cause(cause)
    }

    /// Names the member, parameter or header that is meant.
    #[must_use]
    pub fn target(mut self, target: impl Into<String>) -> Self {
        self.0.target = Some(target.into());
        self
    }

    /// Adds the challenges of RFC 6750 §3 and draft-hardt-oauth-01 §4.3.
    #[must_use]
    pub fn challenge(mut self, challenge: Challenge) -> Self {
        self.0.challenge = Some(challenge);
        self
    }

    /// Adds `Retry-After`, seconds.
    #[must_use]
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.0.retry_after_s = Some(seconds);
        self
    }

    /// Adds `Allow`.
    #[must_use]
    pub fn allow(mut self, methods: impl Into<String>) -> Self {
        self.0.header = Some((ALLOW, methods.into()));
        self
    }

    /// Adds the `Content-Range` of a range that is not satisfiable (RFC 9110 §14.4): how many bytes there are.
    #[must_use]
    pub fn of_length(mut self, bytes: u64) -> Self {
        self.0.header = Some((CONTENT_RANGE, format!("bytes */{bytes}")));
        self
    }

    /// Adds what the log, and never the client, is told.
    #[must_use]
    pub fn cause(mut self, cause: impl Into<String>) -> Self {
        self.0.cause = Some(cause.into());
        self
    }

    /// Which kind of failure it is.
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// For the log only: why, in a word or a line that holds no secret.
    pub fn logged_cause(&self) -> Option<&str> {
        self.0.cause.as_deref()
    }

    /// The answer: Graph's error envelope with the members of RFC 9457 beside it.
    pub fn render(&self, context: &Context<'_>) -> HttpResponse {
        let mut response = HttpResponse::build(self.0.code.status());
        let media = if context.wants_problem_json { "application/problem+json" } else { "application/json" };
        response.insert_header((CONTENT_TYPE, media));
        if let Some(challenge) = &self.0.challenge {
            response.append_header((WWW_AUTHENTICATE, bearer(challenge, context)));
            response.append_header((WWW_AUTHENTICATE, "WRAP"));
        }
        if let Some(seconds) = self.0.retry_after_s {
            response.insert_header((RETRY_AFTER, seconds.to_string()));
        }
        if let Some((name, value)) = &self.0.header {
            response.insert_header((name, value.as_str()));
        }
        response.body(self.body(context).to_string())
    }

    fn body(&self, context: &Context<'_>) -> Value {
        let mut inner = Map::new();
        inner.insert("date".into(), context.date.into());
        inner.insert("request-id".into(), context.request_id.into());
        if let Some(id) = context.client_request_id {
            inner.insert("client-request-id".into(), id.into());
        }
        let mut error = Map::new();
        error.insert("code".into(), self.0.code.name().into());
        error.insert("message".into(), self.0.message.as_str().into());
        if let Some(target) = &self.0.target {
            error.insert("target".into(), target.as_str().into());
        }
        error.insert("innerError".into(), inner.into());
        json!({
            "error": error,
            "type": "about:blank",
            "title": self.0.code.status().canonical_reason().unwrap_or_default(),
            "status": self.0.code.status().as_u16(),
            "detail": self.0.message,
            "instance": format!("urn:uuid:{}", context.request_id),
        })
    }
}

fn bearer(challenge: &Challenge, context: &Context<'_>) -> String {
    let error = challenge.error.map(|error| format!(", error=\"{error}\"")).unwrap_or_default();
    let scope = challenge.scope.as_ref().map(|scope| format!(", scope=\"{scope}\"")).unwrap_or_default();
    let (realm, metadata) = (context.realm, context.resource_metadata);
    format!("Bearer realm=\"{realm}\"{error}{scope}, resource_metadata=\"{metadata}\"")
}

impl From<PayloadError> for Problem {
    fn from(fault: PayloadError) -> Self {
        match fault {
            PayloadError::Io(io) if io.kind() == ErrorKind::TimedOut => {
                Self::new(Code::Timeout, "The body came too slowly or not whole. Send it again.")
            }
            other => Self::new(Code::InvalidRequest, "The body did not arrive whole.").cause(other.to_string()),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.0.code.name(), self.0.message)
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.0.code.status()
    }

    // The body is written by `render`, where the request's ids are known.
    fn error_response(&self) -> HttpResponse<BoxBody> {
        HttpResponse::new(self.0.code.status())
    }
}
