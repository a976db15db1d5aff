//! Who may do what: how a token is presented, whether it was taken back, which scopes it carries, and the proof that a
//! handler needs. May import `token`, `problem`. Knows no database.

pub mod gate;
pub mod grant;
pub mod presentation;
pub mod revocations;
pub mod scope;

pub use gate::Gate;
pub use grant::{Access, Admitted, Create, Grant, Holder, Kind, Permits, Read, Write};
pub use revocations::{Revocation, Revocations, Revoked};
pub use scope::{Scope, Scopes};
