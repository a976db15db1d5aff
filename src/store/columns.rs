//! The types of columns that both databases keep alike: instants as 64-bit microseconds, ids as 16 bytes.
//! May import `clock` and diesel. Everything else is diesel's own: text, whole numbers, bytes.

use std::fmt;

use chrono::{DateTime, SecondsFormat, Utc};
use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::{BigInt, Binary};
use uuid::{ClockSequence, NoContext, Timestamp, Uuid};

/// An instant in UTC: microseconds since 1970, a `BIGINT`. What `Clock` gives fits without loss.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, AsExpression, FromSqlRow)]
#[diesel(sql_type = BigInt)]
pub struct Instant(i64);

impl Instant {
    /// The instant that many microseconds after 1970.
    pub fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Microseconds since 1970.
    pub fn micros(self) -> i64 {
        self.0
    }

    /// The same instant for chrono; one beyond its years (±262,000) reads as 1970.
    pub fn datetime(self) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(self.0).unwrap_or_default()
    }

    /// As answers say it (RFC 3339): in UTC, with no more digits than it has.
    pub fn rfc3339(self) -> String {
        self.datetime().to_rfc3339_opts(SecondsFormat::AutoSi, true)
    }

    /// The end of the second that it is in: `auth_time` is in whole seconds, however the issuer rounds.
    #[must_use]
    pub fn end_of_second(self) -> Self {
        const SECOND: i64 = 1_000_000;
        Self(self.0.saturating_add(SECOND - 1).div_euclid(SECOND).saturating_mul(SECOND))
    }
}

/// Digits finer than a microsecond are cut off, on both databases alike.
impl From<DateTime<Utc>> for Instant {
    fn from(at: DateTime<Utc>) -> Self {
        Self(at.timestamp_micros())
    }
}

impl<DB: Backend> FromSql<BigInt, DB> for Instant
where
    i64: FromSql<BigInt, DB>,
{
    fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
        i64::from_sql(bytes).map(Self)
    }
}

impl<DB: Backend> ToSql<BigInt, DB> for Instant
where
    i64: ToSql<BigInt, DB>,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
        self.0.to_sql(out)
    }
}

/// An id that is seen outside: a UUID (RFC 9562), 16 bytes in the database.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, AsExpression, FromSqlRow)]
#[diesel(sql_type = Binary)]
pub struct Uid(Uuid);

impl Uid {
    /// Before every other: where a walk by id begins.
    pub const FIRST: Self = Self(Uuid::nil());

    /// A new id of version 7 (RFC 9562 §5.7): later ones sort later, so that tables grow at their end.
    pub fn new(now: DateTime<Utc>) -> Self {
        Self::new_after(NoContext, now)
    }

    /// As [`Uid::new`], and after those that were made with the same context before, in the same millisecond too.
    pub(super) fn new_after(context: impl ClockSequence<Output = impl Into<u128>>, now: DateTime<Utc>) -> Self {
        let seconds = u64::try_from(now.timestamp()).unwrap_or_default();
        Self(Uuid::new_v7(Timestamp::from_unix(context, seconds, now.timestamp_subsec_nanos())))
    }

    /// A new id, made now.
    pub(super) fn made_now() -> Self {
        Self(Uuid::now_v7())
    }

    /// The UUID.
    pub fn uuid(self) -> Uuid {
        self.0
    }

    /// Reads the form with hyphens, in any case; `None` for anything else, the other spellings of a UUID included.
    pub fn parse(text: &str) -> Option<Self> {
        let uuid = Uuid::try_parse(text).ok()?;
        (text.len() == uuid::fmt::Hyphenated::LENGTH).then_some(Self(uuid))
    }
}

impl fmt::Display for Uid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

impl fmt::Debug for Uid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<DB: Backend> FromSql<Binary, DB> for Uid
where
    Vec<u8>: FromSql<Binary, DB>,
{
    fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
        Ok(Self(Uuid::from_slice(&Vec::from_sql(bytes)?)?))
    }
}

impl<DB: Backend> ToSql<Binary, DB> for Uid
where
    [u8]: ToSql<Binary, DB>,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
        <[u8] as ToSql<Binary, DB>>::to_sql(self.0.as_bytes().as_slice(), out)
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::{Instant, Uid};

    #[test]
    fn a_sign_in_of_the_same_second_is_before() {
        for (at, end) in [(5_000_000, 5_000_000), (5_000_001, 6_000_000), (5_999_999, 6_000_000), (-1, 0)] {
            assert_eq!(Instant::from_micros(at).end_of_second(), Instant::from_micros(end));
        }
    }

    #[test]
    fn ids_sort_by_time_and_read_back() {
        let at = |seconds| DateTime::from_timestamp(seconds, 0).unwrap();
        let (earlier, later) = (Uid::new(at(1_700_000_000)), Uid::new(at(1_700_000_001)));
        assert!(earlier < later);
        assert_eq!(Uid::parse(&earlier.to_string().to_uppercase()), Some(earlier));
        assert_eq!(Uid::parse(&earlier.to_string().replace('-', "")), None);
        assert_eq!(Uid::parse(&format!("urn:uuid:{earlier}")), None);
    }

    #[test]
    fn instants_are_cut_to_microseconds() {
        let at = DateTime::from_timestamp(1, 123_456_789).unwrap();
        assert_eq!(Instant::from(at).micros(), 1_123_456);
        assert_eq!(Instant::from(at).datetime().timestamp_subsec_nanos(), 123_456_000);
    }
}
