//! Whether a calendar is the record of one event. Imports `ical`, `occurrences`, `times`, `content_line`.

use crate::resources::calendar::ical::Component;
use crate::resources::calendar::record::{occurrences, times};
use crate::resources::content_line::Fault;

/// The calendar, if it is.
pub(super) fn checked(calendar: Component) -> Result<Component, Fault> {
    let fault = |reason: &str| Err(Fault::new(0, reason));
    if !calendar.is("VCALENDAR") {
        return fault("The calendar does not begin with BEGIN:VCALENDAR.");
    }
    if !["", "2.0"].contains(&calendar.value("VERSION")) {
        return fault("This version of iCalendar is not known here: 2.0 is.");
    }
    let events: Vec<&Component> = calendar.components.iter().filter(|component| component.is("VEVENT")).collect();
    if events.is_empty() {
        return fault("The calendar holds no event: no VEVENT.");
    }
    let mut uids = events.iter().map(|event| event.value("UID")).filter(|uid| !uid.is_empty());
    let first = uids.next();
    if uids.any(|uid| Some(uid) != first) {
        return fault("The calendar holds events of several UIDs.");
    }
    let mut masters = 0;
    for event in events {
        if times::start(event).is_none() {
            return fault("An event has no DTSTART, or none that can be read: `DTSTART:20260302T090000Z`.");
        }
        match (event.property("RECURRENCE-ID"), occurrences::original(event)) {
            (Some(_), None) => return fault("An event has a RECURRENCE-ID that cannot be read."),
            (None, _) => masters += 1,
            (Some(_), Some(_)) => {}
        }
    }
    if masters > 1 {
        return fault("Two events of one UID have no RECURRENCE-ID.");
    }
    Ok(calendar)
}
