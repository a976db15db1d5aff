//! Who may do what: how a token is presented, whether it was taken back, which scopes it carries, how often its client may
//! come, and the proof that a handler needs. May import `config`, `token`, `problem`. Knows no database.

pub mod caller;
pub mod gate;
pub mod grant;
mod limiter;
pub mod presentation;
pub mod rates;
pub mod revocations;
pub mod scope;
pub mod seen;
pub mod uses;

pub use caller::Caller;
pub use gate::{Admitted, Gate, Recognized};
pub use grant::{Access, Addressee, Create, Grant, Holder, Kind, Permits, Read, ReadBusy, Write};
pub use rates::{Rates, Remote};
pub use revocations::{Consent, Revocation, Revocations, Revoked, Stopped, outlasts};
pub use scope::{Scope, Scopes};
pub use seen::{Seen, Sighting};
pub use uses::{Operation, Use, Uses};
