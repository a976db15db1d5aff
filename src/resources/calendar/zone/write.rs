//! The text of a VTIMEZONE (RFC 5545 §3.6.5), made for a zone of the IANA database over some years. Changes of the clock that
//! follow one rule are one STANDARD or DAYLIGHT with an RRULE, as every client reads it. Imports `named`.

use std::fmt::Write as _;

use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, NaiveDateTime, TimeZone, Utc};

use crate::resources::calendar::zone::Zone;
use crate::resources::calendar::zone::named::{Change, Named};

const NAMES: [&str; 7] = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];

impl Zone {
    /// Under the name `tzid`, right from the first of `years` until the end of the last, and as in the last ones after that.
    /// None of a zone that needs none (UTC, floating) or has its own.
    pub fn vtimezone(&self, tzid: &str, years: std::ops::RangeInclusive<i32>) -> Option<String> {
        let Self::Named(zone) = self else { return None };
        let mut text = format!("BEGIN:VTIMEZONE\r\nTZID:{tzid}\r\nX-LIC-LOCATION:{}\r\n", zone.name());
        for run in runs(*zone, *years.start(), *years.end())? {
            run.write(&mut text);
        }
        text.push_str("END:VTIMEZONE\r\n");
        Some(text)
    }
}

/// Changes of the clock, one a year, by one rule.
struct Run {
    first: Change,
    last: DateTime<Utc>,
    year: i32,
    /// Which such weekdays of the month all of them are: 1 to 5, or -1 for the last.
    which: Vec<i8>,
    repeats: bool,
    /// Whether it goes on after the years that were asked for.
    open: bool,
}

fn runs(zone: Named, from: i32, to: i32) -> Option<Vec<Run>> {
    let begins = Utc.with_ymd_and_hms(from, 1, 1, 0, 0, 0).single()?;
    let ends = Utc.with_ymd_and_hms(to.checked_add(1)?, 1, 1, 0, 0, 0).single()?;
    let mut runs = vec![Run::new(zone.state(begins))];
    for change in zone.changes(begins, ends) {
        if !runs.iter_mut().any(|run| run.takes(&change)) {
            runs.push(Run::new(change));
        }
    }
    for run in &mut runs {
        run.open = run.repeats && run.year == to;
    }
    Some(runs)
}

impl Run {
    fn new(first: Change) -> Self {
        let local = local(&first);
        Self { last: first.at, year: local.year(), which: places(local.date()), first, repeats: false, open: false }
    }

    /// Adds the change if it is what the rule gives in the year after.
    fn takes(&mut self, change: &Change) -> bool {
        let same = |change: &Change| {
            let local = local(change);
            (local.month(), local.weekday(), local.time(), change.from, change.to, change.daylight)
        };
        let next = local(change);
        let shared: Vec<i8> = places(next.date()).into_iter().filter(|place| self.which.contains(place)).collect();
        let is_state = self.first.from == self.first.to;
        let fits = !is_state && next.year() == self.year + 1 && same(change) == same(&self.first) && !shared.is_empty();
        if fits {
            (self.last, self.year, self.which, self.repeats) = (change.at, next.year(), shared, true);
        }
        fits
    }

    fn write(&self, text: &mut String) {
        let kind = if self.first.daylight { "DAYLIGHT" } else { "STANDARD" };
        let start = local(&self.first);
        let _ = write!(text, "BEGIN:{kind}\r\nDTSTART:{}\r\n", start.format("%Y%m%dT%H%M%S"));
        let (from, to) = (offset(self.first.from), offset(self.first.to));
        let _ = write!(text, "TZOFFSETFROM:{from}\r\nTZOFFSETTO:{to}\r\nTZNAME:{}\r\n", self.first.abbreviation);
        if let Some(which) = self.which.last().filter(|_| self.repeats) {
            let day = usize::try_from(start.weekday().num_days_from_monday()).ok().and_then(|at| NAMES.get(at));
            let _ = write!(text, "RRULE:FREQ=YEARLY;BYMONTH={};BYDAY={which}{}", start.month(), day.unwrap_or(&"SU"));
            let until =
                if self.open { String::new() } else { format!(";UNTIL={}", self.last.format("%Y%m%dT%H%M%SZ")) };
            let _ = write!(text, "{until}\r\n");
        }
        let _ = write!(text, "END:{kind}\r\n");
    }
}

/// By the clock as it went before the change.
fn local(change: &Change) -> NaiveDateTime {
    let utc = change.at.naive_utc();
    utc.checked_add_offset(change.from).unwrap_or(utc)
}

/// Which of its weekday in its month a day is: counted from the beginning, and -1 if it is the last.
fn places(day: NaiveDate) -> Vec<i8> {
    let from_first = i8::try_from(1 + (day.day() - 1) / 7).unwrap_or(1);
    let is_last = day.day() + 7 > u32::from(day.num_days_in_month());
    [from_first].into_iter().chain(is_last.then_some(-1)).collect()
}

/// `+0100`, with seconds where there are some.
fn offset(offset: FixedOffset) -> String {
    let seconds = offset.local_minus_utc();
    let (sign, all) = (if seconds < 0 { '-' } else { '+' }, seconds.abs());
    let text = format!("{sign}{:02}{:02}", all / 3600, all / 60 % 60);
    if all % 60 == 0 { text } else { format!("{text}{:02}", all % 60) }
}
