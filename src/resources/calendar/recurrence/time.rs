//! The values of DATE and DATE-TIME (RFC 5545 §3.3.4, §3.3.5). A leaf: imports chrono alone.

use std::fmt;

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};

/// A date, a time of the clock on the wall, or an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Time {
    /// `20260308`
    Date(NaiveDate),
    /// `20260308T023000`: in the zone of its TZID, or in whatever zone one is in
    Local(NaiveDateTime),
    /// `20260308T023000Z`
    Utc(NaiveDateTime),
}

impl Time {
    /// None if it is none of the three.
    pub fn parse(text: &str) -> Option<Self> {
        let (date, rest) = text.split_at_checked(8)?;
        let date = date_of(date)?;
        if rest.is_empty() {
            return Some(Self::Date(date));
        }
        let (time, utc) = rest.strip_prefix(['T', 't'])?.split_at_checked(6)?;
        let at = date.and_time(time_of(time)?);
        match utc {
            "" => Some(Self::Local(at)),
            "Z" | "z" => Some(Self::Utc(at)),
            _ => None,
        }
    }

    /// What is written, without its zone; a date is its midnight.
    pub fn written(self) -> NaiveDateTime {
        match self {
            Self::Date(date) => date.and_time(NaiveTime::MIN),
            Self::Local(at) | Self::Utc(at) => at,
        }
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Date(date) => write!(f, "{}", date.format("%Y%m%d")),
            Self::Local(at) => write!(f, "{}", at.format("%Y%m%dT%H%M%S")),
            Self::Utc(at) => write!(f, "{}", at.format("%Y%m%dT%H%M%SZ")),
        }
    }
}

/// A number of digits alone: `parse` takes a sign too.
pub(super) fn digits<N: std::str::FromStr>(text: &str) -> Option<N> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

fn date_of(text: &str) -> Option<NaiveDate> {
    let (year, day) = text.split_at_checked(4)?;
    let (month, day) = day.split_at_checked(2)?;
    NaiveDate::from_ymd_opt(digits(year)?, digits(month)?, digits(day)?)
}

fn time_of(text: &str) -> Option<NaiveTime> {
    let (hour, rest) = text.split_at_checked(2)?;
    let (minute, second) = rest.split_at_checked(2)?;
    clock(digits(hour)?, digits(minute)?, digits(second)?)
}

/// A leap second is the second before it, as RFC 5545 §3.3.12 asks of who knows none.
pub(super) fn clock(hour: u32, minute: u32, second: u32) -> Option<NaiveTime> {
    NaiveTime::from_hms_opt(hour, minute, if second == 60 { 59 } else { second })
}

#[cfg(test)]
mod tests {
    use super::Time;

    #[test]
    fn what_is_read_is_written_again() {
        for text in ["20260308", "20260308T023000", "20260308T023000Z", "00010101", "99991231T235959Z"] {
            assert_eq!(Time::parse(text).map(|time| time.to_string()).as_deref(), Some(text));
        }
        assert_eq!(Time::parse("20161231T235960Z").unwrap().to_string(), "20161231T235959Z");
    }

    #[test]
    fn what_is_none_is_refused() {
        let none = [
            "",
            "2026030",
            "20260230",
            "20260308T0230",
            "20260308T023000ZZ",
            "20260308 023000",
            "+0260308",
            "2026é308T",
        ];
        for text in none {
            assert_eq!(Time::parse(text), None, "{text}");
        }
    }
}
