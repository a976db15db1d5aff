//! A property as one line, folded, whatever its value or its parameters hold: the one serializer. Imports `property`.

use crate::resources::content_line::property::Property;

/// RFC 6350 §3.2, RFC 5545 §3.1: octets of a line, without the break.
const LINE_OCTETS: usize = 75;

/// How the formats differ in parameters.
#[derive(Debug, Clone, Copy)]
pub struct Form {
    /// Whether readers know the carets of RFC 6868.
    pub carets: bool,
    /// Whether the values of the parameter of this name stand in one list.
    pub is_list: fn(&str) -> bool,
}

/// Adds the property.
pub fn line(out: &mut String, property: &Property, form: Form) {
    let mut text = String::with_capacity(property.value.len() + 64);
    if let Some(group) = &property.group {
        text.push_str(group);
        text.push('.');
    }
    text.push_str(&property.name);
    let mut last: Option<&str> = None;
    for (name, value) in &property.params {
        if last.is_some_and(|last| last.eq_ignore_ascii_case(name)) && (form.is_list)(name) {
            text.push(',');
        } else {
            text.push(';');
            text.push_str(name);
            text.push('=');
        }
        param(&mut text, value, form.carets);
        last = Some(name);
    }
    text.push(':');
    text.push_str(&property.value);
    fold(out, &text);
}

fn param(text: &mut String, value: &str, as_carets: bool) {
    // Without carets nothing can say these two.
    let value = if as_carets { carets(value) } else { value.replace('\n', " ").replace('"', "'") };
    let quoted = value.contains([',', ';', ':']) || value.starts_with([' ', '\t']) || value.ends_with([' ', '\t']);
    let quote = if quoted { "\"" } else { "" };
    text.extend([quote, &value, quote]);
}

/// What a parameter cannot hold, by carets (RFC 6868).
pub fn carets(value: &str) -> String {
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
