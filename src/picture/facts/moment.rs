//! Times as cameras write them: by the clock on the wall, and often without saying where that clock stood.

use chrono::{FixedOffset, NaiveDate, NaiveDateTime, Timelike as _};

/// Nobody took a picture before.
const FIRST_YEAR: i32 = 1826;
/// In every zone a moment of it is one of a year of four digits.
const LAST_YEAR: i32 = 9998;
/// Seconds; no clock on the wall is further from UTC.
pub const MOST_OFFSET_S: i32 = 14 * 3600;
/// All clocks on the wall are a multiple of it from UTC.
const STEP_S: i64 = 15 * 60;

/// The date that `text` begins with, `2026:05:01` or `2026-05-01`, and what follows it.
pub(super) fn date(text: &str) -> Option<(NaiveDate, &str)> {
    let (year, rest) = number(text, 4)?;
    let (month, rest) = number(rest.strip_prefix([':', '-'])?, 2)?;
    let (day, rest) = number(rest.strip_prefix([':', '-'])?, 2)?;
    let year = i32::try_from(year).ok().filter(|year| (FIRST_YEAR..=LAST_YEAR).contains(year))?;
    Some((NaiveDate::from_ymd_opt(year, month, day)?, rest))
}

/// The time that `text` begins with, EXIF's `2026:05:01 18:30:00` (3.0 §4.6.5.4.1) or XMP's `2026-05-01T18:30` with or without
/// seconds and their fraction (ISO 16684-1 §8.2.1.2), and what follows it.
pub(super) fn local(text: &str) -> Option<(NaiveDateTime, &str)> {
    let (date, rest) = date(text)?;
    let (hour, rest) = number(rest.strip_prefix([' ', 'T'])?, 2)?;
    let (minute, rest) = number(rest.strip_prefix(':')?, 2)?;
    let (second, rest) = match rest.strip_prefix(':') {
        Some(rest) => number(rest, 2)?,
        None => (0, rest),
    };
    let time = date.and_hms_opt(hour, minute, second)?;
    let Some(fraction) = rest.strip_prefix('.') else { return Some((time, rest)) };
    let rest = fraction.trim_start_matches(|sign: char| sign.is_ascii_digit());
    Some((with_fraction(time, fraction), rest))
}

/// With the digits that `fraction` begins with as the fraction of the second.
pub(super) fn with_fraction(time: NaiveDateTime, fraction: &str) -> NaiveDateTime {
    let digits = fraction.bytes().take_while(u8::is_ascii_digit).chain(std::iter::repeat(b'0')).take(9);
    let nanoseconds = digits.fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0'));
    time.with_nanosecond(nanoseconds).unwrap_or(time)
}

/// `+02:00`, `-0330` or `Z`.
pub(super) fn offset(text: &str) -> Option<FixedOffset> {
    if text == "Z" {
        return FixedOffset::east_opt(0);
    }
    let (sign, rest) = match text.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let (hours, rest) = number(rest, 2)?;
    let (minutes, rest) = number(rest.strip_prefix(':').unwrap_or(rest), 2)?;
    let is_clock = rest.is_empty() && minutes < 60;
    is_clock.then(|| east(sign * i64::from(hours * 3600 + minutes * 60)))?
}

/// How far a clock on the wall is from UTC, told by one moment on both. The satellites' time may be some minutes old.
pub(super) fn between(local: NaiveDateTime, utc: NaiveDateTime) -> Option<FixedOffset> {
    let seconds = local.signed_duration_since(utc).num_seconds();
    east((seconds + STEP_S / 2).div_euclid(STEP_S) * STEP_S)
}

fn east(seconds: i64) -> Option<FixedOffset> {
    let seconds = i32::try_from(seconds).ok()?;
    let within = (-MOST_OFFSET_S..=MOST_OFFSET_S).contains(&seconds);
    within.then(|| FixedOffset::east_opt(seconds))?
}

fn number(text: &str, digits: usize) -> Option<(u32, &str)> {
    let (number, rest) = text.split_at_checked(digits)?;
    let is_number = number.bytes().all(|digit| digit.is_ascii_digit());
    Some((number.parse().ok().filter(|_| is_number)?, rest))
}

#[cfg(test)]
mod tests {
    use super::{between, date, local, offset};

    fn read(text: &str) -> Option<String> {
        local(text).map(|(time, rest)| format!("{time} {rest}"))
    }

    #[test]
    fn times_of_both_kinds_are_read() {
        assert_eq!(read("2026:05:01 18:30:59").unwrap(), "2026-05-01 18:30:59 ");
        assert_eq!(read("2026-05-01T18:30").unwrap(), "2026-05-01 18:30:00 ");
        assert_eq!(read("2026-05-01T18:30:05.25+02:00").unwrap(), "2026-05-01 18:30:05.250 +02:00");
        for nonsense in [
            "",
            "0000:00:00 00:00:00",
            "    :  :     :  :  ",
            "2026:13:01 00:00:00",
            "2026:05:01",
            "+026:05:01 18:30:59",
        ] {
            assert_eq!(read(nonsense), None, "{nonsense}");
        }
        assert_eq!((date("1825:12:31"), date("9999:12:31")), (None, None));
    }

    #[test]
    fn offsets_are_those_of_clocks() {
        let seconds = |text| offset(text).map(|offset| offset.local_minus_utc());
        assert_eq!(seconds("+05:45"), Some(20_700));
        assert_eq!(seconds("-0330"), Some(-12_600));
        assert_eq!(seconds("Z"), Some(0));
        for nonsense in ["", "+", "+14:15", "-99:00", "+05:75", "05:45", "   :  ", "+05:45x", "é5:45"] {
            assert_eq!(seconds(nonsense), None, "{nonsense}");
        }
    }

    #[test]
    fn the_satellites_tell_where_the_clock_stood() {
        let told = |wall, utc| between(local(wall)?.0, local(utc)?.0).map(|offset| offset.local_minus_utc());
        assert_eq!(told("2026:05:01 18:30:00", "2026:05:01 16:26:10"), Some(7200));
        assert_eq!(told("2026:05:01 01:00:00", "2026:04:30 15:03:00"), Some(36_000));
        assert_eq!(told("2026:05:01 01:00:00", "2026:05:01 04:30:30"), Some(-12_600));
        assert_eq!(told("2026:05:02 18:30:00", "2026:05:01 16:30:00"), None);
    }
}
