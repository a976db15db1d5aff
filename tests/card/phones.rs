//! Cards as phones and programs write them, and what Graph shows of them.

use serde_json::{Value, json};
use sharehold::resources::contacts::card::{Card, Version};

use crate::card::given::seen_by_basic_of;

fn read(body: &str) -> Card {
    Card::read(&format!("BEGIN:VCARD\r\n{body}END:VCARD\r\n")).unwrap_or_else(|fault| panic!("{fault}: {body}"))
}

fn shows(body: &str, expected: &Value) {
    let card = read(body);
    let shown: Value = serde_json::from_str(&card.project().json).expect("an object");
    for (member, value) in expected.as_object().expect("an object") {
        assert_eq!(&shown[member], value, "{member} of {body}");
    }
    assert_eq!(Card::stored(&card.record()), Ok(card));
}

#[test]
fn old_phones() {
    shows(
        "VERSION:2.1\r\nN;CHARSET=ISO-8859-1;ENCODING=QUOTED-PRINTABLE:Garc=EDa;Jos=E9\r\nTEL;CELL;PREF:1\r\nTEL;HOME:2\r\nTEL;WORK;FAX:3\r\n\
           TEL;WORK;VOICE:4\r\nTEL;CELL:5\r\nNOTE;QUOTED-PRINTABLE:a=0D=0A=\r\nb;c\r\nADR;HOME:;;1 Main St,Apt 2;Town;;99;US\r\nBDAY:19790531\r\n",
        &json!({"displayName": "José García", "surname": "García", "mobilePhone": "1", "homePhones": ["2"], "businessPhones": ["4"],
            "otherPhones": ["3", "5"], "personalNotes": "a\nb;c", "birthday": "1979-05-31T00:00:00Z",
            "homeAddress": {"street": "1 Main St,Apt 2", "city": "Town", "state": null, "postalCode": "99", "countryOrRegion": "US"}}),
    );
    shows(
        "VERSION:2.1\nN:Doe;;;;\nTEL;X-CUSTOM(CHARSET=UTF-8,ENCODING=QUOTED-PRINTABLE,=E5=AE=B6):1\nORG;QUOTED-PRINTABLE:A=3BB;C\n",
        &json!({"otherPhones": ["1"], "companyName": "A;B", "department": "C"}),
    );
    let nested = read("VERSION:2.1\nFN:A\nAGENT:\nBEGIN:VCARD\nVERSION:2.1\nFN:B\nEND:VCARD\nTITLE:T\n");
    assert!(nested.record().contains("AGENT:BEGIN:VCARD\\nVERSION:2.1\\nFN:B\\nEND:VCARD\r\n"), "{}", nested.record());
}

#[test]
fn new_phones() {
    shows(
        "VERSION:3.0\nitem1.URL;type=pref:http\\://x.org/a\\,b\nitem1.X-ABLabel:_$!<HomePage>!$_\nURL:javascript:alert(1)\nURL;type=WORK:x.org\n\
           BDAY;X-APPLE-OMIT-YEAR=1604;value=date:1604-05-31\nimpp;X-SERVICE-TYPE=Skype:skype:a\ntel;type=CELL;type=VOICE:1\nNICKNAME:a\\,b,c\n\
           CATEGORIES:x,y\\,z\nX-PHONETIC-FIRST-NAME:ア\nORG:A\\;B;D;E\n",
        &json!({"websites": ["http://x.org/a,b"], "businessHomePage": "x.org", "birthday": null, "birthdayDate": "--05-31", "mobilePhone": "1",
            "imAddresses": ["skype:a"], "nickName": "a,b", "categories": ["x", "y,z"], "yomiGivenName": "ア", "companyName": "A;B", "department": "D"}),
    );
    shows(
        "VERSION:4.0\nFN:A\nTEL;VALUE=uri;TYPE=\"voice,cell\";PREF=1:tel:+1-555\nBDAY:--0531\nRELATED;TYPE=spouse;VALUE=text:S\nANNIVERSARY:20010203\n\
           PRONOUNS:they/them\n",
        &json!({"mobilePhone": "+1-555", "birthdayDate": "--05-31", "spouseName": "S", "anniversaryDate": "2001-02-03", "pronouns": "they/them"}),
    );
}

#[test]
fn the_forms_of_each_version() {
    let card = read(
        "VERSION:3.0\nFN:A\nTEL;TYPE=pref,home:1\nBDAY:1979-05-31\nX-ABLabel:x\nPHOTO;ENCODING=b;TYPE=JPEG:/9j/\n /9k=\n",
    );
    let v4 = card.write(Version::V4);
    for line in ["TEL;PREF=1;TYPE=home:1\r\n", "BDAY:19790531\r\n", "PHOTO:data:image/jpeg;base64,/9j//9k=\r\n"] {
        assert!(v4.contains(line), "{v4}");
    }
    let v3 = Card::read(&v4).expect("a card").write(Version::V3);
    for line in
        ["TEL;TYPE=pref,home:1\r\n", "BDAY:1979-05-31\r\n", "PHOTO;ENCODING=b;TYPE=JPEG:/9j//9k=\r\n", "N:;;;;\r\n"]
    {
        assert!(v3.contains(line), "{v3}");
    }
    for version in [Version::V4, Version::V3] {
        let text = read("VERSION:3.0\nFN:A\nBDAY;X-APPLE-OMIT-YEAR=1604:1604-05-31\n").write(version);
        assert!(text.contains("\r\nBDAY:--0531\r\n"), "{text}");
    }
}

#[test]
fn a_day_of_another_calendar_is_no_birthday_and_stays() {
    shows("VERSION:4.0\nFN:A\nBDAY;CALSCALE=Gregorian:19790531\n", &json!({"birthdayDate": "1979-05-31"}));
    for line in ["BDAY;CALSCALE=hebrew:57390304", "BDAY;CALSCALE=x-other:19790531", "ANNIVERSARY;CALSCALE=chinese:0531"]
    {
        let body = format!("VERSION:4.0\nFN:A\n{line}\n");
        shows(&body, &json!({"birthday": null, "birthdayDate": null, "anniversaryDate": null}));
        let card = read(&body);
        assert_eq!(card.project().birthday, "");
        for text in [card.record(), card.write(Version::V4), card.write(Version::V3)] {
            assert!(text.contains(&format!("\r\n{line}\r\n")), "{text}");
        }
    }
}

#[test]
fn photos_in_every_form() {
    let bytes = [0xff, 0xd8, 0xff, 0xd9];
    for photo in [
        "PHOTO;JPEG;BASE64:/9j/\n2Q==\n\n",
        "PHOTO;TYPE=JPEG;ENCODING=b:/9j/2Q==\n",
        "PHOTO:data:image/jpeg;base64\\,/9j/2Q==\n",
        "PHOTO;VALUE=uri:data:image/jpeg;base64,/9j/2Q==\n",
        "photo;encoding=BASE64;type=jpeg:\n  /9j/2Q==\n\n",
    ] {
        let mut card = read(&format!("VERSION:3.0\nFN:A\n{photo}"));
        assert_eq!(card.photo().as_deref(), Some(&bytes[..]), "{photo}");
        assert!(card.project().has_photo);
        for version in [Version::V4, Version::V3] {
            assert_eq!(Card::read(&card.write(version)).expect("a card").photo(), card.photo(), "{photo}");
        }
        card.set_photo(None);
        assert_eq!(card.photo(), None);
        card.set_photo(Some(&bytes));
        assert_eq!(card.photo().as_deref(), Some(&bytes[..]));
    }
    assert_eq!(read("VERSION:3.0\nFN:A\nPHOTO;VALUE=uri:https://x.org/a.jpg\n").photo(), None);
}

#[test]
fn names_that_are_addresses_or_numbers_are_concealed() {
    let projection =
        read("VERSION:4.0\nFN:ann@example.org\nN:García;555-010-4477;;;\nEMAIL:ann@example.org\n").project();
    assert_eq!(projection.concealed, "dg");
    let basic = seen_by_basic_of(&projection);
    assert_eq!(
        (&basic["displayName"], &basic["givenName"], &basic["surname"]),
        (&json!(null), &json!(null), &json!("García"))
    );
    let names: Vec<&str> =
        projection.terms.iter().filter(|(class, _)| *class == 'n').map(|(_, term)| term.as_str()).collect();
    assert_eq!(names, ["garcia"]);
    assert!(
        projection.terms.contains(&('w', "example".into()))
            && projection.terms.contains(&('a', "ann@example.org".into()))
    );
    assert!(basic["emailAddresses"].is_null() && !basic.to_string().contains("example"));
}

#[test]
fn what_is_no_card_is_refused_with_its_line() {
    for (text, line) in [
        ("BEGIN:VCARD\nVERSION:4.0\nEND:VCARD", 0),
        ("BEGIN:VCARD\nVERSION:9.0\nFN:A\nEND:VCARD", 2),
        ("FN:A", 1),
        ("BEGIN:VCARD\nFN:A", 2),
        ("BEGIN:VCARD\nFN:A\nnonsense\nEND:VCARD", 3),
        ("BEGIN:VCARD\n\n\nÄ:1\nEND:VCARD", 4),
    ] {
        assert_eq!(Card::read(text).expect_err(text).line, line, "{text}");
    }
}

#[test]
fn a_name_that_is_empty_is_made_of_the_others() {
    shows(
        "VERSION:3.0\r\nFN:\r\nN:Hansen;Kari;Aksel,Bo;;\r\n",
        &json!({"displayName": "Kari Aksel Bo Hansen", "middleName": "Aksel Bo", "surname": "Hansen"}),
    );
    assert_eq!(read("VERSION:3.0\r\nFN:\r\nN:Hansen;;;;\r\n").record().matches("FN:").count(), 1);
    shows("VERSION:3.0\r\nN:O\\, Neil;Ann;;;\r\n", &json!({"surname": "O, Neil"}));
}

/// What is shown of the body, and what a change makes of it: the property that is there changes, none is added.
fn changes(body: &str, member: &str, shown: &Value, given: &Value, after: &str) {
    shows(body, &json!({member: shown}));
    let mut card = read(body);
    card.merge(json!({member: given}).as_object().expect("an object")).expect("a change");
    let record = card.record();
    let lines: Vec<&str> = record
        .lines()
        .filter(|line| !["BEGIN", "VERSION", "END", "FN:"].iter().any(|no| line.starts_with(no)))
        .collect();
    assert_eq!(lines.join("\n"), after, "{member} of {body}");
    if !given.is_null() {
        shows(&record[13..record.len() - 11], &json!({member: given}));
    }
}

#[test]
fn what_apple_calls_its_own_is_shown_and_changed_in_place() {
    let apple = |name: &str, value: &str, label: &str| {
        format!("VERSION:3.0\nFN:A\nitem3.{name};type=pref:{value}\nitem3.X-ABLabel:_$!<{label}>!$_\n")
    };
    let day = apple("X-ABDATE", "2001-02-03", "Anniversary");
    let label = "item3.X-ABLabel:_$!<Anniversary>!$_";
    changes(
        &day,
        "anniversaryDate",
        &json!("2001-02-03"),
        &json!("2001-02-04"),
        &format!("item3.X-ABDATE;type=pref:2001-02-04\n{label}"),
    );
    changes(&day, "anniversaryDate", &json!("2001-02-03"), &json!(null), "");
    shows(&apple("X-ABDATE", "2001-02-03", "Other"), &json!({"anniversaryDate": null}));
    for (member, label) in [("spouseName", "Spouse"), ("manager", "Manager"), ("assistantName", "Assistant")] {
        let body = apple("X-ABRELATEDNAMES", "Sam", label);
        let after = format!("item3.X-ABRELATEDNAMES;type=pref:Kim\nitem3.X-ABLabel:_$!<{label}>!$_");
        changes(&body, member, &json!("Sam"), &json!("Kim"), &after);
        changes(&body, member, &json!("Sam"), &json!(null), "");
    }
    changes(&apple("X-ABRELATEDNAMES", "Sam", "Child"), "children", &json!(["Sam"]), &json!([]), "");
}

#[test]
fn what_outlook_and_android_call_their_own_is_shown_and_changed_in_place() {
    for (name, member) in [("SPOUSE", "spouseName"), ("MANAGER", "manager"), ("ASSISTANT", "assistantName")] {
        changes(
            &format!("VERSION:2.1\nFN:A\nX-MS-{name}:Sam\n"),
            member,
            &json!("Sam"),
            &json!("Kim"),
            &format!("X-MS-{name}:Kim"),
        );
    }
    changes(
        "VERSION:2.1\nFN:A\nX-MS-ANNIVERSARY:20010203\n",
        "anniversaryDate",
        &json!("2001-02-03"),
        &json!("2001-02-04"),
        "X-MS-ANNIVERSARY:20010204",
    );
    changes(
        "VERSION:2.1\nFN:A\nX-MS-IMADDRESS:a@b\n",
        "imAddresses",
        &json!(["a@b"]),
        &json!(["c@d"]),
        "X-MS-IMADDRESS:c@d",
    );
    changes(
        "VERSION:2.1\nFN:A\nX-MS-CHILD:Kim\n",
        "children",
        &json!(["Kim"]),
        &json!(["Kim", "Lee"]),
        "X-MS-CHILD:Kim\nRELATED;VALUE=text;TYPE=child:Lee",
    );
    let android = "VERSION:2.1\nFN:A\nX-ANDROID-CUSTOM:vnd.android.cursor.item/nickname;Bo;1;;\n";
    changes(
        android,
        "nickName",
        &json!("Bo"),
        &json!("Bob"),
        "X-ANDROID-CUSTOM:vnd.android.cursor.item/nickname;Bob;1;;",
    );
    changes(android, "nickName", &json!("Bo"), &json!(null), "");
}

#[test]
fn a_label_goes_with_what_it_labels_and_no_other_does() {
    let body = "VERSION:3.0\nFN:A\nitem1.TEL:1\nitem1.X-ABLabel:one\nitem2.TEL:2\nitem2.X-ABLabel:two\nitem9.X-ABLabel:alone\n";
    let left = "item2.TEL:2\nitem2.X-ABLabel:two\nitem9.X-ABLabel:alone";
    changes(body, "otherPhones", &json!(["1", "2"]), &json!(["2"]), left);
}
