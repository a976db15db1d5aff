//! What comes in by import goes out by export with no property lost, by a reader that is not the server's: whole files of
//! programs, and whole address books. What may differ: `card::given`.

use std::collections::HashSet;
use std::fs;
use std::path::PathBuf;

use crate::api::contacts_import::{CONTACTS, counts, import};
use crate::card::given::{Line, lines};
use crate::card::original;
use crate::on_both;
use crate::support::app::{Backend, TestApp};

on_both! { no_property_is_lost_from_the_file_to_the_export }

fn files() -> Vec<PathBuf> {
    let folders = ["vcards", "contacts"].map(|name| format!("{}/fixtures/{name}", env!("CARGO_MANIFEST_DIR")));
    let entries = folders.iter().flat_map(|folder| fs::read_dir(folder).expect("fixtures"));
    let paths = entries.map(|entry| entry.expect("a file").path());
    paths.filter(|path| path.extension().is_some_and(|end| end == "vcf")).collect()
}

/// The cards of an export, each its properties. A UID that the file did not have is the import's.
fn exported(text: &str, uids: &HashSet<String>) -> Vec<Vec<Line>> {
    let cards = text.split_inclusive("END:VCARD\r\n").map(|card| {
        let mut lines = lines(card, true);
        lines.retain(|line| line.name != "UID" || uids.contains(&line.value));
        lines
    });
    let mut cards: Vec<_> = cards.collect();
    cards.sort();
    cards
}

async fn no_property_is_lost_from_the_file_to_the_export(on: Backend) {
    let files = files();
    assert!(files.len() >= 15, "{files:?}");
    let app = TestApp::on(on);
    for (number, path) in files.iter().enumerate() {
        let file = fs::read(path).expect("a file");
        let given = original::cards(&file);
        let uids = given.iter().flatten().filter(|line| line.name == "UID").map(|line| line.value.clone()).collect();
        let caller = app.caller(&format!("person-{number}"), "Contacts.ReadWrite");
        assert_eq!(counts(&import(&caller, CONTACTS, file).await), [given.len() as u64, 0, 0, 0], "{}", path.display());
        let out = caller.with("Accept", "text/vcard;version=4.0").get(CONTACTS).await;
        let kept = exported(&out.text(), &uids);
        assert_eq!(kept.len(), given.len(), "{}", path.display());
        for (kept, given) in kept.iter().zip(&given) {
            let lost: Vec<_> = given.iter().filter(|line| !kept.contains(line)).collect();
            let made: Vec<_> = kept.iter().filter(|line| !given.contains(line)).collect();
            assert_eq!(kept, given, "{}: lost {lost:#?}, made {made:#?}", path.display());
        }
    }
}
