//! How a token is presented: `Authorization: Bearer …` (RFC 6750 §2.1) or `Authorization: WRAP access_token="…"`
//! (draft-hardt-oauth-01 §4.3), once, and nowhere else. Pure: knows headers and the query string, opens nothing.

use actix_web::http::header::{AUTHORIZATION, HeaderMap};

/// Parameter names that carry a token in a query string or a form (RFC 6750 §2.2, §2.3; OAuth WRAP v0.9.7.2 §4.3).
const PARAMETERS: [&str; 2] = ["access_token", "wrap_access_token"];

/// Why no token was taken from a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unpresented {
    /// No `Authorization`, or one of another scheme: 401 without an error code (RFC 6750 §3.1).
    Absent,
    /// Not in the grammar of its scheme.
    Malformed,
    /// Presented more than once.
    Twice,
    /// In the query string or the body.
    Elsewhere,
}

/// The token presented by this request.
pub fn token<'r>(headers: &'r HeaderMap, query: &str) -> Result<&'r str, Unpresented> {
    if has_token_parameter(query) {
        return Err(Unpresented::Elsewhere);
    }
    let mut values = headers.get_all(AUTHORIZATION);
    let Some(value) = values.next() else { return Err(Unpresented::Absent) };
    if values.next().is_some() {
        return Err(Unpresented::Twice);
    }
    // Not `to_str`, which goes octet by octet: tokens are long.
    let value = std::str::from_utf8(value.as_bytes()).ok().filter(|value| value.is_ascii());
    let value = value.ok_or(Unpresented::Malformed)?;
    let (scheme, rest) = value.split_at(value.find([' ', '\t']).unwrap_or(value.len()));
    if scheme.eq_ignore_ascii_case("bearer") {
        bearer(rest)
    } else if scheme.eq_ignore_ascii_case("wrap") {
        wrap(rest)
    } else if scheme.bytes().all(is_token_char) {
        Err(Unpresented::Absent)
    } else {
        Err(Unpresented::Malformed)
    }
}

/// Whether `application/x-www-form-urlencoded` text has a parameter that carries a token.
pub fn has_token_parameter(form: &str) -> bool {
    form.split('&').any(|pair| {
        let name = pair.split('=').next().unwrap_or_default();
        let name = percent_decoded(name);
        PARAMETERS.iter().any(|parameter| name.eq_ignore_ascii_case(parameter.as_bytes()))
    })
}

// RFC 6750 §2.1: credentials = "Bearer" 1*SP b64token
fn bearer(rest: &str) -> Result<&str, Unpresented> {
    let token = rest.trim_start_matches(' ');
    if token.len() < rest.len() && is_token68(token) { Ok(token) } else { Err(Unpresented::Malformed) }
}

// RFC 9110 §11.2: token68 = 1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"="
fn is_token68(token: &str) -> bool {
    let body = token.trim_end_matches('=');
    // No way out in the middle and no branches, so that the compiler takes many octets at once: tokens are long.
    !body.is_empty() && body.bytes().fold(true, |all, b| all & is_token68_char(b))
}

fn is_token68_char(byte: u8) -> bool {
    let letter = (byte | 0x20).wrapping_sub(b'a') < 26;
    // "-", ".", "/" and the digits stand together in ASCII.
    let digit = byte.wrapping_sub(b'-') <= b'9' - b'-';
    letter || digit || byte == b'_' || byte == b'~' || byte == b'+'
}

// RFC 9110 §11.2 auth-params with bad white space around "=" and ",", as draft-hardt-oauth-01 §4.3 shows; parameter names
// are case-sensitive and unknown ones are ignored (§7.6).
fn wrap(mut rest: &str) -> Result<&str, Unpresented> {
    if !rest.starts_with(' ') {
        return Err(Unpresented::Malformed);
    }
    let mut found = None;
    loop {
        let (name, value, after) = auth_param(rest).ok_or(Unpresented::Malformed)?;
        if name == "access_token" && found.replace(value).is_some() {
            return Err(Unpresented::Twice);
        }
        match after.strip_prefix(',') {
            Some(next) => rest = next,
            None if after.is_empty() => break,
            None => return Err(Unpresented::Malformed),
        }
    }
    found.filter(|token| is_token68(token)).ok_or(Unpresented::Malformed)
}

/// One `name = value` at the start of `text`, and what follows it.
fn auth_param(text: &str) -> Option<(&str, &str, &str)> {
    let text = text.trim_start_matches(' ');
    let (name, text) = text.split_at(text.bytes().position(|b| !is_token_char(b))?);
    let text = text.trim_start_matches(' ').strip_prefix('=')?.trim_start_matches(' ');
    let (value, text) = if let Some(quoted) = text.strip_prefix('"') {
        quoted.split_once('"').filter(|(inside, _)| !inside.contains('\\'))?
    } else {
        text.split_at(text.find([' ', ',']).unwrap_or(text.len()))
    };
    (!name.is_empty() && !value.is_empty()).then(|| (name, value, text.trim_start_matches(' ')))
}

// RFC 9110 §5.6.2: tchar
fn is_token_char(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

fn percent_decoded(text: &str) -> Vec<u8> {
    percent_encoding::percent_decode_str(text).collect()
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{AUTHORIZATION, HeaderMap, HeaderValue};
    use proptest::prelude::*;

    use super::{Unpresented, has_token_parameter, token};

    fn present(values: &[&[u8]], query: &str) -> Result<String, Unpresented> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(AUTHORIZATION, HeaderValue::from_bytes(value).expect("a header value"));
        }
        token(&headers, query).map(str::to_owned)
    }

    #[test]
    fn both_schemes_in_every_spelling() {
        for value in [
            "Bearer a.b-c_d",
            "bearer    a.b-c_d",
            "BEARER a.b-c_d",
            r#"WRAP access_token="a.b-c_d""#,
            "WRAP access_token=a.b-c_d",
            "wrap  access_token = a.b-c_d",
            r#"WRAP access_token = "a.b-c_d" "#.trim_end(),
            r#"WRAP other=1, access_token="a.b-c_d""#,
            r#"WRAP access_token="a.b-c_d" , other="x y""#,
        ] {
            assert_eq!(present(&[value.as_bytes()], ""), Ok("a.b-c_d".into()), "{value}");
        }
    }

    #[test]
    fn absent_or_another_scheme() {
        assert_eq!(present(&[], ""), Err(Unpresented::Absent));
        for value in ["Basic dXNlcjpw", "DPoP abc", "Bear abc", "Digest a=b"] {
            assert_eq!(present(&[value.as_bytes()], ""), Err(Unpresented::Absent), "{value}");
        }
    }

    #[test]
    fn outside_the_grammar() {
        for value in [
            &b"Bearer"[..],
            b"Bearer ",
            b"Bearer a b",
            b"Bearer a,b",
            b"Bearer\ta",
            b"Bearer \ta",
            b"Bearer a\xff",
            b"Bearer =",
            b"Bearer a=b",
            b"Bearer \"a\"",
            b"WRAP",
            b"WRAP a.b.c",
            b"WRAP access_token",
            b"WRAP access_token=",
            b"WRAP access_token=\"\"",
            b"WRAP access_token=\"a",
            b"WRAP access_token=\"a\\.b\"",
            b"WRAP access_token=\"a\" b",
            b"WRAP Access_Token=a",
            b"WRAP\taccess_token=a",
            b"WRAP access_token=a,",
            b"(a) b",
        ] {
            let shown = String::from_utf8_lossy(value);
            assert_eq!(present(&[value], ""), Err(Unpresented::Malformed), "{shown}");
        }
    }

    #[test]
    fn the_octets_of_a_token_are_these() {
        for octet in 0..=u8::MAX {
            let listed = octet.is_ascii_alphanumeric() || b"-._~+/".contains(&octet);
            assert_eq!(super::is_token68_char(octet), listed, "{octet:#x}");
        }
    }

    #[test]
    fn twice_or_elsewhere() {
        assert_eq!(present(&[b"Bearer a", b"Bearer a"], ""), Err(Unpresented::Twice));
        assert_eq!(present(&[b"Bearer a", b"WRAP access_token=a"], ""), Err(Unpresented::Twice));
        assert_eq!(present(&[b"WRAP access_token=a, access_token=b"], ""), Err(Unpresented::Twice));
        for query in ["access_token=a", "x=1&access_token=a", "wrap_access_token=", "access%5ftoken=a", "ACCESS_TOKEN"]
        {
            assert_eq!(present(&[b"Bearer a"], query), Err(Unpresented::Elsewhere), "{query}");
            assert_eq!(present(&[], query), Err(Unpresented::Elsewhere), "{query}");
        }
        assert!(!has_token_parameter("$select=access_token&x_access_token=1"));
    }

    proptest! {
        #[test]
        fn no_header_panics_and_what_is_taken_is_a_token68(value in proptest::collection::vec(0x20u8..=0xff, 0..64), query in ".{0,32}") {
            if let Ok(header) = HeaderValue::from_bytes(&value) {
                let mut headers = HeaderMap::new();
                headers.append(AUTHORIZATION, header);
                if let Ok(taken) = token(&headers, &query) {
                    prop_assert!(taken.bytes().all(|b| b.is_ascii_graphic() && b != b'"' && b != b','));
                }
            }
        }

        #[test]
        fn any_token68_is_taken_in_both_schemes(value in "[A-Za-z0-9._~+/-]{1,80}={0,2}") {
            for header in [format!("Bearer {value}"), format!("WRAP access_token={value}"), format!("WRAP access_token=\"{value}\"")] {
                prop_assert_eq!(present(&[header.as_bytes()], ""), Ok(value.clone()));
            }
        }
    }
}
