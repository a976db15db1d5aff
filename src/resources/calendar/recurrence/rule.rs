//! What an RRULE says (RFC 5545 §3.3.10). A leaf: imports `time`, `fault`.

use chrono::Weekday;

use crate::resources::calendar::recurrence::fault::RuleFault;
use crate::resources::calendar::recurrence::time::Time;

/// A rule counts no further: nearly 274 years of days.
pub(super) const COUNTED: u32 = 100_000;

/// The period by which it repeats: what is finer is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Frequency {
    /// Each day.
    Daily,
    /// Each week.
    Weekly,
    /// Each month.
    Monthly,
    /// Each year.
    Yearly,
}

/// A rule that was understood. Its lists hold nothing twice, in the order of the text, and only what the RFC allows there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    pub(super) frequency: Frequency,
    /// Every how many periods; at least 1.
    pub(super) interval: u32,
    pub(super) count: Option<u32>,
    pub(super) until: Option<Time>,
    pub(super) week_start: Weekday,
    pub(super) months: Vec<i16>,
    pub(super) weeks: Vec<i16>,
    pub(super) year_days: Vec<i16>,
    pub(super) month_days: Vec<i16>,
    /// The weekdays, each with which of the month or year it is, from its end if below zero; 0 is every one.
    pub(super) days: Vec<(i16, Weekday)>,
    pub(super) hours: Vec<i16>,
    pub(super) minutes: Vec<i16>,
    pub(super) seconds: Vec<i16>,
    /// Which instances of a period (BYSETPOS).
    pub(super) positions: Vec<i16>,
}

impl Rule {
    /// Every period from the start on, for ever.
    pub(super) fn every(frequency: Frequency) -> Self {
        Self {
            frequency,
            interval: 1,
            count: None,
            until: None,
            week_start: Weekday::Mon,
            months: Vec::new(),
            weeks: Vec::new(),
            year_days: Vec::new(),
            month_days: Vec::new(),
            days: Vec::new(),
            hours: Vec::new(),
            minutes: Vec::new(),
            seconds: Vec::new(),
            positions: Vec::new(),
        }
    }

    /// The same, unless it is too costly by itself: what counts is followed from its start, however far that is from where one looks.
    pub(super) fn affordable(self) -> Result<Self, RuleFault> {
        if self.count.is_some_and(|count| count > COUNTED) { Err(RuleFault::Costly) } else { Ok(self) }
    }

    /// The period by which it repeats.
    pub fn frequency(&self) -> Frequency {
        self.frequency
    }

    /// How many instances it has, if it counts them.
    pub fn count(&self) -> Option<u32> {
        self.count
    }

    /// The last time that may be one of its instances, if it says one.
    pub fn until(&self) -> Option<Time> {
        self.until
    }

    /// Whether it goes on for ever.
    pub fn is_open(&self) -> bool {
        self.count.is_none() && self.until.is_none()
    }

    /// The same, ending there: how a series is cut for "this and following".
    #[must_use]
    pub fn ending(self, until: Time) -> Self {
        Self { count: None, until: Some(until), ..self }
    }

    /// The same with as many instances.
    #[must_use]
    pub fn counting(self, count: u32) -> Self {
        Self { count: Some(count), until: None, ..self }
    }
}

/// Monday is 0.
pub(super) fn number(day: Weekday) -> u32 {
    day.num_days_from_monday()
}
