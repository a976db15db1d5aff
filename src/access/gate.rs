//! The way in: presentation → opening → revocation → rate, in this order, on every request. Yields who is asking, not yet for
//! what. May import `token`, `problem`.

use std::fmt;
use std::sync::Arc;

use actix_web::body::MessageBody;
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::header::CONTENT_TYPE;
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpMessage as _, HttpRequest};
use futures_util::StreamExt as _;
use quick_cache::sync::Cache;

use crate::access::grant::Holder;
use crate::access::presentation::{self, Unpresented};
use crate::access::rates::{Rates, Visit};
use crate::access::revocations::{Revocations, Stopped};
use crate::access::seen::Seen;
use crate::access::uses::Full;
use crate::problem::{Challenge, Code, Problem};
use crate::token::{Lent, Opener, Recalled, TokenError, Verified};

/// How much of a form is looked at for a token in the wrong place, bytes.
const FORM_BYTES: usize = 16 * 1024;
/// About how many tokens that were lent out are remembered.
const LENT: usize = 1024;

/// What it takes to let a request in. One for the process, shared by all workers.
pub struct Gate {
    opener: Arc<Opener>,
    revocations: Arc<Revocations>,
    seen: Arc<Seen>,
    rates: Rates,
    /// Tokens that were lent out, so that the access log counts all that one does as one's.
    lent: Cache<Lent, Arc<Verified>>,
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Gate")
    }
}

/// Marks a request whose token is good here, so that the server knows to add `Vary: Authorization` and to name the client.
#[derive(Debug, Clone)]
pub struct Admitted(pub Arc<Verified>);

/// Marks a request whose token was opened and is not let in, because it was taken back or its consent is over: for the log.
#[derive(Debug, Clone)]
pub struct Recognized(pub Arc<Verified>);

impl Gate {
    /// A gate that opens tokens with `opener`, then asks `revocations` and counts by `rates`.
    pub fn new(opener: Arc<Opener>, revocations: Arc<Revocations>, rates: Rates) -> Self {
        Self { opener, revocations, seen: Arc::default(), rates, lent: Cache::new(LENT) }
    }

    /// What was taken back.
    pub fn revocations(&self) -> &Arc<Revocations> {
        &self.revocations
    }

    /// Whose tokens came.
    pub fn seen(&self) -> &Arc<Seen> {
        &self.seen
    }

    /// The opener, for what is published about its keys.
    pub fn opener(&self) -> &Opener {
        &self.opener
    }

    /// The verified token of this request, or the answer that it gets instead: 400, 401, 429, 431 or 503.
    pub async fn admit(&self, request: &HttpRequest, payload: &mut Payload) -> Result<Arc<Verified>, Problem> {
        let visit = self.rates.visit(request);
        let let_in = self.let_in(request, payload, &visit).await;
        let token = visit.end(let_in)?;
        request.extensions_mut().insert(Admitted(token.clone()));
        self.rates.charge(&token)?;
        Ok(token)
    }

    /// Whether whoever was let in a while ago would be let in now: for an answer that takes its time. The operator always is.
    pub fn still_admits(&self, holder: &Holder) -> Result<(), Problem> {
        let Some(token) = holder.token() else { return Ok(()) };
        self.opener.check_time(token)?;
        Ok(self.stands(token)?)
    }

    /// Lets in whoever comes by an address that a token was lent to, as long as that token would be: its client pays.
    pub(super) fn admit_lent(&self, request: &HttpRequest, lent: &Lent) -> Result<Arc<Verified>, Problem> {
        let given_back = || Verified::of_lent(lent).map(Arc::new).ok_or_else(|| Problem::internal("no token was lent"));
        let token = self.lent.get_or_insert_with(lent, given_back)?;
        let stopped = match self.stands(&token) {
            Ok(()) if self.opener.now() < token.expires_at() => None,
            Ok(()) => Some("link_expired"),
            Err(Stopped::Revoked) => Some("revoked"),
            Err(Stopped::ConsentExpired) => Some("consent_expired"),
            Err(stopped @ Stopped::Unknown) => return Err(stopped.into()),
        };
        if let Some(cause) = stopped {
            request.extensions_mut().insert(Recognized(token));
            let message =
                "This address leads nowhere any longer. Whoever made it gets another one with an access token.";
            return Err(Problem::new(Code::LinkExpired, message).cause(cause));
        }
        request.extensions_mut().insert(Admitted(token.clone()));
        self.rates.charge(&token)?;
        Ok(token)
    }

    /// Lets the network address pay for a request that brought nothing.
    pub fn charge_anonymous(&self, request: &HttpRequest) -> Result<(), Problem> {
        self.rates.visit(request).charge_document()
    }

    /// Whether the token may pass now, for all that was taken back since it was let in.
    pub(super) fn stands(&self, token: &Verified) -> Result<(), Stopped> {
        self.revocations.check(token, self.opener.now())
    }

    async fn let_in(
        &self,
        request: &HttpRequest,
        payload: &mut Payload,
        visit: &Visit<'_>,
    ) -> Result<Arc<Verified>, Problem> {
        let presented = presentation::token(request.headers(), request.query_string());
        if is_form(request) {
            refuse_token_in_form(payload).await?;
        }
        let verified = match self.opener.recall(presented?)? {
            Recalled::Opened(verified) => verified,
            Recalled::Unopened(token) => {
                visit.spend(token.is_known())?;
                let opened = token.open().await;
                if matches!(opened, Ok(_) | Err(TokenError::Busy)) {
                    visit.regain();
                }
                opened?
            }
        };
        let now = self.opener.now();
        let checked = self.revocations.check(&verified, now);
        if checked != Err(Stopped::Unknown) {
            self.seen.note(&verified, now, checked.is_ok());
        }
        if checked.is_err() {
            request.extensions_mut().insert(Recognized(verified.clone()));
        }
        checked?;
        Ok(verified)
    }
}

/// The verified token of this request, for what is extracted from one.
pub(super) fn admitted(
    request: &HttpRequest,
    payload: &mut Payload,
) -> impl Future<Output = Result<Arc<Verified>, Problem>> + use<> {
    let request = request.clone();
    let mut payload = if is_form(&request) { payload.take() } else { Payload::None };
    async move {
        let Some(gate) = request.app_data::<Data<Gate>>() else { return Err(Problem::internal("no gate")) };
        gate.admit(&request, &mut payload).await
    }
}

/// Around what needs no token: such a request is paid for by its address.
pub async fn anonymous(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse, Error> {
    let charged = request.app_data::<Data<Gate>>().map_or(Ok(()), |gate| gate.charge_anonymous(request.request()));
    match charged {
        Ok(()) => Ok(next.call(request).await?.map_into_boxed_body()),
        Err(problem) => Ok(request.error_response(problem)),
    }
}

fn is_form(request: &HttpRequest) -> bool {
    let media = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media = media.split(';').next().unwrap_or_default().trim();
    media.eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

// RFC 6750 §2.2 lets a token travel in a form; here it may not, and a client that does so must hear why. Of a longer form the
// beginning is looked at: no endpoint takes any.
async fn refuse_token_in_form(payload: &mut Payload) -> Result<(), Problem> {
    let mut form = Vec::new();
    while form.len() < FORM_BYTES
        && let Some(chunk) = payload.next().await
    {
        form.extend_from_slice(&chunk?);
    }
    if presentation::has_token_parameter(&String::from_utf8_lossy(&form)) {
        return Err(Unpresented::Elsewhere.into());
    }
    Ok(())
}

impl From<Unpresented> for Problem {
    fn from(fault: Unpresented) -> Self {
        let (code, error, cause, message) = match fault {
            Unpresented::Absent => (
                Code::Unauthenticated,
                None,
                "absent",
                "An access token is needed: send it as `Authorization: Bearer <token>` or `Authorization: WRAP access_token=\"<token>\"`.",
            ),
            Unpresented::Malformed => (
                Code::InvalidRequest,
                Some("invalid_request"),
                "malformed",
                "The Authorization header is malformed: write `Bearer <token>` or `WRAP access_token=\"<token>\"`.",
            ),
            Unpresented::Twice => (
                Code::InvalidRequest,
                Some("invalid_request"),
                "twice",
                "The access token is presented more than once: send one Authorization header with one token.",
            ),
            Unpresented::Elsewhere => (
                Code::InvalidRequest,
                Some("invalid_request"),
                "elsewhere",
                "The access token is in the query string or the body: send it in the Authorization header only, and get a new one, since URLs are logged.",
            ),
        };
        Self::new(code, message).challenge(Challenge { error, scope: None }).cause(cause)
    }
}

impl From<TokenError> for Problem {
    // Whatever was wrong inside the token, the client is told the same (api.md §2); the log gets the code.
    fn from(error: TokenError) -> Self {
        match error {
            TokenError::TooLong => Self::new(Code::HeadTooLarge, "The access token is longer than this server takes.")
                .target("Authorization")
                .cause("token_too_long"),
            TokenError::Busy => busy().cause("decrypt_queue_full"),
            TokenError::NoKeys => busy().retry_after(5).cause("issuer_without_keys"),
            TokenError::Refused(refusal) => invalid_token().cause(refusal.code()),
        }
    }
}

impl From<Stopped> for Problem {
    fn from(stopped: Stopped) -> Self {
        match stopped {
            Stopped::Revoked => invalid_token().cause("revoked"),
            Stopped::ConsentExpired => invalid_token().cause("consent_expired"),
            Stopped::Unknown => busy().cause("revocations_stale"),
        }
    }
}

impl From<Full> for Problem {
    fn from(_: Full) -> Self {
        busy().cause("access_log_full")
    }
}

fn invalid_token() -> Problem {
    Problem::new(
        Code::Unauthenticated,
        "The access token is not valid here: it may be expired, revoked, meant for another server or damaged. Get a new one.",
    )
    .challenge(Challenge { error: Some("invalid_token"), scope: None })
}

fn busy() -> Problem {
    Problem::new(Code::Unavailable, "The server cannot take this request at the moment. Try again.").retry_after(1)
}
