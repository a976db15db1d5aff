//! Zones of the IANA database: the one file that knows which copy of it is compiled in. Imports chrono, `chrono_tz`.

use std::collections::HashMap;
use std::sync::OnceLock;

use chrono::offset::{MappedLocalTime, Offset};
use chrono::{DateTime, FixedOffset, NaiveDateTime, TimeDelta, TimeZone, Utc};
use chrono_tz::{GapInfo, OffsetComponents, OffsetName, TZ_VARIANTS, Tz};

/// A zone of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Named(Tz);

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

impl Named {
    /// By its name, in any case.
    pub(super) fn find(name: &str) -> Option<Self> {
        static ALL: OnceLock<HashMap<String, Tz>> = OnceLock::new();
        let lower = |tz: &Tz| (tz.name().to_ascii_lowercase(), *tz);
        let all = ALL.get_or_init(|| TZ_VARIANTS.iter().map(lower).collect());
        all.get(&name.to_ascii_lowercase()).copied().map(Self)
    }

    pub(super) fn of(zone: Tz) -> Self {
        Self(zone)
    }

    pub(super) fn tz(self) -> Tz {
        self.0
    }

    pub(super) fn name(self) -> &'static str {
        self.0.name()
    }

    pub(super) fn offset(self, at: DateTime<Utc>) -> FixedOffset {
        self.0.offset_from_utc_datetime(&at.naive_utc()).fix()
    }

    /// By which that local time is read: the one before a gap, the first in a fold.
    pub(super) fn offset_of(self, local: NaiveDateTime) -> FixedOffset {
        match self.0.offset_from_local_datetime(&local) {
            MappedLocalTime::Single(offset) | MappedLocalTime::Ambiguous(offset, _) => offset.fix(),
            MappedLocalTime::None => {
                let before = GapInfo::new(&local, &self.0).and_then(|gap| gap.begin);
                before.map_or_else(|| self.offset(local.and_utc()), |(_, offset)| offset.fix())
            }
        }
    }

    /// What holds at an instant, as if the clock had been set to it then.
    pub(super) fn state(self, at: DateTime<Utc>) -> Change {
        let offset = self.0.offset_from_utc_datetime(&at.naive_utc());
        let abbreviation = offset.abbreviation().unwrap_or_default().to_owned();
        Change { at, from: offset.fix(), to: offset.fix(), daylight: !offset.dst_offset().is_zero(), abbreviation }
    }

    /// The changes of the clock after `from` and before `to`.
    pub(super) fn changes(self, from: DateTime<Utc>, to: DateTime<Utc>) -> Vec<Change> {
        let mut found = Vec::new();
        let mut before = self.state(from);
        while let Some(next) = before.at.checked_add_signed(TimeDelta::days(1)).filter(|_| before.at < to) {
            let mut after = self.state(next.min(to));
            if after.to != before.to || after.daylight != before.daylight {
                after.from = before.to;
                found.push(Change { at: self.moment(&before, &after), ..after.clone() });
            }
            before = after;
        }
        found
    }

    /// To the second, when what holds at `before` ends; `after` lies after that.
    fn moment(self, before: &Change, after: &Change) -> DateTime<Utc> {
        let (mut low, mut high) = (before.at, after.at);
        while high - low > TimeDelta::seconds(1) {
            let middle = low + TimeDelta::seconds((high - low).num_seconds() / 2);
            let state = self.state(middle);
            if state.to == before.to && state.daylight == before.daylight { low = middle } else { high = middle }
        }
        high
    }
}
