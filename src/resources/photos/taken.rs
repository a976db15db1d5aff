//! When a picture was taken: by the clock on the wall, and where that clock stood if it is known (graph.md §3 rule 5). Where it is not known,
//! no zone is guessed: there is a local time, and no instant. Pure.

use chrono::{DateTime, Datelike as _, FixedOffset, NaiveDateTime, Offset as _, Timelike as _};

use crate::picture::{MOST_OFFSET_S, Taken};
use crate::store::columns::Instant;

/// What `photos.taken` holds where it is not known.
pub const UNKNOWN: i64 = i64::MIN;

const SECOND: i64 = 1_000_000;
const MINUTE: i64 = 60 * SECOND;

/// What `photos.taken` and `photos.taken_offset` hold.
pub fn columns(taken: Option<Taken>) -> (i64, Option<i32>) {
    let Some(Taken { local, offset }) = taken else { return (UNKNOWN, None) };
    let minutes = offset.map(|offset| offset.local_minus_utc().div_euclid(60));
    let east = minutes.map_or(0, i64::from).saturating_mul(MINUTE);
    (local.and_utc().timestamp_micros().saturating_sub(east), minutes)
}

/// What they mean.
pub fn of_columns(taken: i64, minutes: Option<i32>) -> Option<Taken> {
    if taken == UNKNOWN {
        return None;
    }
    let east = minutes.map_or(0, i64::from).saturating_mul(MINUTE);
    let local = DateTime::from_timestamp_micros(taken.saturating_add(east))?.naive_utc();
    Some(Taken { local, offset: minutes.and_then(|minutes| FixedOffset::east_opt(minutes.saturating_mul(60))) })
}

/// `takenLocalDateTime`
pub fn local_text(taken: &Taken) -> String {
    taken.local.format("%Y-%m-%dT%H:%M:%S%.f").to_string()
}

/// `takenOffset`
pub fn offset_text(taken: &Taken) -> Option<String> {
    taken.offset.map(|offset| offset.fix().to_string())
}

/// `takenDateTime`, of which UTC is shown.
pub fn instant_text(taken: &Taken) -> Option<String> {
    let instant = taken.offset?;
    let (micros, _) = columns(Some(Taken { offset: Some(instant), ..*taken }));
    Some(Instant::from_micros(micros).rfc3339())
}

/// Reads a local time: ISO 8601 without an offset.
pub fn local_of(text: &str) -> Option<NaiveDateTime> {
    let local = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f").ok()?;
    usual(local).then_some(local)
}

/// Reads an offset: `Z`, or `+01:00`.
pub fn offset_of(text: &str) -> Option<FixedOffset> {
    let text = if text.eq_ignore_ascii_case("z") { "+00:00" } else { text };
    let form = text.len() == 6 && text.get(3..4) == Some(":");
    let at = form.then(|| DateTime::parse_from_rfc3339(&format!("2000-01-01T00:00:00{text}")).ok())??;
    of_a_clock(*at.offset()).then(|| at.offset().fix())
}

/// Reads an instant (RFC 3339), which says where the clock stood.
pub fn instant_of(text: &str) -> Option<Taken> {
    let at = DateTime::parse_from_rfc3339(text).ok()?;
    let is_usual = usual(at.naive_local()) && of_a_clock(*at.offset());
    is_usual.then(|| Taken { local: at.naive_local(), offset: Some(at.offset().fix()) })
}

/// A day from the ends of the years 1 to 9999, which RFC 3339 can say: so that it is one in every zone. A leap second is none that clocks
/// on the wall or what reads this know of.
fn usual(local: NaiveDateTime) -> bool {
    let within = (1..=9998).contains(&local.year()) && (local.year(), local.ordinal()) != (1, 1);
    within && local.nanosecond() < 1_000_000_000
}

fn of_a_clock(offset: FixedOffset) -> bool {
    offset.local_minus_utc().abs() <= MOST_OFFSET_S
}

#[cfg(test)]
mod tests {
    use super::{UNKNOWN, columns, instant_of, instant_text, local_of, local_text, of_columns, offset_of, offset_text};
    use crate::picture::Taken;

    fn taken(local: &str, offset: Option<&str>) -> Taken {
        let offset = offset.map(|offset| offset_of(offset).expect("an offset"));
        Taken { local: local_of(local).expect("a time"), offset }
    }

    #[test]
    fn what_is_kept_reads_back() {
        assert_eq!((columns(None), of_columns(UNKNOWN, Some(60))), ((UNKNOWN, None), None));
        for (local, offset, instant) in [
            ("2026-07-01T12:30:00", Some("+02:00"), Some("2026-07-01T10:30:00Z")),
            ("1969-12-31T23:59:59.250", Some("-09:30"), Some("1970-01-01T09:29:59.250Z")),
            ("2026-07-01T12:30:00", None, None),
        ] {
            let taken = taken(local, offset);
            let (at, minutes) = columns(Some(taken));
            assert_eq!(of_columns(at, minutes), Some(taken), "{local}");
            assert_eq!((local_text(&taken).as_str(), offset_text(&taken).as_deref()), (local, offset));
            assert_eq!(instant_text(&taken).as_deref(), instant, "{local}");
        }
    }

    #[test]
    fn an_instant_says_where_the_clock_stood() {
        let at = instant_of("2026-07-01T12:30:00+02:00").expect("an instant");
        assert_eq!(at, taken("2026-07-01T12:30:00", Some("+02:00")));
        assert_eq!(instant_of("2026-07-01T10:30:00Z").and_then(|at| offset_text(&at)).as_deref(), Some("+00:00"));
    }

    #[test]
    fn what_is_none_is_refused() {
        for text in ["", "2026-07-01", "2026-07-01T10:30:00Z", "2026-02-30T10:30:00", "0000-01-01T00:00:00"] {
            assert_eq!(local_of(text), None, "{text}");
        }
        for text in ["", "02:00", "+2:00", "+02", "+0200", "+24:00", "+02:60", "+02:00:00", "éé:00"] {
            assert_eq!(offset_of(text), None, "{text}");
        }
        for text in ["0001-01-01T00:00:00", "9999-01-01T00:00:00", "2026-07-01T23:59:60"] {
            assert_eq!(local_of(text), None, "{text}");
        }
        for text in ["+14:01", "-15:00"] {
            assert_eq!(offset_of(text), None, "{text}");
        }
        assert!(local_of("0001-01-02T00:00:00").is_some() && offset_of("-14:00").is_some());
        for text in ["", "2026-07-01T10:30:00", "9999-12-31T23:00:00-10:00", "2026-07-01T00:00:00+15:00"] {
            assert_eq!(instant_of(text), None, "{text}");
        }
    }
}
