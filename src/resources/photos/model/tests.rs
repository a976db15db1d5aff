//! What each level shows of a row.

use serde_json::{Value, json};

use super::{Level, MEMBERS, View, facts, location, readable};
use crate::digest::Digest;
use crate::picture::{Facts, Kind, Location};
use crate::resources::photos::queries::Row;
use crate::store::columns::{Instant, Uid};

fn known() -> Facts {
    Facts {
        kind: Kind::Jpeg,
        width: 4000,
        height: 3000,
        orientation: 6,
        taken: None,
        camera_make: Some("Caméra \"X\"".into()),
        camera_model: None,
        f_number: Some(1.8),
        exposure: Some((1, 250)),
        focal_length: None,
        iso: Some(100),
        location: Some(Location { latitude: 48.137_154, longitude: -11.5, altitude: Some(519.0) }),
    }
}

fn row() -> Row {
    let known = known();
    Row {
        id: Uid::FIRST,
        changed: 7,
        sha256: Digest::from([0xaa; 32]),
        size: 1000,
        cut_sha256: Digest::from([0xbb; 32]),
        cut_size: 900,
        media_type: "image/jpeg".into(),
        width: 4000,
        height: 3000,
        name: "Zoë \"1\".jpg".into(),
        description: String::new(),
        is_favorite: 1,
        taken: 1_767_268_800_000_000,
        taken_offset: Some(60),
        facts: facts(&known),
        location: location(known.location.as_ref()),
        thumb_hash: String::new(),
        created_at: Instant::default(),
        modified_at: Instant::default(),
    }
}

fn shown(level: Level, select: Option<Vec<usize>>) -> Value {
    let mut json = Vec::new();
    View { level, select, expanded: None }.write(&mut json, &row()).expect("it is written");
    serde_json::from_slice(&json).expect("JSON")
}

#[test]
fn without_the_scope_there_is_no_location_and_the_bytes_are_those_without_it() {
    let located = shown(Level::Located, None);
    assert_eq!(located["location"], json!({"latitude": 48.137_154, "longitude": -11.5, "altitude": 519.0}));
    assert_eq!((&located["size"], &located["file"]["hashes"]["sha256Hash"]), (&json!(1000), &json!("aa".repeat(32))));
    let mut plain = shown(Level::Plain, None);
    assert_eq!(plain.get("location"), None);
    assert_eq!((&plain["size"], &plain["file"]["hashes"]["sha256Hash"]), (&json!(900), &json!("bb".repeat(32))));
    assert_ne!(plain["@odata.etag"], located["@odata.etag"]);
    // Nothing else differs.
    for name in ["location", "size", "file", "@odata.etag", "eTag"] {
        plain[name] = located[name].clone();
    }
    assert_eq!(plain, located);
    let every: Vec<usize> = (0..MEMBERS.len()).collect();
    assert_eq!(shown(Level::Plain, Some(every)).get("location"), None, "not by its name either");
}

#[test]
fn what_is_known_is_shown_and_what_is_not_is_not_there() {
    let shown = shown(Level::Located, None);
    let photo = json!({
        "takenDateTime": "2026-01-01T12:00:00Z", "cameraMake": "Caméra \"X\"", "fNumber": 1.8, "exposureNumerator": 1,
        "exposureDenominator": 250, "iso": 100, "orientation": 6,
    });
    assert_eq!(shown["photo"], photo);
    assert_eq!(
        (&shown["takenLocalDateTime"], &shown["takenOffset"]),
        (&json!("2026-01-01T13:00:00"), &json!("+01:00"))
    );
    assert_eq!((&shown["name"], &shown["description"]), (&json!("Zoë \"1\".jpg"), &Value::Null));
    assert_eq!((&shown["isFavorite"], &shown["thumbHash"]), (&json!(true), &Value::Null));
    assert_eq!(shown["eTag"], shown["@odata.etag"]);
}

#[test]
fn each_selection_has_its_own_tag() {
    let tag = |level, select| View { level, select, expanded: None }.etag(7).to_string();
    let tags = [
        tag(Level::Located, None),
        tag(Level::Plain, None),
        tag(Level::Located, Some(vec![0])),
        tag(Level::Plain, Some(vec![0])),
        tag(Level::Plain, Some(vec![1])),
    ];
    assert!((1..tags.len()).all(|at| !tags[..at].contains(&tags[at])), "{tags:?}");
    assert_eq!(shown(Level::Plain, Some(vec![4])).as_object().map(serde_json::Map::len), Some(3), "tag, id and name");
}

#[test]
fn what_cannot_be_shown_is_told() {
    assert!(readable(&row()).is_ok());
    assert!(readable(&Row { facts: "{\"iso\":".into(), ..row() }).is_err());
    assert!(readable(&Row { location: "[1".into(), ..row() }).is_err());
}
