//! `startDateTime` and `endDateTime`: the window that is asked for.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};

use crate::json::shown;
use crate::problem::{Code, Problem};
use crate::query::Options;
use crate::resources::calendar::instances::Window;
use crate::resources::calendar::zone::Zone;

/// The window, seen from `zone`; of so many days at most.
pub(super) fn asked_window(options: &Options, zone: Zone, days: u64) -> Result<Window, Problem> {
    let (from, to) = (time(options, "startDateTime")?, time(options, "endDateTime")?);
    let most = i64::try_from(days).ok().and_then(TimeDelta::try_days).unwrap_or(TimeDelta::MAX);
    if to < from {
        return Err(refused("endDateTime", "`endDateTime` is before `startDateTime`."));
    }
    if to.signed_duration_since(from) > most {
        return Err(refused(
            "endDateTime",
            &format!("The window is longer than {days} days: ask for a part at a time."),
        ));
    }
    Ok(Window { from, to, zone })
}

fn time(options: &Options, name: &str) -> Result<DateTime<Utc>, Problem> {
    let Some(text) = options.get(name) else {
        return Err(refused(name, "The window is missing: say `startDateTime` and `endDateTime`."));
    };
    let what = "is no time such as `2026-03-01T00:00:00Z` or `2026-03-01T00:00:00%2B01:00`";
    read(text).ok_or_else(|| refused(name, &format!("`{name}` is `{}`, which {what}.", shown(text))))
}

/// A time of ISO 8601; without an offset it is UTC, whatever zone is preferred (Graph's documentation of `calendarView`).
fn read(text: &str) -> Option<DateTime<Utc>> {
    // chrono reads signs and longer years too.
    text.get(..4).filter(|year| year.bytes().all(|byte| byte.is_ascii_digit()))?;
    // Who does not encode the sign of an offset sends a space.
    let text = text.trim().replace(' ', "+");
    let offset = ["%Y-%m-%dT%H:%M:%S%.f%#z", "%Y-%m-%dT%H:%M%#z"];
    if let Some(at) = offset.iter().find_map(|form| DateTime::parse_from_str(&text, form).ok()) {
        return Some(at.to_utc());
    }
    let text = text.strip_suffix(['Z', 'z']).unwrap_or(&text);
    let local = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%dT%H:%M"];
    let read = local.iter().find_map(|form| NaiveDateTime::parse_from_str(text, form).ok());
    let day = || Some(NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?.and_time(NaiveTime::MIN));
    read.or_else(day).map(|local| local.and_utc())
}

fn refused(target: &str, message: &str) -> Problem {
    Problem::new(Code::InvalidQueryOption, message).target(target)
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn times_of_a_window() {
        for (text, at) in [
            ("2026-03-01", "2026-03-01T00:00:00+00:00"),
            ("2026-03-01T10:00", "2026-03-01T10:00:00+00:00"),
            ("2026-03-01T10:00Z", "2026-03-01T10:00:00+00:00"),
            ("2026-03-01T10:00:00.0000000", "2026-03-01T10:00:00+00:00"),
            ("2026-03-01T10:00:00.5Z", "2026-03-01T10:00:00.500+00:00"),
            ("2026-03-01T10:00:00-05:00", "2026-03-01T15:00:00+00:00"),
            ("2026-03-01T10:00:00+01:00", "2026-03-01T09:00:00+00:00"),
            ("2026-03-01T10:00:00 01:00", "2026-03-01T09:00:00+00:00"),
        ] {
            assert_eq!(read(text).map(|at| at.to_rfc3339()).as_deref(), Some(at), "{text}");
        }
        for bad in
            ["", "noon", "2026-02-30", "+12026-01-01T00:00:00Z", "-001-01-01", "2026-03-01T25:00:00Z", "202é-01-01"]
        {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
