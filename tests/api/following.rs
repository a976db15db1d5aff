//! `$following=true`: one occurrence of a series and all that follow become a series of their own, or are no more.

use actix_web::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::on_both;
use crate::support::app::{Answer, Backend, Caller, TestApp};

on_both! {
    what_follows_is_a_series_of_its_own what_follows_is_deleted the_first_and_all_that_follow_are_all
    what_was_other_goes_where_it_belongs an_occurrence_that_was_moved_says_of_the_others_what_is_changed a_split_needs_room
}

const ALL: &str = "/v1.0/me/events";

fn at(time: &str) -> Value {
    json!({"dateTime": time, "timeZone": "Europe/Berlin"})
}

fn id(answer: &Answer) -> String {
    answer.json()["id"].as_str().unwrap_or_else(|| panic!("no id: {}", answer.text())).to_owned()
}

/// At nine in Berlin, of which the clock is changed on the 29th of March.
async fn series(caller: &Caller<'_>, rule: &str) -> Answer {
    let body =
        json!({"subject": "Team", "start": at("2026-03-16T09:00:00"), "end": at("2026-03-16T10:00:00"), "rrule": rule});
    let made = caller.send_json(Method::POST, ALL, body).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
    made
}

/// Which of these occurrences there are, each by its `type`.
async fn types(caller: &Caller<'_>, master: &str, starts: &[&str]) -> Vec<Value> {
    let mut all = Vec::new();
    for start in starts {
        let one = caller.get(&format!("{ALL}/{master}_{start}")).await;
        all.push(if one.status == StatusCode::OK { one.json()["type"].clone() } else { Value::Null });
    }
    all
}

const FIVE: [&str; 5] =
    ["20260316T080000Z", "20260323T080000Z", "20260330T070000Z", "20260406T070000Z", "20260413T070000Z"];

async fn what_follows_is_a_series_of_its_own(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Calendars.ReadWrite");
    let made = series(&ann, "FREQ=WEEKLY;COUNT=4").await;
    let link = ann.get(&format!("{ALL}/delta")).await.json()["@odata.deltaLink"].as_str().expect("a link").to_owned();
    let third = format!("{ALL}/{}_{}?$following=true", id(&made), FIVE[2]);
    let old = ann.with("if-match", "W/\"1\"").patch(&third, json!({"subject": "x"})).await;
    assert_eq!(old.status, StatusCode::PRECONDITION_FAILED);
    let mut change = ann.get(third.trim_end_matches("?$following=true")).await.json();
    change["subject"] = json!("New");
    let split = ann.with("if-match", &made.header("etag")).patch(&third, change).await;
    assert_eq!(split.status, StatusCode::CREATED, "{}", split.text());
    let new = split.json();
    assert!(split.header("location").ends_with(&format!("{ALL}/{}", id(&split))));
    assert_ne!(id(&split), id(&made));
    assert_ne!(new["iCalUId"], made.json()["iCalUId"]);
    assert_eq!(
        (&new["type"], &new["subject"], &new["rrule"]),
        (&json!("seriesMaster"), &json!("New"), &json!("FREQ=WEEKLY;COUNT=2"))
    );
    assert_eq!(new["start"]["dateTime"], "2026-03-30T07:00:00.0000000");
    assert_eq!(new["recurrence"]["range"]["startDate"], "2026-03-30");
    let kept = ann.get(&format!("{ALL}/{}", id(&made))).await.json();
    assert_eq!((&kept["subject"], &kept["rrule"]), (&json!("Team"), &json!("FREQ=WEEKLY;COUNT=2")));
    let there = |is: [bool; 5]| is.map(|is| if is { json!("occurrence") } else { Value::Null }).to_vec();
    assert_eq!(types(&ann, &id(&made), &FIVE).await, there([true, true, false, false, false]));
    assert_eq!(types(&ann, &id(&split), &FIVE).await, there([false, false, true, true, false]));
    let round = ann.get(&link[link.find("/v1.0").expect("a path")..]).await.json();
    assert_eq!(round["value"].as_array().map(Vec::len), Some(2), "both changed: {round}");
    assert_eq!(app.event_rows()[0], 2);
    assert_eq!(ann.get(&format!("{ALL}/$count")).await.text(), "2");
    // An open one ends before it.
    let open = series(&ann, "FREQ=WEEKLY").await;
    let second = format!("{ALL}/{}_{}?$following=true", id(&open), FIVE[1]);
    let moved = json!({"start": at("2026-03-24T11:00:00"), "end": at("2026-03-24T12:00:00")});
    let split = ann.patch(&second, moved).await;
    assert_eq!(
        (split.status, &split.json()["rrule"]),
        (StatusCode::CREATED, &json!("FREQ=WEEKLY")),
        "{}",
        split.text()
    );
    assert_eq!(types(&ann, &id(&split), &["20260324T100000Z", "20260331T090000Z"]).await, there([true; 5])[..2]);
    let ended = ann.get(&format!("{ALL}/{}", id(&open))).await.json();
    assert_eq!(ended["rrule"], "FREQ=WEEKLY;UNTIL=20260323T075959Z");
}

async fn what_follows_is_deleted(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Calendars.ReadWrite");
    let made = series(&ann, "FREQ=WEEKLY").await;
    let one = |start: &str| format!("{ALL}/{}_{start}?$following=true", id(&made));
    assert_eq!(ann.call(Method::DELETE, &one(FIVE[2])).await.status, StatusCode::NO_CONTENT);
    let left = types(&ann, &id(&made), &FIVE).await;
    assert_eq!(left, [json!("occurrence"), json!("occurrence"), Value::Null, Value::Null, Value::Null]);
    assert_eq!(ann.call(Method::DELETE, &one(FIVE[2])).await.status, StatusCode::NOT_FOUND);
    assert_eq!(app.event_rows()[0], 1);
    assert_eq!(ann.call(Method::DELETE, &one(FIVE[0])).await.status, StatusCode::NO_CONTENT);
    assert_eq!(app.event_rows()[0], 0, "with the first all are gone");
}

async fn the_first_and_all_that_follow_are_all(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Calendars.ReadWrite");
    let made = series(&ann, "FREQ=WEEKLY").await;
    let one = |start: &str| format!("{ALL}/{}_{start}", id(&made));
    let all = ann.patch(&format!("{}?$following=true", one(FIVE[0])), json!({"subject": "All"})).await;
    assert_eq!((all.status, all.header("location")), (StatusCode::OK, String::new()), "{}", all.text());
    assert_eq!((id(&all), &all.json()["subject"]), (id(&made), &json!("All")));
    let same = ann.patch(&format!("{}?$following=true", one(FIVE[0])), json!({"subject": "All"})).await;
    assert_eq!(same.header("etag"), all.header("etag"));
    // So it is where all before it were taken out, and of the series itself.
    assert_eq!(ann.call(Method::DELETE, &one(FIVE[0])).await.status, StatusCode::NO_CONTENT);
    let second = ann.patch(&format!("{}?$following=true", one(FIVE[1])), json!({"subject": "Rest"})).await;
    assert_eq!((second.status, id(&second)), (StatusCode::OK, id(&made)));
    let series = ann.patch(&format!("{ALL}/{}?$following=true", id(&made)), json!({"subject": "Series"})).await;
    assert_eq!((series.status, &series.json()["subject"]), (StatusCode::OK, &json!("Series")));
    let alone = ann.patch(&format!("{}?$following=false", one(FIVE[2])), json!({"subject": "One"})).await;
    assert_eq!(alone.json()["type"], "exception");
    assert_eq!(app.event_rows()[0], 1);
}

async fn what_was_other_goes_where_it_belongs(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Calendars.ReadWrite");
    let made = series(&ann, "FREQ=WEEKLY;COUNT=5").await;
    let one = |start: &str| format!("{ALL}/{}_{start}", id(&made));
    for start in [FIVE[0], FIVE[2], FIVE[4]] {
        assert_eq!(
            ann.patch(&one(start), json!({"subject": start, "importance": "high"})).await.status,
            StatusCode::OK
        );
    }
    for start in [FIVE[1], FIVE[3]] {
        assert_eq!(ann.call(Method::DELETE, &one(start)).await.status, StatusCode::NO_CONTENT);
    }
    let split = ann.patch(&format!("{}?$following=true", one(FIVE[2])), json!({"subject": "New"})).await;
    assert_eq!(split.status, StatusCode::CREATED, "{}", split.text());
    let (exception, none) = (json!("exception"), Value::Null);
    assert_eq!(types(&ann, &id(&made), &FIVE).await, [&exception, &none, &none, &none, &none].map(Clone::clone));
    assert_eq!(types(&ann, &id(&split), &FIVE).await, [&none, &none, &exception, &none, &exception].map(Clone::clone));
    let first = ann.get(&format!("{ALL}/{}_{}", id(&split), FIVE[2])).await.json();
    assert_eq!((&first["subject"], &first["importance"]), (&json!("New"), &json!("high")), "who asked sees the change");
    let last = ann.get(&format!("{ALL}/{}_{}", id(&split), FIVE[4])).await.json();
    assert_eq!(last["subject"], FIVE[4]);
    // The last of them alone is no series.
    let single = ann
        .patch(&format!("{ALL}/{}_{}?$following=true", id(&split), FIVE[4]), json!({"location": {"displayName": "X"}}))
        .await;
    let single = single.json();
    assert_eq!(
        (&single["type"], &single["subject"], &single["rrule"]),
        (&json!("seriesMaster"), &json!("New"), &json!("FREQ=WEEKLY;COUNT=1"))
    );
}

async fn an_occurrence_that_was_moved_says_of_the_others_what_is_changed(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Calendars.ReadWrite");
    let made = series(&ann, "FREQ=WEEKLY;COUNT=4").await;
    let one = format!("{ALL}/{}_{}", id(&made), FIVE[1]);
    ann.patch(&one, json!({"start": at("2026-03-24T12:00:00"), "end": at("2026-03-24T13:00:00")})).await;
    let mut whole = ann.get(&one).await.json();
    whole["subject"] = json!("New");
    let split = ann.patch(&format!("{one}?$following=true"), whole).await;
    assert_eq!(split.status, StatusCode::CREATED, "{}", split.text());
    let (new, start) = (split.json(), |of: &Value| of["start"]["dateTime"].as_str().expect("a time")[..16].to_owned());
    assert_eq!((start(&new).as_str(), &new["rrule"]), ("2026-03-23T08:00", &json!("FREQ=WEEKLY;COUNT=3")));
    let first = format!("{ALL}/{}_{}", id(&split), FIVE[1]);
    let (moved, next) = (ann.get(&first).await.json(), ann.get(&first.replace(FIVE[1], FIVE[2])).await.json());
    assert_eq!((start(&moved).as_str(), start(&next).as_str()), ("2026-03-24T11:00", "2026-03-30T07:00"));
    assert_eq!((&moved["subject"], &next["subject"]), (&json!("New"), &json!("New")));
    // Other times are those of all, and of this one too.
    let wednesday = json!({"start": at("2026-03-25T12:00:00"), "end": at("2026-03-25T13:00:00")});
    let all = ann.patch(&format!("{first}?$following=true"), wednesday).await;
    assert_eq!((all.status, start(&all.json()).as_str()), (StatusCode::OK, "2026-03-25T11:00"), "{}", all.text());
    let window = "startDateTime=2026-03-22T00:00:00Z&endDateTime=2026-04-05T00:00:00Z";
    let seen = ann.get(&format!("{ALL}/{}/instances?{window}", id(&split))).await.json();
    let seen: Vec<_> = seen["value"].as_array().expect("items").iter().map(start).collect();
    assert_eq!(seen, ["2026-03-25T11:00", "2026-04-01T10:00"]);
}

async fn a_split_needs_room(on: Backend) {
    let app = TestApp::with(on, |config| config.limits.quota_events = 1);
    let ann = app.caller("ann", "Calendars.ReadWrite");
    let made = series(&ann, "FREQ=WEEKLY").await;
    let split = format!("{ALL}/{}_{}?$following=true", id(&made), FIVE[2]);
    let refused = ann.patch(&split, json!({"subject": "New"})).await;
    assert_eq!(refused.status, StatusCode::INSUFFICIENT_STORAGE, "{}", refused.text());
    let whole = ann.get(&format!("{ALL}/{}", id(&made))).await;
    assert_eq!(
        (whole.header("etag"), &whole.json()["rrule"]),
        (made.header("etag"), &json!("FREQ=WEEKLY")),
        "nothing is half done"
    );
    assert_eq!(app.event_rows(), [1, 1, 1, 1]);
}
