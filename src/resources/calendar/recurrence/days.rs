//! The days on which a rule holds. Each `BYxxx` part either adds days within the period or limits them (the table of RFC 5545
//! §3.3.10); seen from a day both are one question: does every part allow it? What the rule leaves open, the start says.
//! Imports `rule`.

use chrono::{Datelike, Days, NaiveDate, Weekday};

use crate::resources::calendar::recurrence::rule::{Frequency, Rule, number};

/// Which days of a period.
#[derive(Debug)]
pub(super) struct DaySet {
    months: Vec<i16>,
    weeks: Vec<i16>,
    week_start: Weekday,
    year_days: Vec<i16>,
    month_days: Vec<i16>,
    every: Vec<Weekday>,
    which: Vec<(i16, Weekday)>,
    within_year: bool,
}

impl DaySet {
    pub(super) fn new(rule: &Rule, start: NaiveDate) -> Self {
        let yearly = rule.frequency == Frequency::Yearly;
        // "-1FR" has a meaning within months and years alone, and not beside week numbers; elsewhere it is every Friday.
        let counts = (yearly && rule.weeks.is_empty()) || rule.frequency == Frequency::Monthly;
        let (every, which) = rule.days.iter().partition::<Vec<_>, _>(|(which, _)| *which == 0 || !counts);
        let mut days = Self {
            months: rule.months.clone(),
            weeks: rule.weeks.clone(),
            week_start: rule.week_start,
            year_days: rule.year_days.clone(),
            month_days: rule.month_days.clone(),
            every: every.into_iter().map(|(_, day)| day).collect(),
            which,
            within_year: yearly && rule.months.is_empty(),
        };
        days.complete(rule, start);
        days
    }

    fn complete(&mut self, rule: &Rule, start: NaiveDate) {
        let says_days = !(rule.days.is_empty() && rule.month_days.is_empty() && rule.year_days.is_empty());
        if says_days {
            return;
        }
        let day = i16::try_from(start.day()).unwrap_or(1);
        match rule.frequency {
            Frequency::Daily => {}
            Frequency::Weekly => self.every.push(start.weekday()),
            // The week is said, and "information, not contained in the rule" is the start's: its day of the week.
            Frequency::Yearly if !rule.weeks.is_empty() => self.every.push(start.weekday()),
            Frequency::Monthly => self.month_days.push(day),
            Frequency::Yearly => {
                self.month_days.push(day);
                if self.months.is_empty() {
                    self.months.extend(i16::try_from(start.month()));
                }
            }
        }
    }

    /// The days from `first` up to `end` on which it holds.
    pub(super) fn between(&self, first: NaiveDate, end: NaiveDate) -> Vec<NaiveDate> {
        let mut found = Vec::new();
        let mut next = Some(first);
        while let Some(day) = next.filter(|day| *day < end) {
            if !self.month_holds(day) {
                next = day.with_day(1).and_then(|first| first.checked_add_months(chrono::Months::new(1)));
                continue;
            }
            if self.holds(day) {
                found.push(day);
            }
            next = day.succ_opt();
        }
        found
    }

    fn month_holds(&self, day: NaiveDate) -> bool {
        self.months.is_empty() || i16::try_from(day.month()).is_ok_and(|month| self.months.contains(&month))
    }

    fn holds(&self, day: NaiveDate) -> bool {
        (self.month_days.is_empty() || in_both(&self.month_days, day.day(), u32::from(day.num_days_in_month())))
            && (self.year_days.is_empty() || in_both(&self.year_days, day.ordinal(), days_in_year(day.year())))
            && self.weekday_holds(day)
            && (self.weeks.is_empty() || self.week_holds(day))
    }

    /// The list is a sum: "MO,1TU" is every Monday and the first Tuesday.
    fn weekday_holds(&self, day: NaiveDate) -> bool {
        let weekday = day.weekday();
        let (place, length) = if self.within_year {
            (day.ordinal(), days_in_year(day.year()))
        } else {
            (day.day(), u32::from(day.num_days_in_month()))
        };
        let counted = || {
            let (first, last) = (1 + (place - 1) / 7, 1 + length.saturating_sub(place) / 7);
            let is = |which: i16| if which > 0 { first } else { last } == u32::from(which.unsigned_abs());
            self.which.iter().any(|(which, named)| *named == weekday && is(*which))
        };
        (self.every.is_empty() && self.which.is_empty()) || self.every.contains(&weekday) || counted()
    }

    fn week_holds(&self, day: NaiveDate) -> bool {
        let Some((year, week)) = self.week(day) else { return false };
        // The last week of a year is the one of 28 December.
        let weeks = NaiveDate::from_ymd_opt(year, 12, 28).and_then(|last| self.week(last)).map_or(52, |(_, week)| week);
        in_both(&self.weeks, week, weeks)
    }

    /// The number of its week, and of which year: a week belongs to the year that has at least four days of it.
    fn week(&self, day: NaiveDate) -> Option<(i32, u32)> {
        let middle = week_of(day, self.week_start)?.checked_add_days(Days::new(3))?;
        Some((middle.year(), 1 + middle.ordinal0() / 7))
    }
}

/// The first day of its week.
pub(super) fn week_of(day: NaiveDate, week_start: Weekday) -> Option<NaiveDate> {
    let back = (7 + number(day.weekday()) - number(week_start)) % 7;
    day.checked_sub_days(Days::new(u64::from(back)))
}

/// Whether the list has a place, counted from the beginning or from the end.
fn in_both(list: &[i16], place: u32, length: u32) -> bool {
    let (Ok(place), Ok(length)) = (i32::try_from(place), i32::try_from(length)) else { return false };
    list.iter().map(|number| i32::from(*number)).any(|number| number == place || number == place - length - 1)
}

fn days_in_year(year: i32) -> u32 {
    if NaiveDate::from_ymd_opt(year, 2, 29).is_some() { 366 } else { 365 }
}
