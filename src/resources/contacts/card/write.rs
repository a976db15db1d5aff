//! Properties as vCard text: the one serializer. Whatever a value or a parameter holds, a property is one line, folded.
//! Imports `property`, `files`, `dates`, `names`.

use crate::resources::contacts::card::property::Property;
use crate::resources::contacts::card::{Version, dates, files, names};

/// RFC 6350 §3.2: octets of a line, without the break.
const LINE_OCTETS: usize = 75;

/// The card as it is kept: its properties as they are.
pub(super) fn record(properties: &[Property]) -> String {
    let mut out = String::from("BEGIN:VCARD\r\nVERSION:4.0\r\n");
    for property in properties {
        line(&mut out, property, Version::V4);
    }
    out.push_str("END:VCARD\r\n");
    out
}

/// The card for others to read, in the form that the version has for each property.
pub(super) fn card(properties: &[Property], version: Version) -> String {
    let mut out = String::from("BEGIN:VCARD\r\n");
    out.push_str(if version == Version::V4 { "VERSION:4.0\r\n" } else { "VERSION:3.0\r\n" });
    if !properties.iter().any(|property| property.is("FN")) {
        line(&mut out, &Property::new("FN", names::derived(properties)), version);
    }
    if version == Version::V3 && !properties.iter().any(|property| property.is("N")) {
        line(&mut out, &Property::new("N", ";;;;".to_owned()), version);
    }
    for property in properties {
        let mut property = property.clone();
        adapt(&mut property, version);
        line(&mut out, &property, version);
    }
    out.push_str("END:VCARD\r\n");
    out
}

fn adapt(property: &mut Property, version: Version) {
    dates::adapt(property, version);
    match version {
        Version::V4 => {
            for (name, value) in &mut property.params {
                if name.eq_ignore_ascii_case("TYPE") && value.eq_ignore_ascii_case("PREF") {
                    "PREF".clone_into(name);
                    "1".clone_into(value);
                }
            }
        }
        Version::V3 => {
            for (name, value) in &mut property.params {
                if name.eq_ignore_ascii_case("PREF") && value == "1" {
                    "TYPE".clone_into(name);
                    "pref".clone_into(value);
                }
            }
            files::as_encoded(property);
            if property.is("TEL") && property.has("VALUE", "uri") {
                let number = property.value.get(..4).filter(|scheme| scheme.eq_ignore_ascii_case("tel:"));
                if number.is_some() && !property.value.contains(';') {
                    property.value.replace_range(..4, "");
                    property.params.retain(|(name, _)| !name.eq_ignore_ascii_case("VALUE"));
                }
            }
        }
    }
}

fn line(out: &mut String, property: &Property, version: Version) {
    let mut text = String::with_capacity(property.value.len() + 64);
    if let Some(group) = &property.group {
        text.push_str(group);
        text.push('.');
    }
    text.push_str(&property.name);
    let mut last: Option<&str> = None;
    for (name, value) in &property.params {
        // Only the lists that every reader knows as lists are written as lists.
        if last.is_some_and(|last| last.eq_ignore_ascii_case(name)) && name.eq_ignore_ascii_case("TYPE") {
            text.push(',');
        } else {
            text.push(';');
            text.push_str(name);
            text.push('=');
        }
        param(&mut text, value, version);
        last = Some(name);
    }
    text.push(':');
    text.push_str(&property.value);
    fold(out, &text);
}

fn param(text: &mut String, value: &str, version: Version) {
    let value = match version {
        Version::V4 => carets(value),
        // vCard 3.0 cannot say these two.
        Version::V3 => value.replace('\n', " ").replace('"', "'"),
    };
    let quoted = value.contains([',', ';', ':']) || value.starts_with([' ', '\t']) || value.ends_with([' ', '\t']);
    let quote = if quoted { "\"" } else { "" };
    text.extend([quote, &value, quote]);
}

/// What a parameter cannot hold, by carets (RFC 6868).
pub(super) fn carets(value: &str) -> String {
    value.replace('^', "^^").replace('\n', "^n").replace('"', "^'")
}

/// Adds the line, broken after at most 75 octets between characters.
fn fold(out: &mut String, text: &str) {
    let mut room = LINE_OCTETS;
    for c in text.chars() {
        if c.len_utf8() > room {
            out.push_str("\r\n ");
            room = LINE_OCTETS - 1;
        }
        room -= c.len_utf8();
        out.push(c);
    }
    out.push_str("\r\n");
}
