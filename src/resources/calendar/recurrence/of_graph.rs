//! A rule from Graph's `patternedRecurrence`. Imports `rule`, `first`, `time`, `fault`, `calendar::zone`, `serde_json`.
//!
//! A series of Graph's begins with the first day of its pattern, which "may be this date or later" (Graph on `startDate`). Its
//! intervals are counted from the start that was given, as an RRULE counts them.
//!
//! Graph's day 31 of a month is the last day of a shorter one, where a BYMONTHDAY passes over that month: so it becomes the last of
//! the days from 28 on.

use chrono::{Datelike, NaiveDate, NaiveDateTime, NaiveTime, Weekday};
use serde_json::Value;

use crate::resources::calendar::recurrence::fault::RuleFault;
use crate::resources::calendar::recurrence::rule::{COUNTED, Frequency, Rule};
use crate::resources::calendar::recurrence::time::Time;
use crate::resources::calendar::zone::Zone;

/// Graph's names, from Monday on.
pub(super) const WEEK: [(&str, Weekday); 7] = [
    ("monday", Weekday::Mon),
    ("tuesday", Weekday::Tue),
    ("wednesday", Weekday::Wed),
    ("thursday", Weekday::Thu),
    ("friday", Weekday::Fri),
    ("saturday", Weekday::Sat),
    ("sunday", Weekday::Sun),
];
/// Which of the days of a month.
pub(super) const INDEXES: [(&str, i16); 5] = [("first", 1), ("second", 2), ("third", 3), ("fourth", 4), ("last", -1)];
/// The days of each month of a leap year.
pub(super) const MONTHS: [i16; 12] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
/// The patterns that Graph has.
const SIX: &str = "has to be daily, weekly, absoluteMonthly, relativeMonthly, absoluteYearly or relativeYearly";
/// Graph has an Int32 there.
pub(super) const INTERVAL: u32 = i32::MAX.unsigned_abs();
/// Every month has so many days.
pub(super) const SHORTEST: i16 = 28;

impl Rule {
    /// Of a `patternedRecurrence` of an event that is to start at `start` of `zone`; and where it starts then.
    pub fn of_graph(
        recurrence: &Value,
        start: NaiveDateTime,
        all_day: bool,
        zone: &Zone,
    ) -> Result<(Self, NaiveDateTime), RuleFault> {
        let pattern = Part::of(recurrence, "pattern")?;
        let range = Part::of(recurrence, "range")?;
        let mut rule = pattern.rule()?;
        let none = || RuleFault::wrong("pattern", "has no day from the start on before the year 10000");
        let first = rule.first(start, all_day).ok_or_else(none)?;
        if range.date("startDate")?.is_some_and(|day| day != start.date() && day != first.date()) {
            let must = format!("has to be the date of the event's start, {}", start.date());
            return Err(range.wrong("startDate", &must));
        }
        match range.text("type")?.to_ascii_lowercase().as_str() {
            "noend" => {}
            "numbered" => rule.count = Some(range.number("numberOfOccurrences", COUNTED)?),
            "enddate" => rule.until = Some(until(&range, first, all_day, zone)?),
            _ => return Err(range.wrong("type", "has to be endDate, noEnd or numbered")),
        }
        Ok((rule, first))
    }

    /// Has it repeat on this day of its months, or on the last day of one that is shorter.
    pub(super) fn set_month_day(&mut self, day: i16) {
        let may_lack = day > SHORTEST && (self.months.is_empty() || self.longest() == 29);
        self.month_days = if may_lack { (SHORTEST..=day).collect() } else { vec![day] };
        self.positions = if may_lack { vec![-1] } else { Vec::new() };
    }

    /// The most days that its month has.
    fn longest(&self) -> i16 {
        let month = self.months.first().and_then(|month| MONTHS.get(usize::try_from(month - 1).ok()?));
        month.copied().unwrap_or(31)
    }
}

/// The last second of the last day, in UTC as RFC 5545 §3.3.10 wants it of a start with a zone.
fn until(range: &Part, first: NaiveDateTime, all_day: bool, zone: &Zone) -> Result<Time, RuleFault> {
    let needed = || RuleFault::wrong("range.endDate", "is needed, a date such as 2026-12-31");
    let day = range.date("endDate")?.ok_or_else(needed)?;
    if day < first.date() {
        let must = format!("must not be before the first day of the pattern, {}", first.date());
        return Err(range.wrong("endDate", &must));
    }
    let end = day.and_time(NaiveTime::from_hms_opt(23, 59, 59).unwrap_or_default());
    Ok(match zone {
        _ if all_day => Time::Date(day),
        Zone::Floating => Time::Local(end),
        zone => Time::Utc(zone.instant(end).naive_utc()),
    })
}

/// `pattern` or `range`, and its name for what is wrong with it.
struct Part<'a> {
    name: &'static str,
    value: &'a Value,
}

impl<'a> Part<'a> {
    fn of(recurrence: &'a Value, name: &'static str) -> Result<Self, RuleFault> {
        let value = recurrence.get(name).filter(|value| value.is_object());
        Ok(Self { name, value: value.ok_or_else(|| RuleFault::wrong(name, "is needed, an object"))? })
    }

    fn wrong(&self, member: &str, why: &str) -> RuleFault {
        let given =
            self.member(member).map(|value| value.to_string().chars().filter(|c| !c.is_control()).take(100).collect());
        let not = given.map_or_else(String::new, |given: String| format!(", not `{given}`"));
        RuleFault::wrong(format!("{}.{member}", self.name), format!("{why}{not}"))
    }

    /// The member, unless it is missing or null.
    fn member(&self, name: &str) -> Option<&'a Value> {
        self.value.get(name).filter(|value| !value.is_null())
    }

    fn text(&self, name: &str) -> Result<&'a str, RuleFault> {
        self.member(name).and_then(Value::as_str).ok_or_else(|| self.wrong(name, "has to be a text"))
    }

    fn number(&self, name: &str, most: u32) -> Result<u32, RuleFault> {
        let number = self.member(name).and_then(Value::as_u64).and_then(|number| u32::try_from(number).ok());
        let number = number.filter(|number| (1..=most).contains(number));
        number.ok_or_else(|| self.wrong(name, &format!("has to be a whole number from 1 to {most}")))
    }

    fn date(&self, name: &str) -> Result<Option<NaiveDate>, RuleFault> {
        let Some(value) = self.member(name) else { return Ok(None) };
        let date = value.as_str().and_then(|text| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok());
        // Graph's clients send year 1 for a date that they leave open.
        let date = date.ok_or_else(|| self.wrong(name, "has to be a date such as 2026-12-31"))?;
        Ok(Some(date).filter(|date| date.year() > 1))
    }

    fn weekday(&self, member: &str, name: &Value) -> Result<Weekday, RuleFault> {
        let named = |(word, _): &&(&str, Weekday)| name.as_str().is_some_and(|name| name.eq_ignore_ascii_case(word));
        let found = WEEK.iter().find(named).map(|(_, day)| *day);
        found.ok_or_else(|| self.wrong(member, "has to be of days such as monday"))
    }

    fn days(&self) -> Result<Vec<Weekday>, RuleFault> {
        let list = self.member("daysOfWeek").and_then(Value::as_array).filter(|list| !list.is_empty());
        let list = list.ok_or_else(|| self.wrong("daysOfWeek", "has to be a list of days"))?;
        let mut days = Vec::new();
        for name in list {
            let day = self.weekday("daysOfWeek", name)?;
            if !days.contains(&day) {
                days.push(day);
            }
        }
        Ok(days)
    }

    fn rule(&self) -> Result<Rule, RuleFault> {
        let kind = self.text("type")?.to_ascii_lowercase();
        let frequency = match kind.as_str() {
            "daily" => Frequency::Daily,
            "weekly" => Frequency::Weekly,
            "absolutemonthly" | "relativemonthly" => Frequency::Monthly,
            "absoluteyearly" | "relativeyearly" => Frequency::Yearly,
            _ => return Err(self.wrong("type", SIX)),
        };
        let mut rule = Rule { interval: self.number("interval", INTERVAL)?, ..Rule::every(frequency) };
        if frequency == Frequency::Yearly {
            rule.months = vec![i16::try_from(self.number("month", 12)?).unwrap_or(1)];
        }
        if frequency == Frequency::Weekly {
            rule.days = self.days()?.into_iter().map(|day| (0, day)).collect();
            let first = self.member("firstDayOfWeek").map(|name| self.weekday("firstDayOfWeek", name));
            // Graph's own default.
            rule.week_start = first.unwrap_or(Ok(Weekday::Sun))?;
        } else if kind.starts_with("absolute") {
            self.absolute(&mut rule)?;
        } else if kind.starts_with("relative") {
            self.relative(&mut rule)?;
        }
        Ok(rule)
    }

    fn absolute(&self, rule: &mut Rule) -> Result<(), RuleFault> {
        let day = self.number("dayOfMonth", rule.longest().unsigned_abs().into())?;
        rule.set_month_day(i16::try_from(day).unwrap_or(1));
        Ok(())
    }

    /// Several days are a choice: "the first weekday of the month".
    fn relative(&self, rule: &mut Rule) -> Result<(), RuleFault> {
        let index = self.member("index").map_or(Some("first"), Value::as_str);
        let named = |(word, _): &&(&str, i16)| index.is_some_and(|index| index.eq_ignore_ascii_case(word));
        let which = INDEXES.iter().find(named).map(|(_, which)| *which);
        let which = which.ok_or_else(|| self.wrong("index", "has to be first, second, third, fourth or last"))?;
        rule.days = self.days()?.into_iter().map(|day| (0, day)).collect();
        match rule.days.as_mut_slice() {
            [(one, _)] => *one = which,
            _ => rule.positions = vec![which],
        }
        Ok(())
    }
}
