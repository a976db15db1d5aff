//! `verify` of events that are damaged: whatever does not fit is named, each by its event.

use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, PgConnection};

use super::keeping::Scene;
use crate::support::database::Backend;

/// Sent to the server as ann; the id of what it made.
fn make(scene: &Scene, path: &str, body: &str) -> String {
    let mut connection = scene.server.connect();
    let token = crate::serving::token("Calendars.ReadWrite");
    connection.send(&format!(
        "POST {path} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    ));
    let (status, answer) = connection.answer();
    assert_eq!(status, 201, "{answer}");
    answer["id"].as_str().expect("an id").to_owned()
}

const SERIES: &str = r#"{"subject": "Choir", "categories": ["music"],
    "start": {"dateTime": "2026-03-02T19:00:00", "timeZone": "Europe/Berlin"},
    "end": {"dateTime": "2026-03-02T21:00:00", "timeZone": "Europe/Berlin"},
    "recurrence": {"pattern": {"type": "weekly", "interval": 1, "daysOfWeek": ["monday"]},
        "range": {"type": "noEnd", "startDate": "2026-03-02"}}}"#;

/// What is done to the database, what undoes it, and what is told of the event.
const OF_ONE: &[(&str, &str, &str)] = &[
    (
        "UPDATE events SET projection = 'x' || projection",
        "UPDATE events SET projection = substr(projection, 2)",
        "it cannot be shown",
    ),
    (
        "UPDATE events SET projection = replace(projection, 'Choir', 'Chair')",
        "UPDATE events SET projection = replace(projection, 'Chair', 'Choir')",
        "what is shown of it does not follow from its record",
    ),
    (
        "ALTER TABLE events ADD COLUMN kept TEXT; UPDATE events SET kept = projection, projection = CAST(x'7bff7d' AS TEXT)",
        "UPDATE events SET projection = kept; ALTER TABLE events DROP COLUMN kept",
        " cannot be read",
    ),
    (
        "UPDATE event_records SET record = 'x' || record",
        "UPDATE event_records SET record = substr(record, 2)",
        "its record cannot be read",
    ),
    (
        "UPDATE event_records SET record = replace(record, 'Choir', 'Chair')",
        "UPDATE event_records SET record = replace(record, 'Chair', 'Choir')",
        "what it is searched by does not follow from its record",
    ),
    (
        "UPDATE event_records SET person = person + 100",
        "UPDATE event_records SET person = person - 100",
        "its record is missing",
    ),
    ("UPDATE events SET reach = 0", "UPDATE events SET reach = 1", WHEN),
    ("UPDATE events SET starts = starts + 1", "UPDATE events SET starts = starts - 1", WHEN),
    ("UPDATE events SET ends = 1", "UPDATE events SET ends = NULL", WHEN),
    ("UPDATE events SET begins = begins + 1", "UPDATE events SET begins = begins - 1", WHEN),
    ("UPDATE events SET finishes = finishes + 1", "UPDATE events SET finishes = finishes - 1", WHEN),
    ("UPDATE events SET recurs = 0", "UPDATE events SET recurs = 1", WHEN),
    ("UPDATE events SET subject = 'chair'", "UPDATE events SET subject = 'choir'", FILTERED),
    ("UPDATE events SET is_private = 1", "UPDATE events SET is_private = 0", FILTERED),
    ("UPDATE events SET show_as = 'free'", "UPDATE events SET show_as = 'busy'", FILTERED),
    (
        "UPDATE event_terms SET term = 'chair' WHERE term = 'choir'",
        "UPDATE event_terms SET term = 'choir' WHERE term = 'chair'",
        SEARCHED,
    ),
    (
        "INSERT INTO event_terms SELECT person, 'n', 'more', event FROM event_terms WHERE class = 'c'",
        "DELETE FROM event_terms WHERE term = 'more'",
        SEARCHED,
    ),
    (
        "UPDATE event_terms SET class = 'p' WHERE class = 'c'",
        "UPDATE event_terms SET class = 'c' WHERE class = 'p'",
        SEARCHED,
    ),
    ("UPDATE event_terms SET person = person + 100", "UPDATE event_terms SET person = person - 100", SEARCHED),
    (
        "UPDATE events SET changed = changed + 1000",
        "UPDATE events SET changed = changed - 1000",
        "is not among the person's",
    ),
    ("UPDATE event_changes SET gone = 1", "UPDATE event_changes SET gone = 0", UNTOLD),
    ("UPDATE event_changes SET person = person + 100", "UPDATE event_changes SET person = person - 100", UNTOLD),
    (
        "UPDATE calendars SET person = person + 100",
        "UPDATE calendars SET person = person - 100",
        "its calendar is not there",
    ),
];

const WHEN: &str = "when it is found does not follow from its record";
const FILTERED: &str = "what it is filtered by does not follow from its record";
const SEARCHED: &str = "what it is searched by does not follow from its record";
const UNTOLD: &str = "is not among those that are told";

/// The same of what is of no event.
const OF_NONE: &[(&str, &str, &str)] = &[
    (
        "UPDATE event_books SET events = events + 6",
        "UPDATE event_books SET events = events - 6",
        "the person of number 1 has 1 events, and 7 are counted",
    ),
    (
        "INSERT INTO event_records SELECT person, x'01890000000070008000000000000000', record FROM event_records",
        "DELETE FROM event_records WHERE id = x'01890000000070008000000000000000'",
        "a record of event 01890000-0000-7000-8000-000000000000 of the person of number 1: there is no such event",
    ),
    (
        "INSERT INTO event_terms SELECT person, class, term, x'01890000000070008000000000000000' FROM event_terms",
        "DELETE FROM event_terms WHERE event = x'01890000000070008000000000000000'",
        "terms of event 01890000-0000-7000-8000-000000000000 of the person of number 1: there is no such event",
    ),
    (
        "INSERT INTO event_changes SELECT person, changed, x'01890000000070008000000000000000', calendar, 0, at FROM event_changes",
        "DELETE FROM event_changes WHERE event = x'01890000000070008000000000000000'",
        "a change of event 01890000-0000-7000-8000-000000000000 of the person of number 1: there is no such event",
    ),
    (
        "INSERT INTO event_changes SELECT person, 1, event, calendar, 0, at FROM event_changes",
        "DELETE FROM event_changes WHERE changed = 1",
        "a change of event",
    ),
];

#[test]
fn whatever_of_an_event_is_damaged_is_named() {
    let scene = Scene::on(Backend::Sqlite);
    let calendar = make(&scene, "/v1.0/me/calendars", r#"{"name": "Evenings"}"#);
    let id = make(&scene, &format!("/v1.0/me/calendars/{calendar}/events"), SERIES);
    scene.fine("verify", &[], &[]);
    let of_it = format!("event {id} of the person of number 1");
    for (damage, mend, words) in OF_ONE {
        scene.damaged_by(&format!("PRAGMA foreign_keys = OFF; {damage}"));
        let said = scene.run("verify", &[], &[]);
        let named = said.said.lines().any(|line| line.contains(&of_it) && line.contains(words));
        assert!(said.status == 1 && named, "{damage}: {}: {}", said.status, said.said);
        scene.damaged_by(&format!("PRAGMA foreign_keys = OFF; {mend}"));
        scene.fine("verify", &[], &[]);
    }
    for (damage, mend, words) in OF_NONE {
        scene.damaged_by(damage);
        scene.refused("verify", &[], &[], 1, words);
        scene.damaged_by(mend);
        scene.fine("verify", &[], &[]);
    }
}

#[test]
fn on_postgres_too() {
    let scene = Scene::on(Backend::Postgres);
    for _ in 0..3 {
        make(&scene, "/v1.0/me/events", SERIES);
    }
    scene.fine("verify", &scene.sets, &[]);
    let url = scene.sets[0].trim_start_matches("database.url=");
    let mut database = PgConnection::establish(url).expect("opened");
    let once = "(SELECT min(changed) FROM events)";
    for (damage, words) in [
        (format!("UPDATE events SET starts = 0 WHERE changed = {once}"), WHEN),
        (format!("DELETE FROM event_terms WHERE event = (SELECT id FROM events WHERE changed = {once})"), SEARCHED),
        (format!("DELETE FROM event_changes WHERE changed = {once}"), UNTOLD),
        ("UPDATE event_books SET events = 9".to_owned(), "has 3 events, and 9 are counted"),
        ("UPDATE event_changes SET changed = changed + 1".to_owned(), "a change of event"),
    ] {
        database.batch_execute(&damage).expect(&damage);
        scene.refused("verify", &scene.sets, &[], 1, words);
    }
}

/// What another version of the program made is not held against what this one would make.
#[test]
fn what_another_version_projected_is_no_damage() {
    let scene = Scene::on(Backend::Sqlite);
    make(&scene, "/v1.0/me/events", SERIES);
    scene
        .damaged_by("UPDATE events SET projection_version = 0, starts = 0, projection = '{}'; DELETE FROM event_terms");
    scene.fine("verify", &[], &[]);
}
