//! PATCH: the member named changes, and reads back as it was written; whatever else the card holds stays as it is.

use proptest::prelude::*;
use serde_json::{Map, Value, json};
use sharehold::resources::contacts::card::{Card, Version};

use crate::card::given::{Line, lines, property, seen_by_basic_of, written};

/// A member, a value for it, and the properties that it may touch.
fn changes() -> Vec<(&'static str, Value, &'static [&'static str])> {
    let address = json!({"street": "1 Main St\nApt, 2", "city": "Tōwn;", "state": null, "countryOrRegion": "US", "postalCode": "9"});
    vec![
        ("displayName", json!("Ann; Bea, \\ C"), &["FN"]),
        ("givenName", json!("Ann"), &["N"]),
        ("surname", json!("O;Neil,"), &["N"]),
        ("nickName", json!("a,b"), &["NICKNAME"]),
        ("jobTitle", json!("Boss"), &["TITLE"]),
        ("department", json!("R&D"), &["ORG"]),
        ("personalNotes", json!("one\ntwo\t\u{1F469}"), &["NOTE"]),
        ("categories", json!(["a", "b,c"]), &["CATEGORIES"]),
        ("mobilePhone", json!("+1 (555) 010-4477"), &["TEL"]),
        ("homePhones", json!(["1", "2"]), &["TEL"]),
        ("businessPhones", json!([]), &["TEL"]),
        ("otherPhones", json!(["3;ext=4"]), &["TEL"]),
        (
            "emailAddresses",
            json!([{"address": "a@b.c", "name": "A \"B\""}, {"address": "d@e", "name": null}]),
            &["EMAIL"],
        ),
        ("imAddresses", json!(["xmpp:a@b", "handle"]), &["IMPP"]),
        ("websites", json!(["https://a.example/x?y=1,2;3"]), &["URL"]),
        ("businessHomePage", json!("https://work.example/"), &["URL"]),
        ("homeAddress", address.clone(), &["ADR"]),
        ("otherAddress", address, &["ADR"]),
        ("businessAddress", json!(null), &["ADR"]),
        ("spouseName", json!("Sam"), &["RELATED"]),
        ("children", json!(["Kim", "Lee"]), &["RELATED"]),
        ("birthdayDate", json!("--02-29"), &["BDAY"]),
        ("anniversaryDate", json!("2001-02-03"), &["ANNIVERSARY"]),
        ("somethingElse", json!({"a": [1, null, "\u{2028}"]}), &["X-SHAREHOLD-MEMBER"]),
    ]
}

fn members(card: &Card) -> Map<String, Value> {
    serde_json::from_str(&card.project().json).expect("an object")
}

fn patch(card: &mut Card, change: &Value) -> Result<(), String> {
    card.merge(change.as_object().expect("an object")).map_err(|problem| problem.to_string())
}

/// The lines that are not of these names.
fn others(card: &Card, names: &[&str]) -> Vec<Line> {
    let mut lines = lines(&card.record(), true);
    // A label goes with what it labels.
    lines.retain(|line| !names.contains(&line.name.as_str()) && line.name != "X-ABLABEL");
    lines
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_change_changes_what_it_names(properties in proptest::collection::vec(property(), 1..14)) {
        let card = Card::read(&written(&properties, "4.0", "\r\n")).expect("a card");
        let before = members(&card);
        for (member, value, names) in changes() {
            let mut changed = card.clone();
            prop_assert_eq!(patch(&mut changed, &json!({member: value})), Ok(()));
            prop_assert_eq!(others(&changed, names), others(&card, names), "{}", member);
            // A further address of the kind is the one that is shown when the first is taken away: none is lost unseen.
            while value.is_null() && !members(&changed)[member].is_null() {
                let there = changed.record().len();
                prop_assert_eq!(patch(&mut changed, &json!({member: null})), Ok(()));
                prop_assert!(changed.record().len() < there);
            }
            let after = members(&changed);
            prop_assert_eq!(&after[member], &value);
            for (name, was) in before.iter().filter(|(name, _)| *name != member && !name.starts_with("birthday")) {
                // A number that becomes the first mobile one, and a link the first of work, leave the other list.
                let phones = member.contains("Phone") && name.contains("Phone");
                let links = names == ["URL"] && ["websites", "businessHomePage"].contains(&name.as_str());
                if !phones && !links {
                    prop_assert_eq!(&after[name], was, "{} after {}", name, member);
                }
            }
            prop_assert_eq!(Card::stored(&changed.record()).expect("a card"), changed);
        }
    }

    #[test]
    fn what_is_sent_back_unchanged_changes_nothing(properties in proptest::collection::vec(property(), 1..14)) {
        let card = Card::read(&written(&properties, "4.0", "\r\n")).expect("a card");
        let mut same = card.clone();
        let all = members(&card);
        prop_assert_eq!(patch(&mut same, &Value::Object(all)), Ok(()));
        prop_assert_eq!(same.record(), card.record());
    }
}

#[test]
fn a_changed_number_keeps_its_place_group_and_parameters() {
    let text = "BEGIN:VCARD\nVERSION:3.0\nFN:A\nitem1.TEL;TYPE=home;X-A=1:1\nTEL;TYPE=HOME,fax:2\nitem3.TEL;TYPE=home;X-C=3:3\n\
                item1.X-ABLabel:L\nEND:VCARD\n";
    let mut card = Card::read(text).expect("a card");
    patch(&mut card, &json!({"homePhones": ["9", "3"]})).expect("merged");
    assert!(
        card.record().contains("item1.TEL;TYPE=home;X-A=1:9\r\nTEL;TYPE=HOME,fax:2\r\nitem3.TEL;TYPE=home;X-C=3:3\r\n"),
        "{}",
        card.record()
    );
    patch(&mut card, &json!({"homePhones": ["3", "9", "7"]})).expect("merged");
    let order =
        "item3.TEL;TYPE=home;X-C=3:3\r\nTEL;TYPE=HOME,fax:2\r\nitem1.TEL;TYPE=home;X-A=1:9\r\nTEL;TYPE=home:7\r\n";
    assert!(card.record().contains(order), "{}", card.record());
    patch(&mut card, &json!({"homePhones": null})).expect("merged");
    assert!(card.record().ends_with("TEL;TYPE=HOME,fax:2\r\nEND:VCARD\r\n"), "{}", card.record());
}

#[test]
fn of_two_addresses_of_a_kind_each_is_taken_away_by_itself() {
    let text = "BEGIN:VCARD\nVERSION:4.0\nFN:A\nADR;TYPE=work:;;First;;;;\nADR;TYPE=work:;;Second;;;;\nEND:VCARD\n";
    let mut card = Card::read(text).expect("a card");
    for street in [json!("First"), json!("Second")] {
        assert_eq!(members(&card)["businessAddress"]["street"], street);
        patch(&mut card, &json!({"businessAddress": null})).expect("merged");
    }
    assert_eq!(members(&card)["businessAddress"], json!(null));
    assert!(!card.record().contains("ADR"), "{}", card.record());
}

#[test]
fn a_changed_address_loses_the_label_that_said_the_old_one() {
    let text = "BEGIN:VCARD\nVERSION:4.0\nFN:A\nADR;LABEL=\"1 Main St^nTown\";TYPE=work;X-A=1:;;1 Main St;Town;;99;US\n\
                ADR;LABEL=\"2 Other St\";TYPE=home:;;2 Other St;;;;\nEND:VCARD\n";
    let same =
        json!({"street": "1 Main St", "city": "Town", "state": null, "postalCode": "99", "countryOrRegion": "US"});
    for (member, value) in
        [("street", "3 New St"), ("city", "City"), ("state", "TX"), ("postalCode", "1"), ("countryOrRegion", "CA")]
    {
        let mut card = Card::read(text).expect("a card");
        patch(&mut card, &json!({"businessAddress": same})).expect("merged");
        assert_eq!(card.record().matches("LABEL=").count(), 2, "nothing changed: {}", card.record());
        let mut other = same.clone();
        other[member] = json!(value);
        patch(&mut card, &json!({"businessAddress": other})).expect("merged");
        let record = card.record().replace("\r\n ", "");
        assert!(!record.contains("1 Main St^n") && record.contains("LABEL=2 Other St"), "{member}: {record}");
        assert!(record.contains(";X-A=1:"), "{member}: {record}");
    }
}

#[test]
fn a_birthday_is_the_day_that_was_written() {
    for (change, birthday, date) in [
        (json!({"birthday": "1979-05-31T00:00:00Z"}), json!("1979-05-31T00:00:00Z"), json!("1979-05-31")),
        (json!({"birthday": "1979-05-31T23:59:00-12:00"}), json!("1979-05-31T00:00:00Z"), json!("1979-05-31")),
        (json!({"birthday": "1979-05-31T00:10:00+14:00"}), json!("1979-05-31T00:00:00Z"), json!("1979-05-31")),
        (json!({"birthday": "1979-05-31"}), json!("1979-05-31T00:00:00Z"), json!("1979-05-31")),
        (json!({"birthdayDate": "--02-29"}), json!(null), json!("--02-29")),
        (json!({"birthday": null, "birthdayDate": "--02-29"}), json!(null), json!("--02-29")),
    ] {
        let mut card = Card::new();
        patch(&mut card, &change).expect("merged");
        let after = members(&card);
        assert_eq!((&after["birthday"], &after["birthdayDate"]), (&birthday, &date), "{change}");
        let basic = seen_by_basic_of(&card.project());
        assert_eq!((&basic["birthday"], basic["birthdayDate"].as_str().map(str::len)), (&json!(null), Some(7)));
        for version in [Version::V4, Version::V3] {
            let again = Card::read(&card.write(version)).expect("a card");
            assert_eq!(again.project().birthday, card.project().birthday);
        }
    }
    for bad in [
        json!({"birthday": "31.05.1979"}),
        json!({"birthday": "1979-05-31Tx"}),
        json!({"birthday": "1979-02-29"}),
        json!({"birthday": "--05-31"}),
    ] {
        assert!(patch(&mut Card::new(), &bad).is_err(), "{bad}");
    }
}

/// An SDK annotates what it sends back, also what no client may write.
#[test]
fn what_was_imported_may_be_sent_back_with_annotations() {
    let text = format!("BEGIN:VCARD\r\nVERSION:4.0\r\nFN:A\r\nEMAIL:{}@example.org\r\nEND:VCARD\r\n", "a".repeat(400));
    let mut card = Card::read(&text).expect("a card");
    let (before, mut address) = (card.clone(), members(&card)["emailAddresses"][0].clone());
    let stays = json!({"emailAddresses": [address.clone()]});
    patch(&mut card, &stays).expect("as it is");
    address["@odata.type"] = json!("#microsoft.graph.emailAddress");
    patch(&mut card, &json!({"emailAddresses": [address.clone()]})).expect("as it is, annotated");
    assert_eq!(card, before);
    address["address"] = json!(format!("b{}", address["address"].as_str().expect("a text")));
    assert!(patch(&mut card, &json!({"emailAddresses": [address]})).unwrap_err().contains("emailAddresses[0].address"));
}

#[test]
fn of_two_birthdays_the_one_that_moved_counts() {
    let mut card = Card::new();
    patch(&mut card, &json!({"birthday": "1979-05-31T00:00:00Z", "birthdayDate": "1979-05-31"})).expect("merged");
    patch(&mut card, &json!({"birthday": "1979-05-31T00:00:00Z", "birthdayDate": "--05-30"})).expect("merged");
    assert_eq!(card.project().birthday, "--05-30");
    patch(&mut card, &json!({"birthday": "1980-01-02T00:00:00Z", "birthdayDate": "--05-30"})).expect("merged");
    assert_eq!(card.project().birthday, "1980-01-02");
    assert!(patch(&mut card, &json!({"birthday": "1980-01-03", "birthdayDate": "1980-01-04"})).is_err());
}

#[test]
fn refusals_name_the_member_and_change_nothing() {
    let mut card = Card::new();
    patch(&mut card, &json!({"displayName": "A"})).expect("merged");
    for (bad, target) in [
        (json!({"displayName": "B", "homePhones": [7]}), "homePhones[0]"),
        (json!({"displayName": "B", "emailAddresses": [{"name": "x"}]}), "emailAddresses"),
        (json!({"displayName": "B", "homeAddress": {"planet": "x"}}), "homeAddress.planet"),
        (json!({"displayName": "B", "displayname": "C"}), "`displayName`"),
        (json!({"displayName": "B", "JOBTITLE": "C"}), "`jobTitle`"),
        (json!({"displayName": "B", "Id": "C"}), "`id`"),
        (json!({"displayName": "B", "Photo": null}), "`photo`"),
        (json!({"displayName": "B", "birthday": "1979-05-31", "birthdayDate": "1979-06-01"}), "birthday"),
        (json!({"displayName": "B", "birthday": "1979-05-31T00:00:00Z", "birthdayDate": "--05-31"}), "birthday"),
        (json!({"displayName": "B", "more": "x".repeat(70_000)}), "at most 100 members"),
    ] {
        let fault = patch(&mut card, &bad).expect_err("refused");
        assert!(fault.contains(target), "{fault}");
        assert_eq!(members(&card)["displayName"], json!("A"));
    }
    let many: Map<String, Value> = (0..101).map(|at| (format!("m{at}"), json!(at))).collect();
    assert!(patch(&mut card, &Value::Object(many)).is_err());
    // What the server sets says nothing, whatever it says.
    let whole =
        json!({"displayName": "", "x@odata.type": 1, "id": 7, "photo": "x", "changeKey": null, "emailHashes": {}});
    patch(&mut card, &whole).expect("merged");
    assert!(!card.record().contains("X-SHAREHOLD-MEMBER"), "{}", card.record());
    assert_eq!(members(&card)["displayName"], json!(null));
}
