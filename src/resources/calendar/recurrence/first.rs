//! Where a rule begins, and what becomes of it when its start goes to another day. Imports `rule`, `walk`.

use std::iter;

use chrono::{Datelike, Months, NaiveDate, NaiveDateTime};

use crate::resources::calendar::recurrence::rule::{Frequency, Rule};
use crate::resources::calendar::recurrence::walk::Walk;

/// A rule is followed for 400 years: after so many the calendar repeats itself.
const FOLLOWED: Months = Months::new(400 * 12);

impl Rule {
    /// The first time that its parts give, not before the start: by RFC 5545 §3.3.10 they should give the start itself, and need not.
    pub fn first(&self, start: NaiveDateTime, all_day: bool) -> Option<NaiveDateTime> {
        let before = start.date().checked_add_months(FOLLOWED).unwrap_or(NaiveDate::MAX);
        let mut walk = Walk::new(self, start, all_day);
        let mut periods = iter::from_fn(|| if walk.ahead()? < before { walk.period() } else { None });
        periods.find_map(|period| period.first().copied())
    }

    /// The same on this day, for a rule that has one day: one weekday of the week, or one day of the month or year. None of others,
    /// where nobody can tell which day is meant to go along, and how.
    #[must_use]
    pub fn on(&self, day: NaiveDate) -> Option<Self> {
        let mut rule = self.clone();
        let has_one = !self.month_days.is_empty() && self.days.is_empty();
        match (self.frequency, self.days.as_slice()) {
            (Frequency::Daily | Frequency::Weekly, [_]) => rule.days = vec![(0, day.weekday())],
            (Frequency::Monthly, _) if has_one => {}
            (Frequency::Yearly, _) if has_one => rule.months = vec![i16::try_from(day.month()).ok()?],
            _ => return None,
        }
        if has_one {
            rule.set_month_day(i16::try_from(day.day()).ok()?);
        }
        Some(rule)
    }
}
