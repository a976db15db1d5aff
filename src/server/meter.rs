//! What is counted of every request: its operation, its status, how long it took, and what it was refused for.

use std::sync::OnceLock;
use std::time::Duration;

use actix_web::http::{Method, StatusCode};

use crate::metrics::catalogue::{
    AUTHZ_DENIED, HTTP_IN_FLIGHT, HTTP_REJECTED, HTTP_REQUESTS, HTTP_SECONDS, RATE_LIMITED,
};
use crate::metrics::{Counter, Gauge, Histogram, Inside};
use crate::router::ops::{Op, Ops};

/// Statuses with a series of their own; the rest share `other`, so that there are never more than these.
const STATUSES: [u16; 24] = [
    200, 304, 401, 403, 404, 204, 405, 429, 400, 201, 202, 206, 406, 408, 409, 412, 413, 414, 415, 416, 431, 500, 503,
    507,
];

/// Why a genuine token did not do.
const DENIALS: [&str; 5] = ["insufficient_scope", "no_person", "no_account", "revoked", "other"];

/// The limits that refuse requests.
const REJECTIONS: [&str; 8] = [
    "connections_per_address",
    "uri_too_long",
    "head_too_large",
    "token_too_long",
    "body_too_large",
    "body_too_slow",
    "handler_deadline",
    "decrypt_queue_full",
];

/// The handles.
pub struct Meter {
    ops: Ops,
    by_op: Vec<Operation>,
    rejected: Vec<(&'static str, Counter)>,
    in_flight: Gauge,
    limited_clients: Counter,
    limited_addresses: Counter,
}

/// The handles of one operation. Statuses and denials get theirs when they first occur: most never do.
struct Operation {
    name: &'static str,
    seconds: Histogram,
    statuses: [OnceLock<Counter>; STATUSES.len()],
    other: OnceLock<Counter>,
    denials: [OnceLock<Counter>; DENIALS.len()],
}

impl Default for Meter {
    fn default() -> Self {
        let ops = Ops::default();
        Self {
            by_op: ops.names().iter().map(|name| Operation::of(name)).collect(),
            ops,
            rejected: REJECTIONS.map(|reason| (reason, HTTP_REJECTED.with([reason]))).into(),
            in_flight: HTTP_IN_FLIGHT.handle(),
            limited_clients: RATE_LIMITED.with(["client"]),
            limited_addresses: RATE_LIMITED.with(["address"]),
        }
    }
}

impl Meter {
    /// The operation that `method` asks of this route.
    pub fn op(&self, route: Option<&str>, method: &Method) -> Op {
        self.ops.of(route, method)
    }

    /// Its `operationId`, if it is an operation.
    pub fn name(&self, op: Op) -> Option<&'static str> {
        self.ops.name(op)
    }

    /// A request is being answered for as long as what this gives lives.
    pub fn enter(&self) -> Inside {
        Inside::of(&self.in_flight)
    }

    /// A request was answered; `cause` is what the log is told of a problem.
    pub fn answered(&self, op: Op, status: StatusCode, took: Duration, cause: Option<&str>) {
        let Some(operation) = self.by_op.get(op.index()) else { return };
        operation.seconds.record(took);
        operation.status(status).increment(1);
        if let Some(reason) = denial(status, cause) {
            operation.denial(reason);
        }
        match cause {
            Some("rate_client") => self.limited_clients.increment(1),
            Some("rate_address") => self.limited_addresses.increment(1),
            _ => {}
        }
        let rejected = rejection(status, cause).and_then(|reason| self.rejected.iter().find(|(own, _)| *own == reason));
        if let Some((_, counter)) = rejected {
            counter.increment(1);
        }
    }
}

impl Operation {
    fn of(name: &'static str) -> Self {
        Self {
            name,
            seconds: HTTP_SECONDS.with([name]),
            statuses: [const { OnceLock::new() }; STATUSES.len()],
            other: OnceLock::new(),
            denials: [const { OnceLock::new() }; DENIALS.len()],
        }
    }

    fn status(&self, status: StatusCode) -> &Counter {
        let known = STATUSES.iter().zip(&self.statuses).find(|(known, _)| **known == status.as_u16());
        match known {
            Some((_, counter)) => counter.get_or_init(|| HTTP_REQUESTS.with([self.name, status.as_str()])),
            None => self.other.get_or_init(|| HTTP_REQUESTS.with([self.name, "other"])),
        }
    }

    fn denial(&self, reason: &str) {
        let known = DENIALS.iter().zip(&self.denials).find(|(known, _)| **known == reason);
        if let Some((_, counter)) = known {
            counter.get_or_init(|| AUTHZ_DENIED.with([self.name, reason])).increment(1);
        }
    }
}

fn denial(status: StatusCode, cause: Option<&str>) -> Option<&str> {
    match (status.as_u16(), cause) {
        (401, Some("revoked")) | (403, Some("insufficient_scope" | "no_person" | "no_account")) => cause,
        (403, _) => Some("other"),
        _ => None,
    }
}

fn rejection(status: StatusCode, cause: Option<&str>) -> Option<&str> {
    match (status.as_u16(), cause) {
        (429, Some("connections_per_address"))
        | (431, Some("token_too_long"))
        | (503, Some("handler_deadline" | "decrypt_queue_full")) => cause,
        (408, _) => Some("body_too_slow"),
        (413, _) => Some("body_too_large"),
        (414, _) => Some("uri_too_long"),
        (431, _) => Some("head_too_large"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::StatusCode;

    use super::{DENIALS, REJECTIONS, denial, rejection};

    #[test]
    fn whatever_the_cause_the_reasons_are_these() {
        let causes =
            DENIALS.iter().chain(&REJECTIONS).map(|cause| Some(*cause)).chain([None, Some("what a client sent")]);
        for cause in causes {
            for status in (100..600).filter_map(|status| StatusCode::from_u16(status).ok()) {
                assert!(denial(status, cause).is_none_or(|reason| DENIALS.contains(&reason)));
                assert!(rejection(status, cause).is_none_or(|reason| REJECTIONS.contains(&reason)));
            }
        }
    }
}
