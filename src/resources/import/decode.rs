//! The bytes of one card or component as text. vCard 3.0 and 4.0 are UTF-8; phones wrote 2.1 in the character set of their country, and
//! say so a property, or do not. Imports nothing of ours but [`super::head`].

use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};

use super::head::Head;

/// The text of what one card or component is. A property that is not UTF-8 is read in the character set that it
/// declares; if it declares none, or breaks it, in windows-1252, which gives every byte a character: nothing is lost, and
/// the Western European phones that wrote so are read right.
pub fn text(card: Vec<u8>) -> String {
    String::from_utf8(card).unwrap_or_else(|fault| by_property(fault.as_bytes()))
}

// A fold may lie within a character (RFC 2425 section 5.8.1 counts octets), so folds are undone first. A quoted-printable
// property is ASCII and has soft breaks, which are no folds: it stays as it is.
fn by_property(card: &[u8]) -> String {
    let mut text = String::with_capacity(card.len());
    let mut property: Vec<u8> = Vec::new();
    let mut quoted = false;
    for line in card.split_inclusive(|&byte| byte == b'\n') {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        match line.split_first() {
            Some((b' ' | b'\t', rest)) if !quoted => {
                property.extend_from_slice(rest);
                continue;
            }
            Some((b' ' | b'\t', _)) => {}
            _ => quoted = Head::of(line).is_quoted_printable(),
        }
        flush(&mut property, &mut text);
        property.extend_from_slice(line);
    }
    flush(&mut property, &mut text);
    text
}

fn flush(property: &mut Vec<u8>, text: &mut String) {
    if property.is_empty() {
        return;
    }
    match std::str::from_utf8(property) {
        Ok(utf8) => text.push_str(utf8),
        Err(_) => text.push_str(&declared(property)),
    }
    text.push_str("\r\n");
    property.clear();
}

fn declared(property: &[u8]) -> String {
    let head = Head::of(property);
    let encoding = head.charset().and_then(|label| Encoding::for_label(label.as_bytes()));
    let text = encoding
        .filter(|&encoding| encoding != UTF_8)
        .and_then(|encoding| encoding.decode_without_bom_handling_and_without_replacement(property));
    text.unwrap_or_else(|| WINDOWS_1252.decode_without_bom_handling(property).0).into_owned()
}
