//! What is held of a person's contacts at a time is bounded in bytes, however large they are.

use std::collections::BTreeSet;

use actix_web::http::{Method, StatusCode};
use serde_json::{Value, json};
use sharehold::access::{Grant, Read};
use sharehold::resources::contacts::Contacts;
use sharehold::resources::contacts::queries::{self, Stored};
use sharehold::store::{Owned, StoreError};

use crate::api::contacts_import::{CONTACTS, card, counts, import};
use crate::on_both;
use crate::support::app::{Backend, Caller, ISSUER, TestApp};

on_both! { a_page_ends_by_bytes_and_the_next_goes_on an_import_reads_what_is_there_in_portions }

const MIB: usize = 1024 * 1024;

/// A card of about `kib` KiB.
fn large(uid: &str, kib: usize) -> String {
    let lines = format!("EMAIL:{}@x.example\r\n", "n".repeat(32 * 1024)).repeat(kib / 32);
    format!("BEGIN:VCARD\r\nVERSION:4.0\r\nUID:{uid}\r\nFN:name {uid}\r\n{lines}END:VCARD\r\n")
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
    // Small ones between large ones, one that is larger than a page, and 250 of 32 KiB.
    let mut sizes = vec![0, 256, 0, 5 * 1024, 0, 0, 1024, 1024];
    sizes.extend([32; 250]);
    let cards: String = sizes.iter().enumerate().map(|(at, kib)| large(&format!("{at:04}"), *kib)).collect();
    assert_eq!(counts(&import(&ann, &of_folder, cards).await), [sizes.len() as u64, 0, 0, 0]);
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
        // About 16 MiB.
        assert!((4..9).contains(&pages.len()), "{first}: {} pages", pages.len());
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
    // The record and the projection of each are about as large as its card.
    let sizes = [0, 1024, 1024, 5 * 1024, 0, 1024, 1024, 1024, 1024, 0];
    let uids: Vec<String> = (0..sizes.len()).map(|at| format!("uid-{at}")).collect();
    let cards: String = uids.iter().zip(sizes).map(|(uid, kib)| large(uid, kib)).collect();
    assert_eq!(counts(&import(&ann, CONTACTS, cards.clone()).await), [10, 0, 0, 0]);
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
    assert_eq!(counts(&import(&ann, CONTACTS, cards).await), [0, 0, 10, 0]);
    let small: String = uids.iter().map(|uid| card(uid, "Small")).collect();
    assert_eq!(counts(&import(&ann, CONTACTS, small).await), [0, 10, 0, 0]);
    let named = ann.get(&format!("{CONTACTS}/$count?$filter=displayName%20eq%20'Small'")).await;
    assert_eq!(named.text(), "10");
}
