//! Events: made, read, changed and deleted.

use std::collections::BTreeSet;

use actix_web::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::on_both;
use crate::support::app::{Answer, Backend, Caller, TestApp};

on_both! {
    made_read_changed_and_deleted times_in_the_zone_that_is_preferred what_is_refused a_transaction_makes_one_event
    events_go_with_their_calendar a_series_keeps_its_rule
}

const ALL: &str = "/v1.0/me/events";

fn at(day: u32, hour: u32, zone: &str) -> Value {
    json!({"dateTime": format!("2026-03-{day:02}T{hour:02}:00:00"), "timeZone": zone})
}

fn event(subject: &str, day: u32) -> Value {
    json!({"subject": subject, "start": at(day, 9, "UTC"), "end": at(day, 10, "UTC")})
}

async fn make(caller: &Caller<'_>, body: Value) -> Answer {
    let made = caller.send_json(Method::POST, ALL, body).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
    made
}

fn id(answer: &Answer) -> String {
    answer.json()["id"].as_str().unwrap_or_else(|| panic!("no id: {}", answer.text())).to_owned()
}

fn path(link: &Value) -> String {
    let link = link.as_str().expect("a link");
    link[link.find("/v1.0").expect("a path")..].to_owned()
}

async fn made_read_changed_and_deleted(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Calendars.ReadWrite");
    let mut body = event("Team", 2);
    body["mood"] = json!("good");
    let made = make(&ann, body).await;
    let one = format!("{ALL}/{}", id(&made));
    assert!(made.header("location").ends_with(&one));
    let shown = ann.get(&one).await;
    assert_eq!(shown.json(), made.json());
    assert_eq!((&shown.json()["type"], &shown.json()["mood"]), (&json!("singleInstance"), &json!("good")));
    assert_eq!(shown.header("etag"), made.json()["@odata.etag"]);
    assert_eq!(ann.with("if-none-match", &made.header("etag")).get(&one).await.status, StatusCode::NOT_MODIFIED);
    let patched = ann.with("if-match", &made.header("etag")).patch(&one, json!({"subject": "Team 2"})).await;
    assert_eq!((&patched.json()["subject"], &patched.json()["mood"]), (&json!("Team 2"), &json!("good")));
    let old = ann.with("if-match", &made.header("etag"));
    assert_eq!(old.patch(&one, json!({"subject": "x"})).await.status, StatusCode::PRECONDITION_FAILED);
    assert_eq!(old.call(Method::DELETE, &one).await.status, StatusCode::PRECONDITION_FAILED);
    let back = ann.patch(&one, patched.json()).await;
    assert_eq!(back.header("etag"), patched.header("etag"), "sent back whole it changes nothing: {}", back.text());
    let minimal = ann.with("prefer", "return=minimal").patch(&one, json!({"subject": "y"})).await;
    assert_eq!(
        (minimal.status, minimal.header("preference-applied")),
        (StatusCode::NO_CONTENT, "return=minimal".into())
    );
    assert_eq!(app.event_rows(), [1, 1, 1, 1], "events, records, terms' events, changes");
    assert_eq!(ann.get(&format!("{ALL}/$count")).await.text(), "1");
    assert_eq!(app.caller("bob", "Calendars.ReadWrite").get(&one).await.status, StatusCode::NOT_FOUND);
    assert_eq!(ann.call(Method::DELETE, &one).await.status, StatusCode::NO_CONTENT);
    assert_eq!(ann.get(&one).await.status, StatusCode::NOT_FOUND);
    assert_eq!(app.event_rows(), [0, 0, 0, 1]);
    assert_eq!(ann.get(&format!("{ALL}/$count")).await.text(), "0");
}

async fn times_in_the_zone_that_is_preferred(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Calendars.ReadWrite");
    let made = make(
        &ann,
        json!({"subject": "a", "start": at(2, 9, "Europe/Berlin"), "end": at(2, 10, "W. Europe Standard Time")}),
    )
    .await;
    assert_eq!(made.json()["start"], json!({"dateTime": "2026-03-02T08:00:00.0000000", "timeZone": "UTC"}));
    assert_eq!(made.json()["originalStartTimeZone"], "Europe/Berlin");
    let one = format!("{ALL}/{}", id(&made));
    let mut tags = BTreeSet::from([made.header("etag")]);
    for (zone, start) in [
        ("Europe/Berlin", "2026-03-02T09:00:00.0000000"),
        ("Tokyo Standard Time", "2026-03-02T17:00:00.0000000"),
        ("america/new_york", "2026-03-02T03:00:00.0000000"),
    ] {
        let prefer = format!("outlook.timezone=\"{zone}\"");
        let there = ann.with("prefer", &prefer);
        let seen = there.get(&one).await;
        assert_eq!(seen.json()["start"], json!({"dateTime": start, "timeZone": zone}));
        assert_eq!(seen.header("preference-applied"), prefer);
        assert!(tags.insert(seen.header("etag")), "{zone}: what is seen otherwise has another tag");
        assert_eq!(there.get(ALL).await.json()["value"][0]["start"], seen.json()["start"]);
        let back = there.patch(&one, seen.json()).await;
        assert_eq!(back.json(), seen.json(), "the same instants are no change");
    }
    let nowhere = ann.with("prefer", "outlook.timezone=\"Mars/Base\"").get(&one).await;
    assert_eq!(
        (nowhere.status, nowhere.json()["error"]["target"].clone()),
        (StatusCode::BAD_REQUEST, "Prefer".into()),
        "not in UTC instead"
    );
    assert!(nowhere.text().contains("Mars/Base"), "{}", nowhere.text());
    let day = json!({"dateTime": "2026-03-02", "timeZone": "UTC"});
    let next = json!({"dateTime": "2026-03-03", "timeZone": "UTC"});
    let whole = make(&ann, json!({"subject": "b", "isAllDay": true, "start": day, "end": next})).await;
    let there = ann.with("prefer", "outlook.timezone=\"America/New_York\"");
    let seen = there.get(&format!("{ALL}/{}", id(&whole))).await.json();
    assert_eq!(seen["start"], json!({"dateTime": "2026-03-02T00:00:00.0000000", "timeZone": "America/New_York"}));
    let html = json!({"subject": "c", "start": at(2, 9, "UTC"), "end": at(2, 9, "UTC"), "body": {"contentType": "html", "content": "<p>Hi<script>x()</script></p>"}});
    let html = make(&ann, html).await;
    assert_eq!(html.json()["body"], json!({"contentType": "html", "content": "<p>Hi</p>"}));
    let text = ann.with("prefer", "outlook.body-content-type=\"text\"").get(&format!("{ALL}/{}", id(&html))).await;
    assert_eq!(text.json()["body"], json!({"contentType": "text", "content": "Hi"}));
}

async fn what_is_refused(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Calendars.ReadWrite");
    for (body, target) in [
        (json!({}), "start"),
        (json!({"start": at(2, 9, "UTC")}), "end"),
        (json!({"start": at(2, 9, "UTC"), "end": at(2, 8, "UTC")}), "end"),
        (json!({"start": at(2, 9, "Europe/Berlin"), "end": at(2, 7, "UTC")}), "end"),
        (json!({"start": at(2, 9, "Mars/Base"), "end": at(2, 10, "UTC")}), "start.timeZone"),
        (json!({"start": at(2, 9, "UTC"), "end": at(2, 10, "UTC"), "rrule": "FREQ=SECONDLY"}), "rrule"),
        (json!({"start": at(2, 9, "UTC"), "end": at(2, 10, "UTC"), "recurrence": {}}), "recurrence.pattern"),
        (json!({"start": at(2, 9, "UTC"), "end": at(2, 10, "UTC"), "calendarId": "x"}), "calendarId"),
        (json!({"start": at(2, 9, "UTC"), "end": at(2, 10, "UTC"), "transactionId": 1}), "transactionId"),
    ] {
        let refused = ann.send_json(Method::POST, ALL, body.clone()).await;
        assert!(refused.status.is_client_error(), "{body}: {}", refused.text());
        assert_eq!(refused.json()["error"]["target"], target, "{body}: {}", refused.text());
    }
    assert_eq!(app.event_rows(), [0, 0, 0, 0]);
    for option in ["$filter=nope eq 1", "$orderby=location", "$select=nope", "$expand=x", "$search=%22%22"] {
        assert_eq!(ann.get(&format!("{ALL}?{}", option.replace(' ', "%20"))).await.status, StatusCode::BAD_REQUEST);
    }
    for nowhere in ["/v1.0/me/calendars/x/events", "/v1.0/me/calendars/01890a5d-ac96-774b-bcce-b302099a8057/events"] {
        assert_eq!(ann.get(nowhere).await.status, StatusCode::NOT_FOUND);
        assert_eq!(ann.with("if-none-match", "*").get(nowhere).await.status, StatusCode::NOT_FOUND);
        assert_eq!(ann.get(&format!("{nowhere}/delta")).await.status, StatusCode::NOT_FOUND);
        let refused = ann.send_json(Method::POST, nowhere, event("a", 2)).await;
        assert_eq!(refused.status, StatusCode::NOT_FOUND);
    }
}

async fn a_transaction_makes_one_event(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Calendars.ReadWrite");
    let mut body = event("a", 2);
    body["transactionId"] = json!("t1");
    let (first, again) = (make(&ann, body.clone()).await, make(&ann, body.clone()).await);
    assert_eq!(id(&first), id(&again));
    // It is told, and stays what it is.
    let one = format!("{ALL}/{}", id(&first));
    let changed = ann.patch(&one, json!({"transactionId": "t2", "subject": "a"})).await;
    for told in [&first, &again, &changed, &ann.get(&one).await] {
        assert_eq!(told.json()["transactionId"], "t1", "{}", told.text());
    }
    let basic = app.caller("ann", "Calendars.ReadBasic").get(&one).await;
    assert_eq!(basic.json().get("transactionId"), None, "{}", basic.text());
    body["subject"] = json!("b");
    let refused = ann.send_json(Method::POST, ALL, body.clone()).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(refused.json()["error"]["target"], "transactionId", "{}", refused.text());
    // A key is no transaction.
    let keyed = ann.with("idempotency-key", "t1");
    let other = keyed.send_json(Method::POST, ALL, body.clone()).await;
    assert!(other.status == StatusCode::CREATED && id(&other) != id(&first), "{}", other.text());
    assert_eq!(id(&keyed.send_json(Method::POST, ALL, body).await), id(&other));
    assert_eq!(app.event_rows(), [2, 2, 2, 2]);
}

/// More of them than go in one turn.
async fn events_go_with_their_calendar(on: Backend) {
    const EVENTS: usize = 251;
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Calendars.ReadWrite");
    let work = ann.send_json(Method::POST, "/v1.0/me/calendars", json!({"name": "Work"})).await;
    let one = format!("/v1.0/me/calendars/{}", id(&work));
    for _ in 0..EVENTS {
        ann.send_json(Method::POST, &format!("{one}/events"), event("meeting", 2)).await;
    }
    let stays = id(&make(&ann, event("meeting", 2)).await);
    let link = path(&ann.get(&format!("{ALL}/delta?$top=1000")).await.json()["@odata.deltaLink"]);
    let current = ann.with("if-match", &work.header("etag"));
    assert_eq!(current.call(Method::DELETE, &one).await.status, StatusCode::NO_CONTENT);
    assert_eq!(ann.get(&format!("{ALL}/$count")).await.text(), "1");
    assert_eq!(ann.get(ALL).await.json()["value"][0]["id"], stays.as_str());
    let gone = ann.get(&link).await.json();
    let gone = gone["value"].as_array().expect("items");
    assert!(gone.len() == EVENTS && gone.iter().all(|item| item["@removed"]["reason"] == "deleted"));
    assert_eq!(app.event_rows(), [1, 1, 1, EVENTS + 1], "events, records, terms' events, changes");
}

async fn a_series_keeps_its_rule(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Calendars.ReadWrite");
    let recurrence = json!({
        "pattern": {"type": "weekly", "interval": 1, "daysOfWeek": ["monday"]},
        "range": {"type": "noEnd", "startDate": "2026-03-02"},
    });
    let body = json!({"subject": "w", "start": at(2, 9, "Europe/Berlin"), "end": at(2, 10, "Europe/Berlin"), "recurrence": recurrence});
    let made = make(&ann, body).await;
    let shown = made.json();
    assert_eq!((&shown["type"], &shown["recurrence"]["pattern"]["type"]), (&json!("seriesMaster"), &json!("weekly")));
    assert!(shown["rrule"].as_str().is_some_and(|rule| rule.contains("FREQ=WEEKLY")), "{shown}");
    let one = format!("{ALL}/{}", id(&made));
    assert_eq!(
        ann.patch(&one, shown.clone()).await.header("etag"),
        made.header("etag"),
        "sent back it changes nothing"
    );
    let odd = ann.patch(&one, json!({"rrule": "FREQ=MONTHLY;BYMONTHDAY=-1,1"})).await.json();
    assert_eq!((&odd["recurrence"], &odd["rrule"]), (&Value::Null, &json!("FREQ=MONTHLY;BYMONTHDAY=-1,1")));
    let single = ann.patch(&one, json!({"rrule": null})).await.json();
    assert_eq!((&single["type"], &single["rrule"]), (&json!("singleInstance"), &Value::Null));
}
