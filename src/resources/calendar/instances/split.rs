//! Where a series is cut in two: "this and all following". What comes of it is held against what there was, and where it is not the
//! same, which may be so with dates beside the rules, it is not done. Imports `course`, `id`, `record`, `recurrence`, `zone`, problem.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::course::Course;
use super::id::Original;
use crate::problem::{Code, Problem};
use crate::resources::calendar::record::{Clocks, Record, Wall, When};
use crate::resources::calendar::recurrence::{Budget, Found, Rule, Series, Time};
use crate::resources::calendar::zone::Zone;

/// So many instances are held against each other.
const COMPARED: usize = 2_500;
const LONG: Duration = Duration::from_mins(1);

/// The two, and the occurrence that the second begins with.
#[derive(Debug, Clone)]
pub struct Split {
    /// As the record had it.
    pub first: When,
    /// The series before it.
    pub early: Record,
    /// It, and the series after it.
    pub late: Record,
}

impl Split {
    /// Cuts the series before an occurrence, which is one of its. None: nothing is before it. The second series gets the UID.
    pub fn of(record: &Record, original: Original, first: &When, uid: &str) -> Result<Option<Self>, Problem> {
        let course = Course::of(record, &Zone::Utc).ok_or_else(refused)?;
        let cut = Cut { record, clocks: record.clocks(), series: &course.series, at: original.instant() };
        let rules =
            record.rules().into_iter().map(Rule::parse).collect::<Result<Vec<_>, _>>().map_err(|_| refused())?;
        let [before, from]: [Vec<String>; 2] = [
            rules.iter().filter_map(|rule| cut.before(rule)).collect(),
            rules.iter().filter_map(|rule| cut.from(rule)).collect(),
        ];
        let early = record.early(&before, |when| cut.is_before(when));
        if !cut.has_any_before() && early.overrides().next().is_none() {
            return Ok(None);
        }
        let late = record.late(first, uid, &from, |when| !cut.is_before(when));
        if !cut.is_whole(&early, &late) {
            return Err(refused());
        }
        Ok(Some(Self { first: first.clone(), early, late }))
    }
}

fn refused() -> Problem {
    let message = "The series cannot be split there: the occurrences that follow would be others. Change it as a whole, or this \
                   occurrence alone.";
    Problem::new(Code::InvalidRequest, message)
}

struct Cut<'a> {
    record: &'a Record,
    clocks: Clocks,
    series: &'a Series,
    at: DateTime<Utc>,
}

impl Cut<'_> {
    /// Whether a time of the record is before the cut. A date beside times means all of that day.
    fn is_before(&self, when: &When) -> bool {
        let zone = match &when.wall {
            Wall::Floating if when.all_day && !self.series.all_day => {
                return when.local.date() < self.series.zone.local(self.at).date();
            }
            Wall::Utc => Zone::Utc,
            Wall::Floating => self.series.zone.clone(),
            Wall::Zone(tzid) => self.clocks.named(tzid).unwrap_or(Zone::Utc),
        };
        zone.instant(when.local) < self.at
    }

    /// The rule of the series that is before; none if it gives nothing there.
    fn before(&self, rule: &Rule) -> Option<String> {
        let counted = self.series.counted(rule, self.at);
        if rule.count().is_some() {
            return (counted > 0).then(|| rule.clone().counting(counted).to_string());
        }
        let end = self.at.checked_sub_signed(TimeDelta::seconds(1))?.naive_utc();
        let until = match (self.series.all_day, self.is_floating()) {
            (true, _) => Time::Date(end.date()),
            (false, true) => Time::Local(end),
            (false, false) => Time::Utc(end),
        };
        Some(rule.clone().ending(until).to_string())
    }

    /// The rule of the series that begins there, likewise.
    fn from(&self, rule: &Rule) -> Option<String> {
        if rule.count().is_none() {
            return self.series.gives_from(rule, self.at).then(|| rule.to_string());
        }
        let all = self.series.counted(rule, DateTime::<Utc>::MAX_UTC);
        let left = all.saturating_sub(self.series.counted(rule, self.at));
        (left > 0).then(|| rule.clone().counting(left).to_string())
    }

    fn is_floating(&self) -> bool {
        self.record
            .main()
            .and_then(|main| main.property("DTSTART").and_then(When::of))
            .is_some_and(|start| start.wall == Wall::Floating)
    }

    fn has_any_before(&self) -> bool {
        let found = found(self.series, DateTime::<Utc>::MIN_UTC, self.at);
        !found.instances.is_empty() || found.reached.is_some()
    }

    /// Whether the two have, each for itself, what the one has before the cut and after it.
    fn is_whole(&self, early: &Record, late: &Record) -> bool {
        let (least, most) = (DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC);
        let is_same = |record: &Record, from, to| {
            let course = Course::of(record, &Zone::Utc);
            course.is_some_and(|course| same(&found(&course.series, least, most), &found(self.series, from, to)))
        };
        is_same(early, least, self.at) && is_same(late, self.at, most)
    }
}

fn found(series: &Series, from: DateTime<Utc>, to: DateTime<Utc>) -> Found {
    series.between(from, to, &mut Budget::new(COMPARED, LONG))
}

/// Whether both found the same, as far as both looked.
fn same(one: &Found, other: &Found) -> bool {
    let reached = one.reached.into_iter().chain(other.reached).min();
    let seen = |found: &Found| {
        let instances = found.instances.iter().map(|instance| (instance.at, instance.lasts));
        instances.filter(|(at, _)| reached.is_none_or(|reached| *at < reached)).collect::<Vec<_>>()
    };
    seen(one) == seen(other)
}
