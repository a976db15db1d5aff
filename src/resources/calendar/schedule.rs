//! `getSchedule`: when somebody is busy, as Graph asks and answers it. What is asked is read here, what was found becomes the view and
//! its items. Imports `queries`, `record`, `preferences`, `zone`, `shape`, `serde_json`, chrono, utoipa.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value, json};
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{RefOr, Schema};

use super::preferences::Preferences;
use super::queries::Seen;
use super::record::{given_time, is_private};
use super::zone::Zone;
use crate::problem::Problem;
use crate::resources::shape::{Shape, invalid, is_annotation, unknown};

/// The longest window, days, and the most people, as in Graph.
const DAYS: i64 = 62;
const PEOPLE: usize = 20;
/// Minutes of a slot of the view.
const SLOT: i64 = 30;
const SLOTS: [i64; 2] = [5, 1440];

const TIME: Shape = Shape::Object(&[("dateTime", Shape::Line(64)), ("timeZone", Shape::Line(255))]);
static WHO: Shape = Shape::Line(320);
/// SDKs write them with a capital, as the action's parameters are called; the documentation has them without.
const MEMBERS: [(&str, Shape); 4] = [
    ("schedules", Shape::List(PEOPLE, &WHO)),
    ("startTime", TIME),
    ("endTime", TIME),
    ("availabilityViewInterval", Shape::Integer(SLOTS[0], SLOTS[1])),
];

/// How an event holds somebody up, what is said of it, and its digit in the view; of two at once the one that stands first counts.
const STATUSES: [(&str, char); 4] = [("oof", '3'), ("busy", '2'), ("tentative", '1'), ("workingElsewhere", '4')];

/// What is asked.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Of whom.
    pub schedules: Vec<String>,
    /// From when.
    pub from: DateTime<Utc>,
    /// Until when.
    pub to: DateTime<Utc>,
    /// The zone that the window is given in: where days and times of no zone are, if the client prefers none.
    pub zone: Zone,
    slot: TimeDelta,
}

impl Asked {
    /// Of a body.
    pub fn of(given: &Map<String, Value>) -> Result<Self, Problem> {
        let is = |name: &str, known: &str| name.eq_ignore_ascii_case(known);
        let known = |name: &String| is_annotation(name) || MEMBERS.iter().any(|(known, _)| is(name, known));
        if let Some(other) = given.keys().find(|name| !known(name)) {
            return Err(unknown(other));
        }
        let value = |(known, shape): &(&str, Shape)| {
            let found = given.iter().find(|(name, value)| is(name, known) && !value.is_null());
            found.map_or(Ok(Value::Null), |(_, value)| shape.merged(&Value::Null, value, known))
        };
        let [schedules, start, end, slot] = MEMBERS.each_ref().map(value);
        let schedules =
            schedules?.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect();
        let ((from, zone), (to, _)) = (time("startTime", &start?)?, time("endTime", &end?)?);
        if to <= from {
            return Err(invalid("endTime", "is not after `startTime`"));
        }
        if to.signed_duration_since(from) > TimeDelta::days(DAYS) {
            return Err(invalid("endTime", "is more than 62 days after `startTime`: ask for a part at a time"));
        }
        let slot = TimeDelta::minutes(slot?.as_i64().unwrap_or(SLOT));
        let asked = Self { schedules, from, to, zone, slot };
        if asked.schedules.is_empty() { Err(invalid("schedules", "is empty: say whose")) } else { Ok(asked) }
    }

    /// Each slot's digit.
    fn view(&self, busy: &[Busy]) -> String {
        let (mut view, mut slot) = (String::new(), self.from);
        while slot < self.to {
            let next = slot.checked_add_signed(self.slot).unwrap_or(self.to);
            let then = || busy.iter().filter(|busy| busy.start < next.min(self.to) && busy.end > slot);
            let digit = STATUSES.iter().find(|(status, _)| then().any(|busy| busy.status == *status));
            view.push(digit.map_or('0', |(_, digit)| *digit));
            slot = next;
        }
        view
    }

    /// The answer of one's own schedule.
    pub fn answer(&self, who: &str, busy: &[Busy], preferences: &Preferences) -> Value {
        let items: Vec<Value> = busy.iter().map(|busy| busy.item(preferences)).collect();
        json!({"scheduleId": who, "availabilityView": self.view(busy), "scheduleItems": items})
    }
}

/// The answer of a schedule that cannot be said.
pub fn refused(who: &str, code: &str, message: &str) -> Value {
    json!({
        "scheduleId": who,
        "availabilityView": "",
        "scheduleItems": [],
        "error": {"message": message, "responseCode": code},
    })
}

fn time(name: &str, given: &Value) -> Result<(DateTime<Utc>, Zone), Problem> {
    let text = |member: &str| given.get(member).and_then(Value::as_str).unwrap_or_default();
    let (local, is_utc) = given_time(text("dateTime")).ok_or_else(|| {
        invalid(&format!("{name}.dateTime"), "is not a time such as `2026-03-02T09:00:00`, whose zone is `timeZone`")
    })?;
    let zone = if text("timeZone").is_empty() { Some(Zone::Utc) } else { Zone::named(text("timeZone")) };
    let zone = zone.ok_or_else(|| invalid(&format!("{name}.timeZone"), &Zone::unknown(text("timeZone"))))?;
    let at = if is_utc { local.and_utc() } else { zone.instant(local) };
    Ok((at, zone))
}

/// A time that is taken.
#[derive(Debug, Clone)]
pub struct Busy {
    /// From when.
    pub start: DateTime<Utc>,
    /// Until when.
    pub end: DateTime<Utc>,
    status: String,
    /// What the event is and where, for who may see it.
    details: Option<[Value; 2]>,
    is_private: bool,
}

impl Busy {
    /// Of an event or its instance, in the zone of who looks; none, if it takes no time: it is free, or was cancelled. `shown`: whether
    /// its subject may be seen.
    pub fn of(Seen { row, instance }: &Seen, zone: &Zone, shown: bool) -> Result<Option<Self>, serde_json::Error> {
        let event: Map<String, Value> = serde_json::from_str(&row.projection)?;
        let text = |name: &str| event.get(name).and_then(Value::as_str).unwrap_or_default();
        let is = |name: &str| event.get(name) == Some(&Value::Bool(true));
        let is_floating = event.get("start").and_then(|start| start.get("timeZone")) == Some(&Value::from(""));
        let there = |at: DateTime<Utc>| if is_floating || is("isAllDay") { zone.instant(at.naive_utc()) } else { at };
        let single = [row.begins, row.finishes].map(|at| there(at.datetime()));
        let [start, end] = instance.map_or(single, |instance| [instance.start.at, instance.end.at]);
        let is_taken = STATUSES.iter().any(|(status, _)| text("showAs") == *status);
        if is("isCancelled") || !is_taken || end <= start {
            return Ok(None);
        }
        let (is_private, status) = (is_private(text("sensitivity")), text("showAs").to_owned());
        let place = || event.get("location").and_then(|place| place.get("displayName")).cloned().unwrap_or_default();
        let details = || [event.get("subject").cloned().unwrap_or_default(), place()];
        let details = (shown && !is_private).then(details);
        Ok(Some(Self { start, end, status, details, is_private: shown && is_private }))
    }

    fn item(&self, preferences: &Preferences) -> Value {
        let [start, end] = [self.start, self.end].map(|at| preferences.instant(at));
        let mut item = Map::from_iter([
            ("status".to_owned(), self.status.as_str().into()),
            ("start".to_owned(), start),
            ("end".to_owned(), end),
        ]);
        if let Some([subject, location]) = &self.details {
            item.insert("subject".to_owned(), subject.clone());
            item.insert("location".to_owned(), location.clone());
        }
        if self.details.is_some() || self.is_private {
            item.insert("isPrivate".to_owned(), self.is_private.into());
        }
        item.into()
    }
}

/// The schema of what is asked.
pub fn body() -> (String, RefOr<Schema>) {
    let object =
        MEMBERS.iter().fold(ObjectBuilder::new(), |object, (name, shape)| object.property(*name, shape.schema()));
    let description = "Of whom, 1 to 20: one's own address or id. From when until when, at most 62 days; and how many minutes each \
                       digit of the view is for, 30 if it is not said.";
    let example = json!({
        "schedules": ["ann@example.com"],
        "startTime": {"dateTime": "2026-03-02T00:00:00", "timeZone": "Europe/Berlin"},
        "endTime": {"dateTime": "2026-03-07T00:00:00", "timeZone": "Europe/Berlin"},
        "availabilityViewInterval": 60,
    });
    let object = object.required("schedules").required("startTime").required("endTime");
    (
        "scheduleRequest".into(),
        RefOr::T(Schema::Object(object.description(Some(description)).examples([example]).build())),
    )
}

/// The schema of the answer.
pub fn schema() -> (String, RefOr<Schema>) {
    let text = || ObjectBuilder::new().schema_type(SchemaType::new(Type::String));
    let time = || ObjectBuilder::new().property("dateTime", text()).property("timeZone", text());
    let nullable = || text().schema_type(SchemaType::from_iter([Type::String, Type::Null]));
    let item = ObjectBuilder::new()
        .property("status", text().enum_values(Some(STATUSES.map(|(status, _)| status))))
        .property("start", time())
        .property("end", time())
        .property("subject", nullable())
        .property("location", nullable())
        .property("isPrivate", ObjectBuilder::new().schema_type(SchemaType::new(Type::Boolean)));
    let error = ObjectBuilder::new().property("message", text()).property("responseCode", text());
    let schedule = ObjectBuilder::new()
        .property("scheduleId", text())
        .property(
            "availabilityView",
            text().description(Some(
                "A digit for each slot: 0 free, 1 tentative, 2 busy, 3 out of office, 4 working elsewhere",
            )),
        )
        .property("scheduleItems", ArrayBuilder::new().items(item.required("status").required("start").required("end")))
        .property("error", error.description(Some("Why nothing can be said; then the view is empty")))
        .required("scheduleId");
    let object = ObjectBuilder::new().property("value", ArrayBuilder::new().items(schedule)).required("value");
    ("schedules".into(), RefOr::T(Schema::Object(object.build())))
}
