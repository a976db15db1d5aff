//! What a change leaves on the events that it changed: when, and which revision it is. Imports `ical`, `when`.

use crate::resources::calendar::ical::Component;
use crate::resources::calendar::record::when::When;

/// What an invitation is answered for: whoever changes one of these makes another revision (RFC 5546 §2.1.4).
const SIGNIFICANT: [&str; 8] = ["DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "EXRULE", "STATUS"];

/// Marks what is other than `before`, the same event or none.
pub(super) fn mark(event: &mut Component, before: Option<&Component>, now: &When) {
    if before == Some(&*event) {
        return;
    }
    // RFC 5545 §3.8.7.2: without a METHOD both say when it was last changed.
    for name in ["DTSTAMP", "LAST-MODIFIED"] {
        event.replace(now.property(name));
    }
    let says = |event: &Component, name: &str| event.all(name).cloned().collect::<Vec<_>>();
    let Some(before) = before else { return };
    if SIGNIFICANT.iter().any(|name| says(event, name) != says(before, name)) {
        let revision = before.value("SEQUENCE").parse().unwrap_or(0_u32).saturating_add(1);
        event.set("SEQUENCE", Some(revision.to_string()));
    }
}
