//! What each kind of resource does, one file a kind, on both databases.

mod explorer;
mod profile;
mod well_known;
