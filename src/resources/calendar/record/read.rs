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
        if let Some(fault) = timeless(event) {
            return Err(fault);
        }
        if event.property("RECURRENCE-ID").is_none() {
            masters += 1;
        }
    }
    if masters > 1 {
        return fault("Two events of one UID have no RECURRENCE-ID.");
    }
    Ok(calendar)
}

/// Why nobody can tell when an event happens.
pub fn timeless(event: &Component) -> Option<Fault> {
    let unread = |name: &str| match event.property(name) {
        Some(property) => {
            let value: String = property.value.chars().filter(|c| !c.is_control()).take(50).collect();
            format!(
                "An event has {name} `{value}`, which is no time that there is; `{name}:20260302T090000Z` would be one."
            )
        }
        None => format!("An event has no {name}, such as `{name}:20260302T090000Z`."),
    };
    let (start, original) = (times::start(event), occurrences::original(event));
    let name = match (start, event.property("RECURRENCE-ID"), original) {
        (None, ..) => "DTSTART",
        (_, Some(_), None) => "RECURRENCE-ID",
        _ => return None,
    };
    Some(Fault::new(0, unread(name)))
}
