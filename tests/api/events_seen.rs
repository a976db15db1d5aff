//! How far each scope sees events: `Calendars.ReadBasic` neither bodies nor attendees, and of a private event a busy block, whatever is
//! asked; `Calendars.ReadFreeBusy` none.

use actix_web::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::on_both;
use crate::support::app::{Backend, TestApp};

on_both! {
    exceptions_of_a_private_series basic_sees_no_more_on_any_path basic_filters_and_searches_what_it_sees free_and_busy_is_no_event
}

const ALL: &str = "/v1.0/me/events";

/// What nobody but `Calendars.Read` may see: each word stands in one member.
const SECRETS: [&str; 7] =
    ["secretbody", "secretguest", "secretsubject", "secretplace", "secretcategory", "secrethost", "secretmood"];

fn time(hour: u32) -> Value {
    json!({"dateTime": format!("2026-03-02T{hour:02}:00:00"), "timeZone": "UTC"})
}

async fn furnished(app: &TestApp) -> [String; 2] {
    let ann = app.caller("ann", "Calendars.ReadWrite");
    let open = json!({
        "subject": "Team", "start": time(9), "end": time(10), "location": {"displayName": "Room"}, "categories": ["Red"],
        "body": {"contentType": "text", "content": "secretbody"},
        "attendees": [{"emailAddress": {"address": "secretguest@example.org", "name": "secretguest"}}],
        "organizer": {"emailAddress": {"address": "secrethost@example.org"}},
        "mood": "secretmood",
    });
    let private = json!({
        "subject": "secretsubject", "start": time(11), "end": time(12), "sensitivity": "private",
        "location": {"displayName": "secretplace"}, "categories": ["secretcategory"], "importance": "high",
    });
    let mut ids = Vec::new();
    for body in [open, private] {
        let made = ann.send_json(Method::POST, ALL, body).await;
        ids.push(made.json()["id"].as_str().unwrap_or_else(|| panic!("{}", made.text())).to_owned());
    }
    ids.try_into().expect("two")
}

async fn basic_sees_no_more_on_any_path(on: Backend) {
    let app = TestApp::on(on);
    let [open, private] = furnished(&app).await;
    let (full, basic) = (app.caller("ann", "Calendars.Read"), app.caller("ann", "Calendars.ReadBasic"));
    let paths = [
        ALL.to_owned(),
        format!("{ALL}/{open}"),
        format!("{ALL}/{private}"),
        format!("{ALL}/delta"),
        "/v1.0/me/calendar/events".into(),
        "/v1.0/me/calendar/events/delta".into(),
        format!("{ALL}?$select=body,attendees,organizer,subject,location,locations,categories,bodyPreview,importance"),
    ];
    for path in &paths {
        let [sees, hidden] = [full.get(path).await, basic.get(path).await];
        assert_eq!((sees.status, hidden.status), (StatusCode::OK, StatusCode::OK), "{path}: {}", hidden.text());
        for secret in SECRETS {
            assert!(!hidden.text().contains(secret), "{path} tells {secret}: {}", hidden.text());
        }
    }
    let all = full.get(ALL).await.text();
    assert!(SECRETS.iter().all(|secret| all.contains(secret)), "{all}");
    let shown = basic.get(&format!("{ALL}/{open}")).await.json();
    assert_eq!((&shown["subject"], &shown["location"]["displayName"]), (&json!("Team"), &json!("Room")));
    let block = basic.get(&format!("{ALL}/{private}")).await.json();
    assert_eq!(
        (&block["showAs"], &block["sensitivity"], &block["subject"]),
        (&json!("busy"), &json!("private"), &Value::Null)
    );
    assert_eq!(
        (&block["start"]["dateTime"], &block["categories"]),
        (&json!("2026-03-02T11:00:00.0000000"), &json!([]))
    );
}

async fn basic_filters_and_searches_what_it_sees(on: Backend) {
    let app = TestApp::on(on);
    let [open, private] = furnished(&app).await;
    let (full, basic) = (app.caller("ann", "Calendars.Read"), app.caller("ann", "Calendars.ReadBasic"));
    for (filter, found) in [
        ("subject eq 'secretsubject'", 0),
        ("startswith(subject,'secret')", 0),
        ("subject eq null", 1),
        ("location/displayName eq 'secretplace'", 0),
        ("locations/any(l:l/displayName eq 'secretplace')", 0),
        ("categories/any(c:c eq 'secretcategory')", 0),
        ("importance eq 'high'", 0),
        ("categories/any(c:c eq 'red')", 1),
        ("sensitivity eq 'private'", 1),
    ] {
        let asked = format!("{ALL}/$count?$filter={}", filter.replace(' ', "%20"));
        assert_eq!(basic.get(&asked).await.text(), found.to_string(), "{filter}");
    }
    for secret in SECRETS {
        let asked = format!("{ALL}/$count?$search={secret}");
        assert_eq!(basic.get(&asked).await.text(), "0", "{secret}");
        if secret != "secretmood" {
            assert_eq!(full.get(&asked).await.text(), "1", "{secret}");
        }
    }
    for beyond in ["$filter=attendees/any()", "$filter=iCalUId%20eq%20'x'", "$orderby=createdDateTime"] {
        let refused = basic.get(&format!("{ALL}?{beyond}")).await;
        assert_eq!((refused.status, refused.code()), (StatusCode::FORBIDDEN, "ErrorAccessDenied".into()), "{beyond}");
        assert_eq!(full.get(&format!("{ALL}?{beyond}")).await.status, StatusCode::OK, "{beyond}");
    }
    // A private subject sorts as if there were none: before all others.
    let ordered = basic.get(&format!("{ALL}?$orderby=subject&$top=1")).await.json();
    assert_eq!(ordered["value"][0]["id"], private.as_str());
    let next = ordered["@odata.nextLink"].as_str().expect("a link");
    let next = basic.get(&next[next.find("/v1.0").expect("a path")..]).await.json();
    assert_eq!(next["value"][0]["id"], open.as_str());
}

async fn free_and_busy_is_no_event(on: Backend) {
    let app = TestApp::on(on);
    let [open, _] = furnished(&app).await;
    for path in [ALL.to_owned(), format!("{ALL}/{open}"), format!("{ALL}/$count"), format!("{ALL}/delta")] {
        let refused = app.caller("ann", "Calendars.ReadFreeBusy").get(&path).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{path}");
    }
}

async fn exceptions_of_a_private_series(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Calendars.ReadWrite");
    let series = json!({"subject": "Visit", "start": time(9), "end": time(10), "rrule": "FREQ=DAILY;COUNT=3"});
    let made = ann.send_json(Method::POST, ALL, series).await;
    let master = format!("{ALL}/{}", made.json()["id"].as_str().unwrap_or_else(|| panic!("{}", made.text())));
    let one = format!("{master}_20260303T090000Z");
    let secret = json!({"subject": "secretsubject", "location": {"displayName": "secretplace"}});
    assert_eq!(ann.patch(&one, secret).await.status, StatusCode::OK);
    assert_eq!(ann.patch(&master, json!({"sensitivity": "private"})).await.status, StatusCode::OK);
    let (full, basic) = (app.caller("ann", "Calendars.Read"), app.caller("ann", "Calendars.ReadBasic"));
    let window = "startDateTime=2026-03-01T00:00:00Z&endDateTime=2026-03-10T00:00:00Z";
    for path in [
        one.clone(),
        format!("{master}/instances?{window}"),
        format!("/v1.0/me/calendarView?{window}"),
        format!("/v1.0/me/calendarView/delta?{window}"),
    ] {
        let [sees, hidden] = [full.get(&path).await, basic.get(&path).await];
        assert_eq!((sees.status, hidden.status), (StatusCode::OK, StatusCode::OK), "{path}: {}", hidden.text());
        assert!(sees.text().contains("secretsubject"), "{path}: {}", sees.text());
        assert!(!hidden.text().contains("secret"), "{path}: {}", hidden.text());
    }
    let shown = full.get(&one).await.json();
    assert_eq!((&shown["sensitivity"], &shown["type"]), (&json!("private"), &json!("exception")));
    assert_eq!(basic.get(&one).await.json()["sensitivity"], "private");
    let etag = ann.get(&one).await.header("etag");
    assert_eq!(ann.patch(&one, shown).await.header("etag"), etag, "sent back it changes nothing");
    let body = json!({"schedules": ["me"], "startTime": time(0), "availabilityViewInterval": 60,
        "endTime": {"dateTime": "2026-03-05T00:00:00", "timeZone": "UTC"}});
    let busy = full.send_json(Method::POST, "/v1.0/me/calendar/getSchedule", body).await.json();
    let items = busy["value"][0]["scheduleItems"].as_array().expect("items");
    assert!(items.len() == 3 && items.iter().all(|item| item["isPrivate"] == true), "{busy}");
}
