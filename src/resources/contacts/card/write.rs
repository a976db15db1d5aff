//! Properties as vCard text: the one serializer. Whatever a value or a parameter holds, a property is one line, folded.
//! Imports `content_line`, `files`, `dates`, `names`.

use crate::resources::contacts::card::{Version, dates, files, names};
use crate::resources::content_line::{self, Form, Property};

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
    // Only the lists that every reader knows as lists are written as lists.
    let form = Form { carets: version == Version::V4, is_list: |name| name.eq_ignore_ascii_case("TYPE") };
    content_line::line(out, property, form);
}
