//! From the lines of a card to its properties, each with its value as vCard 4.0 writes it: transfer encodings undone,
//! vCard 2.1's bare parameters named. Imports `content_line`, `lines`, `files`.

use mail_parser::decoders::charsets::map::charset_decoder;
use mail_parser::decoders::quoted_printable::quoted_printable_decode;

use crate::resources::contacts::card::files;
use crate::resources::contacts::card::lines::{Line, Part, parts};
use crate::resources::content_line::{
    Fault as CardFault, Property, Source, escaped, head_and_value, is_token, one_line, param_value, split_unquoted,
    unescaped,
};

/// How many parameters a property may have.
const PARAMETERS: usize = 256;
/// How many all properties of a card may have.
const ALL_PARAMETERS: usize = 20_000;

/// The properties of a card.
pub(super) fn properties(text: &str, source: Source) -> Result<Vec<Property>, CardFault> {
    let parts = parts(text, source)?;
    let mut room = if source == Source::Client { ALL_PARAMETERS } else { usize::MAX };
    let caret = parts.iter().any(|part| matches!(part, Part::Line(line) if is_version_4(&line.text)));
    let mut properties: Vec<Property> = Vec::with_capacity(parts.len());
    for part in parts {
        match part {
            Part::Line(line) => {
                let property = property(&line, caret, source)?;
                room = room
                    .checked_sub(property.params.len())
                    .ok_or_else(|| CardFault::new(line.number, "The card has more than 20000 parameters."))?;
                if !property.is("VERSION") {
                    properties.push(property);
                } else if !["2.1", "3.0", "4.0", ""].contains(&property.value.trim()) {
                    let reason = "This version of vCard is not known here: 2.1, 3.0 and 4.0 are.";
                    return Err(CardFault::new(line.number, reason));
                }
            }
            Part::Card(lines) => {
                let value = escaped(&lines.join("\n"));
                match properties.last_mut().filter(|last| last.is("AGENT") && last.value.trim().is_empty()) {
                    Some(agent) => agent.value = value,
                    None => properties.push(Property::new("AGENT", value)),
                }
            }
        }
    }
    Ok(properties)
}

fn is_version_4(line: &str) -> bool {
    let Some((name, value)) = line.split_once(':') else { return false };
    name.trim().eq_ignore_ascii_case("VERSION") && value.trim().starts_with('4')
}

fn property(line: &Line, caret: bool, source: Source) -> Result<Property, CardFault> {
    let fault = |reason: &str| CardFault::new(line.number, reason);
    let (head, value) = head_and_value(&line.text).ok_or_else(|| fault("There is no colon after the name."))?;
    let mut parts = split_unquoted(head, ';');
    let name = parts.next().unwrap_or_default().trim();
    let (group, name) = match name.rsplit_once('.') {
        Some((group, name)) => (Some(group), name),
        None => (None, name),
    };
    if !is_token(name) || group.is_some_and(|group| !is_group(group)) {
        return Err(fault("A property's name is made of letters, digits and hyphens."));
    }
    if ["BEGIN", "END"].iter().any(|mark| name.eq_ignore_ascii_case(mark)) {
        // Written again it would begin or end a card.
        return Err(fault("BEGIN and END are `BEGIN:VCARD` and `END:VCARD`, and no properties."));
    }
    let mut params = Vec::new();
    for part in parts.filter(|part| !part.trim().is_empty()) {
        read_param(part, caret, &mut params);
        if source == Source::Client && params.len() > PARAMETERS {
            return Err(fault("The property has more than 256 parameters."));
        }
    }
    let (group, name) = (group.map(str::to_owned), name.to_owned());
    let mut property = Property { group, name, params, value: String::new() };
    // In a structured value an encoded semicolon is no separator.
    let structured = ["N", "ADR", "ORG"].iter().any(|name| property.is(name));
    property.value = plain(&mut property.params, value, structured);
    if ["FN", "NOTE", "TITLE", "ROLE"].iter().any(|name| property.is(name)) {
        // One text each: old writers leave its commas and semicolons bare.
        property.value = escaped(&unescaped(&property.value));
    }
    files::as_data(&mut property);
    Ok(property)
}

/// The value without its transfer encoding, in one line.
fn plain(params: &mut Vec<(String, String)>, value: &str, structured: bool) -> String {
    let charset = taken(params, |name, _| name.eq_ignore_ascii_case("CHARSET"));
    let is_quoted = |name: &str, value: &str| {
        name.eq_ignore_ascii_case("ENCODING") && value.eq_ignore_ascii_case("QUOTED-PRINTABLE")
    };
    let is_bits = |name: &str, value: &str| {
        name.eq_ignore_ascii_case("ENCODING") && ["8BIT", "7BIT"].iter().any(|bits| value.eq_ignore_ascii_case(bits))
    };
    taken(params, is_bits);
    if taken(params, is_quoted).is_some() {
        let value = value.trim_end_matches('=');
        let apart = value.replace("=5C=3B", "\\;").replace("=3B", "\\;").replace("=3b", "\\;");
        let bytes = quoted_printable_decode(if structured { &apart } else { value }.as_bytes());
        return one_line(&bytes.map_or_else(|| value.to_owned(), |bytes| decoded(bytes, charset.as_deref())));
    }
    one_line(value)
}

/// Takes away the parameters that `is` names, and gives the last one's value.
fn taken(params: &mut Vec<(String, String)>, is: impl Fn(&str, &str) -> bool) -> Option<String> {
    let mut last = None;
    params.retain(|(name, value)| {
        let here = is(name, value);
        if here {
            last = Some(value.clone());
        }
        !here
    });
    last
}

fn decoded(bytes: Vec<u8>, charset: Option<&str>) -> String {
    let decoder =
        charset.filter(|name| !name.eq_ignore_ascii_case("UTF-8")).and_then(|name| charset_decoder(name.as_bytes()));
    match decoder {
        Some(decoder) => decoder(&bytes),
        // Without a charset it is UTF-8 if it can be, else Latin-1, which any bytes are.
        None => {
            String::from_utf8(bytes).unwrap_or_else(|fault| fault.into_bytes().into_iter().map(char::from).collect())
        }
    }
}

fn read_param(text: &str, caret: bool, params: &mut Vec<(String, String)>) {
    let Some((name, values)) = text.split_once('=') else {
        let value = text.trim();
        params.push((bare_param(value).to_owned(), param_value(value, caret)));
        return;
    };
    let name = name.trim();
    if !is_token(name) {
        // `X-CUSTOM(CHARSET=UTF-8,…)` of old phones: no parameter's name, so a type.
        params.extend(text.split(',').map(|kind| ("TYPE".to_owned(), param_value(kind.trim(), caret))));
        return;
    }
    for value in split_unquoted(values, ',').take(PARAMETERS + 1) {
        let value = value.trim();
        let quoted = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
        let shown = param_value(quoted.unwrap_or(value), caret);
        // `TYPE="work,voice"` is written by many and means a list.
        if name.eq_ignore_ascii_case("TYPE") && quoted.is_some() {
            params.extend(shown.split(',').map(|kind| (name.to_owned(), kind.trim().to_owned())));
        } else {
            params.push((name.to_owned(), shown));
        }
    }
}

/// The name that a bare value of vCard 2.1 has: `TEL;CELL` is `TEL;TYPE=CELL`.
fn bare_param(value: &str) -> &'static str {
    let is = |names: &[&str]| names.iter().any(|name| value.eq_ignore_ascii_case(name));
    if is(&["QUOTED-PRINTABLE", "BASE64", "8BIT", "7BIT"]) {
        "ENCODING"
    } else if is(&["INLINE", "URL", "CONTENT-ID", "CID"]) {
        "VALUE"
    } else {
        "TYPE"
    }
}

fn is_group(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
}
