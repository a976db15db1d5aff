//! Birthdays and anniversaries: a day, perhaps without a year, never an instant, so no zone can move it.
//! Imports `content_line`, chrono.

use chrono::{DateTime, NaiveDate, NaiveDateTime};

use crate::resources::contacts::card::Version;
use crate::resources::content_line::Property;

/// A day, perhaps without its year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Day {
    year: Option<u16>,
    month: u8,
    of_month: u8,
}

impl Day {
    /// `YYYY-MM-DD` or `--MM-DD`, as the API writes it.
    pub(super) fn shown(self) -> String {
        match self.year {
            Some(year) => format!("{year:04}-{:02}-{:02}", self.month, self.of_month),
            None => self.yearless(),
        }
    }

    /// `--MM-DD`.
    pub(super) fn yearless(self) -> String {
        format!("--{:02}-{:02}", self.month, self.of_month)
    }

    /// Midnight of it in UTC, as Graph writes a birthday; none without a year.
    pub(super) fn instant(self) -> Option<String> {
        self.year.map(|_| format!("{}T00:00:00Z", self.shown()))
    }

    /// As vCard 4.0 writes it: `YYYYMMDD` or `--MMDD`.
    fn basic(self) -> String {
        match self.year {
            Some(year) => format!("{year:04}{:02}{:02}", self.month, self.of_month),
            None => format!("--{:02}{:02}", self.month, self.of_month),
        }
    }

    /// The day that a text begins with, and what follows it.
    fn parse(text: &str) -> Option<(Self, &str)> {
        let (year, rest) = match text.strip_prefix("--") {
            Some(rest) => (None, rest),
            None => (Some(number(text.get(..4)?)?), text.get(4..)?),
        };
        let rest = rest.strip_prefix('-').unwrap_or(rest);
        let month = u8::try_from(number(rest.get(..2)?)?).ok()?;
        let rest = rest.get(2..)?;
        let rest = rest.strip_prefix('-').unwrap_or(rest);
        let day = u8::try_from(number(rest.get(..2)?)?).ok()?;
        // A leap year stands in for a missing one; year 0 is how some programs leave it out.
        let year = year.filter(|year| *year != 0);
        NaiveDate::from_ymd_opt(year.map_or(2000, i32::from), month.into(), day.into())?;
        Some((Self { year, month, of_month: day }, rest.get(2..)?))
    }
}

fn number(text: &str) -> Option<u16> {
    if text.bytes().all(|b| b.is_ascii_digit()) { text.parse().ok() } else { None }
}

/// The day that a property says, if it says one; that of another calendar (RFC 6350 §5.8) is not one of ours.
pub(super) fn day(property: &Property) -> Option<Day> {
    if property.param("CALSCALE").any(|scale| !scale.eq_ignore_ascii_case("gregorian")) {
        return None;
    }
    let (day, rest) = Day::parse(property.value.trim())?;
    if !(rest.is_empty() || rest.starts_with(['T', 't', ' '])) {
        return None;
    }
    let omitted = property.param("X-APPLE-OMIT-YEAR").any(|omit| omit.parse().ok() == day.year);
    Some(Day { year: day.year.filter(|_| !omitted), ..day })
}

/// The day of a `birthdayDate`, which its shape has checked.
pub(super) fn given(text: &str) -> Option<Day> {
    Day::parse(text).map(|(day, _)| day)
}

/// The day of a `birthday`: a date, or the date of an instant as its writer wrote it.
pub(super) fn given_instant(text: &str) -> Option<Day> {
    let (day, rest) = Day::parse(text)?;
    let whole = day.year.is_some() && text.as_bytes().get(4) == Some(&b'-');
    let timed = rest.is_empty()
        || DateTime::parse_from_rfc3339(text).is_ok()
        || NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f").is_ok();
    (whole && timed).then_some(day)
}

/// Puts a day into a property; what said otherwise about its form goes.
pub(super) fn set(property: &mut Property, day: Day) {
    // Who reads Apple's own property reads the form of 3.0.
    property.value = if property.is("X-ABDATE") { day.shown() } else { day.basic() };
    property.params.retain(|(name, _)| {
        !["VALUE", "X-APPLE-OMIT-YEAR", "CALSCALE"].iter().any(|form| name.eq_ignore_ascii_case(form))
    });
}

/// The form that a version has for a day: a date of 4.0 is `19790531`, of 3.0 `1979-05-31`, of both `--0531`.
pub(super) fn adapt(property: &mut Property, version: Version) {
    if !["BDAY", "ANNIVERSARY", "DEATHDATE"].iter().any(|name| property.is(name)) || property.has("VALUE", "text") {
        return;
    }
    let Some(day) = day(property) else { return };
    if property.value.contains(['T', 't', ' ']) && day.year.is_some() {
        return;
    }
    property.params.retain(|(name, _)| !name.eq_ignore_ascii_case("X-APPLE-OMIT-YEAR"));
    property.value = if version == Version::V3 && day.year.is_some() { day.shown() } else { day.basic() };
}
