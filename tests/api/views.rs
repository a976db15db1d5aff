//! `calendarView` and `instances`: what happens in a window of time, each instance by itself, and an instance by its id.

use actix_web::http::{Method, StatusCode};
use serde_json::{Value, json};
use sharehold::resources::calendar::record::Record;

use crate::on_both;
use crate::support::app::{Backend, Caller, TestApp};

on_both! {
    a_view_may_be_of_one_calendar of_a_series_each_instance_in_the_order_of_time an_exception_is_where_it_was_moved_to days_are_where_one_is
    what_is_no_window_is_refused basic_sees_no_more_of_instances the_instances_of_one_event
}

pub const ALL: &str = "/v1.0/me/events";
pub const VIEW: &str = "/v1.0/me/calendarView";

pub fn window(path: &str, from: &str, to: &str) -> String {
    format!("{path}?startDateTime={from}&endDateTime={to}")
}

pub async fn make(caller: &Caller<'_>, body: Value) -> String {
    let made = caller.send_json(Method::POST, ALL, body).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
    made.json()["id"].as_str().expect("an id").to_owned()
}

pub fn event(subject: &str, start: &str, end: &str, zone: &str, rrule: Option<&str>) -> Value {
    let time = |time: &str| json!({"dateTime": time, "timeZone": zone});
    let mut event = json!({"subject": subject, "start": time(start), "end": time(end)});
    if let Some(rrule) = rrule {
        event["rrule"] = json!(rrule);
    }
    event
}

/// The items of the one page that it is.
async fn items(caller: &Caller<'_>, path: &str) -> Vec<Value> {
    let page = caller.get(path).await;
    assert_eq!(page.status, StatusCode::OK, "{path}: {}", page.text());
    assert_eq!(page.json()["@odata.nextLink"], Value::Null);
    page.json()["value"].as_array().expect("items").clone()
}

fn starts(items: &[Value]) -> Vec<&str> {
    items.iter().map(|item| &item["start"]["dateTime"].as_str().expect("a time")[..16]).collect()
}

/// Gives the one event that there is this record, with VEVENTs beside its own, as an import would.
fn put_beside(app: &TestApp, master: &str, beside: &[&str]) {
    let all = std::iter::once(&master)
        .chain(beside)
        .map(|event| format!("BEGIN:VEVENT\r\nUID:u\r\n{event}\r\nEND:VEVENT\r\n"));
    let text =
        format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{}END:VCALENDAR\r\n", all.collect::<String>().replace('|', "\r\n"));
    let record = Record::read(&text).expect("a record");
    let projection = record.project().expect("a projection").json;
    app.execute(&format!("UPDATE events SET projection = '{projection}'"));
    app.execute(&format!("UPDATE event_records SET record = '{}'", record.record()));
    app.execute(&format!("UPDATE events SET schedule = '{}', starts = 0, ends = NULL", record.schedule().record()));
}

async fn of_a_series_each_instance_in_the_order_of_time(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Calendars.ReadWrite");
    let weekly =
        event("team", "2026-03-16T09:00:00", "2026-03-16T10:00:00", "Europe/Berlin", Some("FREQ=WEEKLY;COUNT=4"));
    let series = make(&ann, weekly).await;
    let single = make(&ann, event("once", "2026-03-23T07:30:00", "2026-03-23T08:30:00", "UTC", None)).await;
    make(&ann, event("before", "2026-02-01T07:30:00", "2026-02-01T08:30:00", "UTC", None)).await;
    let seen = items(&ann, &window(VIEW, "2026-03-23T08:15:00Z", "2026-04-06T07:00:00Z")).await;
    assert_eq!(
        starts(&seen),
        ["2026-03-23T07:30", "2026-03-23T08:00", "2026-03-30T07:00"],
        "the clock changes on the 29th"
    );
    assert_eq!(
        (&seen[0]["id"], &seen[0]["type"], &seen[0]["originalStart"]),
        (&json!(single), &json!("singleInstance"), &Value::Null)
    );
    let id = format!("{series}_20260330T070000Z");
    assert_eq!(
        (&seen[2]["id"], &seen[2]["type"], &seen[2]["seriesMasterId"]),
        (&json!(id), &json!("occurrence"), &json!(series))
    );
    assert_eq!(
        (&seen[2]["originalStart"], &seen[2]["recurrence"], &seen[2]["rrule"]),
        (&json!("2026-03-30T07:00:00Z"), &Value::Null, &Value::Null)
    );
    for prefer in ["outlook.timezone=\"Europe/Berlin\"", "outlook.timezone=\"UTC\""] {
        let there = ann.with("prefer", prefer);
        let seen = items(&there, &window(VIEW, "2026-03-30T00:00:00Z", "2026-03-31T00:00:00Z")).await;
        let one = there.get(&format!("{ALL}/{id}")).await;
        assert_eq!((one.status, &one.json()), (StatusCode::OK, &seen[0]));
        assert_eq!(
            there.with("if-none-match", &one.header("etag")).get(&format!("{ALL}/{id}")).await.status,
            StatusCode::NOT_MODIFIED
        );
    }
    for nothing in ["_20260330T070001Z", "_20260413T070000Z", "_20260330", "_x", "_"] {
        assert_eq!(ann.get(&format!("{ALL}/{series}{nothing}")).await.status, StatusCode::NOT_FOUND, "{nothing}");
    }
    assert_eq!(ann.get(&format!("{ALL}/{single}_20260323T073000Z")).await.status, StatusCode::NOT_FOUND);
    let bob = app.caller("bob", "Calendars.ReadWrite");
    assert_eq!(bob.get(&format!("{ALL}/{id}")).await.status, StatusCode::NOT_FOUND);
    assert!(items(&bob, &window(VIEW, "2026-03-23T08:15:00Z", "2026-04-06T07:00:00Z")).await.is_empty());
    let chosen =
        items(&ann, &format!("{}&$select=subject,originalStart", window(VIEW, "2026-03-30", "2026-03-31"))).await;
    assert_eq!(chosen[0].as_object().expect("an object").len(), 4, "{chosen:?}");
}

async fn a_view_may_be_of_one_calendar(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Calendars.ReadWrite");
    make(&ann, event("x", "2026-03-16T09:00:00", "2026-03-16T10:00:00", "UTC", Some("FREQ=WEEKLY;COUNT=3"))).await;
    make(&ann, event("y", "2026-03-16T09:00:00", "2026-03-16T10:00:00", "UTC", None)).await;
    let other = ann.send_json(Method::POST, "/v1.0/me/calendars", json!({"name": "other"})).await.json();
    let other = format!("/v1.0/me/calendars/{}/calendarView", other["id"].as_str().expect("an id"));
    assert!(items(&ann, &window(&other, "2026-03-01", "2026-04-01")).await.is_empty());
    assert_eq!(items(&ann, &window("/v1.0/me/calendar/calendarView", "2026-03-01", "2026-04-01")).await.len(), 4);
}

async fn an_exception_is_where_it_was_moved_to(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Calendars.ReadWrite");
    let id = make(&ann, event("team", "2026-03-16T09:00:00", "2026-03-16T10:00:00", "UTC", Some("FREQ=WEEKLY"))).await;
    let master = "SUMMARY:team|DTSTART:20260316T090000Z|DTEND:20260316T100000Z|RRULE:FREQ=WEEKLY;COUNT=4|EXDATE:20260406T090000Z";
    let moved = "RECURRENCE-ID:20260323T090000Z|SUMMARY:moved|DTSTART:20260401T120000Z|DTEND:20260401T130000Z";
    put_beside(&app, master, &[moved]);
    let march = items(&ann, &window(VIEW, "2026-03-16", "2026-04-01")).await;
    assert_eq!(starts(&march), ["2026-03-16T09:00", "2026-03-30T09:00"]);
    let april = items(&ann, &window(VIEW, "2026-04-01", "2026-05-01")).await;
    assert_eq!(starts(&april), ["2026-04-01T12:00"]);
    assert_eq!(
        (&april[0]["type"], &april[0]["subject"], &april[0]["id"]),
        (&json!("exception"), &json!("moved"), &json!(format!("{id}_20260323T090000Z")))
    );
    assert_eq!((&april[0]["seriesMasterId"], &april[0]["originalStart"]), (&json!(id), &json!("2026-03-23T09:00:00Z")));
    assert_eq!(ann.get(&format!("{ALL}/{id}_20260323T090000Z")).await.json(), april[0]);
    assert_eq!(
        ann.get(&format!("{ALL}/{id}_20260406T090000Z")).await.status,
        StatusCode::NOT_FOUND,
        "it was cancelled"
    );
}

async fn days_are_where_one_is(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Calendars.ReadWrite");
    let day = |subject: &str, day: u32, rrule: Option<&str>| {
        let (start, end) = (format!("2026-03-{day:02}"), format!("2026-03-{:02}", day + 1));
        let mut event = event(subject, &start, &end, "UTC", rrule);
        event["isAllDay"] = json!(true);
        event
    };
    make(&ann, day("single", 10, None)).await;
    make(&ann, day("series", 10, Some("FREQ=DAILY;COUNT=2"))).await;
    for (zone, from, to) in [
        ("UTC", "2026-03-10T00:00:00", "2026-03-11T00:00:00"),
        ("Pacific/Auckland", "2026-03-09T11:00:00", "2026-03-10T11:00:00"),
        ("America/Los_Angeles", "2026-03-10T07:00:00", "2026-03-11T07:00:00"),
    ] {
        let there = ann.with("prefer", &format!("outlook.timezone=\"{zone}\""));
        let subjects = |items: Vec<Value>| {
            items.iter().map(|item| item["subject"].as_str().expect("text").to_owned()).collect::<Vec<_>>()
        };
        let mut seen = subjects(items(&there, &window(VIEW, from, to)).await);
        seen.sort();
        assert_eq!(seen, ["series", "single"], "{zone}");
        let second = |time: &str| time.replace(":00:00", ":00:01");
        assert_eq!(
            items(&there, &window(VIEW, from, &second(to))).await.len(),
            3,
            "{zone}: the next day of the series"
        );
        let before = items(&there, &window(VIEW, "2026-03-08", from)).await;
        assert!(before.is_empty(), "{zone}: {before:?}");
        assert_eq!(items(&there, &window(VIEW, "2026-03-08", &second(from))).await.len(), 2, "{zone}");
    }
}

async fn what_is_no_window_is_refused(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Calendars.Read");
    for (query, target) in [
        ("", "startDateTime"),
        ("startDateTime=2026-03-01", "endDateTime"),
        ("endDateTime=2026-03-01", "startDateTime"),
        ("startDateTime=soon&endDateTime=2026-03-01", "startDateTime"),
        ("startDateTime=2026-03-02&endDateTime=2026-03-01", "endDateTime"),
        ("startDateTime=2026-03-02&endDateTime=2028-03-05", "endDateTime"),
        ("startDateTime=2026-03-01&endDateTime=2026-04-01&$orderby=subject", "$orderby"),
        ("startDateTime=2026-03-01&endDateTime=2026-04-01&$orderby=start/dateTime%20desc", "$orderby"),
        ("startDateTime=2026-03-01&endDateTime=2026-04-01&$filter=isAllDay", "$filter"),
        ("startDateTime=2026-03-01&endDateTime=2026-04-01&$skiptoken=x", "$skiptoken"),
        ("startDateTime=2026-03-01&startDateTime=2026-03-01&endDateTime=2026-04-01", "startdatetime"),
    ] {
        let refused = ann.get(&format!("{VIEW}?{query}")).await;
        assert_eq!(
            (refused.status, refused.json()["error"]["target"].as_str()),
            (StatusCode::BAD_REQUEST, Some(target)),
            "{query}"
        );
    }
    for fine in [
        "startDateTime=2026-03-02&endDateTime=2028-03-02",
        "startdatetime=2026-03-01T00:00:00%2B01:00&ENDDATETIME=2026-03-01T00:00:00+01:00&$orderby=start/dateTime&other=x",
        "startDateTime=0000-01-01&endDateTime=0001-01-01",
        "startDateTime=9998-12-31&endDateTime=9999-12-31T23:59:59-12:00",
    ] {
        let seen = ann.get(&format!("{VIEW}?{fine}")).await;
        assert_eq!(seen.status, StatusCode::OK, "{fine}: {}", seen.text());
    }
    let free = app.caller("ann", "Calendars.ReadFreeBusy").get(&window(VIEW, "2026-03-01", "2026-04-01")).await;
    assert_eq!(free.status, StatusCode::FORBIDDEN);
}

async fn basic_sees_no_more_of_instances(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Calendars.ReadWrite");
    let open = make(&ann, event("x", "2026-03-02T09:00:00", "2026-03-02T10:00:00", "UTC", Some("FREQ=DAILY"))).await;
    let master = "SUMMARY:Team|DESCRIPTION:secretbody|ATTENDEE:mailto:secretguest@example.org|X-MOOD:secretmood|\
                  DTSTART:20260302T090000Z|DTEND:20260302T100000Z|RRULE:FREQ=DAILY;COUNT=2";
    let hidden = "RECURRENCE-ID:20260303T090000Z|CLASS:PRIVATE|SUMMARY:secretsubject|LOCATION:secretplace|DESCRIPTION:secretbody|\
                  DTSTART:20260303T120000Z|DTEND:20260303T130000Z";
    put_beside(&app, master, &[hidden]);
    let mut private =
        event("secretsubject", "2026-03-02T09:00:00", "2026-03-02T10:00:00", "UTC", Some("FREQ=DAILY;COUNT=2"));
    private["sensitivity"] = json!("private");
    let private = make(&ann, private).await;
    let (full, basic) = (app.caller("ann", "Calendars.Read"), app.caller("ann", "Calendars.ReadBasic"));
    let [all, chosen] = [
        window(VIEW, "2026-03-01", "2026-04-01"),
        format!("{}&$select=subject,body,attendees,location", window(VIEW, "2026-03-01", "2026-04-01")),
    ];
    let mut paths = vec![all.clone(), chosen, window("/v1.0/me/calendar/calendarView", "2026-03-01", "2026-04-01")];
    paths.extend(
        ["", "/calendar"].map(|of| window(&format!("/v1.0/me{of}/calendarView/delta"), "2026-03-01", "2026-04-01")),
    );
    paths.extend([&open, &private].map(|id| window(&format!("{ALL}/{id}/instances"), "2026-03-01", "2026-04-01")));
    paths.extend(["_20260302T090000Z", "_20260303T090000Z"].map(|of| format!("{ALL}/{open}{of}")));
    paths.push(format!("{ALL}/{private}_20260303T090000Z"));
    for path in &paths {
        let [sees, hidden] = [full.get(path).await, basic.get(path).await];
        assert_eq!((sees.status, hidden.status), (StatusCode::OK, StatusCode::OK), "{path}: {}", hidden.text());
        assert!(sees.text().contains("secret"), "{path}: {}", sees.text());
        assert!(!hidden.text().contains("secret"), "{path}: {}", hidden.text());
    }
    let seen = items(&basic, &all).await;
    assert_eq!(seen.len(), 4);
    let block = seen.iter().find(|item| item["type"] == "exception").expect("the exception");
    assert_eq!(
        (&block["showAs"], &block["subject"], &block["start"]["dateTime"]),
        (&json!("busy"), &Value::Null, &json!("2026-03-03T12:00:00.0000000"))
    );
}

async fn the_instances_of_one_event(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Calendars.ReadWrite");
    let series =
        make(&ann, event("team", "2026-03-16T09:00:00", "2026-03-16T10:00:00", "UTC", Some("FREQ=DAILY"))).await;
    let single = make(&ann, event("once", "2026-03-16T09:00:00", "2026-03-16T10:00:00", "UTC", None)).await;
    let of = |id: &str| window(&format!("{ALL}/{id}/instances"), "2026-03-17", "2026-03-20");
    let seen = items(&ann, &of(&series)).await;
    assert_eq!(starts(&seen), ["2026-03-17T09:00", "2026-03-18T09:00", "2026-03-19T09:00"]);
    assert_eq!(seen[0]["seriesMasterId"], json!(series));
    assert!(items(&ann, &of(&single)).await.is_empty());
    let its = window(&format!("{ALL}/{single}/instances"), "2026-03-16", "2026-03-17");
    assert_eq!(items(&ann, &its).await[0]["id"], json!(single), "a single event is its one instance");
    assert_eq!(ann.get(&of(&format!("{series}_20260317T090000Z"))).await.status, StatusCode::NOT_FOUND);
    assert_eq!(app.caller("bob", "Calendars.Read").get(&of(&series)).await.status, StatusCode::NOT_FOUND);
    assert_eq!(ann.get(&format!("{ALL}/{series}/instances")).await.status, StatusCode::BAD_REQUEST);
}
