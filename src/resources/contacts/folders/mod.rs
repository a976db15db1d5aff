//! The folders of an address book. The default one has no row: its id is the person's own, and it is read like any other, but not
//! listed, renamed or deleted (as in Graph).
//! `model` has the answers, `queries` the database, `handlers` the operations. To change folders is to change contacts: that takes
//! the contacts' own grant.

pub mod handlers;
pub mod model;
pub mod queries;

use actix_web::http::Method;

use crate::access::{Grant, Kind, Permits, Read, Scope};
use crate::problem::Problem;
use crate::resources::collection::PAGES;
use crate::resources::conditions::{CHANGING, IF_CURRENT, UNLESS_CURRENT};
use crate::resources::contacts::Contacts;
use crate::resources::endpoint::{Content, Endpoint};
use crate::resources::idempotency;

/// What a grant to see folders is for: `Contacts.ReadBasic` gives neither their names nor which there are, nor what is
/// in them.
#[derive(Debug)]
pub enum Folders {}

impl Kind for Folders {
    const NAME: &'static str = "contactFolders";
}
impl Permits<Read> for Folders {
    const SCOPES: &'static [Scope] = &[Scope::ContactsRead];
}

/// The grant for the contacts of a folder: whoever may see folders may read contacts.
pub fn contacts_of(grant: &Grant<Folders, Read>) -> Result<Grant<Contacts, Read>, Problem> {
    grant.reaching().ok_or_else(|| Problem::internal("who reads folders may not read contacts"))
}

/// The operations.
pub fn endpoints() -> Vec<Endpoint> {
    const ALL: &str = "/v1.0/me/contactFolders";
    const DELTA: &str = "/v1.0/me/contactFolders/delta";
    const ONE: &str = "/v1.0/me/contactFolders/{folder}";
    let folder = || Content::Json(model::schema);
    vec![
        Endpoint::guarded(Method::GET, ALL, "listContactFolders", handlers::list)
            .summary("The folders that the person made, a page at a time")
            .options(handlers::OPTIONS)
            .headers(PAGES)
            .answers(200, "A page of folders", Content::Json(model::page_schema))
            .problems(&[406]),
        Endpoint::guarded(Method::POST, ALL, "createContactFolder", handlers::create)
            .summary("Adds a folder")
            .headers(&[idempotency::HEADER])
            .body(Content::Json(model::body_schema))
            .answers(201, "The folder, and its address in `Location`", folder())
            .problems(&[404, 406, 408, 409, 413, 415, 422, 507]),
        Endpoint::guarded(Method::GET, DELTA, "deltaContactFolders", handlers::delta)
            .summary("Which folders changed since the round before; without a token, all")
            .options(handlers::DELTA_OPTIONS)
            .headers(PAGES)
            .answers(200, "A page of a round, with `@removed` for what is gone", Content::Json(model::round_schema))
            .problems(&[406, 410]),
        Endpoint::guarded(Method::GET, ONE, "getContactFolder", handlers::get)
            .summary("One folder")
            .options(&["$select"])
            .headers(&[UNLESS_CURRENT])
            .answers(200, "The folder", folder())
            .answers(304, "Not modified", Content::Empty)
            .problems(&[404, 406]),
        Endpoint::guarded(Method::PATCH, ONE, "updateContactFolder", handlers::patch)
            .summary("Renames a folder")
            .headers(CHANGING)
            .body(Content::Json(model::body_schema))
            .answers(200, "The folder after the change", folder())
            .answers(204, "Changed (`Prefer: return=minimal`)", Content::Empty)
            .problems(&[404, 406, 408, 409, 412, 413, 415, 507]),
        Endpoint::guarded(Method::DELETE, ONE, "deleteContactFolder", handlers::delete)
            .summary("Deletes a folder and the contacts in it")
            .headers(&[IF_CURRENT])
            .answers(204, "Deleted", Content::Empty)
            .problems(&[404, 412, 507]),
    ]
}
