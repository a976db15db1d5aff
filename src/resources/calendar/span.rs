//! When an event happens, as instants: what the database finds it by. A time that has no zone, and a date, count as if they were UTC;
//! whoever looks for them in a zone looks a day further. Imports `record`, `instances`, `zone`,
//! `store`'s columns, chrono.

use chrono::{DateTime, TimeDelta, Utc};

use crate::resources::calendar::instances::Course;
use crate::resources::calendar::record::{Projection, Record, Wall};
use crate::resources::calendar::zone::Zone;
use crate::store::columns::Instant;

/// A single event that is longer is not found by its start alone.
pub const SHORT: TimeDelta = TimeDelta::days(31);
/// The reach of a short single event whose zone is known, ...
pub const SINGLE: i32 = 0;
/// ... of a series, or a longer one, ...
pub const SERIES: i32 = 1;
/// ... and of a short single one of no zone.
pub const FLOATING: i32 = 2;

/// The columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// One of these.
    pub reach: i32,
    /// When the first of its instances begins.
    pub starts: Instant,
    /// By when the last of them has ended; none: they go on for ever.
    pub ends: Option<Instant>,
    /// When the event itself begins.
    pub begins: Instant,
    /// When that ends.
    pub finishes: Instant,
}

impl Span {
    /// Of a record, or its schedule, and what it projects.
    pub fn of(schedule: &Record, projection: &Projection) -> Self {
        let course = Course::of(schedule, &Zone::Floating);
        let (first, last) = course.as_ref().map_or((None, None), Course::ends);
        let own = course.as_ref().map(Course::own);
        let [begins, finishes]: [Instant; 2] =
            own.map_or_else(Default::default, |[start, end]| [start.into(), end.into()]);
        let is_single = !projection.recurs && schedule.events().count() == 1;
        let length = finishes.datetime().signed_duration_since(begins.datetime());
        let is_floating = projection.start.wall == Wall::Floating && projection.end.wall == Wall::Floating;
        let is_zoned = projection.start.wall != Wall::Floating && projection.end.wall != Wall::Floating;
        let reach = match (is_single && length <= SHORT, is_floating, is_zoned) {
            (true, true, _) => FLOATING,
            (true, _, true) => SINGLE,
            _ => SERIES,
        };
        let starts = first.map_or(begins, |first: DateTime<Utc>| begins.min(first.into()));
        let ends = if is_single { Some(finishes) } else { last.map(Instant::from) };
        Self { reach, starts, ends, begins, finishes }
    }
}

#[cfg(test)]
mod tests {
    use super::Span;
    use crate::resources::calendar::record::Record;

    /// Reach, starts, ends, begins, finishes; hours after 2026-03-01T00:00Z.
    fn span(events: &[&str]) -> (i32, [Option<i64>; 4]) {
        let within = |event: &&str| ["BEGIN:VEVENT\r\nUID:u\r\n", event, "END:VEVENT\r\n"].concat();
        let events = events.iter().map(within).collect::<Vec<_>>().concat();
        let text = format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{events}END:VCALENDAR\r\n");
        let record = Record::read(&text).unwrap();
        let Span { reach, starts, ends, begins, finishes } = Span::of(&record.schedule(), &record.project().unwrap());
        let hours = |at: Option<super::Instant>| at.map(|at| (at.micros() / 1_000_000 - 1_772_323_200) / 3600);
        (reach, [hours(Some(starts)), hours(ends), hours(Some(begins)), hours(Some(finishes))])
    }

    #[test]
    fn where_an_event_stands() {
        for (event, reach, starts, ends) in [
            ("DTSTART:20260301T090000Z\r\nDTEND:20260301T100000Z\r\n", 0, 9, 10),
            ("DTSTART;TZID=Europe/Berlin:20260301T090000\r\nDURATION:PT2H\r\n", 0, 8, 10),
            ("DTSTART;TZID=Romance Standard Time:20260701T000000\r\nDTEND:20260701T000000Z\r\n", 0, 2926, 2928),
            ("DTSTART;VALUE=DATE:20260302\r\n", 2, 24, 48),
            ("DTSTART:20260301T090000\r\n", 2, 9, 9),
            ("DTSTART;VALUE=DATE:20260301\r\nDTEND;VALUE=DATE:20260401\r\n", 2, 0, 744),
            ("DTSTART;VALUE=DATE:20260301\r\nDTEND;VALUE=DATE:20260402\r\n", 1, 0, 768),
        ] {
            let expected = (reach, [Some(starts), Some(ends), Some(starts), Some(ends)]);
            assert_eq!(span(&[event]), expected, "{event}");
        }
    }

    #[test]
    fn a_series_begins_with_the_earliest_of_its_instances() {
        let series = "DTSTART:20260302T090000Z\r\nDURATION:PT1H\r\nRRULE:FREQ=DAILY\r\n";
        assert_eq!(span(&[series]), (1, [Some(33), None, Some(33), Some(34)]));
        let moved = "RECURRENCE-ID:20260303T090000Z\r\nDTSTART:20260301T050000Z\r\n";
        assert_eq!(span(&[series, moved]), (1, [Some(5), None, Some(33), Some(34)]));
        let counted = "DTSTART:20260302T090000Z\r\nDURATION:PT1H\r\nRRULE:FREQ=DAILY;COUNT=2\r\n";
        assert_eq!(span(&[counted]).1[1], Some(57 + 1 + 25), "a day for what the clocks do");
        assert_eq!(span(&[counted, "RECURRENCE-ID:20260303T090000Z\r\nDTSTART:20260310T000000Z\r\n"]).1[1], Some(216));
        let costly = "DTSTART:20260302T090000Z\r\nRRULE:FREQ=DAILY;COUNT=4000000000\r\n";
        assert_eq!(span(&[costly]).1[1], Some(33 + 25), "it is not expanded");
        let dated = "DTSTART:20260302T090000Z\r\nRDATE:20260301T010000Z\r\n";
        assert_eq!(span(&[dated]), (1, [Some(1), Some(33 + 25), Some(33), Some(33)]));
    }
}
