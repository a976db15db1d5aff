//! The local times of a rule, a period at a time: as lazy as a period, so that an unending rule costs what is looked at, and an
//! impossible one too. Imports `rule`, `days`, `time`.

use chrono::{Datelike, Days, Months, NaiveDate, NaiveDateTime, NaiveTime};

use crate::resources::calendar::recurrence::days::{DaySet, week_of};
use crate::resources::calendar::recurrence::rule::{Frequency, Rule};
use crate::resources::calendar::recurrence::time::clock;

/// Nothing happens after it.
const LAST_YEAR: i32 = 9999;

/// Where it stands in the periods of a rule.
#[derive(Debug)]
pub(in crate::resources::calendar) struct Walk {
    days: DaySet,
    times: Vec<NaiveTime>,
    positions: Vec<i16>,
    frequency: Frequency,
    interval: u32,
    start: NaiveDateTime,
    /// The first day of the period that comes next.
    next: Option<NaiveDate>,
}

impl Walk {
    pub(in crate::resources::calendar) fn new(rule: &Rule, start: NaiveDateTime, all_day: bool) -> Self {
        let day = start.date();
        let next = match rule.frequency {
            Frequency::Daily => Some(day),
            Frequency::Weekly => week_of(day, rule.week_start),
            Frequency::Monthly => day.with_day(1),
            Frequency::Yearly => day.with_ordinal(1),
        };
        Self {
            days: DaySet::new(rule, day),
            // RFC 5545 §3.3.10: parts of the clock are ignored where the start is a date.
            times: if all_day { vec![NaiveTime::MIN] } else { times(rule, start.time()) },
            positions: rule.positions.clone(),
            frequency: rule.frequency,
            interval: rule.interval,
            start,
            next,
        }
    }

    /// The first day of the period that comes next; None when the calendar is over.
    pub(in crate::resources::calendar) fn ahead(&self) -> Option<NaiveDate> {
        self.next.filter(|day| day.year() <= LAST_YEAR)
    }

    /// Goes to the period of the day, or to the last before it. Not for a rule that counts: what is passed over is not counted.
    pub(in crate::resources::calendar) fn skip_to(&mut self, day: NaiveDate) {
        let Some(from) = self.next else { return };
        let months = |day: NaiveDate| i64::from(day.year()) * 12 + i64::from(day.month0());
        let periods = match self.frequency {
            Frequency::Daily => day.signed_duration_since(from).num_days(),
            Frequency::Weekly => day.signed_duration_since(from).num_days() / 7,
            Frequency::Monthly => months(day) - months(from),
            Frequency::Yearly => i64::from(day.year()) - i64::from(from.year()),
        };
        let interval = i64::from(self.interval);
        if let Ok(periods) = u64::try_from(periods / interval * interval) {
            self.next = self.after(from, periods);
        }
    }

    /// The local times of the next period from the start on, in order; None when the calendar is over.
    pub(in crate::resources::calendar) fn period(&mut self) -> Option<Vec<NaiveDateTime>> {
        let first = self.ahead()?;
        self.next = self.after(first, u64::from(self.interval));
        let end = self.after(first, 1)?;
        let days = self.days.between(first, end);
        let mut found: Vec<_> = days.iter().flat_map(|day| self.times.iter().map(|time| day.and_time(*time))).collect();
        if !self.positions.is_empty() {
            found = self.at_positions(&found);
        }
        found.retain(|local| *local >= self.start);
        Some(found)
    }

    /// Of the whole period, whatever of it lies before the start.
    fn at_positions(&self, all: &[NaiveDateTime]) -> Vec<NaiveDateTime> {
        let place = |position: &i16| match usize::from(position.unsigned_abs()) {
            nth if *position > 0 => nth.checked_sub(1),
            nth => all.len().checked_sub(nth),
        };
        let mut found: Vec<_> = self.positions.iter().filter_map(place).filter_map(|at| all.get(at).copied()).collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    fn after(&self, day: NaiveDate, periods: u64) -> Option<NaiveDate> {
        let months = |each: u64| u32::try_from(periods.checked_mul(each)?).ok();
        match self.frequency {
            Frequency::Daily => day.checked_add_days(Days::new(periods)),
            Frequency::Weekly => day.checked_add_days(Days::new(periods.checked_mul(7)?)),
            Frequency::Monthly => day.checked_add_months(Months::new(months(1)?)),
            Frequency::Yearly => day.checked_add_months(Months::new(months(12)?)),
        }
    }
}

/// The times of a day, in order.
fn times(rule: &Rule, start: NaiveTime) -> Vec<NaiveTime> {
    use chrono::Timelike;
    let or = |list: &[i16], own: u32| -> Vec<u32> {
        let said: Vec<u32> = list.iter().filter_map(|number| u32::try_from(*number).ok()).collect();
        if said.is_empty() { vec![own] } else { said }
    };
    let (minutes, seconds) = (or(&rule.minutes, start.minute()), or(&rule.seconds, start.second()));
    let mut found = Vec::new();
    for hour in or(&rule.hours, start.hour()) {
        for minute in &minutes {
            found.extend(seconds.iter().filter_map(|second| clock(hour, *minute, *second)));
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}
