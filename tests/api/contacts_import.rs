//! Import of vCard files: what real programs write comes in whole, by UID, card by card, whatever else is in the file.

use actix_web::http::{Method, StatusCode};
use serde_json::Value;
use sharehold::resources::contacts::card::Card;

use crate::on_both;
use crate::support::app::{Answer, Backend, Caller, TestApp};

on_both! {
    what_programs_write_comes_in_whole_and_once
    broken_cards_cost_only_themselves
    the_later_of_one_uid_wins
    each_contact_has_one_last_change
    who_may_only_add_changes_nothing_and_learns_nothing
    beyond_the_quota_the_rest_is_rejected
    a_folder_gets_what_is_new
    what_is_no_vcard_is_refused
    an_array_of_cards_is_told_by_index
    a_large_file_comes_in_as_it_is_sent
    a_turn_is_counted_at_once
}

pub const CONTACTS: &str = "/v1.0/me/contacts";

pub async fn import(caller: &Caller<'_>, path: &str, file: impl Into<Vec<u8>>) -> Answer {
    caller.send_body(Method::POST, path, "text/vcard", file.into()).await
}

pub fn counts(answer: &Answer) -> [u64; 4] {
    assert_eq!(answer.status, StatusCode::OK, "{:?}: {}", answer.logged("cause"), answer.text());
    let report = answer.json();
    let counts = ["created", "updated", "unchanged", "rejected"].map(|name| report[name].as_u64().expect("a count"));
    let items = report["items"].as_array().expect("items");
    assert_eq!(counts.iter().sum::<u64>(), items.len() as u64);
    for (index, item) in items.iter().enumerate() {
        assert_eq!(item["index"], index);
    }
    counts
}

pub fn card(uid: &str, name: &str) -> String {
    format!("BEGIN:VCARD\r\nVERSION:4.0\r\nUID:{uid}\r\nFN:{name}\r\nEND:VCARD\r\n")
}

pub fn fixtures() -> Vec<(String, Vec<u8>)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/vcards");
    let files = std::fs::read_dir(folder).expect("fixtures").map(|entry| entry.expect("a file").path());
    let vcards = files.filter(|path| path.extension().is_some_and(|end| end == "vcf"));
    vcards.map(|path| (path.display().to_string(), std::fs::read(&path).expect("a file"))).collect()
}

async fn what_programs_write_comes_in_whole_and_once(on: Backend) {
    let files = fixtures();
    assert!(files.len() >= 11);
    for (name, file) in files {
        let app = TestApp::on(on);
        let ann = app.caller("ann", "Contacts.ReadWrite");
        let first = import(&ann, CONTACTS, file.clone()).await;
        let [created, updated, unchanged, rejected] = counts(&first);
        assert_eq!((updated, unchanged, rejected), (0, 0, 0), "{name}: {}", first.text());
        assert!(created > 0, "{name}");
        let again = import(&ann, CONTACTS, file).await;
        assert_eq!(counts(&again), [0, 0, created, 0], "{name}");
    }
}

async fn broken_cards_cost_only_themselves(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Contacts.ReadWrite");
    let long = format!("BEGIN:VCARD\r\nVERSION:4.0\r\nNOTE:{}\r\nEND:VCARD\r\n", "x".repeat(70_000));
    let file =
        format!("stray\r\n{}BEGIN:VCARD\r\nFN:cut\r\n{}{long}{}", card("1", "A"), card("2", "B"), card("3", "C"));
    let answer = import(&ann, CONTACTS, file).await;
    assert_eq!(counts(&answer), [3, 0, 0, 3], "{}", answer.text());
    let items = answer.json()["items"].clone();
    let lines: Vec<_> = items.as_array().expect("items").iter().map(|item| item["line"].as_u64()).collect();
    assert_eq!(lines, [1, 2, 7, 9, 14, 18].map(Some));
    for item in items.as_array().expect("items") {
        assert_eq!(item["result"] == "rejected", item["reason"].is_string(), "{item}");
        assert_eq!(item["result"] == "created", item["id"].is_string(), "{item}");
    }
}

async fn an_array_of_cards_is_told_by_index(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Contacts.ReadWrite");
    let one = |uid: &str| format!(r#"{{"@type":"Card","version":"1.0","uid":"{uid}","name":{{"full":"A"}}}}"#);
    let bad = one("bad").replace("{\"full\":\"A\"}", "7");
    let file = format!("[{},\n{bad},{{}},\n{}, nonsense]", one("1"), one("2"));
    let answer = ann.send_body(Method::POST, CONTACTS, "application/jscontact+json", file).await;
    assert_eq!(counts(&answer), [2, 0, 0, 3], "{}", answer.text());
    let items = answer.json()["items"].clone();
    let told = |at: usize| (items[at]["result"].as_str().unwrap_or_default().to_owned(), items[at]["line"].as_u64());
    assert_eq!((told(0), told(3)), (("created".into(), Some(1)), ("created".into(), Some(3))));
    assert_eq!(told(1), ("rejected".into(), Some(2)));
    assert!(items[1]["reason"].as_str().is_some_and(|reason| reason.contains("`name`")), "{}", items[1]);
}

async fn each_contact_has_one_last_change(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Contacts.ReadWrite");
    let first = ["1", "2", "3"].map(|uid| card(uid, "A")).concat();
    assert_eq!(counts(&import(&ann, CONTACTS, first).await), [3, 0, 0, 0]);
    let changed = || app.number("max(changed) FROM contact_changes");
    let before = changed();
    // Changed twice, unchanged, new and changed at once; the third is not named.
    let second = card("1", "B") + &card("2", "A") + &card("1", "C") + &card("4", "A") + &card("4", "B");
    counts(&import(&ann, CONTACTS, second).await);
    let count = |what: &str| app.number(&format!("count(*) FROM {what}"));
    assert_eq!((count("contacts"), count("contact_changes")), (4, 4));
    let same = "contacts.person = contact_changes.person AND contacts.id = contact_changes.contact \
                AND contacts.changed = contact_changes.changed AND contacts.folder = contact_changes.folder AND gone = 0";
    assert_eq!(count(&format!("contacts JOIN contact_changes ON {same}")), 4);
    assert_eq!(count(&format!("contact_changes WHERE changed > {before}")), 2, "what was unchanged has not changed");
    let after = changed();
    assert_eq!(counts(&import(&ann, CONTACTS, card("2", "A") + &card("3", "A")).await), [0, 0, 2, 0]);
    assert_eq!((changed(), count("contact_changes")), (after, 4));
}

async fn the_later_of_one_uid_wins(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Contacts.ReadWrite");
    let answer = import(&ann, CONTACTS, card("1", "Old") + &card("1", "New")).await;
    assert_eq!(counts(&answer), [1, 1, 0, 0]);
    let items = answer.json()["items"].clone();
    assert_eq!(items[0]["id"], items[1]["id"]);
    let one = format!("{CONTACTS}/{}", items[0]["id"].as_str().expect("an id"));
    let before = ann.get(&one).await.json();
    assert_eq!(before["displayName"], "New");
    assert_eq!(counts(&import(&ann, CONTACTS, card("1", "New")).await), [0, 0, 1, 0]);
    assert_eq!(ann.get(&one).await.json(), before, "what is unchanged is no new version");
    assert_eq!(counts(&import(&ann, CONTACTS, card("1", "Newer")).await), [0, 1, 0, 0]);
    assert_eq!(ann.get(&one).await.json()["displayName"], "Newer");
    assert_eq!(ann.get(&format!("{CONTACTS}/$count")).await.text(), "1");
}

async fn who_may_only_add_changes_nothing_and_learns_nothing(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Contacts.ReadWrite");
    let adder = app.caller("ann", "Contacts.Create");
    let answer = import(&ann, CONTACTS, card("1", "Secret")).await;
    let one = format!("{CONTACTS}/{}", answer.json()["items"][0]["id"].as_str().expect("an id"));
    // The very same card, and another: the answers do not tell which it was.
    let mut told = Vec::new();
    for name in ["Secret", "Other"] {
        let answer = import(&adder, CONTACTS, card("1", name) + &card(name, "x") + &card(name, "y")).await;
        assert_eq!(counts(&answer), [1, 0, 0, 2], "{}", answer.text());
        told.push(answer.json()["items"][0].clone());
        assert_eq!(answer.json()["items"][1]["result"], "created");
    }
    assert_eq!(told[0], told[1]);
    assert_eq!(told[0].get("id"), None);
    assert_eq!(ann.get(&one).await.json()["displayName"], "Secret");
    let bob = app.caller("bob", "Contacts.Create");
    assert_eq!(counts(&import(&bob, CONTACTS, card("1", "Bob's own")).await), [1, 0, 0, 0]);
    let reader = app.caller("ann", "Contacts.Read");
    assert_eq!(import(&reader, CONTACTS, card("9", "x")).await.status, StatusCode::FORBIDDEN);
}

async fn beyond_the_quota_the_rest_is_rejected(on: Backend) {
    let app = TestApp::with(on, |config| config.limits.quota_contacts = 3);
    let ann = app.caller("ann", "Contacts.ReadWrite");
    let five: String = (1..=5).map(|number| card(&number.to_string(), "x")).collect();
    let answer = import(&ann, CONTACTS, five).await;
    assert_eq!(counts(&answer), [3, 0, 0, 2]);
    let results: Vec<Value> =
        answer.json()["items"].as_array().expect("items").iter().map(|item| item["result"].clone()).collect();
    assert_eq!(results, ["created", "created", "created", "rejected", "rejected"]);
    assert_eq!(counts(&import(&ann, CONTACTS, card("2", "y") + &card("6", "z")).await), [0, 1, 0, 1]);
    assert_eq!(ann.get(&format!("{CONTACTS}/$count")).await.text(), "3");
}

async fn a_folder_gets_what_is_new(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Contacts.ReadWrite");
    let missing = "/v1.0/me/contactFolders/01890000-0000-7000-8000-000000000000/contacts";
    for scope in ["Contacts.ReadWrite", "Contacts.Create"] {
        let answer = import(&app.caller("ann", scope), missing, card("1", "x")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
    }
    assert_eq!(ann.get(&format!("{CONTACTS}/$count")).await.text(), "0");
    let default = import(&ann, CONTACTS, card("1", "x")).await.json()["items"][0]["id"].clone();
    let one = ann.get(&format!("{CONTACTS}/{}", default.as_str().expect("an id"))).await.json();
    let folder = one["parentFolderId"].as_str().expect("a folder").to_owned();
    let path = format!("/v1.0/me/contactFolders/{folder}/contacts");
    assert_eq!(counts(&import(&ann, &path, card("2", "y")).await), [1, 0, 0, 0]);
}

async fn what_is_no_vcard_is_refused(on: Backend) {
    let app = TestApp::with(on, |config| config.limits.import_bytes = 100_000);
    let ann = app.caller("ann", "Contacts.ReadWrite");
    for media in ["text/plain", "text/csv", "application/xml"] {
        let answer = ann.send_body(Method::POST, CONTACTS, media, card("1", "x")).await;
        assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{media}");
        assert!(answer.text().contains("`text/vcard` or `application/jscontact+json`"), "{}", answer.text());
    }
    let packed = import(&ann.with("Content-Encoding", "gzip"), CONTACTS, card("1", "x")).await;
    assert_eq!(packed.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert_eq!(import(&ann, CONTACTS, vec![b'x'; 100_001]).await.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(counts(&import(&ann, CONTACTS, Vec::new()).await), [0, 0, 0, 0]);
    assert_eq!(counts(&import(&ann, CONTACTS, "{}").await), [0, 0, 0, 1]);
    assert_eq!(ann.get(&format!("{CONTACTS}/$count")).await.text(), "0");
    for media in ["text/x-vcard", "text/directory; profile=vCard", "TEXT/VCARD;charset=utf-8"] {
        let answer = ann.send_body(Method::POST, CONTACTS, media, card(media, "x")).await;
        assert_eq!(counts(&answer), [1, 0, 0, 0], "{media}");
    }
    let json = Card::read(&card("j", "J. Contact")).expect("a card").to_jscontact().expect("JSContact");
    let media = "application/jscontact+json";
    let answer = ann.send_body(Method::POST, CONTACTS, media, json).await;
    assert_eq!(counts(&answer), [1, 0, 0, 0], "{}", answer.text());
    let broken = ann.send_body(Method::POST, CONTACTS, media, "{\"@type\":1").await;
    assert_eq!(counts(&broken), [0, 0, 0, 1]);
}

async fn a_large_file_comes_in_as_it_is_sent(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Contacts.ReadWrite");
    let file: String = (0..1203).map(|number| card(&format!("uid-{number}"), &format!("Contact {number}"))).collect();
    let answer = import(&ann, CONTACTS, file.clone()).await;
    assert_eq!(counts(&answer), [1203, 0, 0, 0]);
    assert_eq!(counts(&import(&ann, CONTACTS, file).await), [0, 0, 1203, 0]);
}

async fn a_turn_is_counted_at_once(on: Backend) {
    let app = TestApp::with(on, |config| config.limits.quota_contacts = 600);
    let ann = app.caller("ann", "Contacts.ReadWrite");
    app.execute(match on {
        Backend::Sqlite => {
            "CREATE TABLE noted (kept INTEGER); CREATE TRIGGER note AFTER UPDATE ON contact_books
         BEGIN INSERT INTO noted VALUES (NEW.contacts); END"
        }
        Backend::Postgres => {
            "CREATE TABLE noted (kept BIGINT); CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS
         'BEGIN INSERT INTO noted VALUES (NEW.contacts); RETURN NULL; END';
         CREATE TRIGGER note AFTER UPDATE ON contact_books FOR EACH ROW EXECUTE FUNCTION note()"
        }
    });
    let cards: String = (0..700).map(|number| card(&number.to_string(), "x")).collect();
    assert_eq!(counts(&import(&ann, CONTACTS, cards).await), [600, 0, 0, 100]);
    // Two turns, the first of which makes the row.
    assert_eq!([app.number("count(*) FROM noted"), app.number("max(kept) FROM noted")], [1, 600]);
    assert_eq!(ann.get(&format!("{CONTACTS}/$count")).await.text(), "600");
}
