//! Names of blobs: ours, random, never a client's.

use std::fmt;

use chrono::{DateTime, Utc};
use uuid::{NoContext, Timestamp, Uuid};

/// A blob's name: a UUID of version 7 (RFC 9562 §5.7), which also says when it was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key(Uuid);

impl Key {
    /// A name that nobody has, made now.
    pub(super) fn new(now: DateTime<Utc>) -> Self {
        let seconds = u64::try_from(now.timestamp()).unwrap_or_default();
        Self(Uuid::new_v7(Timestamp::from_unix(NoContext, seconds, now.timestamp_subsec_nanos())))
    }

    /// Reads a name as it is written; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let key = Self(Uuid::try_parse(text).ok()?);
        (key.to_string() == text && key.made_at().is_some()).then_some(key)
    }

    /// When it was made; none if it is no name of ours.
    pub(super) fn made_at(self) -> Option<DateTime<Utc>> {
        let (seconds, nanos) = self.0.get_timestamp()?.to_unix();
        DateTime::from_timestamp(i64::try_from(seconds).ok()?, nanos)
    }

    /// The folder that it lies in: by its last byte, which is random, while the first ones are the time.
    pub(super) fn shard(self) -> String {
        let [.., last] = self.0.into_bytes();
        shard_name(last.into())
    }
}

pub(super) fn shard_name(shard: u16) -> String {
    format!("{shard:02x}")
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::Key;

    #[test]
    fn a_key_reads_back_and_knows_its_time() {
        let now = DateTime::from_timestamp(1_767_268_800, 123_000_000).unwrap();
        let key = Key::new(now);
        assert_eq!(Key::parse(&key.to_string()), Some(key));
        assert_eq!(key.made_at(), Some(now));
        assert!(key.to_string().ends_with(&key.shard()));
        assert_ne!(Key::new(now), key);
        for other in ["", "x", "../etc/passwd", &key.to_string().to_uppercase(), &format!("{key}#1")] {
            assert_eq!(Key::parse(other), None, "{other}");
        }
        // A UUID that is not of version 7 is not ours.
        assert_eq!(Key::parse("6ba7b810-9dad-41d1-80b4-00c04fd430c8"), None);
    }
}
