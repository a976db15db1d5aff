//! A round over a window of time: the first lists it, the others tell what changed. As `collection::Round`, whose walk is one of whole
//! items, while the instances of one event may fill pages.

use serde::{Deserialize, Serialize};

use crate::problem::{Code, Problem};
use crate::query::Options;
use crate::resources::calendar::instances::{Mark, Place};
use crate::resources::calendar::queries::Walked;
use crate::resources::collection::{Links, TOKEN_AGE, Token, lost};
use crate::store::columns::{Instant, Uid};

/// What a `$deltatoken` holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Since {
    /// When the round began that it ended.
    at: i64,
    /// The last change that the round showed, or could have.
    change: i64,
}

/// Where a round is: what a `$skiptoken` holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ViewRound {
    at: i64,
    /// The round before; none: it is the first.
    since: Option<Since>,
    /// The person's last change when the page before was made, of the first round when its first page was; none: there was none yet.
    until: Option<i64>,
    /// The change and its event that the next page begins with, ...
    change: Option<(i64, String)>,
    /// ... within its instances; of the first round within the list.
    inside: Option<Place>,
}

/// Where a page ended: a change and its event, and the place within what is told of it; of the list the place alone.
pub(super) type Ended = (Option<(i64, Uid)>, Option<Mark>);

/// A page of a round as its query needs it.
#[derive(Debug, Clone)]
pub(super) enum Stretch {
    /// Of the list, after a place.
    List(Option<Mark>),
    /// Of what changed after this change.
    Changes(i64, Option<Walked>),
}

impl ViewRound {
    /// Reads the tokens. One that is too old, of another request or not ours ends in a new full round (410).
    pub(super) fn asked(options: &Options, links: &Links<'_>, now: Instant) -> Result<Self, Problem> {
        let begun = |since| Self { at: now.micros(), since, until: None, change: None, inside: None };
        let round = match (options.get("$skiptoken"), options.get("$deltatoken")) {
            (None, None) => return Ok(begun(None)),
            (Some(_), Some(_)) => {
                let message = "`$skiptoken` and `$deltatoken` exclude each other: follow the links as they were given.";
                return Err(Problem::new(Code::InvalidQueryOption, message).target("$deltatoken"));
            }
            (Some(sealed), None) => links.open::<Self>(Token::Skip, sealed),
            (None, Some(sealed)) => links.open::<Since>(Token::Delta, sealed).map(|since| begun(Some(since))),
        };
        let age = |round: &Self| now.micros().saturating_sub(round.since.map_or(round.at, |since| since.at));
        round.filter(|round| age(round) <= TOKEN_AGE).ok_or_else(lost)
    }

    /// What the page shows, and up to which change, where the person's last change is `last`. None: the tokens are of changes that
    /// are not there.
    ///
    /// The first round is as of its first page: what is changed later is for the next one. Another goes on with what is changed
    /// meanwhile: an event that is changed again before its turn comes later, and would come in a round that knows nothing of the
    /// instances it had before this one.
    pub(super) fn stretch(&self, last: i64) -> Option<(Stretch, i64)> {
        let before = self.until.unwrap_or(last);
        let until = if self.since.is_none() { before } else { last };
        let inside = self.inside.as_ref().and_then(Place::mark);
        let since = self.since.map_or(0, |since| since.change);
        let walked = match &self.change {
            Some((change, event)) => {
                Some(Walked { change: (*change, Uid::parse(event)?), inside: inside.as_ref().map(|mark| mark.after) })
            }
            None => None,
        };
        let stretch = if self.since.is_none() { Stretch::List(inside) } else { Stretch::Changes(since, walked) };
        (before <= last && since <= last).then_some((stretch, until))
    }

    /// The link that follows a page: to the next one, or to the next round.
    pub(super) fn link(
        &self,
        links: &Links<'_>,
        until: i64,
        more: Option<Ended>,
    ) -> Result<(&'static str, String), Problem> {
        let Some((change, inside)) = more else {
            let since = Since { at: self.at, change: until };
            return Ok(("@odata.deltaLink", links.to(Token::Delta, &since)?));
        };
        let change = change.map(|(number, event)| (number, event.to_string()));
        let next = Self { change, inside: inside.map(Place::from), until: Some(until), ..*self };
        Ok(("@odata.nextLink", links.to(Token::Skip, &next)?))
    }
}
