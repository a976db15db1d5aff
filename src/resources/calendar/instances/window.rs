//! Where instances are looked for, and how many of them. A leaf: imports `zone`, `course`, chrono.

use chrono::{DateTime, Utc};

use super::course::Instance;
use crate::resources::calendar::zone::Zone;

/// A stretch of time, as who looks at it sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// Whatever ends after this, ...
    pub from: DateTime<Utc>,
    /// ... and begins before this, is in it.
    pub to: DateTime<Utc>,
    /// The zone of who looks: where what has no zone is.
    pub zone: Zone,
}

impl Window {
    /// Whether what begins and ends then is in it. What lasts no time is where it begins.
    pub fn holds(&self, start: DateTime<Utc>, end: DateTime<Utc>) -> bool {
        start < self.to && (end > self.from || start >= self.from)
    }
}

/// What is looked for in a window: so many at most, that start in a part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sought {
    /// The earliest start; none: whatever is in the window.
    pub after: Option<DateTime<Utc>>,
    /// No start is as late.
    pub before: DateTime<Utc>,
    /// So many of the rules and dates; overrides come beside them.
    pub most: usize,
}

/// What was found.
#[derive(Debug, Default)]
pub struct Found {
    /// In no order.
    pub instances: Vec<Instance>,
    /// There may be more that start from here on.
    pub reached: Option<DateTime<Utc>>,
}
