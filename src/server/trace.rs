//! The trace that a request is part of, as its client says (W3C Trace Context §3.2): for the log alone, believed by nobody.

use actix_web::http::header::HeaderMap;

/// The trace's id, if `traceparent` is there once and well-formed.
pub fn id(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all("traceparent");
    let value = values.next().filter(|_| values.next().is_none())?.to_str().ok()?;
    let mut parts = value.splitn(5, '-');
    let mut part = |digits| parts.next().filter(|part| part.len() == digits && part.bytes().all(is_digit));
    let (version, trace, parent, _flags) = (part(2)?, part(32)?, part(16)?, part(2)?);
    // Of version 00 nothing more may follow; of a later one what is known so far is read (§4.3).
    let known = version != "ff" && (version != "00" || parts.next().is_none());
    let given = |part: &str| part.bytes().any(|digit| digit != b'0');
    (known && given(trace) && given(parent)).then_some(trace)
}

/// Hexadecimal, in lower case only.
fn is_digit(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'a'..=b'f')
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};

    use super::id;

    fn of(values: &[&str]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for value in values {
            let value = HeaderValue::from_str(value).expect("a value");
            headers.append(HeaderName::from_static("traceparent"), value);
        }
        id(&headers).map(Into::into)
    }

    #[test]
    fn a_well_formed_parent_names_the_trace() {
        let trace = "0af7651916cd43dd8448eb211c80319c";
        let good = format!("00-{trace}-b7ad6b7169203331-01");
        assert_eq!(of(&[&good]).as_deref(), Some(trace));
        assert_eq!(of(&[&format!("cc-{trace}-b7ad6b7169203331-01-what-comes")]).as_deref(), Some(trace));
        for bad in [
            String::new(),
            format!("{good}-more"),
            format!("{good} "),
            good.replacen("00", "ff", 1),
            good.to_uppercase(),
            good.replace(trace, &"0".repeat(32)),
            good.replace("b7ad6b7169203331", &"0".repeat(16)),
            good.replace(trace, &trace[1..]),
            good.replace("-01", ""),
            good.replace('f', "g"),
            format!("cc-{trace}-b7ad6b7169203331-01.what-comes"),
        ] {
            assert_eq!(of(&[&bad]), None, "{bad}");
        }
        assert_eq!(of(&[]), None);
        assert_eq!(of(&[&good, &good]), None, "said twice");
    }
}
