//! Which client sites have access to a person's data, and taking it back (api.md §9). The rows are made as tokens are seen
//! (`store::grants`); what is taken back holds on every request (`access::revocations`).
//! `model` has the answers, `queries` the database, `handlers` the operations, `audit` what `verify` looks at.

pub mod audit;
pub mod handlers;
pub mod model;
pub mod queries;

use actix_web::http::Method;

use crate::access::{Kind, Permits, Read, Scope, Write};
use crate::resources::collection::PAGES;
use crate::resources::endpoint::{Content, Endpoint};

/// The kind.
#[derive(Debug)]
pub enum Grants {}

impl Kind for Grants {
    const NAME: &'static str = "grants";
}
impl Permits<Read> for Grants {
    const SCOPES: &'static [Scope] = &[Scope::PrivacyRead];
}
impl Permits<Write> for Grants {
    const SCOPES: &'static [Scope] = &[Scope::PrivacyReadWrite];
}

/// Its operations.
pub fn endpoints() -> Vec<Endpoint> {
    const ALL: &str = "/v1.0/me/oauth2PermissionGrants";
    const ONE: &str = "/v1.0/me/oauth2PermissionGrants/{grant}";
    const RESTORE: &str = "/v1.0/me/oauth2PermissionGrants/{grant}/restore";
    const SESSIONS: &str = "/v1.0/me/revokeSignInSessions";
    const IF_CURRENT: &[(&str, &str)] = &[("If-Match", "Entity tags; 412 if none is current")];
    let grant = || Content::Json(model::schema);
    vec![
        Endpoint::guarded(Method::GET, ALL, "listGrants", handlers::list)
            .summary("The client sites that ever came with a valid token of the person's, a page at a time")
            .options(handlers::OPTIONS)
            .headers(PAGES)
            .answers(200, "A page of grants", Content::Json(model::page_schema))
            .problems(&[406]),
        Endpoint::guarded(Method::GET, ONE, "getGrant", handlers::get)
            .summary("One client site")
            .options(&["$select"])
            .answers(200, "The grant", grant())
            .problems(&[404, 406]),
        Endpoint::guarded(Method::DELETE, ONE, "revokeGrant", handlers::revoke)
            .summary("Takes the client's access back at once, until it is restored or the person signs in anew")
            .headers(IF_CURRENT)
            .answers(204, "Taken back; also if it was already", Content::Empty)
            .problems(&[404, 412, 507]),
        Endpoint::guarded(Method::POST, RESTORE, "restoreGrant", handlers::restore)
            .summary("Lets another client in again, for as long as a consent lasts from now on")
            .headers(IF_CURRENT)
            .answers(200, "The grant, restored", grant())
            .problems(&[404, 406, 412, 507]),
        Endpoint::guarded(Method::POST, SESSIONS, "revokeSignInSessions", handlers::revoke_all)
            .summary("Takes every client's access back at once, also that of the one that asks")
            .answers(200, "`true`", Content::Json(model::done_schema))
            .problems(&[406, 507]),
    ]
}
