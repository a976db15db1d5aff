//! What a request asks of a collection: its `$`-options, parsed once, strictly, within limits; and the texts that are
//! compared and searched. Pure. May import `problem`, `json`, `secret`.

pub mod filter;
pub mod options;
pub mod order;
pub mod page;
pub mod seal;
pub mod search;
pub mod text;

pub use options::{Options, chosen};
