//! Delta rounds of events: what a client that walks them knows is what there is, whoever writes meanwhile, by every path.

use std::cell::Cell;

use actix_web::http::{Method, StatusCode};
use futures_util::future::{join, join_all};
use serde_json::{Value, json};

use crate::on_both;
use crate::support::app::{Backend, Caller, TestApp};
use crate::support::rounds::{Picture, listed, path};

on_both! {
    a_client_knows_what_there_is_whoever_writes_meanwhile what_leaves_a_calendar_has_changed
    what_a_deleted_calendar_takes_with_it_is_told tokens_are_of_their_path_their_person_and_their_level
}

const ALL: &str = "/v1.0/me/events";
const OF_DEFAULT: &str = "/v1.0/me/calendar/events";

fn event(subject: &str, recurs: bool) -> Value {
    let at = |hour: u32| json!({"dateTime": format!("2026-03-02T{hour:02}:00:00"), "timeZone": "Europe/Berlin"});
    let daily =
        json!({"pattern": {"type": "daily", "interval": 1}, "range": {"type": "noEnd", "startDate": "2026-03-02"}});
    json!({"subject": subject, "start": at(9), "end": at(10), "recurrence": if recurs { daily } else { Value::Null }})
}

async fn create(caller: &Caller<'_>, at: &str, body: Value) -> String {
    let made = caller.send_json(Method::POST, at, body).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
    made.json()["id"].as_str().expect("an id").to_owned()
}

/// A calendar: its id, and the path of its events.
async fn calendar(caller: &Caller<'_>, name: &str) -> (String, String) {
    let id = create(caller, "/v1.0/me/calendars", json!({"name": name})).await;
    let events = format!("/v1.0/me/calendars/{id}/events");
    (id, events)
}

/// Makes, changes, moves and deletes: what it does at a step follows from the step and its number.
async fn writes(ann: &Caller<'_>, number: usize, steps: usize, calendars: &[String], of_work: &str) {
    let mut mine: Vec<String> = Vec::new();
    for step in 0..steps {
        let (kind, some) = ((step * 7 + number * 3) % 6, mine.get(step % mine.len().max(1)).cloned());
        let one = some.as_ref().map(|id| format!("{ALL}/{id}"));
        let words = format!("{number} {step}");
        let answer = match (kind, one) {
            (0, Some(one)) => {
                mine.retain(|id| Some(id) != some.as_ref());
                ann.call(Method::DELETE, &one).await
            }
            (1, Some(one)) => ann.patch(&one, json!({"subject": words})).await,
            (2, Some(one)) => ann.patch(&one, event(&words, step % 2 == 0)).await,
            (3, Some(one)) => ann.patch(&one, json!({"calendarId": calendars[step % calendars.len()]})).await,
            _ => {
                let path = [ALL, OF_DEFAULT, of_work][step % 3];
                mine.push(create(ann, path, event(&words, step % 2 == 1)).await);
                continue;
            }
        };
        assert!(answer.status.is_success(), "{}", answer.text());
    }
}

async fn a_client_knows_what_there_is_whoever_writes_meanwhile(on: Backend) {
    const WRITERS: usize = 8;
    const STEPS: usize = 24;
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Calendars.ReadWrite");
    let default = ann.get("/v1.0/me/calendar").await.json()["id"].as_str().expect("an id").to_owned();
    let (work, of_work) = calendar(&ann, "Work").await;
    let calendars = [default, work];
    let working = Cell::new(WRITERS);
    let writer = async |number: usize| {
        writes(&ann, number, STEPS, &calendars, &of_work).await;
        working.set(working.get() - 1);
    };
    let paths = [ALL, OF_DEFAULT, &of_work];
    let mut pictures: [Picture; 3] = Default::default();
    let walker = async {
        while working.get() > 0 {
            for (at, (path, picture)) in paths.iter().zip(&mut pictures).enumerate() {
                picture.round(&ann, &format!("{path}/delta?$top={}", at + 2)).await;
            }
        }
    };
    join(join_all((0..WRITERS).map(writer)), walker).await;
    let mut number = Vec::new();
    for (path, picture) in paths.iter().zip(&mut pictures) {
        picture.round(&ann, "").await;
        assert_eq!(picture.known, listed(&ann, path).await, "{path}");
        picture.round(&ann, "").await;
        assert_eq!(picture.items, 0, "nothing changed since");
        number.push(picture.known.len());
    }
    assert!(number.iter().all(|number| *number > 3), "{number:?}");
    assert_eq!(number[0], number[1] + number[2]);
}

async fn what_leaves_a_calendar_has_changed(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Calendars.ReadWrite");
    let ((_, of_a), (b, of_b)) = (calendar(&ann, "A").await, calendar(&ann, "B").await);
    let id = create(&ann, &of_a, event("x", true)).await;
    let paths = [ALL, OF_DEFAULT, &of_a, &of_b];
    let mut pictures: [Picture; 4] = Default::default();
    let mut rounds = async |expected: [(usize, Option<&str>); 4]| {
        for ((path, picture), (items, removed)) in paths.iter().zip(&mut pictures).zip(expected) {
            picture.round(&ann, &format!("{path}/delta")).await;
            let removed: Vec<_> = removed.map(|reason| (id.clone(), reason.to_owned())).into_iter().collect();
            assert_eq!((picture.items, &picture.removed), (items, &removed), "{path}");
        }
    };
    rounds([(1, None), (0, None), (1, None), (0, None)]).await;
    ann.patch(&format!("{ALL}/{id}"), json!({"calendarId": b})).await;
    rounds([(1, None), (0, None), (1, Some("changed")), (1, None)]).await;
    ann.patch(&format!("{ALL}/{id}"), json!({"subject": "y"})).await;
    rounds([(1, None), (0, None), (0, None), (1, None)]).await;
    ann.call(Method::DELETE, &format!("{ALL}/{id}")).await;
    rounds([(1, Some("deleted")), (0, None), (0, None), (1, Some("deleted"))]).await;
}

async fn what_a_deleted_calendar_takes_with_it_is_told(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Calendars.ReadWrite");
    let (work, of_work) = calendar(&ann, "Work").await;
    for number in 0..30 {
        create(&ann, if number % 3 == 0 { ALL } else { &of_work }, event("x", number % 2 == 0)).await;
    }
    let (mut all, mut of_default, mut of_calendar) = (Picture::default(), Picture::default(), Picture::default());
    all.round(&ann, &format!("{ALL}/delta")).await;
    of_default.round(&ann, &format!("{OF_DEFAULT}/delta")).await;
    of_calendar.round(&ann, &format!("{of_work}/delta")).await;
    assert_eq!((all.items, of_default.items, of_calendar.items), (30, 10, 20));
    let gone = ann.call(Method::DELETE, &format!("/v1.0/me/calendars/{work}")).await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT, "{}", gone.text());
    all.round(&ann, "").await;
    of_default.round(&ann, "").await;
    assert_eq!((all.removed.len(), all.items, of_default.items), (20, 20, 0));
    assert_eq!(all.known, listed(&ann, ALL).await);
    let link = of_calendar.next.take().expect("a link");
    assert_eq!(ann.get(&link).await.status, StatusCode::NOT_FOUND, "there is no such calendar any more");
}

async fn tokens_are_of_their_path_their_person_and_their_level(on: Backend) {
    let app = TestApp::on(on);
    let (ann, bob) = (app.caller("ann", "Calendars.ReadWrite"), app.caller("bob", "Calendars.ReadWrite"));
    for caller in [&ann, &bob] {
        for subject in ["a", "b", "c"] {
            create(caller, ALL, event(subject, false)).await;
        }
    }
    let next = path(&ann.get(&format!("{ALL}/delta?$top=1")).await.json()["@odata.nextLink"]).expect("a link");
    let delta = path(&ann.get(&format!("{ALL}/delta")).await.json()["@odata.deltaLink"]).expect("a link");
    let lost = async |caller: &Caller<'_>, at: &str| {
        let answer = caller.get(at).await;
        assert_eq!((answer.status, answer.code()), (StatusCode::GONE, "syncStateNotFound".into()), "{at}");
    };
    let basic = app.caller("ann", "Calendars.ReadBasic");
    for link in [&next, &delta] {
        lost(&bob, link).await;
        lost(&basic, link).await;
        lost(&ann, &link.replace("/me/events", "/me/calendar/events")).await;
        lost(&ann, &format!("{link}&$select=id")).await;
        assert_eq!(ann.get(link).await.status, StatusCode::OK);
    }
}
