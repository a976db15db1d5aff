//! A change over what was changed since is not made, and what an event is found by follows every change.

use actix_web::http::{Method, StatusCode};
use futures_util::future::{join, join_all};
use serde_json::{Value, json};
use sharehold::access::{Grant, Write};
use sharehold::problem::Problem;
use sharehold::resources::calendar::{Calendar, queries};
use sharehold::resources::collection;
use sharehold::store::{Halt, Owned, StoreError};

use crate::on_both;
use crate::support::app::{Backend, Caller, ISSUER, TestApp};

on_both! { what_was_changed_since_stays many_changes_at_once_are_all_made many_at_once_may_delete_one
nothing_moves_into_a_calendar_that_goes words_follow_the_change }

const ALL: &str = "/v1.0/me/events";

fn at(hour: u32) -> Value {
    json!({"dateTime": format!("2026-03-02T{hour:02}:00:00"), "timeZone": "UTC"})
}

async fn make(caller: &Caller<'_>) -> String {
    let body = json!({"subject": "Quentin", "start": at(9), "end": at(10)});
    let made = caller.send_json(Method::POST, ALL, body).await;
    made.json()["id"].as_str().expect("an id").to_owned()
}

async fn what_was_changed_since_stays(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Calendars.ReadWrite");
    let made = make(&ann).await;
    let id = collection::id(&made).unwrap_or_else(|_| panic!("an id"));
    let grant: Grant<Calendar, Write> = Grant::operator(ISSUER, "ann");
    let load = move |on: &mut Owned<'_, Calendar, Write>| queries::load(on, id);
    let old = app.store.read(&grant, load).await.unwrap_or_else(|fault: StoreError| panic!("{fault}"));
    let changed = ann.patch(&format!("{ALL}/{made}"), json!({"subject": "Zoe"})).await.json();
    let record = sharehold::resources::calendar::record::Record::stored(&old.record).expect("a record");
    let again = queries::Made::of(&record).unwrap_or_else(|problem| panic!("{problem}"));
    let late = move |on: &mut Owned<'_, Calendar, Write>| {
        let replaced = queries::replace(on, &old, old.row.calendar, &again)?.is_some();
        Ok((replaced, queries::delete(on, &old)?))
    };
    let done =
        app.store.write(&grant, late).await.unwrap_or_else(|_: Halt<Problem>| panic!("neither made nor refused"));
    assert_eq!(done, (false, false), "replaced, deleted");
    assert_eq!(ann.get(&format!("{ALL}/{made}")).await.json(), changed);
    assert_eq!(app.event_rows(), [1, 1, 1, 1]);
}

async fn many_changes_at_once_are_all_made(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Calendars.ReadWrite");
    let one = format!("{ALL}/{}", make(&ann).await);
    for round in 0..3 {
        let daily = json!({"type": "daily", "interval": round + 1});
        let changes = [
            json!({"subject": format!("s{round}")}),
            json!({"location": {"displayName": format!("l{round}")}}),
            json!({"categories": [format!("c{round}")]}),
            json!({"importance": (["low", "normal", "high"][round])}),
            json!({"showAs": (["free", "tentative", "oof"][round])}),
            json!({"sensitivity": (["private", "normal", "confidential"][round])}),
            json!({"recurrence": {"pattern": daily, "range": {"type": "noEnd", "startDate": "2026-03-02"}}}),
            json!({"end": at(11 + u32::try_from(round).expect("small"))}),
        ];
        for answer in join_all(changes.iter().map(async |change| ann.patch(&one, change.clone()).await)).await {
            assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        }
        let now = ann.get(&one).await.json();
        let (member, expected) = (&now["recurrence"]["pattern"]["interval"], round + 1);
        assert_eq!((member, &now["location"]["displayName"]), (&json!(expected), &json!(format!("l{round}"))));
        for change in &changes {
            for (name, value) in change.as_object().expect("an object") {
                if ["location", "recurrence", "end"].contains(&name.as_str()) {
                    continue;
                }
                assert_eq!(&now[name], value, "{name}");
            }
        }
        let end = now["end"]["dateTime"].as_str().unwrap_or_default();
        assert!(end.starts_with(&format!("2026-03-02T{}:00", 11 + round)), "{end}");
    }
}

async fn many_at_once_may_delete_one(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Calendars.ReadWrite");
    let one = format!("{ALL}/{}", make(&ann).await);
    let delete = join_all((0..4).map(|_| ann.call(Method::DELETE, &one)));
    let change = join_all((0..12).map(|at| ann.patch(&one, json!({"subject": at.to_string()}))));
    let (deleted, changed) = join(delete, change).await;
    let told = |status: StatusCode| deleted.iter().filter(|answer| answer.status == status).count();
    assert_eq!((told(StatusCode::NO_CONTENT), told(StatusCode::NOT_FOUND)), (1, 3));
    let may = |status: StatusCode| status == StatusCode::OK || status == StatusCode::NOT_FOUND;
    assert!(changed.iter().all(|answer| may(answer.status)), "a change is made, or there is nothing to change");
    assert_eq!(app.event_rows(), [0, 0, 0, 1]);
    assert_eq!(ann.get(&format!("{ALL}/$count")).await.text(), "0");
}

async fn nothing_moves_into_a_calendar_that_goes(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Calendars.ReadWrite");
    for round in 0..4 {
        let made = ann.send_json(Method::POST, "/v1.0/me/calendars", json!({"name": round.to_string()})).await;
        let calendar = made.json()["id"].as_str().expect("an id").to_owned();
        let of_it = format!("/v1.0/me/calendars/{calendar}");
        let events = join_all((0..4).map(|_| make(&ann))).await;
        let into = json!({"calendarId": calendar});
        let moving = join_all(events.iter().map(async |id| ann.patch(&format!("{ALL}/{id}"), into.clone()).await));
        let body = json!({"subject": "new", "start": at(9), "end": at(10)});
        let adding =
            join_all((0..4).map(async |_| ann.send_json(Method::POST, &format!("{of_it}/events"), body.clone()).await));
        let (gone, (moved, added)) = join(ann.call(Method::DELETE, &of_it), join(moving, adding)).await;
        assert_eq!(gone.status, StatusCode::NO_CONTENT, "{}", gone.text());
        let may = [StatusCode::OK, StatusCode::CREATED, StatusCode::NOT_FOUND];
        for answer in moved.iter().chain(&added) {
            assert!(may.contains(&answer.status), "{}", answer.text());
        }
        let lost = "count(*) FROM events WHERE calendar NOT IN (SELECT id FROM calendars UNION SELECT uid FROM people)";
        assert_eq!(app.number(lost), 0);
        let [events, records, terms, _] = app.event_rows();
        assert_eq!((records, terms), (events, events));
        assert_eq!(ann.get(&format!("{ALL}/$count")).await.text(), events.to_string());
    }
}

async fn words_follow_the_change(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Calendars.ReadWrite");
    let one = format!("{ALL}/{}", make(&ann).await);
    ann.patch(&one, json!({"subject": "Zoe", "categories": ["club"]})).await;
    ann.patch(&one, json!({"categories": ["choir"]})).await;
    for (query, found) in [
        ("$search=quentin", "0"),
        ("$search=zoe", "1"),
        ("$filter=categories/any(c:c%20eq%20'club')", "0"),
        ("$filter=categories/any(c:c%20eq%20'choir')", "1"),
    ] {
        assert_eq!(ann.get(&format!("{ALL}/$count?{query}")).await.text(), found, "{query}");
    }
    ann.call(Method::DELETE, &one).await;
    assert_eq!(app.event_rows(), [0, 0, 0, 1], "of an event that is gone there is its tombstone alone");
}
