//! Where the next page begins, and how far it was looked for already; and both as a token holds them. Where there are more series than one
//! page may look at, a page ends before it has anything: the next one goes on among them, and has of those that were looked at only what
//! may come first. Imports `id`, `page`, `store`'s columns, chrono, serde.

use chrono::DateTime;
use serde::{Deserialize, Serialize};

use super::id::EventId;
use super::page::Key;
use crate::store::columns::{Instant, Uid};

/// Where it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// What comes up to here was on the pages before.
    pub after: Key,
    /// How far the series were looked through; none: they were not, or to the end.
    pub looked: Option<Looked>,
}

/// How far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Looked {
    /// The last of the series that were looked at, by when they start and their ids.
    pub place: (Instant, Uid),
    /// Of these alone there is something ...
    pub held: Vec<Uid>,
    /// ... before this, where the page ends.
    pub until: Key,
}

impl From<Key> for Mark {
    fn from(after: Key) -> Self {
        Self { after, looked: None }
    }
}

/// The same as a token holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    at: i64,
    id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    looked: Option<LookedPlace>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct LookedPlace {
    at: i64,
    id: String,
    held: Vec<String>,
    until: Box<Place>,
}

impl From<Mark> for Place {
    fn from(Mark { after, looked }: Mark) -> Self {
        let place = |key: Key, looked| Self { at: key.at.timestamp_micros(), id: key.id.to_string(), looked };
        let looked = looked.map(|Looked { place: (at, id), held, until }| LookedPlace {
            at: at.micros(),
            id: id.to_string(),
            held: held.iter().map(Uid::to_string).collect(),
            until: Box::new(place(until, None)),
        });
        place(after, looked)
    }
}

impl Place {
    /// The place; none: a token of ours holds no such thing.
    pub fn mark(&self) -> Option<Mark> {
        let looked = match &self.looked {
            None => None,
            Some(looked) => Some(Looked {
                place: (Instant::from_micros(looked.at), Uid::parse(&looked.id)?),
                held: looked.held.iter().map(|id| Uid::parse(id)).collect::<Option<_>>()?,
                until: looked.until.key()?,
            }),
        };
        Some(Mark { after: self.key()?, looked })
    }

    fn key(&self) -> Option<Key> {
        Some(Key { at: DateTime::from_timestamp_micros(self.at)?, id: EventId::parse(&self.id)? })
    }
}

#[cfg(test)]
mod tests {
    use super::{Key, Looked, Mark, Place};
    use crate::store::columns::{Instant, Uid};

    #[test]
    fn what_a_token_holds_is_what_was_put_into_it() {
        let looked =
            Looked { place: (Instant::from_micros(-1), Uid::FIRST), held: vec![Uid::FIRST; 64], until: Key::FIRST };
        for mark in [Mark::from(Key::FIRST), Mark { after: Key::FIRST, looked: Some(looked) }] {
            let text = serde_json::to_string(&Place::from(mark.clone())).unwrap();
            assert_eq!(serde_json::from_str::<Place>(&text).unwrap().mark(), Some(mark));
            // Sealed it is a third longer, and no token may have more than 4 KiB.
            assert!(text.len() < 3000 - 200, "{}", text.len());
        }
    }
}
