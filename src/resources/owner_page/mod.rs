//! The owner's page: a person sees which sites have access to their data, and takes it back (api.md §9). It is a client of this API
//! like any other, and signs the person in at the authorization server that `[owner_page]` names. `files` has what is served, `handlers`
//! how. No person's data, no database: what the page shows it asks the API for, with the person's token.

pub mod files;
pub mod handlers;

pub use files::OwnerPage;

use crate::resources::endpoint::Endpoint;

/// Where it is.
pub const PATH: &str = "/me";

/// Its two paths: for people, so the API's document does not list them.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::public(PATH, "getOwnerPage", handlers::page).undocumented(),
        Endpoint::public("/me/{file}", "getOwnerPageFile", handlers::file).undocumented(),
    ]
}
