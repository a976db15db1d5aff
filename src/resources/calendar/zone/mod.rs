//! Where the clock hangs by which an event is set: `names` finds a zone by what calendars call it, `named` knows those of IANA, `rules`
//! those that a VTIMEZONE alone defines, `read` and `write` VTIMEZONEs.
//!
//! In a gap of a zone the clock on the wall skips times, in a fold it shows them twice: RFC 5545 §3.3.5 takes the offset before the gap,
//! and the first of the two. Imports `ical`, `calendar::recurrence`, chrono; `jiff` and the tables of names are those two files' own.

mod named;
mod names;
mod read;
mod rules;
mod write;

use std::ops::RangeInclusive;
use std::sync::Arc;

use chrono::{DateTime, Datelike as _, FixedOffset, NaiveDateTime, Offset, Utc};

pub use named::RELEASE;
pub use rules::Rules;

use crate::resources::calendar::ical::Component;
use named::Named;

/// Days, by year and number, that every zone has in a year from 1 to 9999: the years that all forms can write.
const DAYS: RangeInclusive<(i32, u32)> = (1, 2)..=(9999, 364);

/// Whether an instant is of such a year, whoever looks at it.
pub fn is_writable(at: DateTime<Utc>) -> bool {
    DAYS.contains(&(at.year(), at.ordinal()))
}

/// A zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Zone {
    /// UTC by any of its names.
    Utc,
    /// No zone: the same time on the clock wherever one is. As an instant it is read as UTC; see [`Zone::or`].
    Floating,
    /// A zone of the IANA database.
    Named(Named),
    /// A zone that its VTIMEZONE defines.
    Custom(Arc<Rules>),
}

impl Zone {
    /// What is wrong with a name that is none of a zone, and what would be right.
    pub fn unknown(name: &str) -> String {
        let name: String = name.chars().filter(|c| !c.is_control()).take(100).collect();
        format!(
            "is `{name}`, no time zone known here: give a name of IANA's such as `Europe/Berlin` or of Windows' such as \
             `W. Europe Standard Time`"
        )
    }

    /// By a name that is in use: IANA's in any case, with a path before it or not, or Windows'.
    pub fn named(name: &str) -> Option<Self> {
        names::zone(name)
    }

    /// A name that is in use, without the path that some write before it.
    pub fn bare(name: &str) -> Option<&str> {
        names::named(name).map(|(name, _)| name)
    }

    /// Of a TZID and the VTIMEZONE that it names, if there is one: a known name is believed before the rules, which writers cut to a
    /// few years. None if neither says anything.
    pub fn find(tzid: &str, vtimezone: Option<&Component>) -> Option<Self> {
        let located = || Self::named(&vtimezone?.text("X-LIC-LOCATION"));
        Self::named(tzid).or_else(located).or_else(|| Some(Self::Custom(Arc::new(Rules::read(vtimezone?)?))))
    }

    /// When the clock shows that time.
    pub fn instant(&self, local: NaiveDateTime) -> DateTime<Utc> {
        let offset = match self {
            Self::Utc | Self::Floating => return local.and_utc(),
            Self::Named(zone) => zone.offset_of(local),
            Self::Custom(rules) => rules.offset_of(local),
        };
        local.checked_sub_offset(offset).unwrap_or(local).and_utc()
    }

    /// What the clock shows then.
    pub fn local(&self, at: DateTime<Utc>) -> NaiveDateTime {
        let utc = at.naive_utc();
        utc.checked_add_offset(self.offset(at)).unwrap_or(utc)
    }

    /// Whether the clock skips that time.
    pub fn is_gap(&self, local: NaiveDateTime) -> bool {
        self.local(self.instant(local)) != local
    }

    /// How far it is from UTC then.
    pub fn offset(&self, at: DateTime<Utc>) -> FixedOffset {
        match self {
            Self::Utc | Self::Floating => Utc.fix(),
            Self::Named(zone) => zone.offset(at),
            Self::Custom(rules) => rules.offset(at),
        }
    }

    /// The zone of who looks at it, for a time that has none.
    pub fn or<'a>(&'a self, view: &'a Self) -> &'a Self {
        if *self == Self::Floating { view } else { self }
    }

    /// Its name in the IANA database.
    pub fn iana(&self) -> Option<&'static str> {
        match self {
            Self::Utc => Some("UTC"),
            Self::Named(zone) => Some(zone.name()),
            Self::Floating | Self::Custom(_) => None,
        }
    }

    /// What Windows calls it.
    pub fn windows(&self) -> Option<&'static str> {
        match self {
            Self::Utc => Some("UTC"),
            Self::Named(zone) => names::windows(*zone),
            Self::Floating | Self::Custom(_) => None,
        }
    }
}
