//! A list that is walked by key, a page at a time: what is asked for, where the page begins, and its answer.
//! May import `query`, `access`, `problem`.

use actix_web::{HttpRequest, HttpResponse};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use super::{Collections, Links, Listing, Token, answer, asked};
use crate::access::{Access, Grant, Kind};
use crate::problem::Problem;
use crate::query::Options;
use crate::query::page::Page;

/// About how many bytes an item of these lists takes.
const ITEM: usize = 320;

/// What the tokens of a grant's pages and rounds are bound to, where every grant sees the same.
pub fn whose<K: Kind, A: Access>(grant: &Grant<K, A>) -> String {
    format!("{}\n{}", grant.holder().issuer(), grant.holder().subject())
}

/// One page of such a list; `P` is where one ends and the next begins.
pub struct Walk<'c, P> {
    links: Links<'c>,
    page: Page,
    after: Option<P>,
}

/// Which rows a page is made of.
#[derive(Debug, Clone, Copy)]
pub struct Window {
    /// So many are stepped over.
    pub skip: i64,
    /// So many are read: one more than there are on the page.
    pub limit: i64,
    /// Whether all are counted.
    pub counted: bool,
}

impl Window {
    /// How many of these rows are on the page; that they are counted tells one thing, too.
    pub fn shown(self, rows: usize) -> usize {
        rows.min(usize::try_from(self.limit.saturating_sub(1)).unwrap_or(usize::MAX)).max(self.counted.into())
    }
}

impl<'c, P: Serialize + DeserializeOwned> Walk<'c, P> {
    /// What `request` asks of the list.
    pub fn of<K: Kind, A: Access>(
        collections: &'c Collections,
        grant: &Grant<K, A>,
        request: &HttpRequest,
        options: &Options,
    ) -> Result<Self, Problem> {
        let page = asked(options, request.headers(), collections)?;
        let links = Links::new(collections, request.path(), options, &whose(grant));
        let after = options.get("$skiptoken").map(|sealed| links.place(sealed)).transpose()?;
        Ok(Self { links, page, after })
    }

    /// Where the page before ended; none: this is the first, or its place cannot be one.
    pub fn after(&self) -> Option<&P> {
        self.after.as_ref()
    }

    /// The rows of the page.
    pub fn window(&self) -> Window {
        let number = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        // What the first page stepped over lies behind the others.
        let skip = if self.after.is_some() { 0 } else { number(self.page.skip) };
        Window { skip, limit: number(self.page.size).saturating_add(1), counted: self.page.count }
    }

    /// The answer with these rows, which may be one more than the page has.
    pub fn answer<R>(
        &self,
        count: Option<i64>,
        rows: &[R],
        json: impl Fn(&R) -> Value,
        place: impl Fn(&R) -> P,
    ) -> Result<HttpResponse, Problem> {
        let (page, more) = rows.split_at_checked(self.window().shown(rows.len())).unwrap_or((rows, &[]));
        let mut listing = Listing::new(count, page.len() * ITEM);
        for row in page {
            listing.item().extend_from_slice(json(row).to_string().as_bytes());
        }
        let last = page.last().filter(|_| !more.is_empty());
        let next = last.map(|last| self.links.to(Token::Skip, &place(last))).transpose()?;
        Ok(answer(listing.end(next.as_deref().map(|link| ("@odata.nextLink", link))), self.page.preferred))
    }
}
