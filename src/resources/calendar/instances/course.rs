//! When an event happens: once, or as a series with its exceptions. Imports `id`, `window`, `record`, `recurrence`, `zone`, chrono.

use std::time::Duration;

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};

use super::id::Original;
use super::window::{Found, Sought, Window};
use crate::resources::calendar::record::{Record, When};
use crate::resources::calendar::recurrence::{self, Budget, Series, Span};
use crate::resources::calendar::zone::{Zone, is_writable};

/// The count bounds what is expanded here; whoever looks at many series counts the time.
const LONG: Duration = Duration::from_mins(1);

/// So many instances are looked at at once.
const LOOKED_AT: usize = 2_500;

/// A point in time, and what the clock shows then where it is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// The point.
    pub at: DateTime<Utc>,
    /// The clock; also what it never showed, in a gap.
    pub local: NaiveDateTime,
}

impl Moment {
    /// The clock shows that in that zone.
    pub(super) fn of(local: NaiveDateTime, zone: &Zone) -> Self {
        Self { at: zone.instant(local), local }
    }
}

/// One instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Instance {
    /// Which of a series; none: the event happens once, and this is it.
    pub original: Option<Original>,
    /// Whether something about it is other than about the rest of the series.
    pub is_exception: bool,
    /// When it begins.
    pub start: Moment,
    /// When it ends, never before it begins.
    pub end: Moment,
}

impl Instance {
    /// A series may go on until the clocks of some zone show a year that nobody can write.
    fn is_writable(&self) -> bool {
        is_writable(self.start.at) && is_writable(self.end.at)
    }
}

/// An instance that was changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exception {
    /// Which, as the record has it.
    pub when: When,
    /// What it is like now.
    pub instance: Instance,
}

/// How long the instances of an event last.
#[derive(Debug, Clone, Copy)]
pub(super) enum Length {
    /// As long on the wall as the first, by DTEND: so is an override that changes nothing. Where a change of the clock leaves nothing
    /// of that, as long as the first lasts.
    Wall(TimeDelta, TimeDelta),
    /// What DURATION says: days on the wall, then exact time (RFC 5545 §3.3.6).
    Exact(Span),
}

/// When an event happens, for who looks at it in some zone.
#[derive(Debug, Clone)]
pub struct Course {
    pub(super) series: Series,
    /// DTSTART.
    pub(super) start: When,
    /// Whether its instances have ids of their own.
    pub(super) recurs: bool,
    /// How long each instance lasts, ...
    pub(super) length: Length,
    /// ... and where the clock hangs at its end.
    pub(super) end_zone: Zone,
    /// How much longer any of its instances may last, in exact time.
    pub(super) longest: TimeDelta,
    pub(super) exceptions: Vec<Exception>,
}

impl Course {
    /// The instances of the window that are sought. Of the rules and dates they are the first; and all exceptions.
    pub fn find(&self, window: &Window, sought: Sought) -> Found {
        let overlapping = window.from.checked_sub_signed(self.longest).unwrap_or(DateTime::<Utc>::MIN_UTC);
        let from = sought.after.map_or(overlapping, |after| after.max(overlapping));
        let to = sought.before.min(window.to);
        let mut found = Found::default();
        if from < to {
            let series = self.series.between(from, to, &mut Budget::new(sought.most, LONG));
            found.reached = series.reached;
            found.instances.extend(series.instances.into_iter().map(|instance| self.instance(instance)));
        }
        found.instances.extend(self.exceptions.iter().map(|exception| exception.instance));
        let is_sought = |start| sought.after.is_none_or(|after| after <= start) && start < to;
        found.instances.retain(|instance| {
            is_sought(instance.start.at) && window.holds(instance.start.at, instance.end.at) && instance.is_writable()
        });
        found
    }

    /// One instance of the series, if it has it, and how the record names it: as its override does, or as the series would.
    pub fn one(&self, original: Original) -> Option<(When, Instance)> {
        let is_it = |exception: &&Exception| exception.instance.original == Some(original);
        if let Some(exception) = self.exceptions.iter().find(is_it) {
            return Some((exception.when.clone(), exception.instance));
        }
        let at = match original {
            Original::Day(day) if self.series.all_day => self.series.zone.instant(day.and_hms_opt(0, 0, 0)?),
            Original::At(at) if self.is_floating() => self.series.zone.instant(at.naive_utc()),
            Original::At(at) if !self.series.all_day => at,
            _ => return None,
        };
        let found = self.series.at(at).filter(|_| self.recurs)?;
        let instance = self.instance(found);
        // The second of two that start together, which a gap brings about, has no name; and what was changed has another.
        let is_there = instance.is_writable() && instance.original == Some(original) && !self.series.replaces(&found);
        is_there.then(|| (When { local: found.local, ..self.start.clone() }, instance))
    }

    /// Whether a record has no instance: all of them were taken out. Not, if it has a rule that nobody can follow.
    pub fn is_over(record: &Record) -> bool {
        let Some(course) = Self::of(record, &Zone::Utc) else { return false };
        let is_known = course.series.rules.len() == record.rules().len();
        let mut from = DateTime::<Utc>::MIN_UTC;
        while is_known && course.recurs && course.exceptions.is_empty() {
            let found = course.series.between(from, DateTime::<Utc>::MAX_UTC, &mut Budget::new(LOOKED_AT, LONG));
            match found.reached {
                _ if !found.instances.is_empty() => return false,
                Some(reached) if reached > from => from = reached,
                _ => return true,
            }
        }
        false
    }

    /// When the event itself begins and ends, whatever the series makes of it.
    pub fn own(&self) -> [DateTime<Utc>; 2] {
        let start = Moment::of(self.start.local, &self.series.zone);
        [start.at, self.end(start).at]
    }

    /// When the first of the instances begins, and by when the last has ended; none: never.
    pub fn ends(&self) -> (Option<DateTime<Utc>>, Option<DateTime<Utc>>) {
        let all = || self.exceptions.iter().map(|exception| exception.instance);
        let dates = self.series.dates.iter().map(|date| date.at);
        let first = dates
            .chain(all().map(|instance| instance.start.at))
            .chain([self.series.zone.instant(self.start.local)])
            .min();
        let last = self.series.last().and_then(|last| last.checked_add_signed(self.longest));
        (first, last.and_then(|last| all().map(|instance| instance.end.at).chain([last]).max()))
    }

    /// Whether its instances have ids of their own.
    pub fn recurs(&self) -> bool {
        self.recurs
    }

    /// The exceptions.
    pub fn exceptions(&self) -> &[Exception] {
        &self.exceptions
    }

    fn is_floating(&self) -> bool {
        self.start.wall == crate::resources::calendar::record::Wall::Floating && !self.start.all_day
    }

    /// An instance of the rules or dates.
    fn instance(&self, found: recurrence::Instance) -> Instance {
        let start = Moment { at: found.at, local: found.local };
        let end = found.lasts.map_or_else(|| self.end(start), |lasts| self.after(start, lasts));
        let original = match (self.start.all_day, self.is_floating()) {
            (true, _) => Original::Day(found.local.date()),
            (false, true) => Original::At(found.local.and_utc()),
            (false, false) => Original::At(found.at),
        };
        Instance { original: self.recurs.then_some(original), is_exception: false, start, end }
    }

    /// When an instance ends that begins there; not before that.
    fn end(&self, start: Moment) -> Moment {
        let end = match self.length {
            Length::Exact(span) => self.after(start, span.from(start.local, &self.series.zone).unwrap_or_default()),
            Length::Wall(length, exact) => {
                let end = Moment::of(start.local.checked_add_signed(length).unwrap_or(start.local), &self.end_zone);
                if end.at <= start.at { self.after(start, exact) } else { end }
            }
        };
        if end.at < start.at { start } else { end }
    }

    fn after(&self, start: Moment, exact: TimeDelta) -> Moment {
        // What would end in a year that nobody can write ends as it begins, as by itself (`record/seam`).
        let at = start.at.checked_add_signed(exact).filter(|at| is_writable(*at)).unwrap_or(start.at);
        if at < start.at { start } else { Moment { at, local: self.end_zone.local(at) } }
    }
}
