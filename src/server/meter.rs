//! What is counted of every request: its operation, its status, how long it took, and what it was refused for.

use std::sync::OnceLock;
use std::time::Duration;

use actix_web::http::StatusCode;

use crate::metrics::catalogue::{
    AUTHZ_DENIED, HTTP_IN_FLIGHT, HTTP_REJECTED, HTTP_REQUESTS, HTTP_SECONDS, RATE_LIMITED,
};
use crate::metrics::{Counter, Gauge, Histogram, Inside};
use crate::router::operations::{Operation, Operations};

/// Statuses with a series of their own; the rest share `other`, so that there are never more than these.
const STATUSES: [u16; 25] = [
    200, 304, 401, 403, 404, 204, 405, 429, 400, 201, 202, 206, 406, 408, 409, 412, 413, 414, 415, 416, 424, 431, 500,
    503, 507,
];

/// Why a genuine token did not do.
const DENIALS: [&str; 6] = ["insufficient_scope", "no_person", "no_account", "revoked", "consent_expired", "other"];

/// The limits that refuse requests.
const REJECTIONS: [&str; 10] = [
    "connections",
    "connections_per_address",
    "overload",
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
    operations: Vec<Counted>,
    rejected: Vec<(&'static str, Counter)>,
    in_flight: Gauge,
    limited_clients: Counter,
    limited_addresses: Counter,
}

/// The handles of one operation. Statuses and denials get theirs when they first occur: most never do.
struct Counted {
    name: &'static str,
    about: &'static str,
    seconds: Histogram,
    statuses: [OnceLock<Counter>; STATUSES.len()],
    other: OnceLock<Counter>,
    denials: [OnceLock<Counter>; DENIALS.len()],
}

impl Meter {
    /// The handles for these operations.
    pub fn new(operations: &Operations) -> Self {
        Self {
            operations: operations
                .counted()
                .iter()
                .zip(operations.about())
                .map(|(name, about)| Counted::of(name, about))
                .collect(),
            rejected: REJECTIONS.map(|reason| (reason, HTTP_REJECTED.with([reason]))).into(),
            in_flight: HTTP_IN_FLIGHT.handle(),
            limited_clients: RATE_LIMITED.with(["client"]),
            limited_addresses: RATE_LIMITED.with(["address"]),
        }
    }

    /// A request is being answered for as long as what this gives lives.
    pub fn enter(&self) -> Inside {
        Inside::of(&self.in_flight)
    }

    /// A request was answered; `cause` is what the log is told of a problem.
    pub fn answered(&self, operation: Operation, status: StatusCode, took: Duration, cause: Option<&str>) {
        let Some(counted) = self.operations.get(operation.index()) else { return };
        counted.seconds.record(took);
        counted.status(status).increment(1);
        if let Some(reason) = denial(status, cause) {
            counted.denial(reason);
        }
        let rejected = rejection(status, cause).and_then(|reason| self.rejected.iter().find(|(own, _)| *own == reason));
        if let Some((_, counter)) = rejected {
            counter.increment(1);
        }
        match (status, cause) {
            (StatusCode::TOO_MANY_REQUESTS, Some("rate_client")) => self.limited_clients.increment(1),
            (StatusCode::TOO_MANY_REQUESTS, Some("rate_address")) => self.limited_addresses.increment(1),
            _ => {}
        }
    }
}

impl Counted {
    fn of(name: &'static str, about: &'static str) -> Self {
        Self {
            name,
            about,
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
            counter.get_or_init(|| AUTHZ_DENIED.with([self.about, reason])).increment(1);
        }
    }
}

fn denial(status: StatusCode, cause: Option<&str>) -> Option<&str> {
    match (status.as_u16(), cause) {
        (401, Some("revoked" | "consent_expired")) | (403, Some("insufficient_scope" | "no_person" | "no_account")) => {
            cause
        }
        (403, _) => Some("other"),
        _ => None,
    }
}

fn rejection(status: StatusCode, cause: Option<&str>) -> Option<&str> {
    match (status.as_u16(), cause) {
        (429, Some("connections_per_address"))
        | (431, Some("token_too_long"))
        | (503, Some("connections" | "overload" | "handler_deadline" | "decrypt_queue_full")) => cause,
        (408, _) => Some("body_too_slow"),
        (413, _) => Some("body_too_large"),
        (414, _) => Some("uri_too_long"),
        (431, _) => Some("head_too_large"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use actix_web::http::StatusCode;

    use super::{DENIALS, Meter, REJECTIONS, denial, rejection};
    use crate::metrics;
    use crate::router::operations::{Operation, Operations};

    #[test]
    fn who_is_beyond_a_rate_is_counted_by_its_class() {
        let meter = Meter::new(&Operations::default());
        let answered = |status, cause| meter.answered(Operation::NONE, status, Duration::ZERO, Some(cause));
        answered(StatusCode::TOO_MANY_REQUESTS, "rate_client");
        answered(StatusCode::TOO_MANY_REQUESTS, "rate_address");
        answered(StatusCode::TOO_MANY_REQUESTS, "rate_address");
        answered(StatusCode::OK, "rate_client");
        let text = metrics::text();
        for line in ["{class=\"client\"} 1", "{class=\"address\"} 2"] {
            assert!(text.contains(&format!("sharehold_ratelimit_total{line}\n")), "{text}");
        }
    }

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
