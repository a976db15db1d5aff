//! Files within a card: PHOTO, LOGO, SOUND and KEY are kept as `data:` URIs (vCard 4.0) and written as ENCODING=b for 3.0.
//! Imports `content_line`, base64.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use crate::resources::content_line::Property;

const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);
const BASE64: GeneralPurpose = GeneralPurpose::new(&STANDARD, LENIENT);

/// Media types by the TYPE that vCard 3.0 writes; others are the property's own kind and that name.
const KINDS: [(&str, &str); 4] = [
    ("PGP", "application/pgp-keys"),
    ("X509", "application/pkix-cert"),
    ("X509", "application/x-x509-user-cert"),
    ("BIN", "application/octet-stream"),
];

/// The media types' first half.
fn kind(property: &Property) -> Option<&'static str> {
    match () {
        () if property.is("PHOTO") || property.is("LOGO") => Some("image"),
        () if property.is("SOUND") => Some("audio"),
        () if property.is("KEY") => Some("application"),
        () => None,
    }
}

fn is_encoding(name: &str, value: &str) -> bool {
    name.eq_ignore_ascii_case("ENCODING") && (value.eq_ignore_ascii_case("B") || value.eq_ignore_ascii_case("BASE64"))
}

/// The property as vCard 4.0 has it.
pub(super) fn as_data(property: &mut Property) {
    let inline = property.params.iter().any(|(name, value)| is_encoding(name, value));
    if inline {
        property.value.retain(|c| !c.is_whitespace());
    }
    let Some(kind) = kind(property) else { return };
    if !inline {
        // Writers that escape every comma break the URI (RFC 6350 §4.2 has no escapes there); base64 has no backslash.
        if property.value.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("data:")) {
            property.value = property.value.replace("\\,", ",").replace("\\;", ";");
        }
        return;
    }
    let plain = |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'+' | b'.'));
    let is_media = |(name, value): &(String, String)| {
        name.eq_ignore_ascii_case("TYPE") && !value.eq_ignore_ascii_case("PREF") && !value.is_empty() && plain(value)
    };
    let written = property.params.iter().position(is_media).map(|at| property.params.remove(at).1);
    let media = written.map(|written| {
        let known = KINDS.iter().find(|(name, _)| written.eq_ignore_ascii_case(name));
        known.map_or_else(|| format!("{kind}/{}", written.to_ascii_lowercase()), |(_, media)| (*media).to_owned())
    });
    let media = media.unwrap_or_default();
    property.params.retain(|(name, value)| {
        let inline = ["BINARY", "INLINE"].iter().any(|kind| value.eq_ignore_ascii_case(kind));
        let goes = is_encoding(name, value) || (inline && name.eq_ignore_ascii_case("VALUE"));
        !goes
    });
    property.value = format!("data:{media};base64,{}", property.value);
}

/// The property as vCard 3.0 has it.
pub(super) fn as_encoded(property: &mut Property) {
    let Some(kind) = kind(property) else { return };
    let Some((media, text)) = data(&property.value) else { return };
    let written = KINDS.iter().find(|(_, known)| media.eq_ignore_ascii_case(known)).map(|(name, _)| (*name).to_owned());
    let written = written.or_else(|| {
        let (first, second) = media.split_once('/')?;
        first.eq_ignore_ascii_case(kind).then(|| second.to_ascii_uppercase())
    });
    if written.is_none() && !media.is_empty() {
        return;
    }
    let text = text.to_owned();
    property.params.retain(|(name, _)| !name.eq_ignore_ascii_case("VALUE"));
    property.params.push(("ENCODING".to_owned(), "b".to_owned()));
    property.params.extend(written.map(|written| ("TYPE".to_owned(), written)));
    property.value = text;
}

/// Media type and base64 text of a `data:` URI in base64.
fn data(value: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = value.split_once(':')?;
    let (head, text) = rest.split_once(',')?;
    let media = head.strip_suffix(";base64").or_else(|| head.strip_suffix(";BASE64"))?;
    (scheme.eq_ignore_ascii_case("data") && !media.contains(';')).then_some((media, text))
}

/// The bytes of a file that stands in the card itself.
pub(super) fn bytes(property: &Property) -> Option<Vec<u8>> {
    let inline = property.params.iter().any(|(name, value)| is_encoding(name, value));
    let text = if inline { property.value.as_str() } else { data(&property.value)?.1 };
    BASE64.decode(text).ok().filter(|bytes| !bytes.is_empty())
}

/// A picture as a `data:` URI.
pub(super) fn jpeg(bytes: &[u8]) -> String {
    format!("data:image/jpeg;base64,{}", BASE64.encode(bytes))
}
