//! A delta round: it shows what changed after the round before, up to the person's last change when it began, in the order of
//! the changes; so it ends however much is written meanwhile, and what is written comes in the next one (api.md §4).
//! May import `query`, `store`'s columns, `problem`.

use serde::{Deserialize, Serialize};

use super::links::{Links, Token};
use crate::problem::{Code, Problem};
use crate::query::Options;
use crate::store::columns::{Instant, Uid};

/// How long a token is good for, microseconds: tombstones are kept for a day longer.
pub const TOKEN_AGE: i64 = 90 * 24 * 60 * 60 * 1_000_000;
/// How long tombstones are kept.
pub const TOMBSTONE_AGE: i64 = TOKEN_AGE + 24 * 60 * 60 * 1_000_000;

/// What a `$deltatoken` holds.
#[derive(Debug, Serialize, Deserialize)]
struct Since {
    /// When the round began that it ended.
    at: i64,
    /// The change that the round showed last, or could have.
    change: i64,
}

/// Where a round is: what a `$skiptoken` holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Round {
    at: i64,
    /// When the round before began, whose tombstones this one needs to its last page; none: it is the first.
    since: Option<i64>,
    /// Whether it is the first, which shows what there is and nothing that is gone.
    full: bool,
    /// The change that the next page begins with, ...
    change: i64,
    /// ... and the item of it after which it begins.
    item: String,
    /// The last change that the round shows; none: its first page was not answered yet.
    until: Option<i64>,
}

/// A page of a round as its query needs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    /// Whether nothing that is gone is shown.
    pub full: bool,
    /// The first change, of which items up to `after` are passed over.
    pub change: i64,
    /// The last item of the page before, if it was of this change.
    pub after: Uid,
    /// The last change.
    pub until: i64,
}

impl Round {
    /// Reads the tokens. One that is too old, of another request or not ours ends in a new full round (410).
    pub fn asked(options: &Options, links: &Links<'_>, now: Instant) -> Result<Self, Problem> {
        let round = match (options.get("$skiptoken"), options.get("$deltatoken")) {
            (None, None) => return Ok(Self::begun(now.micros(), None, 0)),
            (Some(_), Some(_)) => {
                let message = "`$skiptoken` and `$deltatoken` exclude each other: follow the links as they were given.";
                return Err(Problem::new(Code::InvalidQueryOption, message).target("$deltatoken"));
            }
            (Some(sealed), None) => links.open::<Self>(Token::Skip, sealed),
            (None, Some(sealed)) => links
                .open::<Since>(Token::Delta, sealed)
                .map(|since| Self::begun(now.micros(), Some(since.at), since.change)),
        };
        let fresh = |round: &Self| now.micros().saturating_sub(round.since.unwrap_or(round.at)) <= TOKEN_AGE;
        round.filter(fresh).ok_or_else(lost)
    }

    fn begun(at: i64, since: Option<i64>, change: i64) -> Self {
        Self {
            at,
            since,
            full: since.is_none(),
            change: change.saturating_add(1),
            item: Uid::FIRST.to_string(),
            until: None,
        }
    }

    /// What the page shows, where the person's last change is `last`. None: the tokens are of changes that are not there, so the
    /// database is another, or was put back to what it was before.
    pub fn stretch(&self, last: i64) -> Option<Stretch> {
        let until = self.until.unwrap_or(last);
        let after = Uid::parse(&self.item)?;
        let known = until <= last && self.change <= last.saturating_add(1);
        known.then_some(Stretch { full: self.full, change: self.change, after, until })
    }

    /// The link that follows a page of `stretch`: to the next page after the item `more` of a change, or to the next round.
    pub fn link(
        &self,
        links: &Links<'_>,
        stretch: Stretch,
        more: Option<(i64, Uid)>,
    ) -> Result<(&'static str, String), Problem> {
        if let Some((change, item)) = more {
            let next = Self { change, item: item.to_string(), until: Some(stretch.until), ..*self };
            Ok(("@odata.nextLink", links.to(Token::Skip, &next)?))
        } else {
            let since = Since { at: self.at, change: stretch.until };
            Ok(("@odata.deltaLink", links.to(Token::Delta, &since)?))
        }
    }
}

/// What is told when a token leads nowhere.
pub fn lost() -> Problem {
    let message = "This delta token is not one for this request, or older than 90 days. Begin again with a full round: the same \
                   request without a token.";
    Problem::new(Code::SyncStateNotFound, message)
}
