//! What every collection shares: pages, their links, the sealed tokens in them (api.md §4).
//! May import `query`, `access`, `config`, `store`, `problem`.

pub mod changes;
mod links;
mod page;
pub mod room;
mod round;
mod walk;

pub use links::{Links, Token};
pub use page::{Listing, answer, asked, page_schema, round_schema};
pub use round::{Round, Stretch, TOKEN_AGE, TOMBSTONE_AGE, lost};
pub use walk::{Walk, whose};

use crate::config::{Config, Limits};
use crate::problem::Problem;
use crate::query::filter;
use crate::query::seal::{Batch, Seals};
use crate::resources::conditions::UNLESS_CURRENT;
use crate::resources::idempotency::Flights;
use crate::store::StoreError;
use crate::store::columns::Uid;

/// The id in a path; what is no id names nothing.
pub fn id(text: &str) -> Result<Uid, Problem> {
    Uid::parse(text).ok_or_else(|| StoreError::NotFound.into())
}

/// The headers of a request for a page.
pub const PAGES: &[(&str, &str)] = &[PAGED];
/// Of one for a page that may be current.
pub const LISTING: &[(&str, &str)] = &[UNLESS_CURRENT, PAGED];

const PAGED: (&str, &str) = ("Prefer", "`odata.maxpagesize=N`: at most N items on a page");

/// What links and pages are made with.
pub struct Collections {
    seals: Seals,
    public_url: String,
    page_items: u64,
    page_max_items: u64,
    filter: filter::Limits,
    flights: Flights,
}

impl Collections {
    /// For the server that `config` describes; `seals` are its database's.
    pub fn new(config: &Config, seals: Seals) -> Self {
        let Limits { page_items, page_max_items, filter_bytes, filter_terms, filter_depth, .. } = config.limits;
        let filter = filter::Limits { bytes: filter_bytes, terms: filter_terms, depth: filter_depth };
        let public_url = config.public_url.trim_end_matches('/').to_owned();
        Self { seals, public_url, page_items, page_max_items, filter, flights: Flights::default() }
    }

    /// The limits of `$filter`.
    pub fn filter_limits(&self) -> filter::Limits {
        self.filter
    }

    /// The creates that are under way.
    pub fn flights(&self) -> &Flights {
        &self.flights
    }

    /// A word of a path that holds `plain`, to be opened only for the same `purpose`.
    pub fn seal(&self, purpose: &str, plain: &[u8]) -> Result<String, Problem> {
        self.seals.seal(purpose.as_bytes(), plain)
    }

    /// What such a word holds; none: it is not ours.
    pub fn open(&self, purpose: &str, sealed: &str) -> Option<Vec<u8>> {
        self.seals.open(purpose.as_bytes(), sealed)
    }

    /// What seals many of those for one answer, each to be opened like one.
    pub fn batch(&self) -> Result<Batch, Problem> {
        self.seals.batch()
    }

    /// The address of `path`.
    pub fn address(&self, path: &str) -> String {
        format!("{}{path}", self.public_url)
    }
}
