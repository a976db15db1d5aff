//! Lists of events, of all calendars and of one, and rounds of what changed.

use actix_web::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::on_both;
use crate::support::app::{Answer, Backend, Caller, TestApp};

on_both! { lists_and_their_pages filters_orders_and_searches rounds_of_all_and_of_a_calendar }

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

async fn furnish(ann: &Caller<'_>) {
    let mut team = event("Équipe", 2);
    team["attendees"] = json!([{"emailAddress": {"address": "Zoe@example.org", "name": "Zoë"}, "type": "optional"}]);
    team["categories"] = json!(["Red"]);
    team["location"] = json!({"displayName": "Room 2"});
    team["showAs"] = json!("workingElsewhere");
    make(ann, team).await;
    let mut doctor = event("Doctor", 3);
    doctor["sensitivity"] = json!("private");
    doctor["categories"] = json!(["Red"]);
    make(ann, doctor).await;
    let mut daily = event("daily", 4);
    daily["rrule"] = json!("FREQ=DAILY;COUNT=3");
    make(ann, daily).await;
}

async fn filters_orders_and_searches(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Calendars.ReadWrite");
    furnish(&ann).await;
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
