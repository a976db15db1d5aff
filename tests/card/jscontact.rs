//! JSContact: the examples of RFC 9553 in and out, and every vCard property there and back. calcard converts.
//!
//! What may differ, and why: `version` and `@type` of inner objects are added or left off (they are implied), a member
//! that only says its default goes. Back in vCard, N and ADR have the components that RFC 9554 adds after those they had,
//! and a ROLE's organization is a JSPROP. calcard gives list members its own keys (`k1`) where the card has no PROP-ID.

use serde_json::{Value, json};
use sharehold::resources::contacts::card::{Card, Version};

use crate::card::given::lines;

/// RFC 9553, figure by figure, each beside `@type`, `version` and `uid`.
fn examples() -> Vec<Value> {
    vec![
        json!({"name": {"components": [{"kind": "given", "value": "John"}, {"kind": "surname", "value": "Doe"}], "isOrdered": true}}),
        json!({"name": {"full": "Mr. John Q. Public, Esq."}, "kind": "individual"}),
        json!({"nicknames": {"k391": {"name": "Johnny"}}}),
        json!({"organizations": {"o1": {"name": "ABC, Inc.", "units": [{"name": "North American Division"}, {"name": "Marketing"}], "sortAs": "ABC"}}}),
        json!({"titles": {"le9": {"kind": "title", "name": "Research Scientist"}, "k2": {"kind": "role", "name": "Project Leader"}}}),
        json!({"emails": {"e1": {"contexts": {"work": true}, "address": "jqpublic@xyz.example.com"}, "e2": {"address": "jane_doe@example.com", "pref": 1}}}),
        json!({"phones": {"tel0": {"contexts": {"private": true}, "features": {"voice": true}, "number": "tel:+1-555-555-5555;ext=5555", "pref": 1},
            "tel3": {"contexts": {"work": true}, "number": "tel:+1-201-555-0123"}}}),
        json!({"addresses": {"k23": {"contexts": {"work": true}, "components": [{"kind": "number", "value": "54321"}, {"kind": "separator", "value": " "},
            {"kind": "name", "value": "Oak St"}, {"kind": "locality", "value": "Reston"}, {"kind": "region", "value": "VA"}, {"kind": "separator", "value": " "},
            {"kind": "postcode", "value": "20190"}, {"kind": "country", "value": "USA"}], "countryCode": "US", "defaultSeparator": ", ", "isOrdered": true}}}),
        json!({"anniversaries": {"k8": {"kind": "birth", "date": {"@type": "PartialDate", "year": 1953, "month": 4, "day": 15}}}}),
        json!({"keywords": {"internet": true, "IETF": true}}),
        json!({"notes": {"n1": {"note": "Open office hours are 1600 to 1715 EST, Mon-Fri", "author": {"name": "John"}}}}),
        json!({"links": {"link3": {"kind": "contact", "uri": "mailto:contact@example.com", "pref": 1}}}),
        json!({"media": {"res45": {"kind": "sound", "uri": "CID:JOHNQ.part8.19960229T080000.xyzMail@example.com"}}}),
        json!({"onlineServices": {"x1": {"uri": "xmpp:alice@example.com"}, "x2": {"service": "Mastodon", "user": "@alice@example2.com", "uri": "https://example2.com/@alice"}}}),
        json!({"relatedTo": {"urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6": {"relation": {"friend": true}}}}),
        json!({"speakToAs": {"grammaticalGender": "neuter", "pronouns": {"k19": {"pronouns": "they/them", "pref": 2}}}}),
        json!({"personalInfo": {"pi2": {"kind": "expertise", "value": "chemistry", "level": "high"}, "pi1": {"kind": "hobby", "value": "reading", "level": "high"}}}),
        json!({"preferredLanguages": {"l1": {"language": "en", "contexts": {"work": true}, "pref": 1}}}),
        json!({"example.com:customprop": {"deep": [1, {"a": null}]}, "notes": {"n1": {"note": "a, b; c\nd", "example.com:more": "x"}}}),
    ]
}

fn whole(mut example: Value) -> Value {
    let members = example.as_object_mut().expect("an object");
    members.extend([
        ("@type".to_owned(), json!("Card")),
        ("version".to_owned(), json!("1.0")),
        ("uid".to_owned(), json!("urn:uuid:1")),
    ]);
    example
}

#[test]
fn the_examples_of_the_rfc_come_back() {
    let mut differ = Vec::new();
    for example in examples().into_iter().map(whole) {
        let card = Card::from_jscontact(example.to_string()).expect("a card");
        assert_eq!(Card::stored(&card.record()).as_ref(), Ok(&card));
        let back: Value = serde_json::from_str(&card.to_jscontact().expect("JSContact")).expect("JSON");
        if back != example {
            differ.push(format!("{example}\n{back}\n{}", card.record()));
        }
    }
    assert!(differ.is_empty(), "{}", differ.join("\n"));
}

/// The values of a card's properties, by name.
fn values(text: &str) -> Vec<(String, String)> {
    lines(text, true).into_iter().map(|line| (line.name, line.value)).collect()
}

#[test]
fn every_value_of_a_vcard_comes_back() {
    let text = "BEGIN:VCARD\nVERSION:4.0\nUID:urn:uuid:1\nFN:José García\nN:García;José;;;\nNICKNAME:Pepe\nORG:ABC\\, Inc.;Marketing\nTITLE:Boss\nROLE:Lead\n\
                EMAIL;TYPE=work:a@b.c\nTEL;TYPE=cell;PREF=1:+1 555\nTEL;TYPE=X-Mine:2\nADR;TYPE=home;LABEL=\"a^nb\":;;1 Main St;Town;;99;US\nBDAY:--0531\n\
                ANNIVERSARY:20010203\nURL:https://x.example/\nIMPP:xmpp:a@b\nNOTE:one\\ntwo\\, three\nCATEGORIES:a,b\nitem1.X-ABLabel:L\n\
                X-SOMETHING;X-P=q:a\\,b\\;c\nX-SHAREHOLD-MEMBER:{\"a\":1}\nPHOTO:data:image/jpeg;base64,/9j/2Q==\nEND:VCARD\n";
    let card = Card::read(text).expect("a card");
    let json = card.to_jscontact().expect("JSContact");
    let back = Card::from_jscontact(&json).expect("a card");
    let had = values(&card.write(Version::V4));
    let has: Vec<(String, String)> =
        values(&back.write(Version::V4)).into_iter().filter(|(name, _)| name != "JSPROP").collect();
    assert_eq!(has.len(), had.len(), "{json}");
    for ((name, was), (same, is)) in had.iter().zip(&has) {
        let longer = ["N", "ADR"].contains(&name.as_str()) && is.starts_with(was);
        assert!(name == same && (was == is || longer), "{name}:{was}\n{same}:{is}");
    }
    assert!(json.contains("a\\nb"), "carets are read: {json}");
}

#[test]
fn a_change_after_jscontact_is_what_jscontact_says() {
    let text = "BEGIN:VCARD\nVERSION:4.0\nUID:urn:uuid:1\nFN:A\nN:Old;Ann;Mid;;Jr.\nADR;TYPE=home:;;1 Old St;Oldtown;;99;US\nEND:VCARD\n";
    let json = Card::read(text).expect("a card").to_jscontact().expect("JSContact");
    let mut card = Card::from_jscontact(&json).expect("a card");
    let home =
        json!({"street": "2 New Rd", "city": "Newtown", "state": null, "countryOrRegion": "US", "postalCode": "99"});
    let changes = json!({"surname": "New", "middleName": "Nu", "generation": "III", "homeAddress": home});
    card.merge(changes.as_object().expect("an object")).expect("merged");
    let json = card.to_jscontact().expect("JSContact");
    for new in ["\"New\"", "\"Nu\"", "\"III\"", "Newtown", "2 New Rd"] {
        assert!(json.contains(new), "{new}: {json}");
    }
    for old in ["Old", "Mid", "Jr."] {
        assert!(!json.contains(old), "{old}: {json}\n{}", card.record());
    }
    let back: Value = serde_json::from_str(&Card::from_jscontact(&json).expect("a card").project().json).expect("JSON");
    assert_eq!((&back["surname"], &back["homeAddress"]), (&json!("New"), &home));
}

#[test]
fn hostile_jscontact_adds_no_line() {
    let evil = "x\r\nFN:evil\u{85}\u{2028}\"";
    let mut taken = 0;
    for members in [
        json!({"uid": evil, "name": {"full": "A"}, "language": evil}),
        json!({"notes": {evil: {"note": evil, "author": {"name": evil}}}}),
        json!({"emails": {"e": {"address": evil, "label": evil, "contexts": {evil: true}}}}),
        json!({"vCard": {"properties": [[evil, {evil: evil, "group": evil}, "text", evil], ["x-a", {}, evil, [evil]]]}}),
        json!({"vCard": {"properties": [["x-a", {}, "text", evil]]}}),
        json!({evil: evil}),
    ] {
        let mut card = json!({"@type": "Card", "version": "1.0", "name": {"full": "A"}});
        card.as_object_mut().expect("an object").extend(members.as_object().expect("an object").clone());
        let Ok(card) = Card::from_jscontact(card.to_string()) else { continue };
        taken += 1;
        let names: Vec<String> = values(&card.write(Version::V4)).into_iter().map(|(name, _)| name).collect();
        assert_eq!(names.iter().filter(|name| *name == "FN").count(), 1, "{}", card.record());
    }
    assert!(taken >= 3, "{taken}");
    assert!(Card::from_jscontact(b"{\"@type\":\"Card\",\"uid\":\"\xff\"}").is_err(), "no UTF-8");
    for bad in ["", "[]", "7", "{\"a\":1,\"a\":2}", &"[".repeat(100_000)] {
        assert!(Card::from_jscontact(bad).is_err());
    }
}

#[test]
fn what_would_be_dropped_is_refused_by_its_path() {
    for (members, path) in [
        (json!({"emails": "a@b.c"}), "`emails`"),
        (json!({"emails": ["a@b.c"]}), "`emails/0`"),
        (json!({"emails": {"e": "a@b.c"}}), "`emails/e`"),
        (json!({"emails": {"e": {"address": 5}}}), "`emails/e/address`"),
        (json!({"phones": {"k1": {"number": 5}}}), "`phones/k1/number`"),
        (json!({"phones": {"k1": {"number": "1", "contexts": "work"}}}), "`phones/k1/contexts`"),
        (json!({"name": "Ann"}), "`name`"),
        (json!({"name": {"full": ["Ann"]}}), "`name/full/0`"),
        (json!({"keywords": ["a", "b"]}), "`keywords/0`"),
        (json!({"nicknames": [{"name": "Annie"}]}), "`nicknames/0/name`"),
        (json!({"anniversaries": {"b": {"kind": "birth", "date": "1979-05-31"}}}), "`anniversaries/b/date`"),
        (json!({"addresses": {"a": {"components": "1 Main St"}}}), "`addresses/a/components`"),
        (json!({"organizations": {"o": {"name": 7}}}), "`organizations/o/name`"),
        (json!({"titles": {"t": {"name": {"en": "Boss"}}}}), "`titles/t/name/en`"),
    ] {
        let fault = Card::from_jscontact(whole(members.clone()).to_string()).expect_err("refused");
        assert!(fault.to_string().contains(path), "{members}: {fault}");
    }
    for bad in
        [json!({}), json!({"uid": "1", "name": {"full": "A"}}), json!({"@type": "Group"}), json!({"@type": ["Card"]})]
    {
        assert!(Card::from_jscontact(bad.to_string()).is_err(), "{bad}");
    }
}

#[test]
fn what_is_served_is_taken_back() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/vcards");
    let files = std::fs::read_dir(folder).expect("fixtures").map(|entry| entry.expect("a file").path());
    let texts = files.filter_map(|path| std::fs::read_to_string(path).ok());
    let cards: Vec<String> =
        texts.flat_map(|text| text.split_inclusive("END:VCARD").map(str::to_owned).collect::<Vec<_>>()).collect();
    let cards = cards.iter().map(|text| (text, Card::read(text.trim_start())));
    let cards: Vec<_> = cards.filter_map(|(text, card)| Some((text, card.ok()?))).collect();
    assert!(cards.len() > 20, "{}", cards.len());
    for (text, card) in cards {
        let json = card.to_jscontact().expect("JSContact");
        let back = Card::from_jscontact(&json).unwrap_or_else(|fault| panic!("{fault}\n{json}\n{text}"));
        assert_eq!(back.uid(), card.uid());
    }
}
