//! When a VEVENT of the record is. Imports `ical`, `times`, `when`.

use crate::resources::calendar::ical::Component;
use crate::resources::calendar::record::times;
use crate::resources::calendar::record::when::When;

/// When it begins and ends; none without a start, which no VEVENT of a record lacks.
pub fn span(event: &Component) -> Option<(When, When)> {
    let start = times::start(event)?;
    let end = times::end(event, &start);
    Some((start, end))
}
