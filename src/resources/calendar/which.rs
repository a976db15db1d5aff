//! Whose events a path means: those of all calendars, of the default one, or of the one that it names.

use actix_web::HttpRequest;

use crate::problem::Problem;
use crate::resources::calendar::calendars::handlers::named;
use crate::store::Person;
use crate::store::columns::Uid;

/// Which calendars.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// All of them.
    All,
    /// The default one.
    Default,
    /// This one.
    One(Uid),
}

impl Which {
    /// By the path.
    pub fn of(request: &HttpRequest) -> Result<Self, Problem> {
        let is_default = || request.match_pattern().is_some_and(|path| path.starts_with("/v1.0/me/calendar/"));
        Ok(match named(request)? {
            Some(calendar) => Self::One(calendar),
            None if is_default() => Self::Default,
            None => Self::All,
        })
    }

    /// The one calendar that it is.
    pub fn calendar(self, person: Person) -> Option<Uid> {
        match self {
            Self::All => None,
            Self::Default => Some(person.uid),
            Self::One(calendar) => Some(calendar),
        }
    }
}
