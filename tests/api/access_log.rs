//! `GET /v1.0/me/accessLog`: who read, changed or was refused how much of the person's data, by the hour.

use actix_web::http::{Method, StatusCode};
use chrono::TimeDelta;
use serde_json::{Value, json};
use sharehold::resources::endpoint::Endpoint;

use crate::on_both;
use crate::support::app::{Answer, Backend, Caller, NOW, TestApp};
use crate::support::operations::{EVERYTHING, add, body, furnish, grant, guarded, headers, known_picture};

on_both! {
    each_operation_leaves_its_entry what_is_read_is_counted_by_the_item what_is_written_is_counted_by_the_item
    what_changes_nothing_is_a_read refusals_are_counted parts_of_a_batch_are_operations hours_clients_and_people_are_kept_apart
    what_could_not_be_written_is_written_later
}

pub(super) const LOG: &str = "/v1.0/me/accessLog";
const CONTACTS: &str = "/v1.0/me/contacts";
const FOLDERS: &str = "/v1.0/me/contactFolders";
/// What changes nothing is a read, such as of no photo put into an album.
const CHANGING_NOTHING: [&str; 3] = ["getSchedule", "addPhotosToAlbum", "checkPhotoHashes"];

impl TestApp {
    /// A caller of another client.
    pub(super) fn client(&self, client: &str, subject: &str, scope: &str) -> Caller<'_> {
        let mut claims = self.claims(subject, scope);
        claims["client_id"] = json!(client);
        self.caller_with(&claims)
    }

    /// The log of this person's, as far as it is not about itself: client, kind, operation, items and refusals, sorted.
    async fn logged(&self, subject: &str) -> Vec<Value> {
        self.store.log_uses().await.expect("written down");
        let log = self.client("owner", subject, "Privacy.Read").get(&format!("{LOG}?$top=1000")).await;
        assert_eq!(log.status, StatusCode::OK, "{}", log.text());
        let rows = values(&log).into_iter().filter(|row| row["kind"] != "accessLog");
        let row = |row: Value| json!([row["clientId"], row["kind"], row["operation"], row["items"], row["refusals"]]);
        let mut rows: Vec<Value> = rows.map(row).collect();
        rows.sort_by_key(Value::to_string);
        rows
    }

    pub(super) fn pass(&self, time: TimeDelta) {
        self.clock.set(self.clock_now() + time);
    }
}

pub(super) fn values(answer: &Answer) -> Vec<Value> {
    answer.json()["value"].as_array().unwrap_or_else(|| panic!("no page: {}", answer.text())).clone()
}

async fn made(caller: &Caller<'_>, all: &str, name: &str) -> String {
    let made = caller.send_json(Method::POST, all, json!({"displayName": name})).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
    made.json()["id"].as_str().expect("an id").to_owned()
}

/// Whatever is added to the table of endpoints is in the log, or this fails.
async fn each_operation_leaves_its_entry(on: Backend) {
    let app = TestApp::on(on);
    for (at, endpoint) in in_log().enumerate() {
        // Each of a person of their own; what it needs is made by another client.
        let subject = format!("person-{at}");
        let path = furnish(&app, &endpoint, &subject).await;
        if endpoint.id.starts_with("list") || endpoint.id.starts_with("delta") {
            made(&app.caller(&subject, "Contacts.ReadWrite"), FOLDERS, "there").await;
            let of_folder = if path.contains("/contacts") && path.contains(FOLDERS) {
                path.trim_end_matches("/delta")
            } else {
                CONTACTS
            };
            made(&app.caller(&subject, "Contacts.ReadWrite"), of_folder, "there").await;
            app.store.log_uses().await.expect("written down");
        }
        let of_events = path.trim_end_matches("/delta").trim_end_matches(".ics");
        let within = path.split_once("/calendarView").map(|(calendar, _)| format!("{calendar}/events"));
        if let Some(events) = within.or_else(|| of_events.ends_with("/events").then(|| of_events.to_owned())) {
            add(&app, &events, &subject).await;
        }
        give_photos(&app, endpoint.id, &path, &subject).await;
        if endpoint.id == "listGrants" {
            grant(&app, &subject, "other").await;
        }
        let mut claims = app.claims(&subject, EVERYTHING);
        claims["client_id"] = json!("looked at");
        let authorization = [app.bearer(&claims)];
        let answer =
            app.send_with(endpoint.method.clone(), &path, &authorization, headers(&endpoint), body(&endpoint)).await;
        assert!(answer.status.is_success(), "{}: {}", endpoint.id, answer.text());
        app.store.log_uses().await.expect("written down");
        // Of a sign-in after whatever was ended.
        let mut owner = app.claims(&subject, "Privacy.Read");
        owner["client_id"] = json!("owner");
        owner["auth_time"] = json!(NOW + 20);
        let log = app.caller_with(&owner).get(LOG).await;
        let rows: Vec<Value> = values(&log).into_iter().filter(|row| row["clientId"] == "looked at").collect();
        let reads = endpoint.method == Method::GET || CHANGING_NOTHING.contains(&endpoint.id);
        let operation = if reads { "read" } else { "write" };
        // Whether a folder is there is the contacts' concern.
        let told = json!([endpoint.about.replace("contactFolders", "contacts"), operation, 0]);
        let row = |row: &Value| {
            json!([
                row["kind"].as_str().unwrap().replace("contactFolders", "contacts"),
                row["operation"],
                row["refusals"]
            ])
        };
        assert_eq!(rows.iter().map(row).collect::<Vec<_>>(), [told], "{}", endpoint.id);
        assert!(rows[0]["items"].as_i64() >= Some(1), "{}: {}", endpoint.id, rows[0]);
    }
}

/// What reads or changes data. An upload session is no photo yet: what comes of it is.
fn in_log() -> impl Iterator<Item = Endpoint> {
    guarded().filter(|endpoint| !endpoint.scopes.is_empty() && endpoint.id != "createPhotoUploadSession")
}

/// Makes what this list or round of photos or albums shows.
async fn give_photos(app: &TestApp, operation: &str, path: &str, subject: &str) {
    match operation {
        "listPhotos" | "deltaPhotos" => drop(add(app, "/v1.0/me/photos", subject).await),
        "checkPhotoHashes" => {
            let caller = app.caller(subject, EVERYTHING);
            let sent = caller.send_body(Method::POST, "/v1.0/me/photos", "image/png", known_picture());
            assert_eq!(sent.await.status, StatusCode::CREATED);
        }
        "listAlbums" | "deltaAlbums" => drop(add(app, "/v1.0/me/albums", subject).await),
        "listPhotosOfAlbum" => {
            let ids = json!({"ids": [add(app, "/v1.0/me/photos", subject).await]});
            let within = app.caller(subject, EVERYTHING).send_json(Method::POST, path, ids).await;
            assert_eq!(within.status, StatusCode::OK, "{}", within.text());
        }
        _ => {}
    }
}

async fn what_is_read_is_counted_by_the_item(on: Backend) {
    let app = TestApp::on(on);
    let maker = app.client("maker", "ann", "Contacts.ReadWrite");
    for name in ["a", "b", "c"] {
        made(&maker, CONTACTS, name).await;
    }
    let ann = app.caller("ann", "Contacts.Read User.Read");
    let list = ann.get(&format!("{CONTACTS}?$top=2")).await;
    ann.get(CONTACTS).await;
    ann.get(&format!("{CONTACTS}/{}", values(&list)[0]["id"].as_str().unwrap())).await;
    ann.with("accept", "text/vcard").get(&format!("{CONTACTS}/{}", values(&list)[0]["id"].as_str().unwrap())).await;
    for _ in 0..3 {
        ann.get("/v1.0/me").await;
    }
    ann.with("accept", "text/vcard").get(CONTACTS).await;
    let current = ann.with("if-none-match", &ann.get(CONTACTS).await.header("etag")).get(CONTACTS).await;
    assert_eq!(current.status, StatusCode::NOT_MODIFIED);
    assert_eq!(ann.get(&format!("{CONTACTS}/{}", uuid::Uuid::now_v7())).await.status, StatusCode::NOT_FOUND);
    let counted = ann.get(&format!("{CONTACTS}?$count=true&$skip=99&$filter=startswith(displayName,'a')")).await;
    assert_eq!((values(&counted).len(), counted.json()["@odata.count"].as_i64()), (0, Some(1)));
    let log = app.logged("ann").await;
    // A page of two, three, one, one, an export of three, three again, nothing that did not change, and a number.
    let reads = [json!(["site", "contacts", "read", 14, 0]), json!(["site", "profile", "read", 3, 0])];
    assert_eq!(log, [&[json!(["maker", "contacts", "write", 3, 0])][..], &reads].concat());
}

async fn what_is_written_is_counted_by_the_item(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Contacts.ReadWrite User.ReadWrite");
    let cards = |names: &[&str]| {
        let card = |name: &&str| {
            format!("BEGIN:VCARD\r\nVERSION:4.0\r\nUID:{name}\r\nFN:{name} of {}\r\nEND:VCARD\r\n", names.len())
        };
        names.iter().map(card).collect::<String>()
    };
    let folder = made(&ann, FOLDERS, "Family").await;
    let into = format!("{FOLDERS}/{folder}/contacts");
    for names in [&["a", "b", "c", "d"][..], &["a", "b", "c", "d"], &["a", "b"]] {
        let imported = ann.send_body(Method::POST, &into, "text/vcard", cards(names)).await;
        assert_eq!(imported.status, StatusCode::OK, "{}", imported.text());
    }
    ann.patch("/v1.0/me", json!({"city": "Lisbon"})).await;
    // The folder; four, none and two cards.
    assert_eq!(
        app.logged("ann").await,
        [json!(["site", "contacts", "write", 7, 0]), json!(["site", "profile", "write", 1, 0])]
    );
    assert_eq!(ann.call(Method::DELETE, &format!("{FOLDERS}/{folder}")).await.status, StatusCode::NO_CONTENT);
    // Four contacts and the folder.
    assert_eq!(app.logged("ann").await[0], json!(["site", "contacts", "write", 12, 0]));
}

async fn what_changes_nothing_is_a_read(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Contacts.ReadWrite");
    let keyed = ann.with("idempotency-key", "k");
    let id = made(&keyed, CONTACTS, "a").await;
    assert_eq!(made(&keyed, CONTACTS, "a").await, id);
    let one = format!("{CONTACTS}/{id}");
    assert_eq!(ann.patch(&one, json!({"displayName": "a"})).await.status, StatusCode::OK);
    let stale = ann.with("if-match", "W/\"999\"").call(Method::DELETE, &one).await;
    assert_eq!(stale.status, StatusCode::PRECONDITION_FAILED);
    let (read, written) = (json!(["site", "contacts", "read", 2, 0]), json!(["site", "contacts", "write", 1, 0]));
    assert_eq!(app.logged("ann").await, [read, written], "what was there already was answered twice");
}

async fn refusals_are_counted(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "User.ReadBasic");
    ann.get("/v1.0/me").await;
    for _ in 0..2 {
        assert_eq!(ann.get(CONTACTS).await.status, StatusCode::FORBIDDEN);
    }
    assert_eq!(ann.patch("/v1.0/me", json!({"city": "x"})).await.status, StatusCode::FORBIDDEN);
    assert_eq!(ann.get(LOG).await.status, StatusCode::FORBIDDEN);
    // Who has no account has no log; and a token of a client alone is about nobody.
    app.caller("nobody", "User.ReadBasic").get(CONTACTS).await;
    assert_eq!(app.caller("site", "").get(CONTACTS).await.status, StatusCode::FORBIDDEN);
    let told = [
        json!(["site", "contacts", "read", 0, 2]),
        json!(["site", "profile", "read", 1, 0]),
        json!(["site", "profile", "write", 0, 1]),
    ];
    assert_eq!(app.logged("ann").await, told);
    assert_eq!(app.number("count(*) FROM access_log WHERE kind = 'accessLog' AND refusals = 1 AND items = 0"), 1);
    assert_eq!(app.number("count(DISTINCT person) FROM access_log"), 1);
}

async fn parts_of_a_batch_are_operations(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "User.Read Contacts.Create");
    let part = |id: &str, method: &str, url: &str| json!({"id": id, "method": method, "url": url});
    let mut create = part("3", "POST", "/me/contacts");
    create["headers"] = json!({"content-type": "application/json"});
    create["body"] = json!({"displayName": "a"});
    let parts = [part("1", "GET", "/me"), part("2", "GET", "/me"), create, part("4", "GET", "/me/contacts")];
    let answer = ann.send_json(Method::POST, "/v1.0/$batch", json!({"requests": parts})).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    let told = [
        json!(["site", "contacts", "read", 0, 1]),
        json!(["site", "contacts", "write", 1, 0]),
        json!(["site", "profile", "read", 2, 0]),
    ];
    assert_eq!(app.logged("ann").await, told);
}

async fn hours_clients_and_people_are_kept_apart(on: Backend) {
    let app = TestApp::on(on);
    // A token that does not end meanwhile.
    let of = |client: &str, subject: &str| {
        let mut claims = app.claims(subject, "User.Read Privacy.Read");
        (claims["client_id"], claims["exp"]) = (json!(client), json!(NOW + 86_400));
        app.caller_with(&claims)
    };
    let (ann, also_ann, bob) = (of("one", "ann"), of("two", "ann"), of("one", "bob"));
    for minutes in [0, 59, 1, 70] {
        app.pass(TimeDelta::minutes(minutes));
        for caller in [&ann, &also_ann, &bob] {
            caller.get("/v1.0/me").await;
        }
        // Whether it was written meanwhile makes no difference.
        if minutes == 59 {
            app.store.log_uses().await.expect("written down");
        }
    }
    app.store.log_uses().await.expect("written down");
    let log = ann.get(LOG).await;
    let rows = values(&log);
    let seen: Vec<_> = rows.iter().map(|row| json!([row["hour"], row["clientId"], row["items"]])).collect();
    let told =
        [("14", "two", 1), ("14", "one", 1), ("13", "two", 1), ("13", "one", 1), ("12", "two", 2), ("12", "one", 2)];
    let told = told.map(|(hour, client, items)| json!([format!("2026-01-01T{hour}:00:00Z"), client, items]));
    assert_eq!(seen, told, "newest first, and nobody else's");
    let ids: std::collections::BTreeSet<_> = rows.iter().map(|row| row["id"].to_string()).collect();
    assert_eq!(ids.len(), rows.len());
    assert!(
        values(&bob.get(LOG).await).iter().all(|row| row["clientId"] == "one" && !ids.contains(&row["id"].to_string()))
    );
}

/// What cannot be written down is not forgotten, and is counted once.
async fn what_could_not_be_written_is_written_later(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "User.Read");
    ann.get("/v1.0/me").await;
    app.execute("ALTER TABLE access_log RENAME TO away");
    ann.get("/v1.0/me").await;
    assert!(app.store.log_uses().await.is_err());
    ann.get("/v1.0/me").await;
    app.execute("ALTER TABLE away RENAME TO access_log");
    assert_eq!(app.logged("ann").await, [json!(["site", "profile", "read", 3, 0])]);
    assert_eq!(app.logged("ann").await, [json!(["site", "profile", "read", 3, 0])]);
}
