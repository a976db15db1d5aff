//! `Accept` (RFC 9110 §12.5.1): which of the representations on offer the client would rather have.

use actix_web::http::header::{ACCEPT, HeaderMap, HeaderValue};
use mediatype::{MediaTypeList, ReadParams as _};

use crate::problem::{Code, Problem};

/// Refuses a client that takes no JSON; `application/octet-stream` counts as JSON, since SDKs ask for it.
pub fn json(headers: &HeaderMap) -> Result<(), Problem> {
    choose(headers, &["application/json", "application/problem+json", "application/octet-stream"]).map(|_| ())
}

/// The index of the media type in `offered` that the client likes best, the earlier one where it likes two alike.
pub fn choose(headers: &HeaderMap, offered: &[&str]) -> Result<usize, Problem> {
    let mut values = headers.get_all(ACCEPT).map(HeaderValue::as_bytes);
    // What clients of an API send needs no parsing: nothing, `*/*`, or just what they get.
    match (values.next(), values.next()) {
        (None, _) | (Some(b"*/*"), None) => return Ok(0),
        (Some(only), None) if offered.first().is_some_and(|first| only == first.as_bytes()) => return Ok(0),
        _ => {}
    }
    let accept = headers.get_all(ACCEPT).filter_map(|value| value.to_str().ok()).collect::<Vec<_>>().join(",");
    if accept.trim().is_empty() {
        return Ok(0);
    }
    let best =
        offered.iter().enumerate().rev().map(|(at, media)| (quality(&accept, media), at)).max_by_key(|(q, _)| *q);
    match best {
        Some((1.., at)) => Ok(at),
        _ => Err(Problem::new(Code::NotAcceptable, format!("Only these are served here: {}.", offered.join(", ")))
            .target("Accept")),
    }
}

/// How much `accept` likes `media`, in thousandths: the most specific range that covers it decides.
fn quality(accept: &str, media: &str) -> u32 {
    let (ty, subty) = media.split_once('/').unwrap_or((media, ""));
    let mut decided = (0, 0);
    for range in MediaTypeList::new(accept).flatten() {
        let (range_ty, range_subty) = (range.ty.as_str(), range.subty.as_str());
        let suffix = range.suffix.map(|suffix| format!("{range_subty}+{suffix}"));
        let range_subty = suffix.as_deref().unwrap_or(range_subty);
        let specific = match (range_ty, range_subty) {
            ("*", "*") => 1,
            (_, "*") if range_ty.eq_ignore_ascii_case(ty) => 2,
            _ if range_ty.eq_ignore_ascii_case(ty) && range_subty.eq_ignore_ascii_case(subty) => 3,
            _ => continue,
        };
        let q = mediatype::Name::new("q").and_then(|q| range.get_param(q)).map_or(1000, |q| thousandths(q.as_str()));
        if specific > decided.0 {
            decided = (specific, q);
        }
    }
    decided.1
}

// RFC 9110 §12.4.2: qvalue; one outside the grammar counts as 0.
fn thousandths(q: &str) -> u32 {
    let (whole, part) = q.split_once('.').unwrap_or((q, ""));
    let digits = part.len() <= 3 && part.bytes().all(|b| b.is_ascii_digit());
    match whole {
        "1" if digits && part.bytes().all(|b| b == b'0') => 1000,
        "0" if digits => format!("{part:0<3}").parse().unwrap_or(0),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{ACCEPT, HeaderMap, HeaderValue};

    use super::{choose, json};

    fn accept(value: &'static str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.append(ACCEPT, HeaderValue::from_static(value));
        headers
    }

    #[test]
    fn the_clients_order_counts_then_ours() {
        let offered = ["application/json", "text/vcard", "application/jscontact+json"];
        for (value, chosen) in [
            ("*/*", Some(0)),
            ("text/vcard", Some(1)),
            ("TEXT/vcard;version=3.0", Some(1)),
            ("application/jscontact+json", Some(2)),
            ("text/*", Some(1)),
            ("application/json;q=0.5, text/vcard", Some(1)),
            ("*/*;q=0.1, application/json;q=0", Some(1)),
            ("text/html, */*;q=0.8", Some(0)),
            ("text/html", None),
            ("application/json;q=0", None),
        ] {
            assert_eq!(choose(&accept(value), &offered).ok(), chosen, "{value}");
        }
        assert_eq!(choose(&HeaderMap::new(), &offered).ok(), Some(0));
    }

    #[test]
    fn sdks_that_ask_for_octets_get_json() {
        assert!(json(&accept("application/octet-stream, application/json")).is_ok());
        assert!(json(&accept("application/octet-stream")).is_ok());
        assert!(json(&accept("image/png")).is_err());
    }
}
