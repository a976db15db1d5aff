//! `verify` of contacts that are damaged: whatever does not fit is named, each by its contact.

use std::fs;

use super::keeping::Scene;
use crate::support::database::Backend;
use crate::support::pictures::png;

const ALL: &str = "/v1.0/me/contacts";

/// What is sent to the server as ann; the answer's body.
fn send(scene: &Scene, method: &str, path: &str, media: &str, body: &[u8]) -> serde_json::Value {
    let mut connection = scene.server.connect();
    let token = crate::serving::token("Contacts.ReadWrite");
    connection.send(&format!(
        "{method} {path} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {token}\r\nContent-Type: {media}\r\n\
         Content-Length: {}\r\n\r\n",
        body.len()
    ));
    connection.send(body);
    let (status, answer) = connection.answer();
    assert!((200..300).contains(&status), "{status}: {answer}");
    answer
}

/// What is done to the database, what undoes it, and how it is told.
fn damages(of_it: &str) -> Vec<(&'static str, &'static str, String)> {
    vec![
        (
            "UPDATE contacts SET projection = 'x' || projection",
            "UPDATE contacts SET projection = substr(projection, 2)",
            format!("{of_it}: it cannot be shown"),
        ),
        (
            "ALTER TABLE contacts ADD COLUMN kept TEXT; UPDATE contacts SET kept = projection, \
             projection = CAST(x'7bff7d' AS TEXT)",
            "UPDATE contacts SET projection = kept; ALTER TABLE contacts DROP COLUMN kept",
            format!("{of_it} cannot be read"),
        ),
        (
            "UPDATE contact_cards SET card = 'x' || card",
            "UPDATE contact_cards SET card = substr(card, 2)",
            format!("{of_it}: its record cannot be read"),
        ),
        (
            "UPDATE contact_cards SET person = person + 100",
            "UPDATE contact_cards SET person = person - 100",
            format!("{of_it}: its record is missing"),
        ),
        (
            "UPDATE contact_books SET contacts = contacts + 6",
            "UPDATE contact_books SET contacts = contacts - 6",
            "the person of number 1 has 1 contacts, and 7 are counted".to_owned(),
        ),
        (
            "UPDATE contacts SET changed = changed + 1000",
            "UPDATE contacts SET changed = changed - 1000",
            "is not among the person's".to_owned(),
        ),
        (
            "UPDATE contacts SET photo_blob = 'x' || photo_blob",
            "UPDATE contacts SET photo_blob = substr(photo_blob, 2)",
            "which is no blob".to_owned(),
        ),
    ]
}

#[test]
fn whatever_of_a_contact_is_damaged_is_named() {
    let scene = Scene::on(Backend::Sqlite);
    let profile = scene.blob();
    let made = send(&scene, "POST", ALL, "application/json", br#"{"displayName":"Zoe"}"#);
    let id = made["id"].as_str().expect("an id");
    send(&scene, "PUT", &format!("{ALL}/{id}/photo/$value"), "image/png", &png(64, 64));
    assert!(scene.fine("verify", &[], &[]).contains("2 blobs are whole"));
    let of_it = format!("contact {id} of the person of number 1");
    for (damage, mend, words) in damages(&of_it) {
        scene.damaged_by(damage);
        scene.refused("verify", &[], &[], 1, &words);
        scene.damaged_by(mend);
        scene.fine("verify", &[], &[]);
    }
    let of_profile = profile.file_name().expect("a name");
    let blob = scene.blobs().into_iter().find(|path| path.file_name() != Some(of_profile)).expect("a blob");
    let name = blob.file_name().expect("a name").to_string_lossy().into_owned();
    let mut bytes = fs::read(&blob).expect("a blob");
    bytes[20] ^= 1;
    fs::write(&blob, bytes).expect("spoilt");
    scene.refused("verify", &[], &[], 1, &name);
    fs::remove_file(&blob).expect("removed");
    scene.refused("verify", &[], &[], 1, &format!("blob {name} (the photo of contact {id}) is missing"));
}
