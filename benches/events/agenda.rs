//! A calendar as a person has one after some years: single events of two years, and series that have not ended. May import everything.

use std::error::Error;

use chrono::{Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};
use serde_json::{Map, Value, json};
use sharehold::access::{Grant, Write};
use sharehold::clock::SystemClock;
use sharehold::config::{Database, Limits, Provision};
use sharehold::problem::Problem;
use sharehold::resources::calendar::Calendar;
use sharehold::resources::calendar::queries::{self, Made};
use sharehold::resources::calendar::record::Record;
use sharehold::secret::Secret;
use sharehold::store::{Halt, Owned, Store, StoreError, Tuning, Uid};

/// Who lets the people in.
pub(crate) const ISSUER: &str = "https://as.example";
const NOBODY_IS_REFUSED: u64 = 1_000_000;

/// The month that is looked at lies in the middle of the events.
pub(crate) const WINDOW: [&str; 2] = ["2026-03-01T00:00:00Z", "2026-04-01T00:00:00Z"];

const SUBJECTS: [&str; 7] = [
    "Team meeting",
    "Reunión con proveedores",
    "Zahnarzt",
    "Déjeuner avec Chloé",
    "Choir rehearsal",
    "Przegląd projektu",
    "Train to Bremen",
];
const PLACES: [&str; 5] =
    ["Room 4.12", "Avenida Providencia 1208", "Hafenstraße 3, Bremen", "Chez Dubois", "Town hall"];
const ZONES: [&str; 4] = ["Europe/Berlin", "America/Santiago", "UTC", "Asia/Tokyo"];
const DAYS: [&str; 5] = ["monday", "tuesday", "wednesday", "thursday", "friday"];

fn of<T: Copy>(all: &[T], at: usize) -> Result<T, Box<dyn Error>> {
    all.get(at % all.len().max(1)).copied().ok_or_else(|| "nothing to choose from".into())
}

/// The name of a person in tokens.
pub(crate) fn subject(person: usize) -> String {
    format!("person-{person:04}")
}

/// A single event as a client would send it.
pub(crate) fn single(at: usize) -> Result<Map<String, Value>, Box<dyn Error>> {
    // Spread over two years: each step is most of a day's minutes, in quarters of an hour.
    event(at, (at * 37) % 730, 7 * 60 + (at * 15) % 720, 30 + (at % 6) * 15)
}

/// A series: most weekly, some daily on working days or monthly, none with an end.
pub(crate) fn series(at: usize) -> Result<Map<String, Value>, Box<dyn Error>> {
    let begins = (at * 11) % 365;
    let mut event = event(at + 100_000, begins, 8 * 60 + (at * 15) % 600, 60)?;
    let day = day(begins)?;
    let pattern = match at % 10 {
        0 => json!({"type": "daily", "interval": 1 + at % 3}),
        1 | 2 => json!({"type": "absoluteMonthly", "interval": 1, "dayOfMonth": 1 + at % 28}),
        3 => json!({"type": "relativeMonthly", "interval": 1, "daysOfWeek": [of(&DAYS, at)?], "index": "last"}),
        4 => {
            json!({"type": "weekly", "interval": 2, "daysOfWeek": [of(&DAYS, at)?, of(&DAYS, at + 2)?], "firstDayOfWeek": "monday"})
        }
        _ => json!({"type": "weekly", "interval": 1, "daysOfWeek": [of(&DAYS, at)?], "firstDayOfWeek": "monday"}),
    };
    let range = json!({"type": "noEnd", "startDate": day.to_string()});
    event.insert("recurrence".into(), json!({"pattern": pattern, "range": range}));
    Ok(event)
}

fn day(number: usize) -> Result<NaiveDate, Box<dyn Error>> {
    let first = NaiveDate::from_ymd_opt(2025, 3, 1)
        .and_then(|first| first.checked_add_days(Days::new(u64::try_from(number).ok()?)));
    first.ok_or_else(|| "no such day".into())
}

fn event(at: usize, on: usize, minute: usize, length: usize) -> Result<Map<String, Value>, Box<dyn Error>> {
    let begins = day(on)?.and_time(NaiveTime::MIN) + TimeDelta::try_minutes(i64::try_from(minute)?).unwrap_or_default();
    let ends = begins + TimeDelta::try_minutes(i64::try_from(length)?).unwrap_or_default();
    let zone = of(&ZONES, at)?;
    let time = |at: NaiveDateTime| json!({"dateTime": at.format("%Y-%m-%dT%H:%M:%S").to_string(), "timeZone": zone});
    let event = json!({
        "subject": format!("{} {at}", of(&SUBJECTS, at)?), "start": time(begins), "end": time(ends),
        "location": {"displayName": of(&PLACES, at / 3)?},
        "body": {"contentType": "text", "content": "Agenda: what was agreed last time; what is open; who does what until when. \
            The room is booked for a quarter of an hour longer."},
        "attendees": [
            {"type": "required", "emailAddress": {"name": "Ana María García", "address": "ana@example.com"}},
            {"type": "optional", "emailAddress": {"name": "Jürgen Müller", "address": "juergen@example.org"}},
        ],
        "categories": [of(&["work", "family", "club"], at)?],
    });
    if let Value::Object(event) = event { Ok(event) } else { Err("not an object".into()) }
}

/// A store of this place, where a caller waits as long as it takes.
pub(crate) fn open(url: &str) -> Result<Store, Box<dyn Error>> {
    let settings = Database { url: Secret::new(url.to_owned()), pool_size: 0 };
    let limits = Limits { pool_wait_s: 30, ..Limits::default() };
    let provision = Provision::OnFirstToken;
    Ok(Store::open_tuned(&settings, &limits, provision, SystemClock::shared(), Tuning::default())?)
}

/// What the API makes of an event before the writer's turn; and its record, as it goes into a file.
pub(crate) fn made(id: Uid, event: &Map<String, Value>) -> Result<(Made, Record), Box<dyn Error>> {
    let record = Record::create(&id.uuid().urn().to_string(), event).map_err(|problem| problem.to_string())?;
    let made = Made::of(&record).map_err(|problem| problem.to_string())?;
    Ok((made, record))
}

/// Adds events to the person's default calendar in one write.
pub(crate) async fn add(store: &Store, person: usize, new: Vec<(Uid, Made)>) -> Result<(), StoreError> {
    let grant: Grant<Calendar, Write> = Grant::operator(ISSUER, &subject(person));
    let write = move |on: &mut Owned<'_, Calendar, Write>| -> Result<(), Halt<Problem>> {
        let calendar = on.person().uid;
        for (id, made) in &new {
            queries::insert(on, *id, calendar, made, NOBODY_IS_REFUSED)?;
        }
        Ok(())
    };
    store.write(&grant, write).await.map_err(|halt| match halt {
        Halt::Store(error) => error,
        Halt::Refused(problem) => StoreError::Broken(problem.to_string()),
    })
}
