//! The values of DURATION and PERIOD (RFC 5545 §3.3.6, §3.3.9), and lists of dates as RDATE and EXDATE have them. Imports `series`,
//! `time`, `calendar::zone`.

use chrono::{NaiveDateTime, TimeDelta};

use crate::resources::calendar::recurrence::series::{Series, Times};
use crate::resources::calendar::recurrence::time::{Time, digits};
use crate::resources::calendar::zone::Zone;

/// How long something lasts: days by the clock on the wall, which a change of the clock makes longer or shorter, then exact time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    days: i64,
    seconds: i64,
}

impl Span {
    /// `P15DT5H0M20S`, `P7W`, `-PT15M`.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().to_ascii_uppercase();
        let (sign, text) = match text.strip_prefix('-') {
            Some(text) => (-1, text),
            None => (1, text.strip_prefix('+').unwrap_or(&text)),
        };
        let (date, time) = text.strip_prefix('P')?.split_once('T').unwrap_or((text.strip_prefix('P')?, ""));
        let days = sum(date, &[('W', 7), ('D', 1)])?;
        let seconds = sum(time, &[('H', 3600), ('M', 60), ('S', 1)])?;
        (text.len() > 1 && !text.ends_with('T')).then_some(Self { days: sign * days, seconds: sign * seconds })
    }

    /// How long that is from a local time of the zone on.
    pub fn from(self, local: NaiveDateTime, zone: &Zone) -> Option<TimeDelta> {
        let day = local.checked_add_signed(TimeDelta::try_days(self.days)?)?;
        let nominal = zone.instant(day).signed_duration_since(zone.instant(local));
        nominal.checked_add(&TimeDelta::try_seconds(self.seconds)?)
    }
}

/// The numbers before the units, in the order of the units, each at most once.
fn sum(text: &str, units: &[(char, i64)]) -> Option<i64> {
    let (mut rest, mut all) = (text, 0_i64);
    for (unit, worth) in units {
        if let Some((number, after)) = rest.split_once(*unit) {
            let number: i64 = digits(number).filter(|_| !number.is_empty())?;
            all = all.checked_add(number.checked_mul(*worth)?)?;
            rest = after;
        }
    }
    rest.is_empty().then_some(all)
}

impl Series {
    /// Adds what an RDATE says, read in its zone: dates, times or periods between commas. None if one of them is none of these; those
    /// before it are added.
    pub fn add_dates(&mut self, list: &str, zone: &Zone) -> Option<()> {
        for value in list.split(',') {
            let (start, end) =
                value.trim().split_once('/').map_or((value.trim(), None), |(start, end)| (start, Some(end)));
            let start = Time::parse(start)?;
            let lasts = match end {
                Some(end) => Some(lasts(start, end, zone)?),
                None => None,
            };
            self.add_date(start, zone, lasts);
        }
        Some(())
    }
}

impl Times {
    /// Adds what an EXDATE or a RECURRENCE-ID says, likewise.
    pub fn add_all(&mut self, list: &str, zone: &Zone) -> Option<()> {
        for value in list.split(',') {
            self.add(Time::parse(value.trim())?, zone);
        }
        Some(())
    }
}

/// Of a period whose end is a time or a duration; it does not end before it starts.
fn lasts(start: Time, end: &str, zone: &Zone) -> Option<TimeDelta> {
    let zone = if matches!(start, Time::Utc(_)) { &Zone::Utc } else { zone };
    let lasts = match Time::parse(end) {
        Some(Time::Utc(end)) => end.and_utc().signed_duration_since(zone.instant(start.written())),
        Some(end) => zone.instant(end.written()).signed_duration_since(zone.instant(start.written())),
        None => Span::parse(end)?.from(start.written(), zone)?,
    };
    Some(lasts).filter(|lasts| *lasts >= TimeDelta::zero())
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::Span;
    use crate::resources::calendar::recurrence::Time;
    use crate::resources::calendar::zone::Zone;

    #[test]
    fn durations_are_read() {
        let seconds = |text: &str| Span::parse(text).map(|span| span.days * 86_400 + span.seconds);
        assert_eq!(seconds("P15DT5H0M20S"), Some(15 * 86_400 + 5 * 3600 + 20));
        assert_eq!(seconds("P7W"), Some(49 * 86_400));
        assert_eq!(seconds("-pt15m"), Some(-900));
        for text in [
            "",
            "P",
            "PT",
            "P1",
            "PT1",
            "P1H",
            "PT1D",
            "P1DT",
            "PDT1H",
            "P99999999999999999999D",
            "P1S1D",
            "1D",
            "PT1M1H",
        ] {
            assert_eq!(Span::parse(text), None, "{text}");
        }
        let far = Span::parse("P9223372036854775807D").unwrap();
        assert_eq!(far.from(Time::parse("20260101").unwrap().written(), &Zone::Utc), None);
    }

    #[test]
    fn a_day_is_as_long_as_the_clock_makes_it() {
        let new_york = Zone::named("America/New_York").unwrap();
        let start = Time::parse("20260307T120000").unwrap().written();
        assert_eq!(Span::parse("P1D").unwrap().from(start, &new_york), Some(TimeDelta::hours(23)));
        assert_eq!(Span::parse("PT24H").unwrap().from(start, &new_york), Some(TimeDelta::hours(24)));
    }
}
