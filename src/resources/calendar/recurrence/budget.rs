//! What one page may cost (security.md row 31): instances, and time. A leaf: imports nothing of ours.

use std::time::{Duration, Instant};

/// The most instances of one page.
const INSTANCES: usize = 2_000;
/// The longest that one page may be expanded.
const TIME: Duration = Duration::from_millis(50);

/// What is left of it; all series of a page share one.
#[derive(Debug)]
pub struct Budget {
    instances: usize,
    ends: Option<Instant>,
}

impl Budget {
    /// Of one page.
    pub fn page() -> Self {
        Self::new(INSTANCES, TIME)
    }

    /// So many instances in so much time.
    pub fn new(instances: usize, time: Duration) -> Self {
        Self { instances, ends: Instant::now().checked_add(time) }
    }

    /// How many instances are left of it.
    pub fn left(&self) -> usize {
        if self.ends.is_some_and(|ends| Instant::now() >= ends) { 0 } else { self.instances }
    }

    pub(super) fn take(&mut self, instances: usize) {
        self.instances = self.instances.saturating_sub(instances);
    }
}
