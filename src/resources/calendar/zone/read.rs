//! A zone from the text of its VTIMEZONE. Imports `rules`, `calendar::recurrence`.

use chrono::{FixedOffset, NaiveDate, NaiveDateTime};

use crate::resources::calendar::recurrence::{Rule, Time, Walk};
use crate::resources::calendar::zone::rules::{Onset, Rules};

/// The most changes of the clock: twice a year since 1800 are not as many, and a rule of each day is no zone.
const ONSETS: usize = 1_000;
/// Rules are looked at in these years: Outlook's begin in 1601 and never end.
const YEARS: (i32, i32) = (1900, 2100);

/// What X-LIC-LOCATION says.
pub(super) fn location(text: &str) -> Option<String> {
    lines(text).into_iter().find(|line| line.name == "X-LIC-LOCATION").map(|line| line.value)
}

impl Rules {
    /// None if it has no STANDARD and no DAYLIGHT that says when and what, or says what no clock does.
    pub fn read(text: &str) -> Option<Self> {
        let mut onsets = Vec::new();
        let mut open: Option<Observance> = None;
        for line in lines(text) {
            match (line.name.as_str(), line.value.as_str()) {
                ("BEGIN", "STANDARD" | "DAYLIGHT") => open = Some(Observance::default()),
                ("END", "STANDARD" | "DAYLIGHT") => open.take()?.onsets(&mut onsets)?,
                (name, value) => open.iter_mut().for_each(|observance| observance.line(name, value)),
            }
        }
        Self::new(onsets)
    }
}

/// A STANDARD or DAYLIGHT.
#[derive(Default)]
struct Observance {
    start: Option<NaiveDateTime>,
    from: Option<FixedOffset>,
    to: Option<FixedOffset>,
    rules: Vec<Rule>,
    dates: Vec<NaiveDateTime>,
}

impl Observance {
    fn line(&mut self, name: &str, value: &str) {
        let time = |value: &str| Time::parse(value.split('/').next()?.trim()).map(Time::written);
        match name {
            "DTSTART" => self.start = time(value),
            "TZOFFSETFROM" => self.from = offset(value),
            "TZOFFSETTO" => self.to = offset(value),
            "RRULE" => self.rules.extend(Rule::parse(value)),
            "RDATE" => self.dates.extend(value.split(',').filter_map(time)),
            _ => {}
        }
    }

    /// Its onsets, each by the clock as it went before.
    fn onsets(self, onsets: &mut Vec<Onset>) -> Option<()> {
        let (start, from, to) = (self.start?, self.from?, self.to?);
        let mut add = |local: NaiveDateTime| {
            let at = local.checked_sub_offset(from)?.and_utc();
            onsets.push(Onset { at, from, to });
            (onsets.len() <= ONSETS).then_some(())
        };
        add(start)?;
        for local in self.dates {
            add(local)?;
        }
        for rule in &self.rules {
            let until = rule.until().map(|until| ends(until, from));
            let walked = walked(rule, start).filter(|local| *local != start);
            let left = rule.count().map_or(usize::MAX, |count| usize::try_from(count).unwrap_or(usize::MAX));
            for local in
                walked.take(left.saturating_sub(1)).take_while(|local| until.is_none_or(|until| *local <= until))
            {
                add(local)?;
            }
        }
        Some(())
    }
}

/// The local time of UNTIL, which RFC 5545 §3.6.5 wants in UTC.
fn ends(until: Time, from: FixedOffset) -> NaiveDateTime {
    match until {
        Time::Utc(at) => at.checked_add_offset(from).unwrap_or(at),
        Time::Local(at) => at,
        Time::Date(day) => day.and_hms_opt(23, 59, 59).unwrap_or(until.written()),
    }
}

fn walked(rule: &Rule, start: NaiveDateTime) -> impl Iterator<Item = NaiveDateTime> {
    let mut walk = Walk::new(rule, start, false);
    let [first, end] = [YEARS.0, YEARS.1].map(|year| NaiveDate::from_ymd_opt(year, 1, 1));
    first.into_iter().filter(|_| rule.count().is_none()).for_each(|first| walk.skip_to(first));
    std::iter::from_fn(move || if walk.ahead()? < end? { walk.period() } else { None }).flatten()
}

/// `+0100`, `-003730`.
fn offset(text: &str) -> Option<FixedOffset> {
    let text = text.trim();
    let sign = match text.get(..1)? {
        "+" => 1,
        "-" => -1,
        _ => return None,
    };
    let number =
        |at: std::ops::Range<usize>| text.get(at)?.parse::<u16>().ok().filter(|number| *number < 60).map(i32::from);
    let seconds = if text.len() > 5 { number(5..7)? } else { 0 };
    FixedOffset::east_opt(sign * (number(1..3)? * 3600 + number(3..5)? * 60 + seconds))
}

/// A line without its parameters, which say nothing here.
struct Line {
    name: String,
    value: String,
}

/// The lines, unfolded.
fn lines(text: &str) -> Vec<Line> {
    let mut whole: Vec<String> = Vec::new();
    for line in text.lines() {
        match (line.strip_prefix([' ', '\t']), whole.last_mut()) {
            (Some(more), Some(line)) => line.push_str(more),
            _ => whole.push(line.to_owned()),
        }
    }
    whole.iter().filter_map(|line| named(line)).collect()
}

fn named(line: &str) -> Option<Line> {
    let mut quoted = false;
    let (head, value) = line.split_once(|c: char| {
        quoted ^= c == '"';
        c == ':' && !quoted
    })?;
    let name = head.split(';').next()?.trim().to_ascii_uppercase();
    let value = value.trim();
    let upper = matches!(name.as_str(), "BEGIN" | "END");
    Some(Line { name, value: if upper { value.to_ascii_uppercase() } else { value.to_owned() } })
}
