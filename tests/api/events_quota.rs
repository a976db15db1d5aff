//! As many events and calendars as a person may have, and not one more, whoever writes meanwhile.

use actix_web::http::{Method, StatusCode};
use futures_util::future::{join, join_all};
use serde_json::{Value, json};

use crate::on_both;
use crate::support::app::{Answer, Backend, Caller, TestApp};

on_both! {
    at_the_quota_nothing_is_added_and_a_deletion_makes_room writers_at_once_stay_within_the_quota
    the_thousandth_calendar_is_the_last
}

const ALL: &str = "/v1.0/me/events";
const CALENDARS: &str = "/v1.0/me/calendars";

fn event(subject: &str) -> Value {
    let at = |hour: u32| json!({"dateTime": format!("2026-03-02T{hour:02}:00:00"), "timeZone": "UTC"});
    json!({"subject": subject, "start": at(9), "end": at(10)})
}

fn id(answer: &Answer) -> String {
    answer.json()["id"].as_str().unwrap_or_else(|| panic!("no id: {}", answer.text())).to_owned()
}

async fn status(caller: &Caller<'_>, method: Method, path: &str, body: Value) -> (StatusCode, String) {
    let answer = caller.send_json(method, path, body).await;
    let code = if answer.status.is_success() { String::new() } else { answer.code() };
    (answer.status, code)
}

async fn count(caller: &Caller<'_>) -> String {
    caller.get(&format!("{ALL}/$count")).await.text()
}

async fn at_the_quota_nothing_is_added_and_a_deletion_makes_room(on: Backend) {
    let app = TestApp::with(on, |config| config.limits.quota_events = 3);
    let ann = app.caller("ann", "Calendars.ReadWrite");
    let full = (StatusCode::INSUFFICIENT_STORAGE, "quotaLimitReached".to_owned());
    let work = id(&ann.send_json(Method::POST, CALENDARS, json!({"name": "Work"})).await);
    let of_work = format!("{CALENDARS}/{work}/events");
    let first = id(&ann.send_json(Method::POST, ALL, event("first")).await);
    for _ in 0..2 {
        assert_eq!(ann.send_json(Method::POST, &of_work, event("of work")).await.status, StatusCode::CREATED);
    }
    let before = ann.get(ALL).await.json();
    // By whichever path: the quota is the person's.
    for path in [ALL, "/v1.0/me/calendar/events", &of_work] {
        assert_eq!(status(&ann, Method::POST, path, event("one more")).await, full, "{path}");
    }
    assert_eq!(ann.get(ALL).await.json(), before);
    assert_eq!((count(&ann).await, app.event_rows()[..2].to_vec()), ("3".into(), vec![3, 3]));
    // A change needs no room.
    assert_eq!(ann.patch(&format!("{ALL}/{first}"), json!({"subject": "still"})).await.status, StatusCode::OK);
    // Neither has anybody else less of it.
    let bob = app.caller("bob", "Calendars.ReadWrite");
    assert_eq!(bob.send_json(Method::POST, ALL, event("bob's")).await.status, StatusCode::CREATED);
    ann.call(Method::DELETE, &format!("{ALL}/{first}")).await;
    assert_eq!(ann.send_json(Method::POST, ALL, event("in its place")).await.status, StatusCode::CREATED);
    assert_eq!(status(&ann, Method::POST, ALL, event("one more")).await, full);
    // What goes with its calendar makes room too.
    ann.call(Method::DELETE, &format!("{CALENDARS}/{work}")).await;
    assert_eq!(count(&ann).await, "1");
    for _ in 0..2 {
        assert_eq!(ann.send_json(Method::POST, ALL, event("again")).await.status, StatusCode::CREATED);
    }
    assert_eq!(status(&ann, Method::POST, ALL, event("one more")).await, full);
}

async fn writers_at_once_stay_within_the_quota(on: Backend) {
    let app = TestApp::with(on, |config| config.limits.quota_events = 5);
    let ann = app.caller("ann", "Calendars.ReadWrite");
    let made = |answers: &[Answer]| answers.iter().filter(|answer| answer.status == StatusCode::CREATED).count();
    let create = |number: usize| ann.send_json(Method::POST, ALL, event(&number.to_string()));
    let answers = join_all((0..12).map(create)).await;
    assert_eq!(made(&answers), 5);
    assert!(
        answers.iter().all(|answer| [StatusCode::CREATED, StatusCode::INSUFFICIENT_STORAGE].contains(&answer.status))
    );
    assert_eq!((count(&ann).await, app.event_rows()[0]), ("5".into(), 5));
    // As some are deleted, others come: never more than there is room for, and all the room is used.
    let there: Vec<String> = answers.iter().filter(|answer| answer.status.is_success()).map(id).collect();
    let delete = join_all(there.iter().take(3).map(async |id| ann.call(Method::DELETE, &format!("{ALL}/{id}")).await));
    let (gone, new) = join(delete, join_all((0..12).map(create))).await;
    assert!(gone.iter().all(|answer| answer.status == StatusCode::NO_CONTENT));
    assert!(made(&new) <= 3, "{}", made(&new));
    let left = 3 - made(&new);
    assert_eq!(made(&join_all((0..12).map(create)).await), left);
    assert_eq!((count(&ann).await, app.event_rows()[0]), ("5".into(), 5));
}

async fn the_thousandth_calendar_is_the_last(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Calendars.ReadWrite");
    // Beside the default one.
    let one = id(&ann.send_json(Method::POST, CALENDARS, json!({"name": "One"})).await);
    let key = match on {
        Backend::Sqlite => "CAST(printf('%016d', n) AS BLOB)",
        Backend::Postgres => "convert_to(lpad(n::text, 16, '0'), 'UTF8')",
    };
    app.execute(&format!(
        "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 997) \
         INSERT INTO calendars SELECT person, {key}, changed, 'c' || n, 'c' || n, color, hex_color, created_at, modified_at \
         FROM calendars, numbers"
    ));
    let create = |number: usize| ann.send_json(Method::POST, CALENDARS, json!({"name": format!("new {number}")}));
    let answers = join_all((0..6).map(create)).await;
    let made: Vec<&Answer> = answers.iter().filter(|answer| answer.status == StatusCode::CREATED).collect();
    assert_eq!(made.len(), 2);
    let refused =
        answers.iter().find(|answer| answer.status == StatusCode::INSUFFICIENT_STORAGE).expect("one is refused");
    assert_eq!(refused.code(), "quotaLimitReached");
    // The default one has its row: it is none more.
    assert_eq!(ann.patch("/v1.0/me/calendar", json!({"name": "Mine"})).await.status, StatusCode::OK);
    assert_eq!(create(9).await.status, StatusCode::INSUFFICIENT_STORAGE);
    ann.call(Method::DELETE, &format!("{CALENDARS}/{one}")).await;
    assert_eq!(create(10).await.status, StatusCode::CREATED);
    assert_eq!(create(11).await.status, StatusCode::INSUFFICIENT_STORAGE);
}
