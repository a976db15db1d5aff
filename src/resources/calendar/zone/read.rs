//! A zone from its VTIMEZONE. Imports `rules`, `ical`, `calendar::recurrence`.

use chrono::{FixedOffset, NaiveDate, NaiveDateTime};

use crate::resources::calendar::ical::Component;
use crate::resources::calendar::recurrence::{Rule, Time, Walk};
use crate::resources::calendar::zone::rules::{Onset, Rules};

/// The most changes of the clock: twice a year since 1800 are not as many, and a rule of each day is no zone.
const ONSETS: usize = 1_000;
/// Rules are looked at in these years: Outlook's begin in 1601 and never end.
const YEARS: (i32, i32) = (1900, 2100);

impl Rules {
    /// None if it has no STANDARD and no DAYLIGHT that says when and what, or says what no clock does.
    pub fn read(vtimezone: &Component) -> Option<Self> {
        let mut onsets = Vec::new();
        for observance in &vtimezone.components {
            if observance.is("STANDARD") || observance.is("DAYLIGHT") {
                Observance::of(observance)?.onsets(&mut onsets)?;
            }
        }
        Self::new(onsets)
    }
}

/// A STANDARD or DAYLIGHT.
struct Observance {
    start: NaiveDateTime,
    from: FixedOffset,
    to: FixedOffset,
    rules: Vec<Rule>,
    dates: Vec<NaiveDateTime>,
}

impl Observance {
    /// None without a start or an offset.
    fn of(component: &Component) -> Option<Self> {
        let time = |value: &str| Time::parse(value.split('/').next()?.trim()).map(Time::written);
        let dates = component.all("RDATE").flat_map(|property| property.value.split(','));
        Some(Self {
            start: time(component.value("DTSTART"))?,
            from: offset(component.value("TZOFFSETFROM"))?,
            to: offset(component.value("TZOFFSETTO"))?,
            rules: component.all("RRULE").filter_map(|rule| Rule::parse(&rule.value).ok()).collect(),
            dates: dates.filter_map(time).collect(),
        })
    }

    /// Its onsets, each by the clock as it went before.
    fn onsets(self, onsets: &mut Vec<Onset>) -> Option<()> {
        let Self { start, from, to, .. } = self;
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
