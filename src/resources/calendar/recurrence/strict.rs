//! What RFC 5545 §3.3.10 forbids and calendars in the wild hold all the same: such a rule is taken where it is imported, and not of who
//! writes a new one. Imports `rule`, `fault`.

use crate::resources::calendar::recurrence::fault::RuleFault;
use crate::resources::calendar::recurrence::rule::{Frequency, Rule};

/// No month has more of a weekday.
const OF_A_MONTH: i16 = 5;

impl Rule {
    /// The same, if it is as the RFC wants it.
    pub fn strict(self) -> Result<Self, RuleFault> {
        if self.count.is_some() && self.until.is_some() {
            return Err(RuleFault::wrong("COUNT", "stands beside UNTIL: give one of them"));
        }
        let which = || self.days.iter().map(|(which, _)| which.abs());
        if which().all(|which| which == 0) {
            return Ok(self);
        }
        let most = match self.frequency {
            Frequency::Daily | Frequency::Weekly => {
                return Err(RuleFault::wrong(
                    "BYDAY",
                    "counts days of a month or year: FREQ is MONTHLY or YEARLY then",
                ));
            }
            Frequency::Yearly if !self.weeks.is_empty() => {
                return Err(RuleFault::wrong("BYDAY", "counts no days beside BYWEEKNO: give days such as MO"));
            }
            Frequency::Yearly if self.months.is_empty() => return Ok(self),
            Frequency::Monthly | Frequency::Yearly => OF_A_MONTH,
        };
        if which().all(|which| which <= most) {
            return Ok(self);
        }
        Err(RuleFault::wrong("BYDAY", "counts further than a month has of a weekday: give 1 to 5 or -1 to -5"))
    }
}
