//! A connection's octets under deadlines that the framework does not have. The head of every request must be there in time, not
//! only that of the first; and a client that is sent an answer must take it.

use std::cell::Cell;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
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

/// What a head that came too slowly is answered; bare, as the framework answers what it cannot parse.
const TOO_SLOW: &[u8] = b"HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";

/// The deadlines, and how often they were missed.
#[derive(Clone)]
pub struct Deadlines {
    head: Duration,
    window: Duration,
    window_bytes: u64,
    slow_heads: Counter,
    slow_readers: Counter,
}

impl Deadlines {
    /// As configured.
    pub fn new(limits: &Limits) -> Self {
        Self {
            head: Duration::from_secs(limits.head_deadline_s),
            window: Duration::from_secs(limits.answer_window_s),
            window_bytes: limits.body_rate_bytes_per_s.saturating_mul(limits.answer_window_s),
            slow_heads: HTTP_REJECTED.with(["head_too_slow"]),
            slow_readers: HTTP_REJECTED.with(["reader_too_slow"]),
        }
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
    peer: Option<SocketAddr>,
    turn: Turn,
    deadlines: Deadlines,
    taking: Option<Taking>,
    alarm: Option<Pin<Box<Sleep>>>,
}

/// What the client took of the octets that wait for it, in the current window.
#[derive(Debug, Clone, Copy)]
struct Taking {
    bytes: u64,
    end: Instant,
}

impl<S> Timed<S> {
    /// Puts `inner`, which leads to `peer` and was opened just now, under `deadlines`.
    pub fn new(inner: S, peer: Option<SocketAddr>, deadlines: Deadlines) -> Self {
        let shared = Shared { answering: Cell::new(false), head_began: Cell::new(Some(Instant::now())) };
        Self { inner, peer, turn: Turn(Rc::new(shared)), deadlines, taking: None, alarm: None }
    }

    /// Who is at the other end.
    pub fn peer(&self) -> Option<SocketAddr> {
        self.peer
    }

    /// Whose turn it is: for the requests of this connection.
    pub fn turn(&self) -> Turn {
        self.turn.clone()
    }

    /// Lets the connection be looked at again when the next deadline is over; true: it is over.
    fn wake(&mut self, cx: &mut Context<'_>) -> bool {
        let head = self.turn.head(false).map(|began| began + self.deadlines.head);
        let Some(next) = head.into_iter().chain(self.taking.map(|taking| taking.end)).min() else { return false };
        let alarm = self.alarm.get_or_insert_with(|| Box::pin(sleep_until(next)));
        if alarm.deadline() != next {
            alarm.as_mut().reset(next);
        }
        alarm.as_mut().poll(cx).is_ready()
    }

    /// While octets wait to be taken: whether that goes too slowly.
    fn is_stalled(&mut self, cx: &mut Context<'_>) -> bool {
        loop {
            let now = Instant::now();
            let fresh = Taking { bytes: 0, end: now + self.deadlines.window };
            let taking = self.taking.get_or_insert(fresh);
            if now >= taking.end {
                if taking.bytes < self.deadlines.window_bytes {
                    self.deadlines.slow_readers.increment(1);
                    return true;
                }
                *taking = fresh;
            }
            let end = taking.end;
            if !self.wake(cx) || Instant::now() < end {
                return false;
            }
        }
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
        if this.taking.is_none() {
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
        if let (Some(taking), Poll::Ready(Ok(taken))) = (&mut this.taking, &polled) {
            taking.bytes = taking.bytes.saturating_add(u64::try_from(*taken).unwrap_or(u64::MAX));
        }
        this.bounded(polled, cx)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let polled = Pin::new(&mut this.inner).poll_flush(cx);
        if polled.is_ready() {
            this.taking = None;
        }
        this.bounded(polled, cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let polled = Pin::new(&mut this.inner).poll_shutdown(cx);
        this.bounded(polled, cx)
    }
}
