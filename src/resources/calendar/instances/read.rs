//! A course from the record: what cannot be read in it is passed over, and a rule that is not expanded gives nothing.
//! Imports `course`, `id`, `record`, `recurrence`, `zone`, `ical`.

use chrono::TimeDelta;

use super::course::{Course, Exception, Instance, Length, Moment};
use super::id::Original;
use crate::resources::calendar::ical::Component;
use crate::resources::calendar::record::{Clocks, Record, Wall, When, lasts, span};
use crate::resources::calendar::recurrence::{Rule, Series, Times};
use crate::resources::calendar::zone::Zone;
use crate::resources::content_line::Property;

/// A change of the clock makes an instance so much longer at most: the greatest is a day that is left out at the date line.
const CLOCK: TimeDelta = TimeDelta::hours(25);

impl Course {
    /// Of a record, seen from that zone.
    pub fn of(record: &Record, seen_from: &Zone) -> Option<Self> {
        let main = record.main()?;
        let clocks = record.clocks();
        let (start, end) = span(main, &clocks)?;
        let place = Place { clocks, seen_from };
        let zone = place.zone(&start);
        let end_zone = if end.wall == start.wall { zone.clone() } else { place.zone(&end) };
        let mut series = Series { all_day: start.all_day, ..Series::new(start.local, zone) };
        series.rules = record.rules().into_iter().filter_map(|rule| Rule::parse(rule).ok()).collect();
        place.add_dates(main, &mut series);
        let is_main = |event: &Component| std::ptr::eq(event, main);
        let others = record.overrides().filter(|(_, event)| !is_main(event));
        let exceptions: Vec<_> =
            others.filter_map(|(when, event)| place.exception(&series, &start, when, event)).collect();
        series.replaced = place.replaced(record, main, &series);
        let first = end_zone.instant(end.local).signed_duration_since(series.zone.instant(start.local));
        let on_wall = Length::Wall(end.local.signed_duration_since(start.local), first);
        let length = lasts(main, &start).map_or(on_wall, Length::Exact);
        let periods = series.dates.iter().filter_map(|date| date.lasts).max().unwrap_or_default();
        let longest = first.max(periods).max(TimeDelta::zero()).checked_add(&CLOCK)?;
        Some(Self { series, start, recurs: record.recurs(), length, end_zone, longest, exceptions })
    }
}

/// What times are read by.
struct Place<'a> {
    clocks: Clocks,
    seen_from: &'a Zone,
}

impl Place<'_> {
    /// Of a zone that nobody knows the times are nobody's.
    fn zone(&self, when: &When) -> Zone {
        self.clocks.zone(when).unwrap_or(Zone::Floating).or(self.seen_from).clone()
    }

    /// The zone of a property of the series. What names none is of the series', though the RFC would have it be no zone's: so do
    /// careless writers mean it.
    fn zone_of(&self, property: &Property, series: &Series) -> Zone {
        let tzid = property.param("TZID").next().map(str::trim).filter(|tzid| !tzid.is_empty());
        tzid.map_or_else(
            || series.zone.clone(),
            |tzid| self.clocks.named(tzid).unwrap_or(Zone::Floating).or(&series.zone).clone(),
        )
    }

    fn add_dates(&self, main: &Component, series: &mut Series) {
        for property in main.all("RDATE") {
            let zone = self.zone_of(property, series);
            for value in property.value.split(',') {
                series.add_dates(value, &zone).unwrap_or_default();
            }
        }
        for property in main.all("EXDATE") {
            let zone = self.zone_of(property, series);
            for value in property.value.split(',') {
                // Some programs write midnight of a day that is none: the day is meant.
                let value = if series.all_day { value.split(['T', 't']).next().unwrap_or_default() } else { value };
                series.excluded.add_all(value, &zone).unwrap_or_default();
            }
        }
    }

    /// The instances of the series that the overrides stand in the place of.
    fn replaced(&self, record: &Record, main: &Component, series: &Series) -> Times {
        let mut replaced = Times::default();
        for (_, event) in record.overrides().filter(|(_, event)| !std::ptr::eq(*event, main)) {
            if let Some(property) = event.property("RECURRENCE-ID") {
                replaced.add_all(&property.value, &self.zone_of(property, series)).unwrap_or_default();
            }
        }
        replaced
    }

    fn exception(&self, series: &Series, main: &When, when: When, event: &Component) -> Option<Exception> {
        let (start, end) = span(event, &self.clocks)?;
        let original = if when.all_day {
            Original::Day(when.local.date())
        } else if when.wall == Wall::Floating && (main.wall == Wall::Floating) {
            Original::At(when.local.and_utc())
        } else {
            let zone = event.property("RECURRENCE-ID").map(|property| self.zone_of(property, series));
            let zone = if when.wall == Wall::Utc { Zone::Utc } else { zone.unwrap_or(Zone::Utc) };
            Original::At(zone.instant(when.local))
        };
        let (start, end) = (Moment::of(start.local, &self.zone(&start)), Moment::of(end.local, &self.zone(&end)));
        let end = if end.at < start.at { start } else { end };
        Some(Exception { when, instance: Instance { original: Some(original), is_exception: true, start, end } })
    }
}
