//! The profile: one person's own data, shown member by member as scopes cover them (api.md §5).
//! `model` has the members, `queries` the database, `handlers` the operations, `audit` what
//! `verify` looks at, `example` what the document shows; `photo` is
//! the person's picture, of the same shape.

pub mod audit;
pub mod example;
pub mod handlers;
pub mod model;
pub mod photo;
pub mod queries;

use actix_web::http::Method;

use crate::access::{Kind, Permits, Read, Scope, Write};
use crate::resources::conditions::UNLESS_CURRENT;
use crate::resources::endpoint::{Content, Endpoint};

/// The kind.
#[derive(Debug)]
pub enum Profile {}

impl Kind for Profile {
    const NAME: &'static str = "profile";
}
impl Permits<Read> for Profile {
    const SCOPES: &'static [Scope] = &[Scope::UserReadBasic];
}
impl Permits<Write> for Profile {
    const SCOPES: &'static [Scope] = &[Scope::UserReadWrite];
}

/// Its operations.
pub fn endpoints() -> Vec<Endpoint> {
    let mut all = vec![
        Endpoint::guarded(Method::GET, "/v1.0/me", "getMe", handlers::get)
            .summary("The person's own profile: the members that the token's scopes cover")
            .options(&["$select"])
            .headers(&[UNLESS_CURRENT])
            .answers(200, "The profile", Content::Json(model::schema))
            .answers(304, "Not modified", Content::Empty)
            .problems(&[406]),
        Endpoint::guarded(Method::PATCH, "/v1.0/me", "updateMe", handlers::patch)
            .summary("Changes the members given, leaves the others")
            .headers(&[
                ("If-Match", "Entity tags; 412 if none is current"),
                ("Prefer", "`return=minimal` answers 204 without a body"),
            ])
            .body(Content::Json(model::patch_schema))
            .answers(200, "The profile after the change", Content::Json(model::schema))
            .answers(204, "Changed (`Prefer: return=minimal`)", Content::Empty)
            .problems(&[406, 408, 412, 413, 415, 507]),
    ];
    all.extend(photo::endpoints());
    all
}
