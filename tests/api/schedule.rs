//! `getSchedule`: when the person is busy, as far as the token shows it; nothing of anybody else.

use actix_web::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::on_both;
use crate::support::app::{Answer, Backend, Caller, TestApp};

on_both! {
    busy_times_and_their_digits what_a_token_shows days_are_where_one_looks others_schedules what_is_no_question
    more_than_can_be_looked_through
}

const SCHEDULE: &str = "/v1.0/me/calendar/getSchedule";
const CANARY: &str = "Qx7-canary";

fn at(time: &str, zone: &str) -> Value {
    json!({"dateTime": time, "timeZone": zone})
}

fn question(from: &str, to: &str, zone: &str, minutes: u32) -> Value {
    json!({"schedules": ["me"], "startTime": at(from, zone), "endTime": at(to, zone), "availabilityViewInterval": minutes})
}

async fn ask(caller: &Caller<'_>, question: Value) -> Answer {
    let answer = caller.send_json(Method::POST, SCHEDULE, question).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    answer
}

fn own(answer: &Answer) -> Value {
    answer.json()["value"][0].clone()
}

/// An event from one hour to another of the 27th of March or later, in Berlin.
async fn make(caller: &Caller<'_>, day: u32, hours: [u32; 2], more: Value) {
    let time = |hour: u32| at(&format!("2026-03-{day:02}T{hour:02}:00:00"), "Europe/Berlin");
    let mut body =
        json!({"subject": CANARY, "location": {"displayName": CANARY}, "start": time(hours[0]), "end": time(hours[1])});
    body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    let made = caller.send_json(Method::POST, "/v1.0/me/events", body).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
}

async fn busy_times_and_their_digits(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Calendars.ReadWrite");
    make(&ann, 27, [9, 11], json!({"rrule": "FREQ=DAILY;COUNT=4"})).await;
    make(&ann, 30, [10, 12], json!({"showAs": "tentative"})).await;
    make(&ann, 30, [13, 14], json!({"showAs": "free"})).await;
    make(&ann, 30, [14, 15], json!({"showAs": "oof"})).await;
    make(&ann, 30, [14, 16], json!({"showAs": "workingElsewhere"})).await;
    let work = ann.send_json(Method::POST, "/v1.0/me/calendars", json!({"name": "Work"})).await.json()["id"].clone();
    make(&ann, 30, [17, 18], json!({"calendarId": work})).await;
    let seen = ask(&ann, question("2026-03-30T08:00:00", "2026-03-30T18:30:00", "Europe/Berlin", 60)).await;
    assert_eq!(own(&seen)["availabilityView"], "02210034020", "the clock was changed on the 29th: {}", seen.text());
    let items = own(&seen)["scheduleItems"].clone();
    assert_eq!(items.as_array().map(Vec::len), Some(5), "what is free takes no time: {items}");
    assert_eq!(
        items[0],
        json!({"status": "busy", "start": at("2026-03-30T07:00:00.0000000", "UTC"),
        "end": at("2026-03-30T09:00:00.0000000", "UTC"), "subject": CANARY, "location": CANARY, "isPrivate": false})
    );
    let there = ann.with("prefer", "outlook.timezone=\"Europe/Berlin\"");
    let seen = ask(&there, question("2026-03-30T07:00:00", "2026-03-30T08:00:00", "UTC", 30)).await;
    assert_eq!(own(&seen)["scheduleItems"][0]["start"], at("2026-03-30T09:00:00.0000000", "Europe/Berlin"));
    assert_eq!(
        (seen.header("preference-applied"), &own(&seen)["availabilityView"]),
        ("outlook.timezone=\"Europe/Berlin\"".into(), &json!("22"))
    );
    // SDKs write the parameters with a capital; and thirty minutes are a slot.
    let capital = json!({"Schedules": ["me"], "StartTime": at("2026-03-27T08:00:00", "UTC"), "EndTime": at("2026-03-27T10:45:00", "UTC")});
    assert_eq!(own(&ask(&ann, capital).await)["availabilityView"], "222200");
    // An occurrence that was cancelled or moved away does not hold one up.
    let events = ann.get("/v1.0/me/events?$filter=showAs%20eq%20'busy'").await.json();
    let series =
        events["value"].as_array().expect("events").iter().find(|event| event["type"] == "seriesMaster").expect("one")
            ["id"]
            .clone();
    let one = |start: &str| format!("/v1.0/me/events/{}_{start}", series.as_str().expect("an id"));
    assert_eq!(ann.call(Method::DELETE, &one("20260327T080000Z")).await.status, StatusCode::NO_CONTENT);
    let moved = json!({"start": at("2026-03-27T20:00:00", "UTC"), "end": at("2026-03-27T21:00:00", "UTC")});
    assert_eq!(ann.patch(&one("20260328T080000Z"), moved).await.status, StatusCode::OK);
    let seen = ask(&ann, question("2026-03-27T00:00:00", "2026-03-29T00:00:00", "UTC", 240)).await;
    assert_eq!(own(&seen)["availabilityView"], "000002000000", "{}", seen.text());
}

async fn what_a_token_shows(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Calendars.ReadWrite");
    make(&ann, 27, [9, 10], json!({"body": {"contentType": "text", "content": CANARY}, "categories": [CANARY]})).await;
    make(&ann, 27, [11, 12], json!({"sensitivity": "private"})).await;
    let question = question("2026-03-27T08:00:00", "2026-03-27T12:00:00", "Europe/Berlin", 60);
    for scope in ["Calendars.ReadFreeBusy", "Calendars.ReadBasic"] {
        let seen = ask(&app.caller("ann", scope), question.clone()).await;
        assert!(!seen.text().contains(CANARY) && !seen.text().contains("isPrivate"), "{scope}: {}", seen.text());
        assert_eq!(own(&seen)["availabilityView"], "0202", "{scope}");
        assert_eq!(own(&seen)["scheduleItems"].as_array().map(Vec::len), Some(2));
    }
    let seen = ask(&app.caller("ann", "Calendars.Read"), question.clone()).await;
    let items = own(&seen)["scheduleItems"].clone();
    assert_eq!((&items[0]["subject"], &items[0]["isPrivate"]), (&json!(CANARY), &json!(false)), "{items}");
    assert_eq!(
        (&items[1]["subject"], &items[1]["location"], &items[1]["isPrivate"]),
        (&Value::Null, &Value::Null, &json!(true))
    );
    assert_eq!(seen.text().matches(CANARY).count(), 2, "subject and location of the one that is not private");
    let busy = app.caller("ann", "Calendars.ReadFreeBusy");
    for path in [
        "/v1.0/me/events",
        "/v1.0/me/calendar",
        "/v1.0/me/calendarView?startDateTime=2026-03-27&endDateTime=2026-03-28",
    ] {
        assert_eq!(busy.get(path).await.status, StatusCode::FORBIDDEN, "{path}");
    }
    let refused = app.caller("ann", "Contacts.Read").send_json(Method::POST, SCHEDULE, question).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
}

async fn days_are_where_one_looks(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Calendars.ReadWrite");
    let day =
        json!({"isAllDay": true, "start": at("2026-03-27", "UTC"), "end": at("2026-03-28", "UTC"), "showAs": "oof"});
    make(&ann, 27, [0, 0], day).await;
    for zone in ["Pacific/Kiritimati", "America/Los_Angeles"] {
        let seen = ask(&ann, question("2026-03-26T00:00:00", "2026-03-29T00:00:00", zone, 1440)).await;
        assert_eq!(own(&seen)["availabilityView"], "030", "{zone}: {}", seen.text());
    }
}

async fn others_schedules(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Calendars.ReadWrite");
    make(&ann, 27, [9, 10], json!({})).await;
    let own_id = ann.get("/v1.0/me/calendar").await.json()["id"].as_str().expect("an id").to_owned();
    app.caller("bob", "Calendars.ReadWrite").get("/v1.0/me/calendar").await;
    let bobs = app.caller("bob", "Calendars.ReadWrite").get("/v1.0/me/calendar").await.json()["id"].clone();
    let mut question = question("2026-03-27T08:00:00", "2026-03-27T10:00:00", "Europe/Berlin", 60);
    question["schedules"] =
        json!([own_id, "ANN@example.com", bobs, "bob@example.com", "nobody@example.com", "x\u{202e}"]);
    let mut claims = app.claims("ann", "Calendars.ReadFreeBusy");
    claims["email"] = json!("ann@example.com");
    claims["email_verified"] = json!(true);
    let seen = ask(&app.caller_with(&claims), question.clone()).await.json();
    let all = seen["value"].as_array().expect("schedules");
    assert!(
        all.len() == 6 && all[..2].iter().all(|one| one["availabilityView"] == "02" && one["error"].is_null()),
        "{seen}"
    );
    for (one, who) in all.iter().zip(question["schedules"].as_array().expect("a list")) {
        assert_eq!(one["scheduleId"], *who);
    }
    for other in &all[2..] {
        assert_eq!((&other["availabilityView"], &other["scheduleItems"]), (&json!(""), &json!([])));
        assert_eq!(other["error"], all[2]["error"], "nobody tells who there is");
        assert_eq!(other["error"]["responseCode"], "ErrorMailRecipientNotFound");
    }
    // What was verified once is the account's `mail`, whatever later tokens say.
    claims["email"] = json!("else@example.com");
    claims["email_verified"] = json!(false);
    question["schedules"] = json!(["ann@example.com", "else@example.com"]);
    let seen = ask(&app.caller_with(&claims), question).await.json();
    assert_eq!(seen["value"][0]["availabilityView"], "02", "{seen}");
    assert_eq!(seen["value"][1]["error"]["responseCode"], "ErrorMailRecipientNotFound");
}

async fn what_is_no_question(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Calendars.ReadFreeBusy");
    let good = question("2026-03-27T08:00:00", "2026-03-28T08:00:00", "UTC", 60);
    for (name, value, target) in [
        ("schedules", json!([]), "schedules"),
        ("schedules", vec!["me"; 21].into(), "schedules"),
        ("schedules", json!([7]), "schedules[0]"),
        ("startTime", Value::Null, "startTime.dateTime"),
        ("startTime", at("noon", "UTC"), "startTime.dateTime"),
        ("startTime", at("2026-03-27T08:00:00", "Mars/Base"), "startTime.timeZone"),
        ("endTime", at("2026-03-27T08:00:00", "UTC"), "endTime"),
        ("endTime", at("2026-05-28T08:00:01", "UTC"), "endTime"),
        ("endTime", at("9999-12-31T23:59:59", "America/New_York"), "endTime"),
        ("availabilityViewInterval", json!(4), "availabilityViewInterval"),
        ("availabilityViewInterval", json!(1441), "availabilityViewInterval"),
        ("mood", json!("good"), "mood"),
    ] {
        let mut question = good.clone();
        question[name] = value.clone();
        let refused = ann.send_json(Method::POST, SCHEDULE, question).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{name} {value}: {}", refused.text());
        assert_eq!(refused.json()["error"]["target"], target, "{value}: {}", refused.text());
    }
    let longest = question("2026-03-27T08:00:00", "2026-05-28T08:00:00", "UTC", 5);
    assert_eq!(own(&ask(&ann, longest).await)["availabilityView"].as_str().map(str::len), Some(62 * 24 * 12));
    assert_eq!(ann.get(SCHEDULE).await.status, StatusCode::METHOD_NOT_ALLOWED);
}

/// Rather none than one that is free where nobody looked.
async fn more_than_can_be_looked_through(on: Backend) {
    let app = TestApp::with(on, |config| config.limits.expansion_instances = 3);
    let ann = app.caller("ann", "Calendars.ReadWrite");
    make(&ann, 27, [9, 10], json!({"rrule": "FREQ=DAILY"})).await;
    let few = ask(&ann, question("2026-03-27T00:00:00", "2026-03-30T00:00:00", "UTC", 1440)).await;
    assert_eq!(own(&few)["availabilityView"], "222", "{}", few.text());
    let many = ask(&ann, question("2026-03-27T00:00:00", "2026-04-27T00:00:00", "UTC", 1440)).await;
    let one = own(&many);
    assert_eq!((&one["availabilityView"], &one["scheduleItems"]), (&json!(""), &json!([])), "{one}");
    assert_eq!(one["error"]["responseCode"], "ErrorResultSetTooBig");
}
