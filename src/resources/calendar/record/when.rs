//! A time as iCalendar and Graph write it: where the clock on the wall stands, and on whose wall (RFC 5545 §3.3.4, §3.3.5). What
//! instant that is only a time zone can say. Imports `content_line`, chrono, `serde_json`.

use chrono::{NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Timelike as _};
use serde_json::{Value, json};

use crate::resources::content_line::Property;

/// Whose wall.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Wall {
    /// The time is UTC.
    Utc,
    /// Whoever looks at it.
    Floating,
    /// A time zone, by its TZID as written.
    Zone(String),
}

/// A date, or a date and a time.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct When {
    /// What the clock says; of a date midnight.
    pub local: NaiveDateTime,
    /// Whether it is a date, which is the same day everywhere.
    pub all_day: bool,
    /// Where the clock hangs; of a date [`Wall::Floating`].
    pub wall: Wall,
}

impl When {
    /// A date.
    pub fn date(day: NaiveDate) -> Self {
        Self { local: day.and_time(NaiveTime::MIN), all_day: true, wall: Wall::Floating }
    }

    /// A time of UTC.
    pub fn utc(local: NaiveDateTime) -> Self {
        Self { local, all_day: false, wall: Wall::Utc }
    }

    /// The one time that a property holds, or the first.
    pub fn of(property: &Property) -> Option<Self> {
        Self::all(property).into_iter().next()
    }

    /// The times that a property lists; of a period its start. One that cannot be read is passed over.
    pub fn all(property: &Property) -> Vec<Self> {
        let zone = property.param("TZID").next().map(str::trim).filter(|zone| !zone.is_empty());
        property.value.split(',').filter_map(|value| Self::read(value, zone)).collect()
    }

    fn read(value: &str, zone: Option<&str>) -> Option<Self> {
        let value = value.split('/').next()?.trim();
        let Some((date, time)) = value.split_once(['T', 't']) else { return day(value).map(Self::date) };
        let (time, utc) = match time.strip_suffix(['Z', 'z']) {
            Some(time) => (time, true),
            None => (time, false),
        };
        let [hours, minutes, seconds] = [0, 2, 4].map(|at| digits(time, at, 2));
        // A leap second is the second before it (RFC 5545 §3.3.12).
        let time = NaiveTime::from_hms_opt(hours?, minutes?, seconds?.min(59)).filter(|_| time.len() == 6)?;
        // RFC 5545 §3.2.19: TZID says nothing of a time in UTC.
        let wall = match zone {
            _ if utc => Wall::Utc,
            Some(zone) => Wall::Zone(zone.to_owned()),
            None => Wall::Floating,
        };
        Some(Self { local: day(date)?.and_time(time), all_day: false, wall })
    }

    /// The value, without what the parameters say.
    pub fn value(&self) -> String {
        let utc = if self.wall == Wall::Utc { "Z" } else { "" };
        if self.all_day {
            return self.local.format("%Y%m%d").to_string();
        }
        format!("{}{utc}", self.local.format("%Y%m%dT%H%M%S"))
    }

    /// Puts it into a property, whose other parameters stay.
    pub fn put(&self, property: &mut Property) {
        property.value = self.value();
        property.params.retain(|(name, _)| !["TZID", "VALUE"].iter().any(|form| name.eq_ignore_ascii_case(form)));
        match &self.wall {
            _ if self.all_day => property.params.push(("VALUE".to_owned(), "DATE".to_owned())),
            Wall::Zone(zone) => property.params.push(("TZID".to_owned(), zone.clone())),
            Wall::Utc | Wall::Floating => {}
        }
    }

    /// Puts them into a property that lists them; not, if one property cannot hold all.
    pub(super) fn put_all(list: &[Self], property: &mut Property) {
        let like = |one: &&Self, other: &Self| one.wall == other.wall && one.all_day == other.all_day;
        if let Some(first) = list.first().filter(|first| list.iter().all(|other| like(first, other))) {
            first.put(property);
            property.value = list.iter().map(Self::value).collect::<Vec<_>>().join(",");
        }
    }

    /// A property that holds it alone.
    pub fn property(&self, name: &str) -> Property {
        let mut property = Property::new(name, String::new());
        self.put(&mut property);
        property
    }

    /// The zone as it is shown: a TZID, `UTC` for UTC and for a date, as Graph has it, '' for whoever looks at it.
    pub fn zone(&self) -> &str {
        match &self.wall {
            Wall::Zone(zone) => zone,
            Wall::Floating if !self.all_day => "",
            Wall::Utc | Wall::Floating => "UTC",
        }
    }

    /// Graph's `dateTimeTimeZone`.
    pub fn shown(&self) -> Value {
        json!({"dateTime": shown(self.local), "timeZone": self.zone()})
    }

    /// So much later on the same wall; the last that can be written if there is none.
    #[must_use]
    pub fn later(&self, by: TimeDelta) -> Self {
        let local = self.local.checked_add_signed(by).filter(|local| writable(*local)).unwrap_or(self.local);
        Self { local, ..self.clone() }
    }

    /// Whether it is a time of whoever looks at it, or a date.
    pub(super) fn is_floating(&self) -> bool {
        self.wall == Wall::Floating
    }

    /// Whether both forms can write it.
    pub(super) fn is_writable(&self) -> bool {
        writable(self.local)
    }
}

/// A time as Graph writes it.
pub fn shown(local: NaiveDateTime) -> String {
    // chrono documents its Debug as this form; a pattern, read anew each time, takes several times as long.
    format!("{:?}.0000000", local.with_nanosecond(0).unwrap_or(local))
}

/// The time that Graph's `dateTime` says, and whether it says of itself that it is UTC. Parts of a second are left out.
pub fn given(text: &str) -> Option<(NaiveDateTime, bool)> {
    let (text, utc) = match text.strip_suffix(['Z', 'z']) {
        Some(text) => (text, true),
        None => (text, false),
    };
    // chrono reads signs and longer years too.
    text.get(..4).filter(|year| year.bytes().all(|b| b.is_ascii_digit()))?;
    let timed = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%dT%H:%M"];
    let read = timed.iter().find_map(|form| NaiveDateTime::parse_from_str(text, form).ok());
    let local = read.or_else(|| Some(NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?.and_time(NaiveTime::MIN)))?;
    let whole = local.date().and_hms_opt(hour(local, "%H")?, hour(local, "%M")?, hour(local, "%S")?.min(59))?;
    writable(whole).then_some((whole, utc))
}

fn hour(local: NaiveDateTime, part: &str) -> Option<u32> {
    local.format(part).to_string().parse().ok()
}

/// Whether the year has four digits, as both forms want it.
fn writable(local: NaiveDateTime) -> bool {
    let year = chrono::Datelike::year(&local);
    (0..=9999).contains(&year)
}

fn day(value: &str) -> Option<NaiveDate> {
    let [year, month, day] = [(0, 4), (4, 2), (6, 2)].map(|(at, count)| digits(value, at, count));
    NaiveDate::from_ymd_opt(i32::try_from(year?).ok()?, month?, day?).filter(|_| value.len() == 8)
}

fn digits(text: &str, at: usize, count: usize) -> Option<u32> {
    let part = text.get(at..at + count)?;
    part.bytes().all(|b| b.is_ascii_digit()).then(|| part.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::{Wall, When, given};
    use crate::resources::content_line::Property;

    #[test]
    fn times_read_and_written() {
        for (params, value, shown, zone) in [
            (vec![], "20260302T090000Z", "2026-03-02T09:00:00.0000000", "UTC"),
            (vec![("TZID", "Europe/Berlin")], "20260302T090000", "2026-03-02T09:00:00.0000000", "Europe/Berlin"),
            (vec![("TZID", "Europe/Berlin")], "20260302T090000Z", "2026-03-02T09:00:00.0000000", "UTC"),
            (vec![], "20260302T235960", "2026-03-02T23:59:59.0000000", ""),
            (vec![("VALUE", "DATE")], "20240229", "2024-02-29T00:00:00.0000000", "UTC"),
            (vec![], "00000101T000000", "0000-01-01T00:00:00.0000000", ""),
        ] {
            let mut property = Property::new("DTSTART", value.to_owned());
            property.params.extend(params.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
            let when = When::of(&property).unwrap();
            assert_eq!((when.shown()["dateTime"].as_str(), when.zone()), (Some(shown), zone), "{value}");
            assert_eq!(When::of(&when.property("DTSTART")), Some(when));
        }
        for bad in
            ["", "2026", "20260230", "20260302T", "20260302T9", "20260302T250000", "2026-03-02", "+0260302", "2026030é"]
        {
            assert_eq!(When::of(&Property::new("DTSTART", bad.to_owned())), None, "{bad}");
        }
        let list = Property::new("RDATE", "20260101,junk,20260102T000000Z/PT1H".to_owned());
        assert_eq!(When::all(&list).len(), 2);
    }

    #[test]
    fn graphs_times() {
        for (text, value) in [
            ("2026-03-02T09:00:00.0000000", "20260302T090000"),
            ("2026-03-02T09:00:00.999", "20260302T090000"),
            ("2026-03-02T09:00", "20260302T090000"),
            ("2026-03-02", "20260302T000000"),
            ("9999-12-31T23:59:59Z", "99991231T235959"),
        ] {
            let (local, _) = given(text).unwrap();
            assert_eq!(When { local, all_day: false, wall: Wall::Floating }.value(), value);
        }
        for bad in ["", "2026-02-30", "+12026-01-01T00:00:00", "2026-03-02T09:00:00+01:00", "noon", "-001-01-01"] {
            assert_eq!(given(bad), None, "{bad}");
        }
    }
}
