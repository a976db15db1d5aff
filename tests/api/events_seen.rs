//! How far each scope sees events: `Calendars.ReadBasic` neither bodies nor attendees, and of a private event a busy block, whatever is
//! asked; `Calendars.ReadFreeBusy` none.

use actix_web::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::on_both;
use crate::support::app::{Backend, TestApp};

on_both! { basic_sees_no_more_on_any_path basic_filters_and_searches_what_it_sees free_and_busy_is_no_event }

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
