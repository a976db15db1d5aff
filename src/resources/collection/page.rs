//! How much of a collection is asked for, and the JSON of a page.
//! May import `query`, `problem`.

use actix_web::http::header::HeaderMap;

use super::Collections;
use crate::problem::Problem;
use crate::query::Options;
use crate::query::page::{self, Bounds};

/// More than this is never on a page, whatever is configured.
pub const MAX_PAGE_SIZE: u64 = 1000;

/// How much is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    /// Items on a page.
    pub size: usize,
    /// Items to step over.
    pub skip: usize,
    /// Whether `@odata.count` is wanted.
    pub count: bool,
    /// Whether the size is what `Prefer: odata.maxpagesize` says.
    pub preferred: bool,
}

impl Asked {
    /// Reads `$top`, `$skip`, `$count` and `Prefer: odata.maxpagesize`.
    pub fn of(options: &Options, headers: &HeaderMap, collections: &Collections) -> Result<Self, Problem> {
        let most = collections.page_max_items.min(MAX_PAGE_SIZE);
        let bounds = Bounds { usual: collections.page_items.min(most), most };
        let prefer = headers.get_all("prefer").filter_map(|value| value.to_str().ok());
        let preferred = page::max_page_size(prefer);
        let top = page::top(options, bounds)?;
        let size = top.or(preferred.map(|size| size.min(most))).unwrap_or(bounds.usual);
        Ok(Self {
            size: usize::try_from(size).unwrap_or(1),
            skip: page::skip(options)?,
            count: page::count(options)?,
            preferred: preferred.is_some() && top.is_none(),
        })
    }
}

/// The value of `Preference-Applied`, if a preference was.
pub fn applied(asked: Asked) -> Option<String> {
    asked.preferred.then(|| format!("odata.maxpagesize={}", asked.size))
}

/// A page's JSON, written item by item.
pub struct Listing {
    json: Vec<u8>,
    items: usize,
}

impl Listing {
    /// Begins a page; `room` is about how many bytes its items take.
    pub fn new(count: Option<i64>, room: usize) -> Self {
        let mut json = Vec::with_capacity(room + 512);
        json.push(b'{');
        if let Some(count) = count {
            json.extend_from_slice(format!("\"@odata.count\":{count},").as_bytes());
        }
        json.extend_from_slice(b"\"value\":[");
        Self { json, items: 0 }
    }

    /// Where the next item is to be written.
    pub fn item(&mut self) -> &mut Vec<u8> {
        if self.items > 0 {
            self.json.push(b',');
        }
        self.items += 1;
        &mut self.json
    }

    /// Ends the page, with the link that goes on: its member's name and its address.
    pub fn end(mut self, link: Option<(&str, &str)>) -> Vec<u8> {
        self.json.push(b']');
        if let Some((name, address)) = link {
            // Both are ours: nothing in them needs escaping in JSON.
            self.json.extend_from_slice(format!(",\"{name}\":\"{address}\"").as_bytes());
        }
        self.json.push(b'}');
        self.json
    }
}
