//! How many exceptions a client may make of one series, and how many rules it may give it: each is looked at whenever the series is.
//! What is imported keeps all that it has. Imports `shape`, problem.

use crate::problem::Problem;
use crate::resources::shape::invalid;

/// The most overrides, and the most times that are taken out.
const EXCEPTIONS: usize = 2_000;

/// Refuses one more beside so many.
pub(super) fn room_for_another(there: usize) -> Result<(), Problem> {
    if there < EXCEPTIONS {
        return Ok(());
    }
    let message = "has 2,000 exceptions of this sort already, the most that a series may have: split it";
    Err(invalid("recurrence", message))
}

/// Refuses a change that leaves more to know of when the series happens than is expanded: nothing of it would be seen any longer.
pub(super) fn too_much() -> Problem {
    let message =
        "has then more exceptions and dates than are kept of one series, 1 MiB as iCalendar text: split it first";
    invalid("recurrence", message)
}
