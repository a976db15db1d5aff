//! Why a rule is not taken. A leaf: imports nothing of ours.

use std::fmt;

/// What is wrong with a rule; safe to show to whoever sent it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RuleFault {
    /// It repeats within the day: kept where it is imported, not expanded.
    Finer,
    /// It counts so far that following it is too costly: likewise.
    Costly,
    /// It says what no rule can say, or what is not known here.
    Wrong {
        /// The part (`BYDAY`), or the member of Graph's recurrence (`pattern.dayOfMonth`).
        part: String,
        /// What would be right.
        why: String,
    },
}

impl RuleFault {
    pub(super) fn wrong(part: impl Into<String>, why: impl Into<String>) -> Self {
        Self::Wrong { part: part.into(), why: why.into() }
    }
}

impl fmt::Display for RuleFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Finer => f.write_str("The rule repeats within a day; a day is the finest that is expanded."),
            Self::Costly => f.write_str("The rule counts further than 100,000, the most that is expanded."),
            Self::Wrong { part, why } => write!(f, "{part}: {why}"),
        }
    }
}

impl std::error::Error for RuleFault {}
