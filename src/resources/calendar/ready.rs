//! An event as JSON, put together once for all of its instances on a page: text that is ready, and between it what each instance has of its
//! own. What is shown as the projection has it is copied, not read. Imports `model`, `queries`, `record`, `role`, `instances`, `store`'s
//! columns, `serde_json`, problem.

use std::borrow::Cow;
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::io::Write as _;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Error, Value, json};

use super::instances::{EventId, Instance, Moment};
use super::model::{Level, SHOWN, View};
use super::queries::{Row, Seen};
use super::record::{self, Basic, MEMBERS, Member};
use super::role;
use crate::problem::Problem;
use crate::store::columns::{Instant, Uid};

/// The members of a projection, as they stand there.
type Stored<'a> = BTreeMap<String, &'a RawValue>;

/// What an instance has of its own.
#[derive(Debug, Clone, Copy)]
enum Own {
    Id,
    Type,
    OriginalStart,
    Start(Clock),
    End(Clock),
}

/// By which clock a time is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Clock {
    /// The one that the client prefers.
    Preferred,
    /// Whichever hangs there: a date, and a time of no zone, are the same on every clock.
    Any,
}

/// A row as a view shows it.
#[derive(Debug)]
pub struct Ready<'v> {
    view: &'v View,
    event: Uid,
    /// Whether it is for instances of the row's series; else it is the row itself, and nothing is left to fill in.
    for_instances: bool,
    text: Vec<u8>,
    /// Where in the text something of the instance's own belongs, in order.
    gaps: Vec<(usize, Own)>,
}

impl<'v> Ready<'v> {
    /// Of an event's row; or for instances of it: the row is then their series', or, of an exception, what that is like itself.
    pub fn of(view: &'v View, row: &Row, for_instances: bool) -> Result<Self, Problem> {
        Self::put_together(view, row, for_instances).map_err(|fault| of_event(row.id, &fault))
    }

    fn put_together(view: &'v View, row: &Row, for_instances: bool) -> Result<Self, Error> {
        let stored: Stored<'_> = serde_json::from_str(&row.projection)?;
        let text = Vec::with_capacity(row.projection.len() + 768);
        let mut ready = Self { view, event: row.id, for_instances, text, gaps: Vec::new() };
        ready.text.extend_from_slice(b"{\"@odata.etag\":");
        ready.text.extend_from_slice(view.etag(row.changed).json().as_bytes());
        for (at, (name, basic)) in SHOWN.iter().enumerate() {
            if view.shows(at, *basic) {
                ready.name(name)?;
                ready.server_value(name, row, &stored)?;
            }
        }
        for (at, member) in MEMBERS.iter().enumerate() {
            if view.shows(SHOWN.len() + at, member.basic != Basic::Never) {
                ready.name(member.name)?;
                ready.given_value(member, row, &stored)?;
            }
        }
        ready.unknown(&stored)?;
        ready.text.push(b'}');
        Ok(ready)
    }

    /// Writes it; with what this instance has of its own.
    pub fn write(&self, json: &mut Vec<u8>, instance: Option<&Instance>) -> Result<(), Problem> {
        self.written(json, instance).map_err(|fault| of_event(self.event, &fault))
    }

    fn written(&self, json: &mut Vec<u8>, instance: Option<&Instance>) -> Result<(), Error> {
        let mut from = 0;
        for (at, own) in &self.gaps {
            json.extend_from_slice(self.text.get(from..*at).unwrap_or_default());
            from = *at;
            match instance {
                Some(instance) => self.own(json, *own, instance)?,
                None => json.extend_from_slice(b"null"),
            }
        }
        json.extend_from_slice(self.text.get(from..).unwrap_or_default());
        Ok(())
    }

    /// The texts are of ids, words and times: nothing in them needs escaping.
    fn own(&self, json: &mut Vec<u8>, own: Own, instance: &Instance) -> Result<(), Error> {
        let written = match (own, instance.original) {
            (Own::Id, original) => write!(json, "\"{}\"", EventId { event: self.event, original }),
            (Own::Type, _) => write!(json, "\"{}\"", if instance.is_exception { "exception" } else { "occurrence" }),
            (Own::OriginalStart, Some(original)) => write!(json, "\"{}\"", Instant::from(original.instant()).rfc3339()),
            (Own::OriginalStart, None) => write!(json, "null"),
            (Own::Start(clock), _) => return self.time(json, clock, instance.start),
            (Own::End(clock), _) => return self.time(json, clock, instance.end),
        };
        written.map_err(Error::io)
    }

    fn time(&self, json: &mut Vec<u8>, clock: Clock, Moment { at, local }: Moment) -> Result<(), Error> {
        let (name, zone) = self.view.preferences().clock();
        let local = if clock == Clock::Preferred { zone.local(at) } else { local };
        serde_json::to_writer(json, &Time { date_time: record::shown_time(local).into(), zone: Some(name.into()) })
    }

    fn name(&mut self, name: &str) -> Result<(), Error> {
        self.text.push(b',');
        serde_json::to_writer(&mut self.text, name)?;
        self.text.push(b':');
        Ok(())
    }

    fn gap(&mut self, own: Own) {
        self.gaps.push((self.text.len(), own));
    }

    fn value(&mut self, value: impl Serialize) -> Result<(), Error> {
        serde_json::to_writer(&mut self.text, &value)
    }

    fn server_value(&mut self, name: &str, row: &Row, stored: &Stored<'_>) -> Result<(), Error> {
        match name {
            "id" if self.for_instances => self.gap(Own::Id),
            "type" if self.for_instances => self.gap(Own::Type),
            "originalStart" if self.for_instances => self.gap(Own::OriginalStart),
            "id" => self.value(row.id.to_string())?,
            "type" => self.value(if row.recurs { "seriesMaster" } else { "singleInstance" })?,
            "changeKey" => self.value(row.changed.to_string())?,
            "createdDateTime" => self.value(row.created_at.rfc3339())?,
            "lastModifiedDateTime" => self.value(row.modified_at.rfc3339())?,
            "seriesMasterId" => self.value(self.for_instances.then(|| row.id.to_string()))?,
            "calendarId" => self.value(row.calendar.to_string())?,
            "isOrganizer" => self.value(self.organizes(stored)?)?,
            "responseStatus" if self.organizes(stored)? => self.value(role::status("organizer"))?,
            "responseStatus" => self.value(role::response(&read(stored, "attendees")?, self.view.own()))?,
            "isDraft" => self.value(false)?,
            _ => self.value(())?,
        }
        Ok(())
    }

    fn organizes(&self, stored: &Stored<'_>) -> Result<bool, Error> {
        Ok(role::is_organizer(&read(stored, "organizer")?, self.view.own()))
    }

    /// The value of a member that the record gives, as the client sees it.
    fn given_value(&mut self, member: &Member, row: &Row, stored: &Stored<'_>) -> Result<(), Error> {
        let is_seen = self.view.level() == Level::Full || record::is_seen_by_basic(member, row.is_private);
        let nothing = member.shape.empty_json();
        let value = stored.get(member.name).filter(|_| is_seen).map_or(nothing, |value| value.get());
        match member.name {
            "start" => self.given_time(value, Own::Start, row.begins, stored)?,
            "end" => self.given_time(value, Own::End, row.finishes, stored)?,
            // What no instance has.
            "recurrence" | "rrule" if self.for_instances => self.value(())?,
            // As Graph: where nothing is written there is an empty text, not nothing.
            "bodyPreview" if value == "null" => self.value("")?,
            "location" if value == "null" => self.text.extend_from_slice(b"{\"displayName\":\"\"}"),
            "body" => self.body(value)?,
            _ => self.text.extend_from_slice(value.as_bytes()),
        }
        Ok(())
    }

    fn given_time(
        &mut self,
        value: &str,
        own: fn(Clock) -> Own,
        at: Instant,
        stored: &Stored<'_>,
    ) -> Result<(), Error> {
        let Some(time) = serde_json::from_str::<Option<Time<'_>>>(value)? else { return self.value(()) };
        let all_day = stored.get("isAllDay").is_some_and(|all_day| all_day.get() == "true");
        let clock = if all_day || time.zone.is_none_or(|zone| zone.is_empty()) { Clock::Any } else { Clock::Preferred };
        if self.for_instances {
            self.gap(own(clock));
            return Ok(());
        }
        let (name, zone) = self.view.preferences().clock();
        let there = || record::shown_time(zone.local(at.datetime())).into();
        let date_time = if clock == Clock::Preferred { there() } else { time.date_time };
        self.value(Time { date_time, zone: Some(name.into()) })
    }

    fn body(&mut self, value: &str) -> Result<(), Error> {
        match (value, self.view.preferences().form()) {
            ("null", form) => self.value(json!({"contentType": form.unwrap_or("html"), "content": ""})),
            (value, Some(form)) => {
                let body: Value = serde_json::from_str(value)?;
                self.value(record::body_as(&body, form))
            }
            (value, None) => {
                self.text.extend_from_slice(value.as_bytes());
                Ok(())
            }
        }
    }

    /// What is left is of no meaning here: kept, and shown to who may see all.
    fn unknown(&mut self, stored: &Stored<'_>) -> Result<(), Error> {
        if self.view.level() != Level::Full || self.view.selects() {
            return Ok(());
        }
        for (name, value) in stored.iter().filter(|(name, _)| MEMBERS.iter().all(|member| member.name != **name)) {
            self.name(name)?;
            self.text.extend_from_slice(value.get().as_bytes());
        }
        Ok(())
    }
}

/// Writes what is on a page.
#[derive(Debug)]
pub struct Writer<'v> {
    view: &'v View,
    /// By the row that it is of, which many instances share.
    ready: HashMap<*const Row, Ready<'v>>,
}

impl<'v> Writer<'v> {
    /// As the view shows it.
    pub fn new(view: &'v View) -> Self {
        Self { view, ready: HashMap::new() }
    }

    /// Writes an instance, or an event that has none.
    pub fn write(&mut self, json: &mut Vec<u8>, seen: &'v Seen) -> Result<(), Problem> {
        let instance = seen.instance.as_ref().filter(|instance| instance.original.is_some());
        let ready = match self.ready.entry(Arc::as_ptr(&seen.row)) {
            Entry::Occupied(ready) => ready.into_mut(),
            Entry::Vacant(place) => place.insert(Ready::of(self.view, &seen.row, instance.is_some())?),
        };
        ready.write(json, instance)
    }
}

/// Graph's `dateTimeTimeZone`.
#[derive(Debug, Serialize, Deserialize)]
struct Time<'a> {
    #[serde(borrow, rename = "dateTime")]
    date_time: Cow<'a, str>,
    #[serde(borrow, rename = "timeZone")]
    zone: Option<Cow<'a, str>>,
}

fn of_event(event: Uid, fault: &Error) -> Problem {
    Problem::internal(format!("event {event}: {fault}"))
}

fn read(stored: &Stored<'_>, name: &str) -> Result<Value, Error> {
    stored.get(name).map_or(Ok(Value::Null), |value| serde_json::from_str(value.get()))
}
