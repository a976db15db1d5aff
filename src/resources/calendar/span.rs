//! When an event happens, as instants: what the database finds it by. A time that has no zone, and a date, count as if they were UTC;
//! whoever looks for them in a zone looks a day further. Imports `record`, `zone`, `store`'s columns.

use crate::resources::calendar::record::{Clocks, Projection, Record, When};
use crate::resources::calendar::zone::Zone;
use crate::store::columns::Instant;

/// A single event that is longer is not found by its start alone, microseconds.
const SHORT: i64 = 31 * 24 * 60 * 60 * 1_000_000;

/// The columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// 0: single and short; 1: not.
    pub reach: i32,
    /// When the first of its instances begins.
    pub starts: Instant,
    /// When the last of them ends; none: nobody counted.
    pub ends: Option<Instant>,
    /// When the event itself begins.
    pub begins: Instant,
    /// When that ends.
    pub finishes: Instant,
}

impl Span {
    /// Of a record and what it projects.
    pub fn of(record: &Record, projection: &Projection) -> Self {
        let clocks = record.clocks();
        let begins = instant(&clocks, &projection.start);
        let finishes = instant(&clocks, &projection.end).max(begins);
        let is_single = !projection.recurs && record.events().count() == 1;
        // An occurrence may have been moved to before the series, or stand there by an RDATE.
        let moved = record.overrides().filter_map(|(_, event)| event.property("DTSTART").and_then(When::of));
        let others = moved.chain(record.dates()).map(|when| instant(&clocks, &when));
        let starts = others.fold(begins, Ord::min);
        let length = finishes.micros().saturating_sub(begins.micros());
        Self {
            reach: i32::from(!is_single || length > SHORT),
            starts,
            ends: is_single.then_some(finishes),
            begins,
            finishes,
        }
    }
}

/// The instant of a time of the record.
fn instant(clocks: &Clocks, when: &When) -> Instant {
    clocks.zone(when).unwrap_or(Zone::Floating).instant(when.local).into()
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
        let Span { reach, starts, ends, begins, finishes } = Span::of(&record, &record.project().unwrap());
        let hours = |at: Option<super::Instant>| at.map(|at| (at.micros() / 1_000_000 - 1_772_323_200) / 3600);
        (reach, [hours(Some(starts)), hours(ends), hours(Some(begins)), hours(Some(finishes))])
    }

    #[test]
    fn where_an_event_stands() {
        for (event, reach, starts, ends) in [
            ("DTSTART:20260301T090000Z\r\nDTEND:20260301T100000Z\r\n", 0, 9, 10),
            ("DTSTART;TZID=Europe/Berlin:20260301T090000\r\nDURATION:PT2H\r\n", 0, 8, 10),
            ("DTSTART;TZID=Romance Standard Time:20260701T000000\r\nDTEND:20260701T000000Z\r\n", 0, 2926, 2928),
            ("DTSTART;VALUE=DATE:20260302\r\n", 0, 24, 48),
            ("DTSTART:20260301T090000\r\n", 0, 9, 9),
            ("DTSTART;VALUE=DATE:20260301\r\nDTEND;VALUE=DATE:20260401\r\n", 0, 0, 744),
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
        let dated = "DTSTART:20260302T090000Z\r\nRDATE:20260301T010000Z\r\n";
        assert_eq!(span(&[dated]), (1, [Some(1), None, Some(33), Some(33)]));
    }
}
