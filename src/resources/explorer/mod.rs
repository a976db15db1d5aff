//! The explorer: the API's document as a page that one tries it with (api.md §10). Swagger UI, compiled in: no other host is
//! asked for anything. `files` has what is served, `handlers` how. No person's data, no database.

pub mod files;
pub mod handlers;

use crate::resources::endpoint::Endpoint;

/// Where it is.
pub const PATH: &str = "/docs";

/// Its two paths: for people, so the document that they show does not list them.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::public(PATH, "getExplorer", handlers::page).undocumented(),
        Endpoint::public("/docs/{file}", "getExplorerFile", handlers::file).undocumented(),
    ]
}
