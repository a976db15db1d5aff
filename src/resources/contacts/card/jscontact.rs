//! JSContact (RFC 9553) at the border, converted by calcard (RFC 9555): what has no place on the other side goes along as
//! vCardProps or JSPROP. Imports `content_line`, `kept`, `read`, `write`, json, calcard.
//!
//! calcard neither reads nor writes the carets of RFC 6868, and writes names and groups as they are: both is mended here,
//! before it writes and after it has read.

use calcard::jscontact::JSContact;
use calcard::vcard::{
    VCard, VCardEntry, VCardParameterName, VCardParameterValue, VCardProperty, VCardValue, VCardVersion,
};
use serde_json::Value;

use crate::json;
use crate::resources::contacts::card::{Version, kept, read, write};
use crate::resources::content_line::{Fault as CardFault, Property, Source, carets, param_value};

const BYTES: usize = 10 * 1024 * 1024;
const DEPTH: usize = 32;

/// What TZ is called on its way: calcard makes of one that stands alone an address that it does not read again.
const ZONE: &str = "X-SHAREHOLD-TZ";

/// The properties of a JSContact card.
pub(super) fn read(json: &[u8]) -> Result<Vec<Property>, CardFault> {
    let refused = |reason: &str| CardFault::new(0, reason);
    let text = std::str::from_utf8(json).map_err(|_| refused("This is not UTF-8."))?;
    if text.len() > BYTES {
        return Err(refused("The card is larger than 10 MiB."));
    }
    let given = json::strict(text.as_bytes(), DEPTH)
        .map_err(|fault| CardFault::new(fault.line(), format!("This is not JSON that is taken here: {fault}.")))?;
    if given.get("@type").and_then(Value::as_str) != Some("Card") {
        return Err(refused("This is not a JSContact card: one is an object whose `@type` is \"Card\" (RFC 9553)."));
    }
    let properties = converted(text)?;
    let back =
        serde_json::from_str(&write(&properties)?).map_err(|_| refused("This JSContact card cannot be kept."))?;
    match kept::lost(&given, &back) {
        Some(path) => Err(refused(&format!(
            "The value at `{path}` cannot be kept: give it, and the objects around it, the type that RFC 9553 says."
        ))),
        None => Ok(properties),
    }
}

/// The properties that calcard makes of a card.
fn converted(text: &str) -> Result<Vec<Property>, CardFault> {
    let refused = |reason: &str| CardFault::new(0, reason);
    let card = JSContact::<String, String>::parse(text).map_err(|_| refused("This is not JSContact."))?;
    let mut card = card.into_vcard().ok_or_else(|| refused("This is not a JSContact card."))?;
    card.entries.retain(|entry| !is_derived(entry));
    card.entries.iter_mut().for_each(tame);
    renamed(&mut card, &VCardProperty::Other(ZONE.into()), &VCardProperty::Tz);
    let mut text = String::new();
    card.write_to(&mut text, VCardVersion::V4_0).map_err(|_| refused("This JSContact card cannot be kept."))?;
    read::properties(&text, Source::Client)
}

/// The JSContact card of these properties.
pub(super) fn write(properties: &[Property]) -> Result<String, CardFault> {
    let refused = || CardFault::new(0, "This card has no JSContact form.");
    let mut card = VCard::parse(write::card(properties, Version::V4)).map_err(|_| refused())?;
    let named = properties.iter().any(|property| property.is("FN"));
    let made = |entry: &VCardEntry| is_derived(entry) || (entry.name == VCardProperty::Fn && !named);
    card.entries.retain(|entry| entry.name != VCardProperty::Version && !made(entry));
    for param in card.entries.iter_mut().flat_map(|entry| &mut entry.params) {
        if let VCardParameterValue::Text(text) = &mut param.value {
            *text = param_value(text, true);
        }
    }
    renamed(&mut card, &VCardProperty::Tz, &VCardProperty::Other(ZONE.into()));
    serde_json::to_string(&card.into_jscontact::<String, String>().0).map_err(|_| refused())
}

fn renamed(card: &mut VCard, from: &VCardProperty, to: &VCardProperty) {
    let is = |name: &VCardProperty| name.as_str().eq_ignore_ascii_case(from.as_str());
    card.entries.iter_mut().filter(|entry| is(&entry.name)).for_each(|entry| entry.name = to.clone());
}

/// A name that was made because vCard wants one, not given.
fn is_derived(entry: &VCardEntry) -> bool {
    let empty = entry.values.iter().all(|value| value.as_text().is_some_and(str::is_empty));
    let derived = entry.params.iter().any(|param| param.name == VCardParameterName::Derived);
    entry.name == VCardProperty::Fn && (empty || derived)
}

/// Leaves nothing in the entry that could end its line, its name or a parameter.
fn tame(entry: &mut VCardEntry) {
    let token = |text: &mut String| text.retain(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    entry.group.iter_mut().for_each(token);
    entry.group.take_if(|group| group.is_empty());
    if let VCardProperty::Other(name) = &mut entry.name {
        token(name);
        if name.is_empty() {
            "X-UNNAMED".clone_into(name);
        }
    }
    for param in &mut entry.params {
        if let VCardParameterName::Other(name) = &mut param.name {
            token(name);
            if name.is_empty() {
                "X-UNNAMED".clone_into(name);
            }
        }
        if let VCardParameterValue::Text(text) = &mut param.value {
            *text = carets(text);
        }
    }
    for value in &mut entry.values {
        match value {
            VCardValue::Text(text) => plain(text),
            VCardValue::Component(texts) => texts.iter_mut().for_each(plain),
            VCardValue::Binary(data) => data.content_type.iter_mut().for_each(plain),
            _ => {}
        }
    }
}

fn plain(text: &mut String) {
    text.retain(|c| !c.is_control() || matches!(c, '\n' | '\t'));
}
