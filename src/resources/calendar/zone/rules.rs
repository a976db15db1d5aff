//! A zone that its VTIMEZONE defines (RFC 5545 §3.6.5): since when which offset holds. Imports chrono alone.

use chrono::{DateTime, FixedOffset, NaiveDateTime, TimeDelta, Utc};

/// The offsets of a zone; before the first onset the one that it ends, after the last the one that it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    /// In the order of time, at least one.
    onsets: Vec<Onset>,
    first: Onset,
}

/// A change of the clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Onset {
    pub(super) at: DateTime<Utc>,
    pub(super) from: FixedOffset,
    pub(super) to: FixedOffset,
}

impl Onset {
    /// The local time from which on the new offset is meant: in a gap it is still the old one, and in a fold the first time.
    fn local(&self) -> NaiveDateTime {
        let offset = self.from.local_minus_utc().max(self.to.local_minus_utc());
        let utc = self.at.naive_utc();
        utc.checked_add_signed(TimeDelta::seconds(offset.into())).unwrap_or(utc)
    }
}

impl Rules {
    /// None without an onset.
    pub(super) fn new(mut onsets: Vec<Onset>) -> Option<Self> {
        onsets.sort_by_key(|onset| onset.at);
        onsets.dedup_by_key(|onset| onset.at);
        // What holds is what the onset before began, whatever a careless writer says ends.
        let mut holds = onsets.first()?.from;
        for onset in &mut onsets {
            onset.from = std::mem::replace(&mut holds, onset.to);
        }
        Some(Self { first: *onsets.first()?, onsets })
    }

    pub(super) fn offset(&self, at: DateTime<Utc>) -> FixedOffset {
        self.after(self.onsets.partition_point(|onset| onset.at <= at))
    }

    /// By which that local time is read.
    pub(super) fn offset_of(&self, local: NaiveDateTime) -> FixedOffset {
        self.after(self.onsets.partition_point(|onset| onset.local() <= local))
    }

    fn after(&self, onsets: usize) -> FixedOffset {
        let last = onsets.checked_sub(1).and_then(|at| self.onsets.get(at));
        last.map_or(self.first.from, |onset| onset.to)
    }
}
