//! What is held of a person's contacts at a time is bounded in bytes, however large they are.

use std::collections::BTreeSet;
use std::time::Duration;

use actix_web::http::{Method, StatusCode};
use rustix::time::{ClockId, clock_gettime};
use serde_json::{Value, json};
use sharehold::access::{Grant, Read};
use sharehold::resources::contacts::Contacts;
use sharehold::resources::contacts::card::Card;
use sharehold::resources::contacts::queries::{self, Made, Stored};
use sharehold::store::{Owned, StoreError};

use crate::api::contacts_import::{CONTACTS, card, counts, import};
use crate::on_both;
use crate::support::app::{Backend, Caller, ISSUER, TestApp};

on_both! { a_page_ends_by_bytes_and_the_next_goes_on an_import_reads_what_is_there_in_portions
large_cards_leave_the_serving_thread }

const MIB: usize = 1024 * 1024;

/// Imports a contact of each of these sizes, and gives their UIDs.
async fn contacts_of(app: &TestApp, ann: &Caller<'_>, path: &str, sizes: &[usize]) -> Vec<String> {
    let uids: Vec<String> = (0..sizes.len()).map(|at| format!("uid-{at:04}")).collect();
    let cards: String = uids.iter().map(|uid| card(uid, &format!("name {uid}"))).collect();
    assert_eq!(counts(&import(ann, path, cards).await), [sizes.len() as u64, 0, 0, 0]);
    for (uid, kib) in uids.iter().zip(sizes).filter(|(_, kib)| **kib > 0) {
        app.enlarge(uid, *kib);
    }
    uids
}

async fn folder(ann: &Caller<'_>) -> String {
    let made = ann.send_json(Method::POST, "/v1.0/me/contactFolders", json!({"displayName": "A"})).await.json();
    format!("/v1.0/me/contactFolders/{}/contacts", made["id"].as_str().expect("an id"))
}

fn path(link: &Value) -> Option<String> {
    let link = link.as_str()?;
    Some(link[link.find("/v1.0").expect("a path")..].to_owned())
}

/// The ids on the pages from `first` on, page by page.
async fn pages(ann: &Caller<'_>, first: &str) -> Vec<Vec<String>> {
    let (mut pages, mut next) = (Vec::new(), Some(first.to_owned()));
    while let Some(at) = next {
        let page = ann.get(&at).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.text());
        let (bytes, page) = (page.bytes().len(), page.json());
        let items = page["value"].as_array().expect("items");
        assert!(bytes < 4 * MIB + 300 * 1024 || items.len() == 1, "{first}: {bytes} bytes of {} items", items.len());
        pages.push(items.iter().map(|item| item["id"].as_str().expect("an id").to_owned()).collect());
        next = path(&page["@odata.nextLink"]);
    }
    pages
}

async fn a_page_ends_by_bytes_and_the_next_goes_on(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Contacts.ReadWrite");
    let of_folder = folder(&ann).await;
    // Small ones between large ones, one that is larger than a page, and many of 3 KiB and of 32 KiB.
    let mut sizes = vec![0, 256, 0, 5 * 1024, 0, 0, 1024, 2048, 2048];
    sizes.extend([3, 3, 3, 32, 32].repeat(16));
    contacts_of(&app, &ann, &of_folder, &sizes).await;
    let all: BTreeSet<String> =
        pages(&ann, &format!("{CONTACTS}?$top=5&$select=id")).await.concat().into_iter().collect();
    assert_eq!(all.len(), sizes.len());
    for (first, backwards) in [
        (format!("{CONTACTS}?$top=1000"), false),
        (format!("{CONTACTS}?$top=1000&$count=true&$skip=0"), false),
        (format!("{CONTACTS}?$top=1000&$orderby=displayName%20desc"), true),
        (format!("{CONTACTS}?$top=1000&$filter=startswith(displayName,'name')"), false),
        (format!("{CONTACTS}?$top=1000&$search=name"), false),
        (format!("{CONTACTS}/delta?$top=1000"), false),
        (format!("{of_folder}?$top=1000"), false),
        (format!("{of_folder}/delta?$top=1000"), false),
    ] {
        let pages = pages(&ann, &first).await;
        // About 11 MiB.
        assert!((3..6).contains(&pages.len()), "{first}: {} pages", pages.len());
        let mut ids = pages.concat();
        if backwards {
            ids.reverse();
        }
        // None twice and none left out: ids go up as contacts come, and so do these names.
        assert!(ids.iter().eq(&all), "{first}");
    }
}

async fn an_import_reads_what_is_there_in_portions(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Contacts.ReadWrite");
    let sizes = [0, 3072, 3072, 10 * 1024, 0, 3072, 3072, 3072, 1024, 0];
    let uids = contacts_of(&app, &ann, CONTACTS, &sizes).await;
    let (grant, asked): (Grant<Contacts, Read>, _) = (Grant::operator(ISSUER, "ann"), uids.clone());
    let look = move |on: &mut Owned<'_, Contacts, Read>| -> Result<_, StoreError> {
        let mut portions = Vec::new();
        let bytes = |stored: &Stored| stored.card.len() + stored.row.projection.len();
        queries::by_uid(on, &asked, |portion| {
            portions.push(portion.into_iter().map(|(uid, stored)| (uid, bytes(&stored))).collect::<Vec<_>>());
        })?;
        Ok(portions)
    };
    let portions = app.store.read(&grant, look).await.expect("portions");
    for portion in &portions {
        let bytes = portion.iter().map(|(_, bytes)| bytes).sum::<usize>();
        assert!(bytes <= 8 * MIB || portion.len() == 1, "{bytes} bytes of {}", portion.len());
    }
    let seen: BTreeSet<&String> = portions.iter().flatten().map(|(uid, _)| uid).collect();
    assert_eq!((portions.concat().len(), seen), (uids.len(), uids.iter().collect()));
    let small: String = uids.iter().map(|uid| card(uid, "Small")).collect();
    assert_eq!(counts(&import(&ann, CONTACTS, small).await), [0, 10, 0, 0]);
    let named = ann.get(&format!("{CONTACTS}/$count?$filter=displayName%20eq%20'Small'")).await;
    assert_eq!(named.text(), "10");
}

/// The processor time that this thread has taken, which answers every request here.
fn taken() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::try_from(time).expect("a time")
}

async fn large_cards_leave_the_serving_thread(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Contacts.ReadWrite");
    let lines = format!("EMAIL:{}@x.example\r\n", "n".repeat(32 * 1024)).repeat(64);
    let text = format!("BEGIN:VCARD\r\nVERSION:4.0\r\nUID:1\r\nFN:a\r\n{lines}END:VCARD\r\n");
    let made = import(&ann, CONTACTS, text.clone()).await.json();
    let one = format!("{CONTACTS}/{}", made["items"][0]["id"].as_str().expect("an id"));
    // What the work takes here.
    let begun = taken();
    let card = Card::stored(&text).expect("a card");
    let read = taken();
    Made::of(&card).expect("a contact");
    let (reading, making) = (read.saturating_sub(begun), taken().saturating_sub(read));
    let begun = taken();
    let changed = ann.with("Prefer", "return=minimal").patch(&one, json!({"surname": "b"})).await;
    let changing = taken().saturating_sub(begun);
    assert_eq!(changed.status, StatusCode::NO_CONTENT, "{}", changed.text());
    let begun = taken();
    let exported = ann.with("Accept", "text/vcard").get(&one).await;
    let exporting = taken().saturating_sub(begun);
    assert_eq!(exported.status, StatusCode::OK);
    println!("{reading:?} {making:?} {changing:?} {exporting:?}");
    assert!(changing < (reading + making) / 2, "{changing:?} of {reading:?} and {making:?}");
    assert!(exporting < reading, "{exporting:?} of {reading:?}");
}
