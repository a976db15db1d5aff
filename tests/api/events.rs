//! Events: made, read, changed, moved and deleted; lists of them and rounds.

use actix_web::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::on_both;
use crate::support::app::{Answer, Backend, Caller, TestApp};

on_both! {
    made_read_changed_and_deleted times_in_the_zone_that_is_preferred what_is_refused lists_and_their_pages
    filters_orders_and_searches rounds_of_all_and_of_a_calendar a_transaction_makes_one_event events_go_with_their_calendar
    a_series_keeps_its_rule
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

fn subjects(page: &Answer) -> Vec<String> {
    let items = page.json()["value"].as_array().cloned().unwrap_or_else(|| panic!("{}", page.text()));
    items.iter().map(|item| item["subject"].as_str().unwrap_or("-").to_owned()).collect()
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
        assert_ne!(seen.header("etag"), made.header("etag"));
        assert_eq!(there.get(ALL).await.json()["value"][0]["start"], seen.json()["start"]);
        let back = there.patch(&one, seen.json()).await;
        assert_eq!(back.json(), seen.json(), "the same instants are no change");
    }
    let nowhere = ann.with("prefer", "outlook.timezone=\"Mars/Base\"").get(&one).await;
    assert_eq!((nowhere.json(), nowhere.header("preference-applied")), (made.json(), String::new()));
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
        (json!({"start": at(2, 9, "UTC"), "end": at(2, 10, "UTC"), "recurrence": {}}), "recurrence"),
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

async fn lists_and_their_pages(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Calendars.ReadWrite");
    let work = id(&ann.send_json(Method::POST, "/v1.0/me/calendars", json!({"name": "Work"})).await);
    let of_work = format!("/v1.0/me/calendars/{work}/events");
    for day in 1..=5 {
        make(&ann, event(&format!("home {day}"), day)).await;
        let made = ann.send_json(Method::POST, &of_work, event(&format!("work {day}"), day)).await;
        assert_eq!(made.json()["calendarId"], work.as_str(), "{}", made.text());
    }
    for (at, number) in [(ALL, 10), ("/v1.0/me/calendar/events", 5), (of_work.as_str(), 5)] {
        let (mut next, mut seen) =
            (format!("{at}?$top=2&$count=true&$orderby=start/dateTime%20desc,subject"), Vec::new());
        loop {
            let page = ann.get(&next).await;
            seen.extend(subjects(&page));
            let page = page.json();
            if page["@odata.nextLink"].is_null() {
                break;
            }
            assert!(page["value"].as_array().is_some_and(|items| items.len() == 2));
            next = path(&page["@odata.nextLink"]);
        }
        assert_eq!(seen.len(), number, "{at}");
        let mut sorted = seen.clone();
        sorted.sort_by_key(|subject| (std::cmp::Reverse(subject[5..].to_owned()), subject.clone()));
        assert_eq!(seen, sorted, "{at}");
        assert_eq!(ann.get(&format!("{at}?$count=true&$top=1")).await.json()["@odata.count"], number);
    }
    let some = ann.get(&format!("{ALL}?$select=subject&$skip=8")).await.json();
    assert_eq!(some["value"].as_array().map(Vec::len), Some(2));
    assert_eq!(some["value"][0].as_object().map(serde_json::Map::len), Some(3), "tag, id and subject");
    let tag = ann.get(ALL).await.header("etag");
    assert_eq!(ann.with("if-none-match", &tag).get(ALL).await.status, StatusCode::NOT_MODIFIED);
}

async fn filters_orders_and_searches(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Calendars.ReadWrite");
    let mut team = event("Équipe", 2);
    team["attendees"] = json!([{"emailAddress": {"address": "Zoe@example.org", "name": "Zoë"}, "type": "optional"}]);
    team["categories"] = json!(["Red"]);
    team["location"] = json!({"displayName": "Room 2"});
    team["showAs"] = json!("workingElsewhere");
    make(&ann, team).await;
    let mut doctor = event("Doctor", 3);
    doctor["sensitivity"] = json!("private");
    doctor["categories"] = json!(["Red"]);
    make(&ann, doctor).await;
    let mut daily = event("daily", 4);
    daily["rrule"] = json!("FREQ=DAILY;COUNT=3");
    make(&ann, daily).await;
    for (filter, found) in [
        ("subject eq 'équipe'", vec!["Équipe"]),
        ("start/dateTime ge '2026-03-03T00:00:00'", vec!["Doctor", "daily"]),
        ("end/dateTime lt 2026-03-02T10:00:01Z", vec!["Équipe"]),
        ("type eq 'seriesMaster'", vec!["daily"]),
        ("type ne 'seriesMaster' and isAllDay eq false and not isCancelled eq true", vec!["Équipe", "Doctor"]),
        ("isAllDay ne false", vec![]),
        ("sensitivity eq 'private'", vec!["Doctor"]),
        ("showAs eq 'workingElsewhere'", vec!["Équipe"]),
        ("categories/any(c:c eq 'red')", vec!["Équipe", "Doctor"]),
        ("categories/any()", vec!["Équipe", "Doctor"]),
        ("attendees/any(a:a/emailAddress/address eq 'zoe@EXAMPLE.org')", vec!["Équipe"]),
        ("locations/any(l:startswith(l/displayName,'room'))", vec!["Équipe"]),
        ("contains(location/displayName,'2') or importance eq 'low'", vec!["Équipe"]),
        ("location/displayName eq null", vec!["Doctor", "daily"]),
        ("iCalUId eq 'x'", vec![]),
    ] {
        let query = filter.replace(' ', "%20").replace('é', "%C3%A9");
        let page = ann.get(&format!("{ALL}?$orderby=start/dateTime&$count=true&$filter={query}")).await;
        assert_eq!(subjects(&page), found, "{filter}");
        assert_eq!(page.json()["@odata.count"], found.len(), "{filter}");
        assert_eq!(ann.get(&format!("{ALL}/$count?$filter={query}")).await.text(), found.len().to_string(), "{filter}");
    }
    for (search, found) in [
        ("equi", vec!["Équipe"]),
        ("zoe@example.org", vec!["Équipe"]),
        ("room 2", vec!["Équipe"]),
        ("red doc", vec!["Doctor"]),
        ("nothing", vec![]),
    ] {
        let page = ann.get(&format!("{ALL}?$search=%22{}%22", search.replace(' ', "%20"))).await;
        assert_eq!(subjects(&page), found, "{search}");
    }
    assert_eq!(subjects(&ann.get(&format!("{ALL}?$orderby=subject")).await), ["daily", "Doctor", "Équipe"]);
    assert_eq!(subjects(&ann.get(&format!("{ALL}?$orderby=end/dateTime%20desc")).await), ["daily", "Doctor", "Équipe"]);
}

async fn rounds_of_all_and_of_a_calendar(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Calendars.ReadWrite");
    let work = id(&ann.send_json(Method::POST, "/v1.0/me/calendars", json!({"name": "Work"})).await);
    let (of_default, of_work) = ("/v1.0/me/calendar/events/delta", format!("/v1.0/me/calendars/{work}/events/delta"));
    let mut ids = Vec::new();
    for day in 1..=3 {
        ids.push(id(&make(&ann, event(&format!("e{day}"), day)).await));
    }
    let first = ann.get(&format!("{ALL}/delta?$top=2")).await;
    assert_eq!(subjects(&first), ["e1", "e2"]);
    let last = ann.get(&path(&first.json()["@odata.nextLink"])).await;
    assert_eq!(subjects(&last), ["e3"]);
    let all = path(&last.json()["@odata.deltaLink"]);
    let default = path(&ann.get(of_default).await.json()["@odata.deltaLink"]);
    let there = path(&ann.get(&of_work).await.json()["@odata.deltaLink"]);
    let moved = ann.patch(&format!("{ALL}/{}", ids[0]), json!({"calendarId": work})).await;
    assert_eq!((moved.status, &moved.json()["calendarId"]), (StatusCode::OK, &json!(work)));
    ann.call(Method::DELETE, &format!("{ALL}/{}", ids[1])).await;
    let removed = |at: usize, reason: &str| json!({"id": ids[at], "@removed": {"reason": reason}});
    let seen = ann.get(&all).await.json();
    assert_eq!((&seen["value"][0]["subject"], &seen["value"][1]), (&json!("e1"), &removed(1, "deleted")));
    assert_eq!(seen["value"].as_array().map(Vec::len), Some(2));
    assert_eq!(ann.get(&default).await.json()["value"], json!([removed(0, "changed"), removed(1, "deleted")]));
    assert_eq!(subjects(&ann.get(&there).await), ["e1"]);
    assert_eq!(ann.get(&path(&seen["@odata.deltaLink"])).await.json()["value"], json!([]));
    // Another's, or of a narrower grant, it is lost.
    assert_eq!(app.caller("bob", "Calendars.ReadWrite").get(&all).await.status, StatusCode::GONE);
    assert_eq!(app.caller("ann", "Calendars.ReadBasic").get(&all).await.status, StatusCode::GONE);
}

async fn a_transaction_makes_one_event(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Calendars.ReadWrite");
    let mut body = event("a", 2);
    body["transactionId"] = json!("t1");
    let (first, again) = (make(&ann, body.clone()).await, make(&ann, body.clone()).await);
    assert_eq!(id(&first), id(&again));
    body["subject"] = json!("b");
    assert_eq!(ann.send_json(Method::POST, ALL, body.clone()).await.status, StatusCode::UNPROCESSABLE_ENTITY);
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
