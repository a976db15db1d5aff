//! Cards to try, and a second reader of vCard text: what is compared is not what the code under test believes to have read.
//!
//! What a card may differ in after it was read and written again, and why; nothing else may:
//! - VERSION, BEGIN, END, folding, blank lines, the case of names, the order of parameters, quotes where none are needed:
//!   form, not content.
//! - CHARSET, ENCODING and their effect: how the value travelled. Control characters but the tab, and U+2028/2029 (which
//!   some readers take for line ends) become `\n` or nothing.
//! - FN, NOTE, TITLE and ROLE: escapes are made whole (`a, b` is `a\, b`); FN is added where there was none, as is N in 3.0.
//! - A bare parameter of 2.1 gets its name; a quoted list of types is a list; an AGENT card within the card is its text.
//! - `TYPE=pref` is `PREF=1` in 4.0 and back in 3.0; BDAY, ANNIVERSARY and DEATHDATE have the version's form of a date,
//!   X-APPLE-OMIT-YEAR becomes `--MMDD`; files are `data:` in 4.0, `ENCODING=b` in 3.0; `tel:` is left off in 3.0; line
//!   breaks and double quotes in parameters, which 3.0 cannot say, are blanks and single quotes there.

use proptest::prelude::*;
use serde_json::Value;
use sharehold::resources::contacts::card::{MEMBERS, Member, Projection, seen_by_basic};

/// Group, name, parameters and value, as a reader understands them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Line {
    pub group: Option<String>,
    pub name: String,
    pub params: Vec<(String, String)>,
    pub value: String,
}

impl Line {
    pub fn of(group: Option<String>, name: &str, mut params: Vec<(String, String)>, value: String) -> Self {
        params.sort();
        Self { group, name: name.to_ascii_uppercase(), params, value }
    }
}

/// The properties of a written card, sorted.
pub fn lines(text: &str, caret: bool) -> Vec<Line> {
    for line in text.split("\r\n") {
        assert!(line.len() <= 75 && !line.contains(['\r', '\n']), "not folded: {line:?}");
    }
    let unfolded = text.replace("\r\n ", "");
    let mut lines: Vec<Line> = unfolded.split_terminator("\r\n").map(|line| read(line, caret)).collect();
    lines.retain(|line| !["BEGIN", "END", "VERSION"].contains(&line.name.as_str()));
    lines.sort();
    lines
}

/// One property, unfolded.
pub fn read(line: &str, caret: bool) -> Line {
    let mut parts = vec![String::new()];
    let mut quoted = false;
    let mut rest = line.chars();
    for c in rest.by_ref() {
        match c {
            '"' => quoted = !quoted,
            ':' if !quoted => break,
            ';' if !quoted => parts.push(String::new()),
            ',' if !quoted => parts.last_mut().unwrap().push('\u{1}'),
            c => parts.last_mut().unwrap().push(c),
        }
    }
    let name = parts.remove(0);
    let (group, name) =
        name.split_once('.').map_or((None, name.as_str()), |(group, name)| (Some(group.to_owned()), name));
    let mut params = Vec::new();
    for part in parts {
        let (name, values) = part.split_once('=').unwrap();
        for value in values.split('\u{1}') {
            let value = if caret {
                value.replace("^^", "\u{2}").replace("^n", "\n").replace("^'", "\"").replace('\u{2}', "^")
            } else {
                value.to_owned()
            };
            params.push((name.to_ascii_uppercase(), value));
        }
    }
    Line::of(group, name, params, rest.collect())
}

/// A text as a value.
pub fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('\n', "\\n").replace(',', "\\,").replace(';', "\\;")
}

/// Names of every kind, but those whose value has a form of its own.
const NAMES: [&str; 24] = [
    "FN",
    "N",
    "NICKNAME",
    "TEL",
    "EMAIL",
    "ADR",
    "ORG",
    "TITLE",
    "ROLE",
    "NOTE",
    "URL",
    "CATEGORIES",
    "IMPP",
    "RELATED",
    "X-ABLabel",
    "GENDER",
    "LANG",
    "TZ",
    "GEO",
    "REV",
    "MEMBER",
    "X-MS-OL-DESIGN",
    "SOURCE",
    "X-SOMETHING-OF-NOBODY",
];

fn text() -> impl Strategy<Value = String> {
    let any = proptest::collection::vec(
        prop_oneof![
            4 => "[ -~]{0,12}",
            2 => "[áßжΩ漢字\u{1F469}\u{200d}]{1,6}",
            1 => Just("\n".to_owned()),
            1 => Just("\\".to_owned()),
            1 => Just(",;:\"^=".to_owned()),
            1 => Just("x".repeat(200)),
        ],
        0..6,
    );
    any.prop_map(|parts| parts.concat())
}

fn param() -> impl Strategy<Value = (String, String)> {
    let odd = prop_oneof![Just("X-ODD"), Just("LANGUAGE"), Just("ALTID"), Just("SORT-AS"), Just("LABEL")];
    prop_oneof![
        prop_oneof![Just("HOME"), Just("work"), Just("Cell"), Just("X-Mine"), Just("fax"), Just("")]
            .prop_map(|kind| ("TYPE".to_owned(), kind.to_owned())),
        (odd, text()).prop_map(|(name, value)| (name.to_owned(), value)),
    ]
}

/// A property with its text, not yet written.
pub fn property() -> impl Strategy<Value = Line> {
    let group = proptest::option::weighted(0.3, "item[0-9]{1,2}");
    (group, proptest::sample::select(&NAMES[..]), proptest::collection::vec(param(), 0..5), text())
        .prop_map(|(group, name, params, value)| Line::of(group, name, params, value))
}

/// A card of a version as some program would write it. 2.1 and 3.0 cannot say every parameter.
pub fn written(properties: &[Line], version: &str, break_at: &str) -> String {
    let mut out = format!("BEGIN:VCARD{break_at}VERSION:{version}{break_at}");
    for line in properties {
        let mut text = line.group.as_ref().map(|group| format!("{group}.")).unwrap_or_default();
        text.push_str(&line.name);
        for (name, value) in &line.params {
            let value = if version == "4.0" {
                value.replace('^', "^^").replace('\n', "^n").replace('"', "^'")
            } else {
                value.clone()
            };
            text.extend([";", name, "=\"", &value, "\""]);
        }
        if version == "2.1" {
            text.push_str(";CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:");
            for byte in escaped(&line.value).replace("\\n", "\n").bytes() {
                if text.len() - text.rfind('\n').map_or(0, |at| at + 1) > 70 {
                    text.push('=');
                    text.push_str(break_at);
                }
                match byte {
                    b'\n' => text.push_str("=0D=0A"),
                    b'!'..=b'<' | b'>'..=b'~' => text.push(char::from(byte)),
                    byte => text.extend([format!("={byte:02X}")]),
                }
            }
        } else {
            text.push(':');
            text.push_str(&escaped(&line.value));
            let odd: Vec<char> = text.chars().collect();
            text = odd
                .chunks(31)
                .map(|chunk| chunk.iter().collect::<String>())
                .collect::<Vec<_>>()
                .join(&format!("{break_at}\t"));
        }
        out.push_str(&text);
        out.push_str(break_at);
    }
    out + "END:VCARD" + break_at
}

/// What `Contacts.ReadBasic` sees of a card.
pub fn seen_by_basic_of(projection: &Projection) -> Value {
    let json: Value = serde_json::from_str(&projection.json).expect("an object");
    let seen = |member: &Member| {
        (member.name.to_owned(), seen_by_basic(member, json[member.name].clone(), &projection.birthday))
    };
    Value::Object(MEMBERS.iter().map(seen).collect())
}
