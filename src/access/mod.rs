//! Who may do what: how a token is presented, which scopes it carries, and the proof that a handler needs.
//! May import `token`, `problem`, `config`, `clock`. Knows no database.

pub mod grant;

pub use grant::{Access, Create, Grant, Kind, Read, Write};
