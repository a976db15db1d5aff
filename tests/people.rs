//! The people of `fixtures/people` are what the profile takes: `demo` serves them.

#![expect(clippy::expect_used, reason = "a test that expects in vain has failed")]

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Map, Value};
use sharehold::resources::profile::model;

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Person {
    subject: String,
    email: String,
    profile: Map<String, Value>,
}

fn people() -> Vec<Person> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/people");
    let files = std::fs::read_dir(folder).expect("the folder is there");
    let files =
        files.map(|file| file.expect("a file").path()).filter(|path| path.extension().is_some_and(|of| of == "json"));
    let text = files.map(|path| std::fs::read(path).expect("text"));
    text.map(|text| serde_json::from_slice(&text).expect("a person")).collect()
}

#[test]
fn every_person_is_a_profile() {
    let people = people();
    assert_eq!(people.len(), 4);
    for person in &people {
        let stored = model::merge("{}", &person.profile);
        let stored = stored.unwrap_or_else(|problem| panic!("{}: {problem}", person.subject));
        let stored: Value = serde_json::from_str(&stored).expect("JSON");
        assert_eq!(stored, Value::Object(person.profile.clone()), "{}", person.subject);
        assert!(person.email.ends_with("@example.org"), "{}", person.email);
    }
    let subjects: BTreeSet<_> = people.iter().map(|person| &person.subject).collect();
    assert_eq!(subjects.len(), people.len());
}

/// What the fixtures are for: the cases that profiles of made-up people leave out.
#[test]
fn the_people_cover_what_real_profiles_have() {
    let people = people();
    let texts = || people.iter().filter_map(|person| person.profile.get("displayName")?.as_str());
    let birthdays = || people.iter().map(|person| person.profile.get("birthday").and_then(Value::as_str));
    assert!(texts().any(|name| name.chars().any(|letter| ('\u{4e00}'..'\u{a000}').contains(&letter))), "Han");
    assert!(texts().any(|name| name.chars().any(|letter| ('\u{400}'..'\u{500}').contains(&letter))), "Cyrillic");
    assert!(texts().any(|name| name.chars().count() > 60), "a long name");
    assert!(birthdays().any(|day| day.is_some_and(|day| day.starts_with("--"))), "a birthday without year");
    assert!(birthdays().any(|day| day.is_none()), "no birthday");
    assert!(people.iter().any(|person| !person.profile.contains_key("surname")), "no surname");
}
