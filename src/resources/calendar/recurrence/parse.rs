//! A rule from its text. Imports `rule`, `time`, `fault`.

use std::ops::RangeInclusive;

use chrono::Weekday;

use crate::resources::calendar::recurrence::fault::RuleFault;
use crate::resources::calendar::recurrence::rule::{Frequency, Rule};
use crate::resources::calendar::recurrence::time::{Time, digits};

/// The longest text: every day of the year counted from both ends takes half of it.
const BYTES: usize = 8 * 1024;
/// The most times of one day: a rule of more is finer than daily by another name.
const TIMES: usize = 24;

impl Rule {
    /// Of the value of an RRULE: `FREQ=MONTHLY;BYDAY=-1FR`. What iCalendars have in the wild is taken: any case, empty parts, COUNT
    /// beside UNTIL. What would change the days (RFC 7529: another calendar, another way to skip) is not.
    pub fn parse(text: &str) -> Result<Self, RuleFault> {
        if text.len() > BYTES {
            return Err(RuleFault::wrong("RRULE", "at most 8 KiB are read"));
        }
        let parts = || text.split(';').map(str::trim).filter(|part| !part.is_empty()).map(pair);
        let frequency = parts().find(|(name, _)| name == "FREQ").map(|(_, value)| frequency(value));
        let mut rule = Self::every(frequency.unwrap_or(Err(RuleFault::wrong("FREQ", "is needed")))?);
        let mut seen: Vec<String> = Vec::new();
        for (name, value) in parts() {
            rule.part(&name, value)?;
            if seen.contains(&name) {
                return Err(RuleFault::wrong(name, "stands twice"));
            }
            seen.push(name);
        }
        let times = [&rule.hours, &rule.minutes, &rule.seconds].map(|list| list.len().max(1));
        if times.iter().product::<usize>() > TIMES {
            return Err(RuleFault::Finer);
        }
        rule.affordable()
    }

    fn part(&mut self, name: &str, value: &str) -> Result<(), RuleFault> {
        let list = |from: i16, to: i16| numbers(name, value, from..=to);
        match name {
            "FREQ" => {}
            "INTERVAL" => self.interval = positive(name, value)?,
            "COUNT" => self.count = Some(positive(name, value)?),
            "UNTIL" => {
                let right = || wrong(name, value, "a date or a time such as 20261231 or 20261231T225959Z");
                let until = Time::parse(value).ok_or_else(right)?;
                self.until = Some(until);
            }
            "WKST" => {
                self.week_start = weekday(value).ok_or_else(|| wrong(name, value, "a day of the week such as MO"))?;
            }
            "BYMONTH" => self.months = list(1, 12)?,
            "BYWEEKNO" => self.weeks = list(-53, 53)?,
            "BYYEARDAY" => self.year_days = list(-366, 366)?,
            "BYMONTHDAY" => self.month_days = list(-31, 31)?,
            "BYDAY" => self.days = days(value)?,
            "BYHOUR" => self.hours = list(0, 23)?,
            "BYMINUTE" => self.minutes = list(0, 59)?,
            "BYSECOND" => self.seconds = list(0, 60)?,
            "BYSETPOS" => self.positions = list(-366, 366)?,
            "RSCALE" if value.eq_ignore_ascii_case("GREGORIAN") => {}
            "SKIP" if value.eq_ignore_ascii_case("OMIT") => {}
            _ => return Err(RuleFault::wrong(shown(name), "is not known here")),
        }
        Ok(())
    }
}

/// What is wrong with the value of a part, and what would be right.
fn wrong(name: &str, value: &str, right: &str) -> RuleFault {
    let value: String = value.chars().filter(|c| !c.is_control()).take(40).collect();
    RuleFault::wrong(name, format!("has to be {right}, not `{value}`"))
}

/// A name that says no more than a name can.
fn shown(name: &str) -> String {
    let name: String = name.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').take(32).collect();
    if name.is_empty() { "RRULE".to_owned() } else { name }
}

fn pair(part: &str) -> (String, &str) {
    let (name, value) = part.split_once('=').unwrap_or((part, ""));
    (name.trim().to_ascii_uppercase(), value.trim())
}

fn frequency(value: &str) -> Result<Frequency, RuleFault> {
    match value.to_ascii_uppercase().as_str() {
        "DAILY" => Ok(Frequency::Daily),
        "WEEKLY" => Ok(Frequency::Weekly),
        "MONTHLY" => Ok(Frequency::Monthly),
        "YEARLY" => Ok(Frequency::Yearly),
        "HOURLY" | "MINUTELY" | "SECONDLY" => Err(RuleFault::Finer),
        _ => Err(wrong("FREQ", value, "DAILY, WEEKLY, MONTHLY or YEARLY")),
    }
}

fn positive(name: &str, value: &str) -> Result<u32, RuleFault> {
    let number = digits(value).filter(|number| *number > 0);
    number.ok_or_else(|| wrong(name, value, "a whole number from 1 to 4294967295"))
}

/// A number with its sign: `+1`, `-1`, `1`.
fn signed(text: &str) -> Option<i16> {
    match text.strip_prefix('-') {
        Some(text) => digits::<i16>(text).map(|number| -number),
        None => digits(text.strip_prefix('+').unwrap_or(text)),
    }
}

/// A range that begins below zero counts from both ends, and has no zero.
fn numbers(name: &str, value: &str, range: RangeInclusive<i16>) -> Result<Vec<i16>, RuleFault> {
    let allowed = |number: &i16| range.contains(number) && (*number != 0 || *range.start() == 0);
    let mut list = Vec::new();
    for text in value.split(',') {
        let number = signed(text.trim()).filter(allowed);
        let right = || format!("of numbers from {} to {}", range.start(), range.end());
        let number = number.ok_or_else(|| wrong(name, text, &right()))?;
        if !list.contains(&number) {
            list.push(number);
        }
    }
    Ok(list)
}

fn days(value: &str) -> Result<Vec<(i16, Weekday)>, RuleFault> {
    let mut list = Vec::new();
    for text in value.split(',') {
        let day = day(text.trim()).ok_or_else(|| wrong("BYDAY", text, "of days such as MO, 1TU and -1FR"))?;
        if !list.contains(&day) {
            list.push(day);
        }
    }
    Ok(list)
}

fn day(text: &str) -> Option<(i16, Weekday)> {
    let (which, name) = text.split_at_checked(text.len().checked_sub(2)?)?;
    let which = if which.is_empty() { 0 } else { signed(which).filter(|which| (1..=53).contains(&which.abs()))? };
    Some((which, weekday(name)?))
}

pub(super) fn weekday(name: &str) -> Option<Weekday> {
    match name.to_ascii_uppercase().as_str() {
        "MO" => Some(Weekday::Mon),
        "TU" => Some(Weekday::Tue),
        "WE" => Some(Weekday::Wed),
        "TH" => Some(Weekday::Thu),
        "FR" => Some(Weekday::Fri),
        "SA" => Some(Weekday::Sat),
        "SU" => Some(Weekday::Sun),
        _ => None,
    }
}
