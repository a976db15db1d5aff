//! What an instance is called: the event's id, and, of a series, when that instance would start if nothing had been changed about it:
//! `{event}_20260308T130000Z`, `{event}_20260308` where it is a day. A leaf: imports `store`'s columns, chrono.

use std::fmt;

use chrono::{DateTime, Datelike as _, NaiveDate, NaiveDateTime, NaiveTime, Timelike as _, Utc};

use crate::store::columns::Uid;

const TIME: &str = "%Y%m%dT%H%M%SZ";
const DAY: &str = "%Y%m%d";

/// Which instance of a series: by when the series has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Original {
    /// It starts then; a time of no zone is told as if it were UTC.
    At(DateTime<Utc>),
    /// It is a day.
    Day(NaiveDate),
}

impl Original {
    /// Reads the form that ids have.
    pub fn parse(text: &str) -> Option<Self> {
        // chrono reads more than that: signs, longer years, fewer digits.
        let is = |form: &str| text.len() == form.len() && text.bytes().zip(form.bytes()).all(|(b, f)| fits(b, f));
        if is("dddddddd") {
            return NaiveDate::parse_from_str(text, DAY).ok().map(Self::Day);
        }
        // A leap second is read as one, and no instance is in one.
        let is_written = |at: &NaiveDateTime| at.nanosecond() == 0 && at.format(TIME).to_string() == text;
        let read = || NaiveDateTime::parse_from_str(text, TIME).ok().filter(is_written);
        if is("ddddddddTddddddZ") { read().map(|at| Self::At(at.and_utc())) } else { None }
    }

    /// As an instant; a day as its midnight in UTC.
    pub fn instant(self) -> DateTime<Utc> {
        match self {
            Self::At(at) => at,
            Self::Day(day) => day.and_time(NaiveTime::MIN).and_utc(),
        }
    }
}

/// Whether a byte is of the form: `d` is any digit.
fn fits(byte: u8, form: u8) -> bool {
    if form == b'd' { byte.is_ascii_digit() } else { byte == form }
}

impl fmt::Display for Original {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (at, day) = match self {
            Self::At(at) => (Some(at.time()), at.date_naive()),
            Self::Day(day) => (None, *day),
        };
        write!(f, "{:04}{:02}{:02}", day.year(), day.month(), day.day())?;
        at.map_or(Ok(()), |at| write!(f, "T{:02}{:02}{:02}Z", at.hour(), at.minute(), at.second()))
    }
}

/// What `/me/events/{id}` takes: an event, or an instance of one that is a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventId {
    /// The event.
    pub event: Uid,
    /// The instance; none: the event itself.
    pub original: Option<Original>,
}

impl EventId {
    /// Reads an id; none: nothing is called that.
    pub fn parse(text: &str) -> Option<Self> {
        let Some((event, original)) = text.split_once('_') else {
            return Some(Self { event: Uid::parse(text)?, original: None });
        };
        Some(Self { event: Uid::parse(event)?, original: Some(Original::parse(original)?) })
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.original {
            None => write!(f, "{}", self.event),
            Some(original) => write!(f, "{}_{original}", self.event),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::EventId;

    #[test]
    fn what_is_written_is_read() {
        let event = "01890000-0000-7000-8000-000000000001";
        for original in ["", "_20260308T130000Z", "_20260308", "_00000101T000000Z", "_99991231"] {
            let id = format!("{event}{original}");
            assert_eq!(EventId::parse(&id).map(|id| id.to_string()), Some(id));
        }
        for bad in [
            "_",
            "_2026030",
            "_20260230",
            "_20260308T130000",
            "_20260308T130060Z",
            "_+0260308",
            "_20260308T13000éZ",
            "_20260308_20260308",
        ] {
            assert_eq!(EventId::parse(&format!("{event}{bad}")), None, "{bad}");
        }
        assert_eq!(EventId::parse("_20260308"), None);
    }
}
