//! The time of day, injected: the only place that asks the system for it.
//! A leaf: imports nothing of ours.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, Utc};

/// Where the current time comes from.
///
/// Everything that compares with a token's `exp`, stamps a row or names an hour asks a `Clock`, so that tests can stand still.
/// Time-outs do not: they use the monotonic [`std::time::Instant`].
pub trait Clock: Send + Sync + 'static {
    /// Now, in UTC, cut to whole microseconds (what both databases keep).
    fn now(&self) -> DateTime<Utc>;
}

/// The system's clock.
#[derive(Debug, Default, Clone, Copy)]
pub struct SystemClock;

impl SystemClock {
    /// The system's clock, ready to be shared.
    pub fn shared() -> Arc<dyn Clock> {
        Arc::new(Self)
    }
}

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that may")]
    fn now(&self) -> DateTime<Utc> {
        whole_micros(Utc::now())
    }
}

/// A clock that stands where it was put, for tests and for opening a token "as of" some instant.
#[derive(Debug)]
pub struct FixedClock(AtomicI64);

impl FixedClock {
    /// A clock that stands at `now`.
    pub fn at(now: DateTime<Utc>) -> Arc<Self> {
        Arc::new(Self(AtomicI64::new(now.timestamp_micros())))
    }

    /// Moves the clock to `now`.
    pub fn set(&self, now: DateTime<Utc>) {
        self.0.store(now.timestamp_micros(), Ordering::Release);
    }
}

impl Clock for FixedClock {
    fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(self.0.load(Ordering::Acquire)).unwrap_or_default()
    }
}

fn whole_micros(at: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(at.timestamp_micros()).unwrap_or(at)
}
