//! Deadlines that the framework does not have: a body must come at a minimum rate and be whole in time, and a handler must
//! answer in time once its body is there.

use std::cell::{Cell, OnceCell};
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::HttpMessage as _;
use actix_web::dev::{Payload, ServiceRequest};
use actix_web::error::PayloadError;
use actix_web::http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderValue, TRANSFER_ENCODING};
use actix_web::web::Bytes;
use futures_util::Stream;
use tokio::time::{Instant, Sleep, sleep_until};

use crate::config::Limits;
use crate::server::admission::Guest;

const JSON: &[u8] = b"application/json";

/// How far a request's body has come, shared between the body and the handler's deadline.
#[derive(Clone)]
pub struct Progress(Rc<Shared>);

struct Shared {
    state: Cell<State>,
    /// What a handler left unread.
    left: Cell<Option<Payload>>,
    /// How many bytes were read.
    read: Cell<u64>,
    /// Whom the body belongs to.
    guest: OnceCell<Guest>,
}

#[derive(Debug, Clone, Copy)]
enum State {
    /// There is none, or it was read to its end at that time.
    Whole(Instant),
    /// It is still to come.
    Coming,
}

impl Progress {
    /// The part of the body that was not read, if there is any.
    ///
    /// It must live as long as the answer is being sent: the framework then closes the connection in time, while it waits
    /// without end for the rest of a chunked body that was dropped.
    pub fn unread(&self) -> Option<Payload> {
        self.0.left.take()
    }

    /// How many bytes of the body were read.
    pub fn bytes(&self) -> u64 {
        self.0.read.get()
    }

    /// Whether the body is still to come.
    pub fn is_coming(&self) -> bool {
        matches!(self.0.state.get(), State::Coming)
    }

    /// Keeps `guest` as long as this lives; it is counted when the body is there.
    pub fn seat(&self, guest: Guest) {
        // Once a request.
        let _ = self.0.guest.set(guest);
    }

    fn end(&self) {
        self.0.state.set(State::Whole(Instant::now()));
        if let Some(guest) = self.0.guest.get() {
            guest.enter();
        }
    }
}

/// Puts the body of `request`, if it has one, under the limits' rate and deadline.
pub fn pace_body(request: &mut ServiceRequest, limits: &Limits) -> Progress {
    let now = Instant::now();
    let progress = Progress(Rc::new(Shared {
        state: Cell::new(State::Whole(now)),
        left: Cell::default(),
        read: Cell::default(),
        guest: OnceCell::new(),
    }));
    let empty = request.headers().get(CONTENT_LENGTH).is_none_or(|length| length.as_bytes() == b"0");
    if empty && !request.headers().contains_key(TRANSFER_ENCODING) {
        return progress;
    }
    progress.0.state.set(State::Coming);
    let window = Duration::from_secs(limits.body_rate_grace_s);
    let paced = Paced {
        inner: request.take_payload(),
        progress: progress.clone(),
        end: now + deadline(request, limits),
        window,
        window_bytes: limits.body_rate_bytes_per_s.saturating_mul(limits.body_rate_grace_s),
        window_end: now + window,
        received: 0,
        alarm: Box::pin(sleep_until(now + window)),
    };
    request.set_payload(Payload::Stream { payload: Box::pin(paced) });
    progress
}

/// How long the body may take. By its media type, since what it is for is not known before it is routed: what says that it is
/// JSON is JSON everywhere, and an operation that takes JSON reads nothing else.
fn deadline(request: &ServiceRequest, limits: &Limits) -> Duration {
    let media = request.headers().get(CONTENT_TYPE).map(HeaderValue::as_bytes).unwrap_or_default();
    let json = media.get(..JSON.len()).is_some_and(|start| start.eq_ignore_ascii_case(JSON));
    Duration::from_secs(if json { limits.json_body_deadline_s } else { limits.upload_deadline_s })
}

/// What `work` yields, or nothing if it took longer than `deadline` after the body was there.
pub async fn within<F: Future>(deadline: Duration, progress: &Progress, work: F) -> Option<F::Output> {
    let mut work = std::pin::pin!(work);
    loop {
        let until = match progress.0.state.get() {
            State::Whole(at) => at + deadline,
            // The body has deadlines of its own; look again when it may be there.
            State::Coming => Instant::now() + deadline,
        };
        match tokio::time::timeout_at(until, &mut work).await {
            Ok(output) => return Some(output),
            Err(_) => match progress.0.state.get() {
                State::Whole(at) if at + deadline <= Instant::now() => return None,
                _ => {}
            },
        }
    }
}

/// A body under deadlines.
struct Paced {
    inner: Payload,
    progress: Progress,
    end: Instant,
    window: Duration,
    window_bytes: u64,
    window_end: Instant,
    /// Bytes received in the current window.
    received: u64,
    alarm: Pin<Box<Sleep>>,
}

impl Paced {
    /// Whether the body is too slow; starts the next window where one has ended.
    fn is_late(&mut self) -> bool {
        let now = Instant::now();
        if now >= self.end {
            return true;
        }
        if now >= self.window_end {
            if self.received < self.window_bytes {
                return true;
            }
            self.received = 0;
            self.window_end = now + self.window;
        }
        false
    }
}

impl Drop for Paced {
    fn drop(&mut self) {
        if self.progress.is_coming() {
            self.progress.0.left.set(Some(self.inner.take()));
        }
    }
}

impl Stream for Paced {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        let polled = Pin::new(&mut this.inner).poll_next(cx);
        match &polled {
            Poll::Ready(Some(Ok(chunk))) => {
                let bytes = u64::try_from(chunk.len()).unwrap_or(u64::MAX);
                this.received = this.received.saturating_add(bytes);
                this.progress.0.read.set(this.progress.bytes().saturating_add(bytes));
            }
            Poll::Ready(None) => {
                this.progress.end();
                return polled;
            }
            Poll::Ready(Some(Err(_))) => return polled,
            Poll::Pending => {}
        }
        loop {
            if this.is_late() {
                return Poll::Ready(Some(Err(PayloadError::Io(io::ErrorKind::TimedOut.into()))));
            }
            if polled.is_ready() {
                return polled;
            }
            this.alarm.as_mut().reset(this.window_end.min(this.end));
            if this.alarm.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
        }
    }
}
