//! What every collection shares: pages, their links, the sealed tokens in them (api.md §4).
//! May import `query`, `access`, `config`, `problem`.

mod links;
mod page;

pub use links::{Links, Token};
pub use page::{Asked, Listing, MAX_PAGE_SIZE, applied};

use crate::config::{Config, Limits};
use crate::query::seal::Seals;

/// What links and pages are made with.
pub struct Collections {
    seals: Seals,
    public_url: String,
    page_items: u64,
    page_max_items: u64,
}

impl Collections {
    /// For the server that `config` describes; `seals` are its database's.
    pub fn new(config: &Config, seals: Seals) -> Self {
        let Limits { page_items, page_max_items, .. } = config.limits;
        Self { seals, public_url: config.public_url.trim_end_matches('/').to_owned(), page_items, page_max_items }
    }
}
