//! A rule as Graph's `patternedRecurrence`, if Graph can say it: rather none than a wrong one. Imports `rule`, `time`,
//! `calendar::zone`, `serde_json`.

use chrono::{Datelike, Days, NaiveDate, NaiveDateTime, NaiveTime, Weekday};
use serde_json::{Value, json};

use crate::resources::calendar::recurrence::of_graph::{INDEXES, INTERVAL, MONTHS, SHORTEST, WEEK};
use crate::resources::calendar::recurrence::rule::{Frequency, Rule};
use crate::resources::calendar::recurrence::time::Time;
use crate::resources::calendar::zone::Zone;

impl Rule {
    /// Of an event that starts at `start` of `zone`; `zone_name` is how the answer calls it.
    pub fn to_graph(&self, start: NaiveDateTime, zone: &Zone, zone_name: &str) -> Option<Value> {
        Some(json!({ "pattern": self.pattern(start)?, "range": self.range(start, zone, zone_name)? }))
    }

    fn pattern(&self, start: NaiveDateTime) -> Option<Value> {
        let says_more = [&self.weeks, &self.year_days, &self.hours, &self.minutes, &self.seconds];
        if says_more.iter().any(|list| !list.is_empty()) || self.interval > INTERVAL {
            return None;
        }
        let mut pattern = match self.frequency {
            Frequency::Daily | Frequency::Weekly => self.of_days(start)?,
            Frequency::Monthly if self.months.is_empty() => self.of_month(start, 0)?,
            Frequency::Monthly => return None,
            Frequency::Yearly => self.of_year(start)?,
        };
        pattern.as_object_mut()?.insert("interval".to_owned(), json!(self.interval));
        Some(pattern)
    }

    fn of_days(&self, start: NaiveDateTime) -> Option<Value> {
        if ![&self.months, &self.month_days, &self.positions].iter().all(|list| list.is_empty()) {
            return None;
        }
        match (self.frequency, self.days.as_slice()) {
            (Frequency::Daily, []) => Some(json!({ "type": "daily" })),
            // Each day, of these: a weekly rule of them, unless it skips days.
            (Frequency::Daily, days) if self.interval == 1 => self.weekly(days),
            (Frequency::Weekly, []) => self.weekly(&[(0, start.weekday())]),
            (Frequency::Weekly, days) => self.weekly(days),
            _ => None,
        }
    }

    fn weekly(&self, days: &[(i16, Weekday)]) -> Option<Value> {
        let days: Vec<_> = days.iter().filter_map(|(_, day)| word(*day)).collect();
        Some(json!({ "type": "weekly", "daysOfWeek": days, "firstDayOfWeek": word(self.week_start)? }))
    }

    fn of_year(&self, start: NaiveDateTime) -> Option<Value> {
        let month = match self.months.as_slice() {
            [month] => *month,
            // Without a month a weekday is counted through the year, which Graph cannot; and so is a day from its end.
            [] if self.days.is_empty() && self.month_days.is_empty() => i16::try_from(start.month()).ok()?,
            _ => return None,
        };
        let mut pattern = self.of_month(start, month)?;
        pattern.as_object_mut()?.insert("month".to_owned(), json!(month));
        Some(pattern)
    }

    /// A day of the month, or of the month of a year (0: of each).
    fn of_month(&self, start: NaiveDateTime, month: i16) -> Option<Value> {
        let kind = |monthly: &'static str, yearly: &'static str| if month == 0 { monthly } else { yearly };
        if self.days.is_empty() {
            let kind = kind("absoluteMonthly", "absoluteYearly");
            return Some(json!({ "type": kind, "dayOfMonth": self.day_of_month(start, month)? }));
        }
        let which = match (self.days.as_slice(), self.positions.as_slice()) {
            ([(which, _)], []) => *which,
            (days, [which]) if days.iter().all(|(each, _)| *each == 0) => *which,
            _ => return None,
        };
        let (index, _) = INDEXES.iter().find(|(_, named)| *named == which).filter(|_| self.month_days.is_empty())?;
        let days: Vec<_> = self.days.iter().filter_map(|(_, day)| word(*day)).collect();
        Some(json!({ "type": kind("relativeMonthly", "relativeYearly"), "daysOfWeek": days, "index": index }))
    }

    /// Only a day that each such month has, or the last of the days from 28 on, which is what Graph means by one that it may lack.
    fn day_of_month(&self, start: NaiveDateTime, month: i16) -> Option<i16> {
        let longest = usize::try_from(month - 1).ok().and_then(|at| MONTHS.get(at)).copied();
        let sure = match longest {
            Some(29) | None => SHORTEST,
            Some(longest) => longest,
        };
        let longest = longest.unwrap_or(31);
        match (self.month_days.as_slice(), self.positions.as_slice()) {
            ([], []) => i16::try_from(start.day()).ok().filter(|day| *day <= sure),
            ([-1], []) => Some(longest),
            ([day], []) => Some(*day).filter(|day| (1..=sure).contains(day)),
            (days, [-1]) => {
                let last = days.iter().copied().max()?;
                let run = days.iter().copied().eq(SHORTEST..=last) && last <= longest;
                run.then_some(last)
            }
            _ => None,
        }
    }

    fn range(&self, start: NaiveDateTime, zone: &Zone, zone_name: &str) -> Option<Value> {
        let from = start.date().to_string();
        match (self.count, self.until) {
            (None, None) => Some(json!({ "type": "noEnd", "startDate": from, "recurrenceTimeZone": zone_name })),
            (Some(count), None) => Some(json!({
                "type": "numbered", "startDate": from, "numberOfOccurrences": count, "recurrenceTimeZone": zone_name,
            })),
            (None, Some(until)) => {
                // What is later no client can read, nor does it happen.
                let last = NaiveDate::from_ymd_opt(9999, 12, 31)?;
                let end = last_day(until, start, zone)?.max(start.date()).min(last).to_string();
                Some(json!({ "type": "endDate", "startDate": from, "endDate": end, "recurrenceTimeZone": zone_name }))
            }
            (Some(_), Some(_)) => None,
        }
    }
}

/// The last day of which the start's time of day is not after UNTIL.
fn last_day(until: Time, start: NaiveDateTime, zone: &Zone) -> Option<NaiveDate> {
    let last = match until {
        Time::Date(day) => return Some(day),
        Time::Local(at) => at,
        Time::Utc(at) => zone.local(at.and_utc()),
    };
    let whole = start.time() <= last.time() || start.time() == NaiveTime::MIN;
    if whole { Some(last.date()) } else { last.date().checked_sub_days(Days::new(1)) }
}

fn word(day: Weekday) -> Option<&'static str> {
    WEEK.iter().find(|(_, named)| *named == day).map(|(word, _)| *word)
}
