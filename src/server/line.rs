//! The log's line about a request: one each, when its answer is known; of an answer that is streamed, when its end was sent.
//! The path's template, never the path or the query: they may hold what must not be logged.

use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::http::{Method, StatusCode};
use actix_web::web::Bytes;
use log::kv::{self, Key, Source, Value, VisitSource};
use log::{Level, Record};

use crate::server::pseudonyms::Names;
use crate::token::Verified;

/// What is said of one request. What is not known is left out.
pub struct Line {
    /// Our id of it.
    pub request_id: String,
    /// Its client's trace.
    pub trace_id: Option<String>,
    /// `operationId`.
    pub operation: Option<&'static str>,
    /// Its method.
    pub method: Method,
    /// The template of its path.
    pub route: Option<String>,
    /// The answer's status.
    pub status: StatusCode,
    /// How long the answer took.
    pub took: Duration,
    /// Bytes of its body that were read.
    pub bytes_in: u64,
    /// Bytes of the answer's body.
    pub bytes_out: u64,
    /// Whose good token it is.
    pub person: Option<Names>,
    /// The good token.
    pub token: Option<Arc<Verified>>,
    /// Where it came from.
    pub remote: Option<IpAddr>,
    /// Why it was refused.
    pub deny_reason: Option<String>,
}

impl Line {
    /// Writes it. Denials are warnings, so that they stay where what went well is filtered out; so is 503, or a flood would fill
    /// what is kept for errors at its own pace. What is behind it, if something failed, is said by who found out.
    fn write(&self) {
        let level = match self.status.as_u16() {
            401 | 403 | 429 | 503 => Level::Warn,
            500.. => Level::Error,
            _ => Level::Info,
        };
        if level <= log::max_level() {
            let mut record = Record::builder();
            record.level(level).target("sharehold::request").key_values(self);
            log::logger().log(&record.args(format_args!("request")).build());
        }
    }

    /// Writes it when `body`, the answer to it, is sent: at once if its size is known, which is then what is sent of it.
    pub fn write_with(mut self, body: BoxBody) -> BoxBody {
        match body.size() {
            BodySize::Stream => BoxBody::new(Streamed { body, line: self }),
            BodySize::Sized(bytes) if self.method != Method::HEAD => {
                self.bytes_out = bytes;
                self.write();
                body
            }
            BodySize::Sized(_) | BodySize::None => {
                self.write();
                body
            }
        }
    }
}

impl Source for Line {
    fn visit<'kvs>(&'kvs self, visitor: &mut dyn VisitSource<'kvs>) -> Result<(), kv::Error> {
        let millis = self.took.as_secs_f64() * 1000.0;
        let pairs: [(&'static str, Option<Value<'kvs>>); 14] = [
            ("req_id", Some(self.request_id.as_str().into())),
            ("trace_id", self.trace_id.as_deref().map(Value::from)),
            ("op", self.operation.map(Value::from)),
            ("method", Some(self.method.as_str().into())),
            ("route", self.route.as_deref().map(Value::from)),
            ("status", Some(self.status.as_u16().into())),
            // Whole microseconds.
            ("dur_ms", Some(((millis * 1000.0).round() / 1000.0).into())),
            ("bytes_in", Some(self.bytes_in.into())),
            ("bytes_out", Some(self.bytes_out.into())),
            ("iss_hash", self.person.as_ref().map(|names| Value::from_display(&names.issuer))),
            ("sub_hash", self.person.as_ref().map(|names| Value::from_display(&names.person))),
            ("client_id", self.token.as_ref().map(|token| token.client_id().into())),
            ("remote", self.remote.as_ref().map(Value::from_display)),
            ("deny_reason", self.deny_reason.as_deref().map(Value::from)),
        ];
        for (key, value) in pairs {
            if let Some(value) = value {
                visitor.visit_pair(Key::from_str(key), value)?;
            }
        }
        Ok(())
    }
}

/// A body of unknown size: counted as it is sent, whole or not, and then told.
struct Streamed {
    body: BoxBody,
    line: Line,
}

impl MessageBody for Streamed {
    type Error = Box<dyn std::error::Error>;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let polled = Pin::new(&mut self.body).poll_next(cx);
        if let Poll::Ready(Some(Ok(chunk))) = &polled {
            self.line.bytes_out += u64::try_from(chunk.len()).unwrap_or(u64::MAX);
        }
        polled
    }
}

impl Drop for Streamed {
    fn drop(&mut self) {
        self.line.write();
    }
}
