//! An event as it is answered: the server's members, then those of the ready projection that the grant and `$select` show, its times
//! in the zone and its body in the form that the client prefers.

use actix_web::http::header::HeaderMap;
use chrono::SecondsFormat;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::preferences::Preferences;
use crate::access::{Access, Grant, Scope};
use crate::problem::{Code, Problem};
use crate::query::Options;
use crate::resources::calendar::Calendar;
use crate::resources::calendar::instances::{EventId, Instance};
use crate::resources::calendar::queries::Row;
use crate::resources::calendar::record::{self, MEMBERS, Member};
use crate::resources::calendar::role;
use crate::resources::conditions::ETag;
use crate::resources::shape::invalid;
use crate::store::columns::{Instant, Uid};
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

    /// Writes `row` as a JSON object.
    pub fn write(&self, json: &mut Vec<u8>, row: &Row) -> Result<(), Problem> {
        self.checked(json, row, None)
    }

    /// Writes an instance: `row` is its event's, or, of an exception, what it is like itself.
    pub fn write_instance(&self, json: &mut Vec<u8>, row: &Row, instance: &Instance) -> Result<(), Problem> {
        self.checked(json, row, Some(instance).filter(|instance| instance.original.is_some()))
    }

    fn checked(&self, json: &mut Vec<u8>, row: &Row, instance: Option<&Instance>) -> Result<(), Problem> {
        self.written(json, row, instance).map_err(|fault| Problem::internal(format!("event {}: {fault}", row.id)))
    }

    fn written(&self, json: &mut Vec<u8>, row: &Row, instance: Option<&Instance>) -> Result<(), serde_json::Error> {
        json.extend_from_slice(b"{\"@odata.etag\":");
        json.extend_from_slice(self.etag(row.changed).json().as_bytes());
        let mut stored: Map<String, Value> = serde_json::from_str(&row.projection)?;
        if let Some(instance) = instance {
            set_times(&mut stored, instance);
        }
        let times = instance.map_or([row.begins, row.finishes], |it| [it.start.at.into(), it.end.at.into()]);
        let all_day = stored.get("isAllDay") == Some(&Value::Bool(true));
        for (at, (name, basic)) in SHOWN.iter().enumerate() {
            if self.shows(at, *basic) {
                let value = match *name {
                    "isOrganizer" => role::is_organizer(&stored, self.own.as_deref()).into(),
                    "responseStatus" => role::response(&stored, self.own.as_deref()),
                    name => server_value(name, row, instance),
                };
                write_member(json, name, &value)?;
            }
        }
        for (at, member) in MEMBERS.iter().enumerate() {
            let value = stored.remove(member.name).unwrap_or_default();
            if self.shows(SHOWN.len() + at, member.basic != record::Basic::Never) {
                write_member(json, member.name, &self.given_value(member, row.is_private, value, times, all_day))?;
            }
        }
        // What is left is of no meaning here: kept, and shown to who may see all.
        if self.level == Level::Full && self.select.is_none() {
            for (name, value) in &stored {
                write_member(json, name, value)?;
            }
        }
        json.push(b'}');
        Ok(())
    }

    /// `id` is always shown.
    fn shows(&self, at: usize, basic: bool) -> bool {
        let covered = basic || self.level == Level::Full;
        covered && self.select.as_ref().is_none_or(|select| at == 0 || select.contains(&at))
    }

    /// The value of a member that the record gives, as the client sees it.
    fn given_value(
        &self,
        member: &Member,
        is_private: bool,
        value: Value,
        [begins, finishes]: [Instant; 2],
        all_day: bool,
    ) -> Value {
        let seen = match self.level {
            Level::Full => value,
            Level::Basic => record::seen_by_basic(member, value, is_private),
        };
        match member.name {
            "start" => self.preferences.time(&seen, begins, all_day),
            "end" => self.preferences.time(&seen, finishes, all_day),
            "body" => self.preferences.body(seen),
            // As Graph: where nothing is written there is an empty text, not nothing.
            "bodyPreview" if seen.is_null() => "".into(),
            "location" if seen.is_null() => json!({"displayName": ""}),
            _ => seen,
        }
    }
}

/// What the series' members say of an instance that is as the series has it, and what no instance has.
fn set_times(stored: &mut Map<String, Value>, instance: &Instance) {
    for (name, moment) in [("start", instance.start), ("end", instance.end)] {
        if let Some(time) = stored.get_mut(name).and_then(|time| time.get_mut("dateTime")) {
            *time = record::shown_time(moment.local).into();
        }
    }
    for name in ["recurrence", "rrule"] {
        stored.insert(name.to_owned(), Value::Null);
    }
}

fn server_value(name: &str, row: &Row, instance: Option<&Instance>) -> Value {
    let original = instance.and_then(|instance| instance.original);
    match name {
        "id" => EventId { event: row.id, original }.to_string().into(),
        "changeKey" => row.changed.to_string().into(),
        "createdDateTime" => instant(row.created_at),
        "lastModifiedDateTime" => instant(row.modified_at),
        "seriesMasterId" if instance.is_some() => row.id.to_string().into(),
        "originalStart" => original.map_or(Value::Null, |original| instant(original.instant().into())),
        "type" if instance.is_some_and(|instance| instance.is_exception) => json!("exception"),
        "type" if instance.is_some() => json!("occurrence"),
        "type" => json!(if row.recurs { "seriesMaster" } else { "singleInstance" }),
        "calendarId" => row.calendar.to_string().into(),
        "isDraft" => false.into(),
        _ => Value::Null,
    }
}

fn instant(at: Instant) -> Value {
    at.datetime().to_rfc3339_opts(SecondsFormat::AutoSi, true).into()
}

fn write_member(json: &mut Vec<u8>, name: &str, value: &Value) -> Result<(), serde_json::Error> {
    json.push(b',');
    serde_json::to_writer(&mut *json, name)?;
    json.push(b':');
    serde_json::to_writer(json, value)
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
