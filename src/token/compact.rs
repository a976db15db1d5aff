//! The outermost shape of a token: its parts and their base64url. May import `error`, `json`.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use super::error::Refusal;
use crate::json;

/// How deep a header or the claims may nest: nothing we read is deeper, and Keycloak's `resource_access` is this deep.
const DEPTH: usize = 4;

/// The longest `kid`, bytes.
const KID_BYTES: usize = 128;

/// A token cut at its dots. Nothing is decoded yet, and nothing was allocated.
#[derive(Debug, Clone, Copy)]
pub(super) enum Compact<'a> {
    /// Header, encrypted key, initialization vector, ciphertext, tag (RFC 7516 §7.1).
    Jwe([&'a str; 5]),
    /// The signing input and the three parts: header, payload, signature (RFC 7515 §7.1).
    Jws(Jws<'a>),
}

/// A signed token cut at its dots.
#[derive(Debug, Clone, Copy)]
pub(super) struct Jws<'a> {
    /// What is signed: header, dot, payload.
    pub(super) signed: &'a str,
    pub(super) header: &'a str,
    pub(super) payload: &'a str,
    pub(super) signature: &'a str,
}

impl<'a> Compact<'a> {
    /// Looks at every byte: only base64url and dots, and exactly four or two of those. Counted, not split, so that a token
    /// of dots costs nothing; and without a branch, so that many bytes are looked at in one step.
    pub(super) fn cut(token: &'a str) -> Option<Self> {
        let is_foreign = |byte: u8| {
            let letter = (byte | 0x20).wrapping_sub(b'a') < 26;
            !(letter || byte.wrapping_sub(b'0') < 10 || byte == b'-' || byte == b'_' || byte == b'.')
        };
        if token.bytes().fold(false, |foreign, byte| foreign | is_foreign(byte)) {
            return None;
        }
        let dots = token.bytes().filter(|byte| *byte == b'.').count();
        let mut parts = token.split('.');
        let mut next = || parts.next();
        match dots {
            4 => Some(Self::Jwe([next()?, next()?, next()?, next()?, next()?])),
            2 => {
                let (header, payload) = (next()?, next()?);
                let (signed, signature) = token.rsplit_once('.')?;
                Some(Self::Jws(Jws { signed, header, payload, signature }))
            }
            _ => None,
        }
    }
}

/// Decodes base64url as RFC 7515 §2 has it: no padding, no white space, and the unused bits are zero, so that one value
/// has one form.
pub(super) fn decode(part: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(part).ok()
}

/// Decodes `part` and reads it as one strict JSON object (no member twice, RFC 7515 §4).
pub(super) fn object(part: &str) -> Option<Map<String, Value>> {
    match json::strict(&decode(part)?, DEPTH).ok()? {
        Value::Object(members) => Some(members),
        _ => None,
    }
}

/// A header's `kid`, which is optional; `refusal` when it is not a string or too long to be a name.
pub(super) fn kid(header: &Map<String, Value>, refusal: Refusal) -> Result<Option<&str>, Refusal> {
    match header.get("kid") {
        None => Ok(None),
        Some(Value::String(kid)) if kid.len() <= KID_BYTES => Ok(Some(kid)),
        Some(_) => Err(refusal),
    }
}

/// A media type as `typ` and `cty` write it: any case, with or without `application/` (RFC 7515 §4.1.9).
pub(super) fn media_type(text: &str) -> String {
    let lower = text.to_ascii_lowercase();
    match lower.strip_prefix("application/") {
        Some(short) if !short.contains('/') => short.to_owned(),
        _ => lower,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_at_exactly_four_or_two_dots() {
        assert!(matches!(Compact::cut("a.b.c.d.e"), Some(Compact::Jwe(["a", "b", "c", "d", "e"]))));
        assert!(matches!(Compact::cut("...."), Some(Compact::Jwe(["", "", "", "", ""]))));
        let Some(Compact::Jws(jws)) = Compact::cut("ab.c.d") else { panic!("three parts") };
        assert_eq!((jws.signed, jws.header, jws.payload, jws.signature), ("ab.c", "ab", "c", "d"));
        for text in ["", "a", "a.b", "a.b.c.d", "a.b.c.d.e.f", "a.b.c.d.e=", "a.b .c", "a.b+.c", "a.b/.c", "a.ä.c"] {
            assert!(Compact::cut(text).is_none(), "{text}");
        }
        assert!(Compact::cut(&".".repeat(8192)).is_none());
        let ours = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_".contains(byte);
        for byte in 0..128 {
            let token = format!("a.b{}c.d", char::from(byte));
            assert_eq!(Compact::cut(&token).is_some(), ours(&byte), "{byte}");
        }
    }

    #[test]
    fn base64url_has_one_form() {
        assert_eq!(decode("AQ"), Some(vec![1]));
        for text in ["AR", "AQ==", "A", "AQ\n", "A+", "A/"] {
            assert_eq!(decode(text), None, "{text}");
        }
    }

    #[test]
    fn media_types_in_any_case_and_length() {
        for text in ["at+jwt", "AT+JWT", "application/at+jwt", "Application/At+Jwt"] {
            assert_eq!(media_type(text), "at+jwt");
        }
        assert_eq!(media_type("text/at+jwt"), "text/at+jwt");
        assert_eq!(media_type("application/x/y"), "application/x/y");
    }
}
