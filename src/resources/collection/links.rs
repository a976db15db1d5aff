//! `@odata.nextLink` and `@odata.deltaLink`: where a round goes on, sealed, and bound to whose it is and what was asked for.
//! May import `query`, `problem`.

use serde::{Serialize, de::DeserializeOwned};

use super::Collections;
use crate::problem::{Code, Problem};
use crate::query::Options;

/// The option that a token travels in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Token {
    /// `$skiptoken`: the next page.
    Skip,
    /// `$deltatoken`: the next round.
    Delta,
}

impl Token {
    /// Its name.
    pub fn option(self) -> &'static str {
        match self {
            Self::Skip => "$skiptoken",
            Self::Delta => "$deltatoken",
        }
    }
}

/// The links of one request's answers. A token opens for the same person, path, scopes and options only.
pub struct Links<'c> {
    collections: &'c Collections,
    /// The path as clients write it, from `/v1.0` on.
    path: String,
    /// The options that stay, encoded.
    options: String,
    /// What a token is bound to.
    bound: String,
    /// What tokens carry beside their place: what the first request's headers said, which whoever follows a link need not repeat.
    carried: String,
}

impl<'c> Links<'c> {
    /// For the collection at `path`, asked for with `options`; `whose` says whose it is and how far the grant reaches.
    pub fn new(collections: &'c Collections, path: &str, options: &Options, whose: &str) -> Self {
        let stay = options.others(&["$skiptoken", "$deltatoken", "$skip", "$count"]);
        let bound = format!("{whose}\n{path}\n{stay}");
        Self { collections, path: path.to_owned(), options: stay, bound, carried: String::new() }
    }

    /// The same links, with what their tokens carry: a line, or nothing.
    #[must_use]
    pub fn carrying(self, carried: String) -> Self {
        Self { carried, ..self }
    }

    /// What the token that the request came with carries; none: it came with none, or with one that does not open.
    pub fn carried(&self, options: &Options) -> Option<String> {
        let came = |token: Token| Some((token, options.get(token.option())?));
        let (token, sealed) = [Token::Skip, Token::Delta].into_iter().find_map(came)?;
        self.opened(token, sealed).map(|(carried, _)| carried)
    }

    /// The link that goes on at `place`.
    pub fn to<P: Serialize>(&self, token: Token, place: &P) -> Result<String, Problem> {
        let place = serde_json::to_string(place).map_err(|fault| Problem::internal(fault.to_string()))?;
        // The place is one line of JSON: what comes before is the line that is carried.
        let plain = if self.carried.is_empty() { place } else { format!("{}\n{place}", self.carried) };
        let sealed = self.collections.seals.seal(self.context(token).as_bytes(), plain.as_bytes())?;
        let and = if self.options.is_empty() { "" } else { "&" };
        let Self { path, options, .. } = self;
        Ok(format!("{}{path}?{options}{and}{}={sealed}", self.collections.public_url, token.option()))
    }

    /// The place that a `$skiptoken` of a list stands for.
    pub fn place<P: DeserializeOwned>(&self, sealed: &str) -> Result<P, Problem> {
        let message = "`$skiptoken` is not one for this request: follow `@odata.nextLink` as it was given.";
        let stale = || Problem::new(Code::InvalidQueryOption, message).target("$skiptoken");
        self.open(Token::Skip, sealed).ok_or_else(stale)
    }

    /// The place that a token stands for; none: it is not ours, or not of this request.
    pub fn open<P: DeserializeOwned>(&self, token: Token, sealed: &str) -> Option<P> {
        self.opened(token, sealed).and_then(|(_, place)| serde_json::from_str(&place).ok())
    }

    /// What the token carries, and its place.
    fn opened(&self, token: Token, sealed: &str) -> Option<(String, String)> {
        let plain = self.collections.seals.open(self.context(token).as_bytes(), sealed)?;
        let plain = String::from_utf8(plain).ok()?;
        Some(match plain.split_once('\n') {
            Some((carried, place)) => (carried.to_owned(), place.to_owned()),
            None => (String::new(), plain),
        })
    }

    fn context(&self, token: Token) -> String {
        format!("{}\n{}", token.option(), self.bound)
    }
}
