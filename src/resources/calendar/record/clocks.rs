//! Which clock a time of the record is read by: what everybody calls a zone by its name, else what the record's own VTIMEZONE says.
//! Imports `ical`, `when`, `calendar::zone`, chrono.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};

use crate::resources::calendar::ical::Component;
use crate::resources::calendar::record::when::{Wall, When};
use crate::resources::calendar::zone::{Zone, is_writable};

/// As many zones of a record's own are read.
const MOST: usize = 50;

/// The zones that only a record knows, read once.
#[derive(Debug, Default)]
pub struct Clocks(HashMap<String, Zone>);

impl Clocks {
    /// Those of a calendar.
    pub(super) fn of(calendar: &Component) -> Self {
        let zones = calendar.components.iter().filter(|component| component.is("VTIMEZONE"));
        let own = zones.filter(|zone| Zone::named(zone.value("TZID")).is_none());
        let mut read = HashMap::new();
        for zone in own.take(MOST) {
            let tzid = zone.value("TZID");
            // Of two of a name the first is meant.
            if let (false, Some(found)) = (read.contains_key(tzid), Zone::find(tzid, Some(zone))) {
                read.insert(tzid.to_owned(), found);
            }
        }
        Self(read)
    }

    /// The zone of a TZID; none that nobody knows.
    pub fn named(&self, tzid: &str) -> Option<Zone> {
        Zone::named(tzid).or_else(|| self.0.get(tzid.trim()).cloned())
    }

    /// The zone of a time.
    pub fn zone(&self, when: &When) -> Option<Zone> {
        match &when.wall {
            Wall::Utc => Some(Zone::Utc),
            Wall::Floating => Some(Zone::Floating),
            Wall::Zone(tzid) => self.named(tzid),
        }
    }

    /// What a time's zone is called: by a name that others know too, if it has one. A date and a time of no zone are told as if they
    /// were UTC, as Graph does.
    pub(super) fn called(&self, when: &When) -> String {
        let Wall::Zone(tzid) = &when.wall else { return "UTC".to_owned() };
        let own = || self.named(tzid).and_then(|zone| zone.iana());
        Zone::bare(tzid).or_else(own).unwrap_or(tzid).to_owned()
    }

    /// The wall that a client names by `timeZone`. It is kept by IANA's name, which every calendar knows, if it has one.
    pub(super) fn wall(&self, name: &str) -> Option<Wall> {
        if name.is_empty() {
            return Some(Wall::Utc);
        }
        match self.named(name)? {
            Zone::Utc => Some(Wall::Utc),
            zone => Some(Wall::Zone(zone.iana().filter(|_| !self.0.contains_key(name)).unwrap_or(name).to_owned())),
        }
    }

    /// The instant of a time; of a date and of a time without zone, as if it were UTC.
    pub(super) fn instant(&self, when: &When) -> Option<DateTime<Utc>> {
        Some(self.zone(when)?.instant(when.local))
    }

    /// What two times have alike if they are the [`same`](Self::same).
    pub(super) fn key(&self, when: &When) -> (i64, String) {
        match self.at(when) {
            Some(at) => (at.timestamp(), String::new()),
            None => (when.local.and_utc().timestamp(), format!("{} {}", when.zone(), when.all_day)),
        }
    }

    /// Whether two times are the same instant: a client that reads in one zone and sends back in it changes nothing.
    pub(super) fn same(&self, one: &When, other: &When) -> bool {
        one == other || self.at(one).is_some_and(|one| Some(one) == self.at(other))
    }

    /// Whether who sees `old` in the zone of `when` sees that: of the two times of a clock that is put back too; and of a time that is
    /// read by no clock what it says.
    pub(super) fn shows(&self, old: &When, when: &When) -> bool {
        if old.all_day != when.all_day {
            return false;
        }
        match (self.at(old), self.zone(when)) {
            (Some(at), Some(zone)) => zone.local(at) == when.local,
            _ => old.local == when.local,
        }
    }

    /// How much later the one is than the other.
    pub(super) fn between(&self, first: &When, last: &When) -> TimeDelta {
        let times = self.instant(first).zip(self.instant(last));
        times.map_or_else(TimeDelta::zero, |(first, last)| last.signed_duration_since(first))
    }

    /// So much later than `when`, on the wall of `there`; `there` if that cannot be said.
    pub(super) fn after(&self, when: &When, exact: TimeDelta, there: &When) -> When {
        let at = self.instant(when).and_then(|at| at.checked_add_signed(exact));
        let local = at.zip(self.zone(there)).map(|(at, zone)| zone.local(at));
        When { local: local.unwrap_or(there.local), ..there.clone() }
    }

    /// The same instant on another wall; as it is, where nobody knows when that is, or what that wall shows.
    pub(super) fn on(&self, when: &When, wall: &Wall) -> When {
        let there = When { wall: wall.clone(), ..when.clone() };
        let moved = self.instant(when).zip(self.zone(&there)).map(|(at, zone)| shown_on(at, wall, &zone));
        moved.unwrap_or_else(|| when.clone())
    }

    /// Whether one time is before another.
    pub(super) fn is_before(&self, one: &When, other: &When) -> bool {
        match (self.at(one), self.at(other)) {
            (Some(one), Some(other)) => one < other,
            _ => one.wall == other.wall && one.local < other.local,
        }
    }

    /// Whether a time is so early or late that some zone has it in another year than 1 to 9999.
    pub(super) fn is_beyond(&self, when: &When) -> bool {
        !is_writable(when.local.and_utc()) || self.instant(when).is_some_and(|at| !is_writable(at))
    }

    /// The instant of a time that is one.
    fn at(&self, when: &When) -> Option<DateTime<Utc>> {
        self.instant(when).filter(|_| when.wall != Wall::Floating)
    }
}

/// An instant on a wall of that zone. The second of the two times that a clock put back shows can be said in UTC alone.
pub(super) fn shown_on(at: DateTime<Utc>, wall: &Wall, zone: &Zone) -> When {
    let local = zone.local(at);
    if zone.instant(local) == at {
        When { local, all_day: false, wall: wall.clone() }
    } else {
        When::utc(at.naive_utc())
    }
}
