//! Files as programs wrote them, read by the second reader: what they say, in the form that 4.0 has for it. The exceptions are
//! those of [`super::given`], each once, here.

use encoding_rs::WINDOWS_1252;

use crate::card::given::{Line, escaped};

/// Each card's properties, sorted.
pub fn cards(file: &[u8]) -> Vec<Vec<Line>> {
    let mut cards: Vec<Vec<Line>> = Vec::new();
    for property in unfolded(file) {
        match property.to_ascii_uppercase().as_str() {
            "BEGIN:VCARD" => cards.push(Vec::new()),
            "END:VCARD" => cards.last_mut().expect("a card").sort(),
            text if text.starts_with("VERSION:") => {}
            _ => cards.last_mut().expect("a card").push(read(&property)),
        }
    }
    cards.sort();
    cards
}

/// Its properties, each in one line; a break that quoted-printable makes is none.
fn unfolded(file: &[u8]) -> Vec<String> {
    let text = std::str::from_utf8(file)
        .map_or_else(|_| WINDOWS_1252.decode(file).0.into_owned(), std::borrow::ToOwned::to_owned);
    let mut properties: Vec<String> = Vec::new();
    let mut goes_on = false;
    for line in text.lines() {
        match properties.last_mut() {
            Some(last) if goes_on => *last = last.trim_end_matches('=').to_owned() + line,
            Some(last) if line.starts_with([' ', '\t']) => last.push_str(&line[1..]),
            _ if line.is_empty() => continue,
            _ => properties.push(line.to_owned()),
        }
        let last = properties.last().expect("one");
        goes_on = last.contains("ENCODING=QUOTED-PRINTABLE") && !last.contains('(') && line.ends_with('=');
    }
    properties
}

fn read(property: &str) -> Line {
    let colon = outside_quotes(property, ':').next().expect("a colon");
    let (head, value) = (&property[..colon], &property[colon + 1..]);
    let mut parts = Vec::new();
    let mut begin = 0;
    for end in outside_quotes(head, ';').chain([head.len()]) {
        parts.push(&head[begin..end]);
        begin = end + 1;
    }
    let name = parts.remove(0);
    let (group, name) = name.split_once('.').map_or((None, name), |(group, name)| (Some(group.to_owned()), name));
    let mut params: Vec<(String, String)> = Vec::new();
    let (mut encoding, mut charset) = (String::new(), String::new());
    for part in parts {
        let named = part.split_once('=').filter(|(name, _)| !name.contains('('));
        match named.map_or(("TYPE".to_owned(), part), |(name, value)| (name.to_ascii_uppercase(), value)) {
            (name, value) if name == "ENCODING" => encoding = value.to_ascii_uppercase(),
            (name, value) if name == "CHARSET" => charset = value.to_ascii_uppercase(),
            (name, value) => {
                let values = value.split(',').map(|value| (name.clone(), value.trim_matches('"').to_owned()));
                params.extend(values);
            }
        }
    }
    let value = match encoding.as_str() {
        "QUOTED-PRINTABLE" => broken_off(&plain(value, &charset)),
        "B" | "BASE64" => as_data(value, &mut params),
        _ => value.to_owned(),
    };
    let name = name.to_ascii_uppercase();
    for (name, value) in &mut params {
        if name == "TYPE" && value.eq_ignore_ascii_case("pref") {
            (*name, *value) = ("PREF".into(), "1".into());
        }
    }
    let omits = params.iter().position(|(name, _)| name == "X-APPLE-OMIT-YEAR").map(|at| params.remove(at));
    let value = match name.as_str() {
        "BDAY" | "ANNIVERSARY" | "DEATHDATE" if omits.is_some() => format!("--{}", value[5..].replace('-', "")),
        "BDAY" | "ANNIVERSARY" | "DEATHDATE" => date(&value),
        "FN" | "NOTE" | "TITLE" | "ROLE" => escaped(&unescaped(&value)),
        _ => value,
    };
    Line::of(group, &name, params, value)
}

fn outside_quotes(text: &str, sought: char) -> impl Iterator<Item = usize> + '_ {
    let mut quoted = false;
    text.char_indices().filter_map(move |(at, c)| {
        quoted ^= c == '"';
        (c == sought && !quoted).then_some(at)
    })
}

fn plain(quoted: &str, charset: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = quoted.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(if byte == b'=' {
            let digits = [rest.next().expect("a digit"), rest.next().expect("a digit")];
            u8::from_str_radix(std::str::from_utf8(&digits).expect("digits"), 16).expect("digits")
        } else {
            byte
        });
    }
    match charset {
        "UTF-8" => String::from_utf8(bytes).expect("UTF-8"),
        "WINDOWS-1252" => WINDOWS_1252.decode(&bytes).0.into_owned(),
        other => panic!("{other}"),
    }
}

fn broken_off(text: &str) -> String {
    text.replace("\r\n", "\\n").replace('\n', "\\n")
}

fn as_data(value: &str, params: &mut Vec<(String, String)>) -> String {
    let at = params.iter().position(|(name, _)| name == "TYPE").expect("a type");
    let (_, kind) = params.remove(at);
    format!("data:image/{};base64,{value}", kind.to_ascii_lowercase())
}

/// `1979-05-31` and `--05-31`, as 4.0 has them.
fn date(value: &str) -> String {
    let (century, rest) = value.strip_prefix("--").map_or(("", value), |rest| ("--", rest));
    format!("{century}{}", rest.replace('-', ""))
}

fn unescaped(value: &str) -> String {
    let mut text = String::new();
    let mut rest = value.chars();
    while let Some(c) = rest.next() {
        match (c, rest.clone().next()) {
            ('\\', Some(next)) if "nN".contains(next) => text.push('\n'),
            ('\\', Some(next)) if "\\,;:".contains(next) => text.push(next),
            (c, _) => {
                text.push(c);
                continue;
            }
        }
        rest.next();
    }
    text
}
