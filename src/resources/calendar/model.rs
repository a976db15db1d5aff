//! An event as it is answered: the server's members, then those of the ready projection that the grant and `$select` show, its times
//! in the zone and its body in the form that the client prefers.

use actix_web::http::header::HeaderMap;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use super::preferences::Preferences;
use crate::access::{Access, Grant, Scope};
use crate::problem::{Code, Problem};
use crate::query::Options;
use crate::resources::calendar::Calendar;
use crate::resources::calendar::queries::Row;
use crate::resources::calendar::record::MEMBERS;
use crate::resources::conditions::ETag;
use crate::resources::shape::invalid;
use crate::store::columns::Uid;
use crate::store::{Halt, StoreError};

/// The members that the server sets and shows, each with whether `Calendars.ReadBasic` sees it.
pub const SHOWN: [(&str, bool); 11] = [
    ("id", true),
    ("changeKey", false),
    ("createdDateTime", false),
    ("lastModifiedDateTime", false),
    ("type", true),
    ("seriesMasterId", true),
    ("originalStart", true),
    ("calendarId", true),
    ("isOrganizer", false),
    ("responseStatus", false),
    ("isDraft", false),
];

/// How far a grant to read reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// `Calendars.ReadBasic`: no bodies, no attendees, and a private event is a busy block.
    Basic,
    /// Everything.
    Full,
}

impl Level {
    /// Of a grant.
    pub fn of<A: Access>(grant: &Grant<Calendar, A>) -> Self {
        if grant.scopes().has(Scope::CalendarsRead) { Self::Full } else { Self::Basic }
    }
}

/// The names that `$select` may use.
fn names() -> Vec<&'static str> {
    SHOWN.iter().map(|(name, _)| *name).chain(MEMBERS.iter().map(|member| member.name)).collect()
}

/// What of an event an answer shows, and how.
#[derive(Debug, Clone)]
pub struct View {
    level: Level,
    /// Indices into [`names`]; none: all that the level shows.
    select: Option<Vec<usize>>,
    preferences: Preferences,
    /// Whether it is shown as iCalendar text.
    is_calendar: bool,
    /// The person's own address, as far as the token says it.
    own: Option<String>,
}

impl View {
    /// By the grant, `$select` and `Prefer`.
    pub fn of<A: Access>(grant: &Grant<Calendar, A>, options: &Options, headers: &HeaderMap) -> Result<Self, Problem> {
        let select = options.select(&names())?;
        let own = grant.holder().verified_email().map(str::to_owned);
        Ok(Self { level: Level::of(grant), select, preferences: Preferences::of(headers)?, is_calendar: false, own })
    }

    /// The same of a request that follows a link, which has the preferences of the first.
    pub fn following(self, carried: &str) -> Result<Self, Problem> {
        Ok(Self { preferences: self.preferences.following(carried)?, ..self })
    }

    /// The same events as iCalendar text, which heeds no preferences.
    #[must_use]
    pub fn of_calendar(self) -> Self {
        Self { preferences: Preferences::default(), is_calendar: true, ..self }
    }

    /// Whose answers these are and how far they reach: what tokens of pages and rounds are bound to.
    pub fn whose<A: Access>(&self, grant: &Grant<Calendar, A>) -> String {
        let holder = grant.holder();
        format!("{}\n{}\n{:?}", holder.issuer(), holder.subject(), self.level)
    }

    /// How far the grant reaches.
    pub fn level(&self) -> Level {
        self.level
    }

    /// The client's preferences, as far as they were heeded.
    pub fn preferences(&self) -> &Preferences {
        &self.preferences
    }

    /// The tag of what is of this version, seen so.
    pub fn etag(&self, version: i64) -> ETag {
        let is_plain = self.select.is_none() && !self.is_calendar && self.preferences == Preferences::default();
        if self.level == Level::Full && is_plain && self.own.is_none() {
            return ETag { version, view: 0 };
        }
        let mut hash = Sha256::new();
        hash.update(format!("{:?}\n{:?}\n{:?}", self.level, self.select, self.preferences.applied()));
        hash.update(format!("\n{:?}", self.own));
        hash.update([u8::from(self.is_calendar)]);
        let digest = hash.finalize();
        let view = digest.iter().take(4).fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
        ETag { version, view: view | 1 }
    }

    /// `id` is always shown.
    pub(super) fn shows(&self, at: usize, basic: bool) -> bool {
        let covered = basic || self.level == Level::Full;
        covered && self.select.as_ref().is_none_or(|select| at == 0 || select.contains(&at))
    }

    /// Whether the client chose members by `$select`.
    pub(super) fn selects(&self) -> bool {
        self.select.is_some()
    }

    /// The person's own address, as far as the token says it.
    pub(super) fn own(&self) -> Option<&str> {
        self.own.as_deref()
    }
}

/// Takes `calendarId` out of a body: the calendar is the row's, not the record's.
pub fn take_calendar(given: &mut Map<String, Value>) -> Result<Option<Uid>, Problem> {
    match given.remove("calendarId") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Uid::parse(&text).map(Some).ok_or_else(no_calendar),
        Some(_) => Err(invalid("calendarId", "is not a string")),
    }
}

/// That a body names a calendar that is not there.
pub fn no_calendar() -> Problem {
    Problem::new(Code::NotFound, "There is no such calendar.").target("calendarId")
}

/// That a change names a calendar that is not there: the event is.
pub fn calendar_fault(fault: StoreError) -> Halt<Problem> {
    match fault {
        StoreError::NotFound => Halt::Refused(no_calendar()),
        fault => fault.into(),
    }
}

/// Checks that what is stored can be shown: for `verify`.
pub fn readable(row: &Row) -> Result<(), serde_json::Error> {
    serde_json::from_str::<Map<String, Value>>(&row.projection).map(drop)
}
