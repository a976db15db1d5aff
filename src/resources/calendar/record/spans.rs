//! When a VEVENT of the record is. Imports `clocks`, `ical`, `times`, `when`.

use crate::resources::calendar::ical::Component;
use crate::resources::calendar::record::clocks::Clocks;
use crate::resources::calendar::record::times;
use crate::resources::calendar::record::when::When;

/// When it begins and ends; none without a start, which no VEVENT of a record lacks.
pub fn span(event: &Component, clocks: &Clocks) -> Option<(When, When)> {
    let start = times::start(event)?;
    let end = times::end(event, clocks, &start);
    Some((start, end))
}
