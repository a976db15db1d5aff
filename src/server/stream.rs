//! A connection's octets under deadlines that the framework does not have. The head of every request must be there in time, not
//! only that of the first; and a client that is sent an answer must take it.

use std::cell::Cell;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::Error;
use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::web::Bytes;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};

use crate::config::Limits;
use crate::metrics::Counter;
use crate::metrics::catalogue::HTTP_REJECTED;
use crate::server::connections::{Place, TooMany};

/// What a head that came too slowly is answered; bare, as the framework answers what it cannot parse.
const TOO_SLOW: &[u8] = b"HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";

/// The deadlines, and how often they were missed.
#[derive(Clone)]
pub struct Deadlines {
    head: Duration,
    window: Duration,
    rate: u32,
    slow_heads: Counter,
    slow_readers: Counter,
}

impl Deadlines {
    /// As configured.
    pub fn new(limits: &Limits) -> Self {
        Self {
            head: Duration::from_secs(limits.head_deadline_s),
            window: Duration::from_secs(limits.answer_window_s),
            rate: u32::try_from(limits.body_rate_bytes_per_s).unwrap_or(u32::MAX),
            slow_heads: HTTP_REJECTED.with(["head_too_slow"]),
            slow_readers: HTTP_REJECTED.with(["reader_too_slow"]),
        }
    }

    /// How long a client that took so many octets may take for the next.
    fn earned(&self, octets: usize) -> Duration {
        let octets = u64::try_from(octets).unwrap_or(u64::MAX);
        Duration::from_secs(octets).checked_div(self.rate).map_or(self.window, |earned| earned.min(self.window))
    }
}

/// Whose turn it is on a connection: the client's, to send a head, or the server's, to answer it.
#[derive(Debug, Clone)]
pub struct Turn(Rc<Shared>);

#[derive(Debug)]
struct Shared {
    answering: Cell<bool>,
    /// When the head began that is awaited: the first one with the connection, each later one with its first octet.
    head_began: Cell<Option<Instant>>,
}

/// The server's turn, for as long as this lives.
struct Answering(Turn);

impl Turn {
    fn take(&self) -> Answering {
        self.0.answering.set(true);
        self.0.head_began.set(None);
        Answering(self.clone())
    }

    /// When the head that is awaited began, if one did; an octet that `came` begins one.
    fn head(&self, came: bool) -> Option<Instant> {
        if self.0.answering.get() {
            return None;
        }
        if came && self.0.head_began.get().is_none() {
            self.0.head_began.set(Some(Instant::now()));
        }
        self.0.head_began.get()
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        self.0.0.answering.set(false);
    }
}

/// Around everything: it is the server's turn until the answer's body was given to the connection.
pub async fn attend(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let answering = request.conn_data::<Turn>().map(Turn::take);
    let response = next.call(request).await?;
    Ok(response.map_body(|_, body| Attended { body: body.boxed(), _answering: answering }))
}

struct Attended {
    body: BoxBody,
    _answering: Option<Answering>,
}

impl MessageBody for Attended {
    type Error = Box<dyn std::error::Error>;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.body).poll_next(cx)
    }
}

/// A stream under the deadlines.
pub struct Timed<S> {
    inner: S,
    place: Place,
    turn: Turn,
    deadlines: Deadlines,
    /// While octets wait for the client: when it must have taken more of them. Each that it takes puts that off by as long as it
    /// may need for one, up to the window; so it does not matter in how large steps the kernel shows what was taken.
    taken_until: Option<Instant>,
    alarm: Option<Pin<Box<Sleep>>>,
}

impl<S> Timed<S> {
    /// Puts `inner`, which has `place` and was opened just now, under `deadlines`.
    pub fn new(inner: S, place: Place, deadlines: Deadlines) -> Self {
        let shared = Shared { answering: Cell::new(false), head_began: Cell::new(Some(Instant::now())) };
        Self { inner, place, turn: Turn(Rc::new(shared)), deadlines, taken_until: None, alarm: None }
    }

    /// What there was one too many of when it came.
    pub fn too_many(&self) -> Option<TooMany> {
        self.place.too_many()
    }

    /// Whose turn it is: for the requests of this connection.
    pub fn turn(&self) -> Turn {
        self.turn.clone()
    }

    /// Lets the connection be looked at again when the next deadline is over; true: it is over.
    fn wake(&mut self, cx: &mut Context<'_>) -> bool {
        let head = self.turn.head(false).map(|began| began + self.deadlines.head);
        let Some(next) = head.into_iter().chain(self.taken_until).min() else { return false };
        let alarm = self.alarm.get_or_insert_with(|| Box::pin(sleep_until(next)));
        if alarm.deadline() != next {
            alarm.as_mut().reset(next);
        }
        alarm.as_mut().poll(cx).is_ready()
    }

    /// While octets wait to be taken: whether that goes too slowly.
    fn is_stalled(&mut self, cx: &mut Context<'_>) -> bool {
        let until = *self.taken_until.get_or_insert_with(|| Instant::now() + self.deadlines.window);
        let stalled = self.wake(cx) && until <= Instant::now();
        if stalled {
            self.deadlines.slow_readers.increment(1);
        }
        stalled
    }

    /// `polled`, or an error where it is pending for too long.
    fn bounded<T>(&mut self, polled: Poll<io::Result<T>>, cx: &mut Context<'_>) -> Poll<io::Result<T>> {
        if polled.is_pending() && self.is_stalled(cx) {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        polled
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for Timed<S> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buf.filled().len();
        let polled = Pin::new(&mut this.inner).poll_read(cx, buf);
        let came = buf.filled().len() > before;
        let Some(began) = this.turn.head(came) else { return polled };
        let due = began + this.deadlines.head;
        let ended = polled.is_ready() && !came;
        let late = !ended && (came || this.wake(cx)) && due <= Instant::now();
        if ended || late {
            // Nothing is awaited any more.
            this.turn.0.head_began.set(None);
        }
        if !late {
            return polled;
        }
        this.deadlines.slow_heads.increment(1);
        // For whoever still reads; not into the middle of an answer.
        if this.taken_until.is_none() {
            let _ = Pin::new(&mut this.inner).poll_write(cx, TOO_SLOW);
        }
        // The end of what is read: the framework closes the connection.
        buf.set_filled(before);
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Timed<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, octets: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let polled = Pin::new(&mut this.inner).poll_write(cx, octets);
        if let (Some(until), Poll::Ready(Ok(taken))) = (&mut this.taken_until, &polled) {
            *until = (*until + this.deadlines.earned(*taken)).min(Instant::now() + this.deadlines.window);
        }
        this.bounded(polled, cx)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let polled = Pin::new(&mut this.inner).poll_flush(cx);
        if polled.is_ready() {
            this.taken_until = None;
        }
        this.bounded(polled, cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let polled = Pin::new(&mut this.inner).poll_shutdown(cx);
        this.bounded(polled, cx)
    }
}
