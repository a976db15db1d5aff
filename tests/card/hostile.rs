//! Cards made to hurt: refused or read, in time, within bounds, and never with a line more than was meant.

use std::time::Instant;

use proptest::prelude::*;
use serde_json::{Map, Value, json};
use sharehold::resources::contacts::card::{Card, Version};

use crate::card::given::lines;

/// Whatever can be done with a card.
fn everything(card: &Card) {
    let record = card.record();
    assert_eq!(Card::stored(&record).as_ref(), Ok(card));
    let _ = (card.write(Version::V3), card.write(Version::V4), card.project(), card.photo());
    let mut changed = card.clone();
    let all = json!({"displayName": "x", "homePhones": ["1"], "businessAddress": {"city": "x"}, "birthdayDate": "--02-29",
        "categories": [], "emailAddresses": [{"address": "a@b"}], "nickName": "y", "department": "z", "more": 1});
    let Value::Object(all) = all else { panic!() };
    changed.merge(&all).expect("merged");
    let _ = Card::stored(&changed.record()).expect("a card");
}

#[test]
fn bombs_are_bounded() {
    let card = |body: &str| format!("BEGIN:VCARD\r\nVERSION:3.0\r\n{body}END:VCARD\r\n");
    let bombs = [
        ("a fold bomb", card(&format!("NOTE:x\r\n{}", " a\r\n".repeat(2_000_000)))),
        ("a fold bomb in the head", card(&format!("NOTE\r\n{}:x\r\n", " ;\r\n".repeat(2_000_000)))),
        ("nested cards", "BEGIN:VCARD\r\n".repeat(100_000)),
        ("many parameters", card(&format!("TEL{}:1\r\n", ";TYPE=a".repeat(9_000)))),
        ("a long parameter list", card(&format!("TEL;TYPE={}:1\r\n", "a,".repeat(30_000)))),
        ("a soft-break bomb", card(&format!("NOTE;ENCODING=QUOTED-PRINTABLE:{}x\r\n", "=\r\n".repeat(2_000_000)))),
        ("many properties", card(&"TEL:1\r\n".repeat(1_000_000))),
        ("no end", format!("BEGIN:VCARD\r\nNOTE:{}", "x".repeat(60_000))),
        ("a huge card", card(&"x".repeat(11 * 1024 * 1024))),
        ("many parameters in all", card(&format!("TEL{}:1\r\n", ";TYPE=a".repeat(250)).repeat(100))),
        ("a long line", card(&format!("NOTE:{}\r\n", "\\,".repeat(40_000)))),
    ];
    for (name, text) in bombs {
        let begun = Instant::now();
        let outcome = Card::read(&text);
        println!("{name}: {:?}, {:?}", begun.elapsed(), outcome.as_ref().err());
        if let Err(fault) = outcome {
            assert!(fault.to_string().len() < 200, "{name}");
            continue;
        }
        panic!("{name} was taken");
    }
}

#[test]
fn the_largest_cards_are_worked_on() {
    let full = "TEL:1\r\nEMAIL:a@b.c\r\nADR:;;a b;c;;;\r\nURL:http://a\r\nCATEGORIES:a,b\r\nNOTE;ENCODING=QUOTED-PRINTABLE:=41=3B\r\n";
    let full = full.repeat(1_600);
    let begun = Instant::now();
    let card = Card::read(&format!("BEGIN:VCARD\r\nVERSION:2.1\r\n{full}END:VCARD\r\n")).expect("a card");
    println!("read: {:?}", begun.elapsed());
    everything(&card);
    println!("everything: {:?}", begun.elapsed());
    assert!(card.project().terms.len() <= 1_200);
    let begun = Instant::now();
    let _ = card.to_jscontact();
    println!("jscontact: {:?}", begun.elapsed());
}

#[test]
fn what_writing_made_larger_than_may_come_is_read_all_the_same() {
    let read = |body: &str| Card::read(&format!("BEGIN:VCARD\r\nVERSION:4.0\r\n{body}END:VCARD\r\n")).expect("a card");
    let cards = [
        read(&format!("FN:a\r\nNOTE:{}\r\n", "a,".repeat(30_000))),
        read(&"TEL:1\r\n".repeat(9_999)),
        read(&format!("PHOTO;ENCODING=b;TYPE=JPEG:{}\r\n", "/9j/".repeat(6 * 1024 * 256 - 20))),
        read(&format!("NOTE:{}\r\n", "x".repeat(60_000)).repeat(174)),
    ];
    for mut card in cards {
        card.set_uid("urn:uuid:1");
        assert!(Card::stored(&card.record()).as_ref() == Ok(&card), "{:.80}", card.record());
    }
    let mut card = Card::new();
    card.merge(&Map::from_iter([("personalNotes".to_owned(), json!("a".repeat(65_536)))])).expect("kept");
    assert!(Card::stored(&card.record()).as_ref() == Ok(&card));
}

#[test]
fn no_class_of_terms_takes_the_room_of_another() {
    let emails =
        (0..100).map(|at| format!("EMAIL:a{at}.b{at}.c{at}.d{at}.e{at}@f{at}.example\n")).collect::<Vec<_>>().concat();
    let text = format!("BEGIN:VCARD\nVERSION:4.0\nFN:A\n{emails}TEL;TYPE=cell:+1 555\nCATEGORIES:z\nEND:VCARD\n");
    let terms = Card::read(&text).expect("a card").project().terms;
    let of = |class: char| terms.iter().filter(|(of, _)| *of == class).count();
    assert_eq!([of('a'), of('m'), of('c')], [100, 1, 1]);
    assert!(of('t') > 0);
}

#[test]
fn a_value_never_adds_a_line() {
    let evil = "x\r\nFN:evil\u{2028}FN:evil\n\u{85}FN:evil\rEND:VCARD\r\n";
    let mut card = Card::new();
    let changes = json!({"personalNotes": evil.replace('\u{85}', ""), "unknown": evil, evil: evil});
    let Value::Object(changes) = changes else { panic!() };
    card.merge(&changes).expect("kept");
    card.set_uid(evil);
    for version in [Version::V4, Version::V3] {
        let text = card.write(version);
        let names: Vec<String> = lines(&text, true).into_iter().map(|line| line.name).collect();
        assert_eq!(names.iter().filter(|name| *name == "FN").count(), 1, "{text}");
        assert!(!text.contains(['\u{2028}', '\u{85}']) && text.matches("\r\nEND:VCARD\r\n").count() == 1);
    }
    let back: Map<String, Value> = serde_json::from_str(&card.project().json).expect("an object");
    assert_eq!((&back["unknown"], &back[evil]), (&json!(evil), &json!(evil)));
    for (member, bad) in
        [("displayName", json!("a\nb")), ("homePhones", json!(["1\u{2028}"])), ("personalNotes", json!("\u{0}"))]
    {
        assert!(card.merge(&Map::from_iter([(member.to_owned(), bad)])).is_err(), "{member}");
    }
}

#[test]
fn an_imported_member_never_passes_for_the_servers() {
    let text = "BEGIN:VCARD\nVERSION:4.0\nFN:A\nX-SHAREHOLD-MEMBER:{\"id\":\"evil\"}\nX-SHAREHOLD-MEMBER:{\"displayName\":\"B\"}\n\
                X-SHAREHOLD-MEMBER:{\"a\":1\\,\"id\":2}\nX-SHAREHOLD-MEMBER:{\"@odata.etag\":\"x\"}\nX-SHAREHOLD-MEMBER:nonsense\nEND:VCARD\n";
    let json = Card::read(text).expect("a card").project().json;
    assert!(!json.contains("evil") && json.matches("displayName").count() == 1 && !json.contains("odata"), "{json}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_panics(parts in proptest::collection::vec(prop_oneof![
        Just("BEGIN:VCARD\r\n".to_owned()), Just("END:VCARD\n".to_owned()), Just("\n".to_owned()), Just(" ".to_owned()), Just(":".to_owned()),
        Just(";ENCODING=b".to_owned()), Just(";QUOTED-PRINTABLE".to_owned()), Just("=\r\n".to_owned()), Just("\"".to_owned()), Just("\\".to_owned()),
        Just("PHOTO".to_owned()), Just("BDAY:19".to_owned()), Just("AGENT:\n".to_owned()), Just("N:;;".to_owned()), Just("data:;base64,".to_owned()),
        Just("TEL;TYPE=CELL:".to_owned()), Just("VERSION:4.0\n".to_owned()), any::<String>(),
    ], 0..40)) {
        let text = parts.concat();
        for text in [text.clone(), format!("BEGIN:VCARD\n{text}\nEND:VCARD\n")] {
            if let Ok(card) = Card::read(&text) {
                everything(&card);
                let _ = card.to_jscontact();
            }
        }
    }
}

fn read(body: &str) -> Result<Card, String> {
    let text = format!("BEGIN:VCARD\r\nVERSION:4.0\r\n{body}END:VCARD\r\n");
    Card::read(&text).map_err(|fault| fault.to_string())
}

#[test]
fn no_property_ends_or_begins_a_card() {
    for body in ["END;CHARSET=UTF-8:VCARD", "END:VC\u{1}ARD", "BEGIN;CHARSET=UTF-8:VCARD", "item1.end;X=1:VCARD"] {
        let told = read(&format!("FN:A\r\n{body}\r\nTEL:1\r\nNOTE:kept\r\n"));
        assert!(told.is_err_and(|why| why.contains("no properties")), "{body}");
    }
}

#[test]
fn a_parameter_names_no_encoding_from_within_quotes() {
    let given = json!({"emailAddresses": [
        {"name": "a;ENCODING=QUOTED-PRINTABLE;b", "address": "x@y.org="}, {"address": "second@y.org"},
    ]});
    let mut card = Card::new();
    card.merge(given.as_object().expect("members")).expect("merged");
    assert_eq!(Card::stored(&card.record()).as_ref(), Ok(&card));
    assert!(card.project().json.contains("\"second@y.org\""));
}

#[test]
fn what_is_made_a_name_is_no_address_that_passes_for_one() {
    for body in ["TEL:110234\r\n", "EMAIL:/o=Exch/cn=ann\r\n"] {
        let card = read(body).expect("a card");
        assert!(card.project().json.contains("\"displayName\":null"), "{}", card.project().json);
    }
}

#[test]
fn what_is_not_shown_is_bounded_and_stays() {
    let many = (0..300).map(|at| format!("CATEGORIES:c{at},d{at}\r\n")).collect::<Vec<_>>().concat();
    let large = |at| format!("X-SHAREHOLD-MEMBER:{{\"m{at}\":\"{}\"}}\r\n", "x".repeat(30_000));
    let large = (0..9).map(large).collect::<Vec<_>>().concat();
    let mut card = read(&format!("FN:A\r\n{many}{large}")).expect("a card");
    assert!(card.project().json.len() < 80_000);
    let change = json!({"categories": ["new"], "m0": null});
    card.merge(change.as_object().expect("members")).expect("merged");
    let record = card.record();
    assert!(record.contains("new") && record.contains("d299") && !record.contains("c0,"), "{record}");
    assert!(record.contains("\"m8\"") && !record.contains("\"m0\""));
    let nulls: Map<String, Value> = (0..101).map(|at| (format!("z{at}"), Value::Null)).collect();
    assert!(card.merge(&nulls).is_err());
}
