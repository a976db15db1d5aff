//! The access log: who read or changed how much of the person's data, by the hour (api.md §9). The store writes it, with each
//! write and of what was read; here it is shown to the person.
//! `model` has the answers, `queries` the database, `handlers` the operation, `filter` what it may be filtered and ordered by,
//! `audit` what `verify` looks at.

pub mod audit;
pub mod filter;
pub mod handlers;
pub mod model;
pub mod queries;

use actix_web::http::Method;

use crate::access::{Kind, Permits, Read, Scope};
use crate::resources::collection::PAGES;
use crate::resources::endpoint::{Content, Endpoint};

/// A day, microseconds.
pub const DAY: i64 = 24 * 60 * 60 * 1_000_000;

/// The kind.
#[derive(Debug)]
pub enum AccessLog {}

impl Kind for AccessLog {
    const NAME: &'static str = "accessLog";
}
impl Permits<Read> for AccessLog {
    const SCOPES: &'static [Scope] = &[Scope::PrivacyRead];
}

/// Its operations.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::guarded(Method::GET, "/v1.0/me/accessLog", "listAccessLog", handlers::list)
            .summary("Which client read or changed how much of the person's data, by the hour, newest first")
            .options(handlers::OPTIONS)
            .headers(PAGES)
            .answers(200, "A page of the log", Content::Json(model::page_schema))
            .problems(&[406]),
    ]
}
