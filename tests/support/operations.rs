//! What each operation of the table needs to succeed beside a token: what has to be there, its path and its body.

use actix_web::http::Method;
use serde_json::json;
use sharehold::digest::Digest;
use sharehold::resources::{self, endpoint::Endpoint};
use uuid::Uuid;

use crate::support::app::TestApp;
use crate::support::pictures;

/// Scopes that cover everything.
pub const EVERYTHING: &str =
    "User.ReadWrite Contacts.ReadWrite Calendars.ReadWrite Photos.ReadWrite Photos.Location.Read Privacy.ReadWrite";

/// The operations on people's data.
pub fn guarded() -> impl Iterator<Item = Endpoint> {
    resources::all().into_iter().filter(|endpoint| endpoint.guarded)
}

/// What a request to this endpoint needs to succeed, beside a token.
pub fn body(endpoint: &Endpoint) -> Option<(&'static str, Vec<u8>)> {
    match endpoint.id {
        "updateMe" => Some(("application/json", json!({"city": "Lisbon"}).to_string().into())),
        "setPhoto" | "setContactPhoto" => Some(("image/png", pictures::png(48, 48))),
        "createContact" | "createContactInFolder" | "updateContact" => Some(named("Zoë")),
        "replaceContact" => Some(("text/vcard", "BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Zoë\r\nEND:VCARD\r\n".into())),
        // No two folders have the same name.
        "createContactFolder" | "updateContactFolder" => Some(named(&Uuid::now_v7().to_string())),
        // No two pictures are the same.
        "createPhoto" => Some(("image/png", pictures::another())),
        "updatePhotoItem" => Some(("application/json", json!({"description": Uuid::now_v7()}).to_string().into())),
        "createPhotoUploadSession" => Some(("application/json", json!({"item": {"name": "a.jpg"}}).to_string().into())),
        "checkPhotoHashes" => {
            Some(("application/json", json!({"hashes": [Digest::of(&known_picture()).to_string()]}).to_string().into()))
        }
        // What is put into it is said with the path.
        "addPhotosToAlbum" => Some(("application/json", json!({"ids": []}).to_string().into())),
        "createCalendar" | "updateCalendar" | "updateDefaultCalendar" | "createAlbum" | "updateAlbum" => {
            Some(("application/json", json!({"name": Uuid::now_v7()}).to_string().into()))
        }
        "createEvent"
        | "createEventInDefaultCalendar"
        | "createEventInCalendar"
        | "updateEvent"
        | "updateEventOfDefaultCalendar"
        | "updateEventOfCalendar" => Some(("application/json", event().to_string().into())),
        "getSchedule" => {
            let time = |day: u32| json!({"dateTime": format!("2026-03-{day:02}T00:00:00"), "timeZone": "UTC"});
            let body = json!({"schedules": ["me"], "startTime": time(1), "endTime": time(8)});
            Some(("application/json", body.to_string().into()))
        }
        // What it may do is what its part may do.
        "batch" => {
            let part = json!({"id": "1", "method": "GET", "url": "/me"});
            Some(("application/json", json!({"requests": [part]}).to_string().into()))
        }
        id => {
            assert!(endpoint.body.is_empty(), "{id} takes a body: say here which one succeeds");
            None
        }
    }
}

/// The picture that hashes are asked for of.
pub fn known_picture() -> Vec<u8> {
    pictures::png(61, 40)
}

fn named(name: &str) -> (&'static str, Vec<u8>) {
    ("application/json", json!({"displayName": name}).to_string().into())
}

/// The headers that it needs to succeed.
pub fn headers(endpoint: &Endpoint) -> &'static [(&'static str, &'static str)] {
    if endpoint.id == "replaceContact" { &[("if-match", "*")] } else { &[] }
}

/// Makes what the endpoint needs to be there, of this person's, and gives its path with that, or with the first of what each
/// `{name}` may be.
pub async fn furnish(app: &TestApp, endpoint: &Endpoint, subject: &str) -> String {
    if endpoint.about == "profile" && endpoint.path.contains("/photo") && endpoint.method != Method::PUT {
        app.give_photo(subject).await;
    }
    let first = |path: String, (name, words): &(&str, &[&str])| path.replace(&format!("{{{name}}}"), words[0]);
    let mut path = endpoint.words.iter().fold(endpoint.path.to_owned(), first);
    for (name, collection) in [
        ("{contact}", "/v1.0/me/contacts"),
        ("{folder}", "/v1.0/me/contactFolders"),
        ("{calendar}", "/v1.0/me/calendars"),
        ("{event}", "/v1.0/me/events"),
        ("{album}", "/v1.0/me/albums"),
        ("{photo}", "/v1.0/me/photos"),
    ] {
        if path.contains(name) {
            // An event of a calendar of the path is in that one.
            let within = path.split_once("/events/{event}").map(|(of, _)| format!("{of}/events"));
            let within = within.filter(|_| name == "{event}").unwrap_or_else(|| collection.to_owned());
            path = path.replace(name, &add(app, &within, subject).await);
        }
    }
    // A photo of an album of the path is in that one.
    if let Some((album, photo)) = path.split_once("/photos/").filter(|(of, _)| of.contains("/albums/")) {
        let ids = json!({"ids": [photo]});
        let put = app.caller(subject, EVERYTHING).send_json(Method::POST, &format!("{album}/photos"), ids).await;
        assert!(put.status.is_success(), "{}", put.text());
    }
    if path.contains("{grant}") {
        path = path.replace("{grant}", &grant(app, subject, "other").await);
    }
    assert!(!path.contains('{'), "{}: say here which id there is, and that another person's is a 404", endpoint.id);
    if path.contains("/contacts/") && path.contains("/photo") && endpoint.method != Method::PUT {
        let at = format!("{}/$value", path.trim_end_matches("/$value"));
        let caller = app.caller(subject, "Contacts.ReadWrite");
        let set = caller.send_body(Method::PUT, &at, "image/png", pictures::png(48, 48)).await;
        assert!(set.status.is_success(), "{}", set.text());
    }
    if endpoint.options.contains(&"startDateTime") {
        path.push_str("?startDateTime=2026-03-01T00:00:00Z&endDateTime=2026-04-01T00:00:00Z");
    }
    path
}

/// Lets another client come with a token of the person's; gives the id of its grant.
pub async fn grant(app: &TestApp, subject: &str, client: &str) -> String {
    let mut claims = app.claims(subject, "User.Read");
    claims["client_id"] = json!(client);
    let came = app.caller_with(&claims).get("/v1.0/me").await;
    assert!(came.status.is_success() || came.status == 401, "{}", came.text());
    app.mirror().note().await.expect("it is written");
    let all = app.caller(subject, "Privacy.Read").get("/v1.0/me/oauth2PermissionGrants").await.json();
    let ids = all["value"].as_array().expect("grants").iter().filter(|grant| grant["clientId"] == client);
    ids.map(|grant| grant["id"].as_str().expect("an id").to_owned()).next().expect("the grant")
}

/// Adds one to a collection; gives its id.
pub async fn add(app: &TestApp, collection: &str, subject: &str) -> String {
    let caller = app.caller(subject, EVERYTHING);
    if collection == "/v1.0/me/photos" {
        let made = caller.send_body(Method::POST, collection, "image/png", pictures::another()).await;
        return made.json()["id"].as_str().unwrap_or_else(|| panic!("{}", made.text())).to_owned();
    }
    let item = match collection.rsplit('/').next() {
        Some("calendars" | "albums") => json!({"name": Uuid::now_v7()}),
        Some("events") => event(),
        _ => json!({"displayName": Uuid::now_v7()}),
    };
    let made = caller.send_json(Method::POST, collection, item).await;
    made.json()["id"].as_str().unwrap_or_else(|| panic!("{}", made.text())).to_owned()
}

fn event() -> serde_json::Value {
    let time = |hour: u32| json!({"dateTime": format!("2026-03-02T{hour:02}:00:00"), "timeZone": "UTC"});
    json!({"subject": Uuid::now_v7(), "start": time(9), "end": time(10)})
}
