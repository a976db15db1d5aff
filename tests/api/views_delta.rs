//! Rounds of `calendarView/delta`: whoever keeps items by id, drops what is told to be removed and puts what is told to be there, has the
//! window at the end of every round, whatever was done meanwhile.

use std::collections::BTreeMap;

use actix_web::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::views::{ALL, event, make, window};
use crate::on_both;
use crate::support::app::{Backend, Caller, TestApp};

on_both! {
    who_applies_rounds_has_the_window what_is_gone_is_told_by_id tokens_are_of_one_window
    what_is_changed_again_within_a_round_leaves_nothing_behind
}

const FROM: &str = "2026-03-05T12:00:00Z";
const TO: &str = "2026-03-20T12:00:00Z";

fn path(link: &Value) -> Option<String> {
    link.as_str().map(|link| link[link.find("/v1.0").expect("a path")..].to_owned())
}

/// Who follows a view.
struct Follower {
    view: String,
    prefer: &'static str,
    items: BTreeMap<String, Value>,
    next: String,
}

impl Follower {
    fn of(calendar: &str, prefer: &'static str) -> Self {
        let view = format!("/v1.0/me{calendar}/calendarView");
        let next = window(&format!("{view}/delta"), FROM, TO);
        Self { view, prefer, items: BTreeMap::new(), next }
    }

    /// One round, of pages of so many.
    async fn round(&mut self, ann: &Caller<'_>, size: u64) {
        for _ in 0..2000 {
            if self.page(ann, size).await {
                return;
            }
        }
        panic!("the round does not end");
    }

    /// One page; true: the round's last.
    async fn page(&mut self, ann: &Caller<'_>, size: u64) -> bool {
        let ann = ann.with("prefer", &format!("{}, odata.maxpagesize={size}", self.prefer));
        let page = ann.get(&self.next).await;
        assert_eq!(page.status, StatusCode::OK, "{}: {}", self.next, page.text());
        let page = page.json();
        for item in page["value"].as_array().expect("items") {
            let id = item["id"].as_str().expect("an id").to_owned();
            if item["@removed"].is_object() {
                self.items.remove(&id);
            } else {
                self.items.insert(id, item.clone());
            }
        }
        let link = path(&page["@odata.nextLink"]);
        self.next = link.or_else(|| path(&page["@odata.deltaLink"])).expect("a link");
        page["@odata.deltaLink"].is_string()
    }

    async fn has_the_window(&self, ann: &Caller<'_>, after: &str) {
        let seen =
            ann.with("prefer", self.prefer).get(&format!("{}&$top=1000", window(&self.view, FROM, TO))).await.json();
        assert_eq!(seen["@odata.nextLink"], Value::Null);
        let items = seen["value"].as_array().expect("items").iter();
        let fresh: BTreeMap<String, Value> =
            items.map(|item| (item["id"].as_str().expect("an id").to_owned(), item.clone())).collect();
        let [ours, theirs] = [&self.items, &fresh].map(|items| items.keys().collect::<Vec<_>>());
        assert_eq!(ours, theirs, "{} after {after}", self.view);
        assert_eq!(self.items, fresh, "{} after {after}", self.view);
    }
}

/// Numbers as by chance, the same each time.
struct Chance(u64);

impl Chance {
    fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % most
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[usize::try_from(self.below(of.len() as u64)).expect("small")]
    }
}

const RULES: [&str; 5] =
    ["FREQ=DAILY", "FREQ=DAILY;COUNT=6", "FREQ=WEEKLY;BYDAY=MO,WE", "FREQ=DAILY;INTERVAL=3", "FREQ=MONTHLY"];

fn some_event(chance: &mut Chance) -> Value {
    let (day, hour, zone) = (chance.below(20) + 1, chance.below(20), chance.one(&["UTC", "America/New_York"]));
    let time = |hour: u64| format!("2026-03-{day:02}T{hour:02}:00:00");
    let rule = (chance.below(3) > 0).then(|| chance.one(&RULES));
    let mut made = event("x", &time(hour), &time(hour + 2), zone, rule);
    if chance.below(4) == 0 {
        for (member, day) in [("start", day), ("end", day + 1)] {
            made[member] = json!({"dateTime": format!("2026-03-{day:02}"), "timeZone": "UTC"});
        }
        made["isAllDay"] = json!(true);
    }
    made
}

/// A change of when an event happens.
fn some_patch(chance: &mut Chance, what: u64) -> Value {
    match what {
        5 => json!({"rrule": null}),
        6 => json!({"rrule": chance.one(&RULES)}),
        _ => {
            let event = some_event(chance);
            json!({"start": event["start"], "end": event["end"], "isAllDay": event.get("isAllDay").is_some()})
        }
    }
}

/// Somebody who makes, changes and deletes events in two calendars.
struct Author<'a> {
    ann: Caller<'a>,
    calendars: [String; 2],
    chance: Chance,
    ids: Vec<String>,
    done: Vec<String>,
}

impl Author<'_> {
    async fn change(&mut self) {
        let (chance, ids) = (&mut self.chance, &mut self.ids);
        let what = if ids.len() < 3 { 0 } else { chance.below(9) };
        let at = usize::try_from(chance.below(ids.len().max(1) as u64)).expect("small");
        let patch = match what {
            0 | 1 => {
                ids.push(make(&self.ann, some_event(chance)).await);
                None
            }
            2 => {
                let gone = self.ann.call(Method::DELETE, &format!("{ALL}/{}", ids.remove(at))).await;
                assert_eq!(gone.status, StatusCode::NO_CONTENT);
                None
            }
            3 => Some(json!({"calendarId": chance.one(&[&self.calendars[0], &self.calendars[1]])})),
            4 => Some(json!({"subject": format!("{}", self.done.len())})),
            _ => Some(some_patch(chance, what)),
        };
        self.done.push(format!("{what} {at} {patch:?}"));
        if let Some(patch) = patch {
            let answer = self.ann.patch(&format!("{ALL}/{}", ids[at]), patch).await;
            // Of a start on no day of several nobody can tell where they go along.
            let is_unclear = answer.status == StatusCode::BAD_REQUEST && answer.json()["error"]["target"] == "start";
            assert!(answer.status == StatusCode::OK || is_unclear, "{}", answer.text());
        }
    }

    /// A round of which some pages come after a change or two.
    async fn disturbed(&mut self, follower: &mut Follower) {
        let size = self.chance.below(4) + 1;
        for _ in 0..8 {
            let is_last = follower.page(&self.ann, size).await;
            self.done.push("a page".into());
            if is_last {
                return;
            }
            for _ in 0..self.chance.below(3) {
                self.change().await;
            }
        }
        follower.round(&self.ann, size).await;
    }
}

async fn who_applies_rounds_has_the_window(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Calendars.ReadWrite");
    let other = ann.send_json(Method::POST, "/v1.0/me/calendars", json!({"name": "other"})).await.json();
    let other = other["id"].as_str().expect("an id").to_owned();
    let default = ann.get("/v1.0/me/calendar").await.json()["id"].as_str().expect("an id").to_owned();
    let mut followers = [
        Follower::of("", "outlook.timezone=\"UTC\""),
        Follower::of("/calendar", "outlook.timezone=\"Asia/Tokyo\""),
        Follower::of(&format!("/calendars/{other}"), "outlook.timezone=\"America/Los_Angeles\""),
    ];
    let calendars = [other.clone(), default];
    let mut author = Author {
        ann: app.caller("ann", "Calendars.ReadWrite"),
        calendars,
        chance: Chance(7),
        ids: Vec::new(),
        done: Vec::new(),
    };
    for _ in 0..90 {
        author.change().await;
        for follower in &mut followers {
            let what = author.chance.below(6);
            if what == 0 {
                author.disturbed(follower).await;
            }
            if what < 2 {
                follower.round(&ann, author.chance.below(9) + 1).await;
                follower.has_the_window(&ann, &author.done.join("\n")).await;
            }
        }
    }
    assert_eq!(ann.call(Method::DELETE, &format!("/v1.0/me/calendars/{other}")).await.status, StatusCode::NO_CONTENT);
    followers[0].round(&ann, 3).await;
    followers[0].has_the_window(&ann, "the calendar was deleted").await;
}

/// The series loses instances, and before the page that would tell it, it is changed again: by itself, or between two of its pages.
async fn what_is_changed_again_within_a_round_leaves_nothing_behind(on: Backend) {
    for pages in 1..4 {
        let app = TestApp::on(on);
        let ann = app.caller("ann", "Calendars.ReadWrite");
        let mut singles = Vec::new();
        for day in 6..9 {
            let time = |hour| format!("2026-03-{day:02}T{hour}:00:00");
            singles.push(make(&ann, event("x", &time("10"), &time("11"), "UTC", None)).await);
        }
        let daily = event("x", "2026-03-07T09:00:00", "2026-03-07T10:00:00", "UTC", Some("FREQ=DAILY;COUNT=12"));
        let series = make(&ann, daily).await;
        let mut follower = Follower::of("", "outlook.timezone=\"UTC\"");
        follower.round(&ann, 2).await;
        for single in &singles {
            ann.patch(&format!("{ALL}/{single}"), json!({"subject": "y"})).await;
        }
        let rest = format!("{ALL}/{series}_20260309T090000Z?$following=true");
        assert_eq!(ann.call(Method::DELETE, &rest).await.status, StatusCode::NO_CONTENT);
        for _ in 0..pages {
            assert!(!follower.page(&ann, 2).await);
        }
        ann.patch(&format!("{ALL}/{series}"), json!({"subject": "y"})).await;
        follower.round(&ann, 2).await;
        follower.has_the_window(&ann, &format!("{pages} pages and a change")).await;
        assert_eq!(follower.items.len(), 5);
    }
}

async fn what_is_gone_is_told_by_id(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Calendars.ReadWrite");
    let weekly = event("x", "2026-03-09T09:00:00", "2026-03-09T10:00:00", "UTC", Some("FREQ=WEEKLY;COUNT=2"));
    let id = make(&ann, weekly).await;
    let mut follower = Follower::of("", "outlook.timezone=\"UTC\"");
    follower.round(&ann, 1).await;
    assert_eq!(follower.items.len(), 2);
    ann.patch(&format!("{ALL}/{id}"), json!({"rrule": "FREQ=DAILY;COUNT=2"})).await;
    let told = ann.get(&follower.next).await.json();
    let lines: Vec<_> = told["value"]
        .as_array()
        .expect("items")
        .iter()
        .map(|item| (item["id"].as_str(), &item["@removed"]["reason"]))
        .collect();
    let [monday, tuesday, next] = ["09", "10", "16"].map(|day| format!("{id}_202603{day}T090000Z"));
    let [changed, deleted] = ["changed", "deleted"].map(|reason| json!(reason));
    assert_eq!(lines, [(Some(&*monday), &Value::Null), (Some(&*tuesday), &Value::Null), (Some(&*next), &deleted)]);
    ann.call(Method::DELETE, &format!("{ALL}/{monday}")).await;
    let away = |hour: u32| json!({"dateTime": format!("2027-03-10T{hour:02}:00:00"), "timeZone": "UTC"});
    ann.patch(&format!("{ALL}/{tuesday}"), json!({"start": away(9), "end": away(10)})).await;
    let told = ann.get(&follower.next).await.json();
    let of = |id: &str| told["value"].as_array().expect("items").iter().find(|item| item["id"] == *id).cloned();
    let reasons = [&monday, &tuesday].map(|id| of(id).expect("told")["@removed"]["reason"].clone());
    assert_eq!(reasons, [deleted.clone(), changed], "cancelled, and moved out of the window: {told}");
    ann.call(Method::DELETE, &format!("{ALL}/{id}")).await;
    let told = ann.get(&follower.next).await.json();
    let reasons: Vec<_> =
        told["value"].as_array().expect("items").iter().map(|item| &item["@removed"]["reason"]).collect();
    assert_eq!(reasons, [&deleted; 4], "the event, and what was of it: {told}");
    assert!(app.number("count(*) FROM event_pasts") > 0);
}

async fn tokens_are_of_one_window(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Calendars.ReadWrite");
    let mut follower = Follower::of("", "outlook.timezone=\"UTC\"");
    follower.round(&ann, 1).await;
    let utc = ann.with("prefer", "outlook.timezone=\"UTC\"");
    assert_eq!(utc.get(&follower.next).await.status, StatusCode::OK);
    let [elsewhere, later, junk] =
        [("/calendarView", "/calendar/calendarView"), ("2026-03-20", "2026-03-21"), ("deltatoken=", "deltatoken=x")]
            .map(|(old, new)| follower.next.replace(old, new));
    for other in [elsewhere, later, junk] {
        let lost = utc.get(&other).await;
        assert_eq!((lost.status, lost.code()), (StatusCode::GONE, "syncStateNotFound".into()), "{other}");
    }
    let tokyo = ann.with("prefer", "outlook.timezone=\"Asia/Tokyo\"").get(&follower.next).await;
    assert_eq!(tokyo.status, StatusCode::BAD_REQUEST, "and of one zone: days are elsewhere in another");
    let basic =
        app.caller("ann", "Calendars.ReadBasic").with("prefer", "outlook.timezone=\"UTC\"").get(&follower.next).await;
    assert_eq!(basic.status, StatusCode::GONE);
}
