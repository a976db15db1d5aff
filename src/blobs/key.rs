//! Names of blobs: ours, never a client's. Imports `digest`.

use std::fmt;

use chrono::{DateTime, Utc};
use uuid::{NoContext, Timestamp, Uuid};

use crate::digest::Digest;

/// A blob's name, which is also that of its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Key {
    /// One row's own: a UUID of version 7 (RFC 9562 §5.7), which also says when it was made.
    Made(Uuid),
    /// That of a content, whoever's rows name it: its SHA-256.
    Content(Digest),
}

impl Key {
    /// A name that nobody has, made now.
    pub(super) fn new(now: DateTime<Utc>) -> Self {
        let seconds = u64::try_from(now.timestamp()).unwrap_or_default();
        Self::Made(Uuid::new_v7(Timestamp::from_unix(NoContext, seconds, now.timestamp_subsec_nanos())))
    }

    /// Reads a name as it is written; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        if let Some(digest) = Digest::parse(text) {
            return Some(Self::Content(digest));
        }
        let key = Self::Made(Uuid::try_parse(text).ok()?);
        (key.to_string() == text && key.made_at().is_some()).then_some(key)
    }

    /// When it was made; none if the name does not say.
    pub(super) fn made_at(self) -> Option<DateTime<Utc>> {
        let Self::Made(uuid) = self else { return None };
        let (seconds, nanos) = uuid.get_timestamp()?.to_unix();
        DateTime::from_timestamp(i64::try_from(seconds).ok()?, nanos)
    }

    /// The folder that it lies in. A UUID's last byte is random, while the first ones are the time; of contents one folder is a
    /// range of digests, which a database can be asked for.
    pub(super) fn shard(self) -> String {
        shard_name(match self {
            Self::Made(uuid) => {
                let [.., last] = uuid.into_bytes();
                last.into()
            }
            Self::Content(digest) => {
                let [first, ..] = *digest.bytes();
                first.into()
            }
        })
    }
}

impl From<Digest> for Key {
    fn from(digest: Digest) -> Self {
        Self::Content(digest)
    }
}

pub(super) fn shard_name(shard: u16) -> String {
    format!("{shard:02x}")
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Made(uuid) => uuid.hyphenated().fmt(f),
            Self::Content(digest) => digest.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::Key;
    use crate::digest::Digest;

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

    #[test]
    fn a_contents_name_is_its_digest() {
        let key = Key::from(Digest::of(b"abc"));
        assert_eq!(Key::parse(&key.to_string()), Some(key));
        assert_eq!((key.made_at(), key.shard().as_str()), (None, "ba"));
        for other in [key.to_string().to_uppercase(), format!("{key}0"), key.to_string()[1..].to_owned()] {
            assert_eq!(Key::parse(&other), None, "{other}");
        }
    }
}
