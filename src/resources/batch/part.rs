//! A request of its own out of what a batch asks for: the path from the root, the batch's own token, the body in bytes.

use actix_http::{Payload, Request};
use actix_web::http::header::{
    AUTHORIZATION, CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, EXPECT, FORWARDED, HOST, HeaderMap, HeaderName,
    HeaderValue, TE, TRAILER, TRANSFER_ENCODING, UPGRADE,
};
use actix_web::http::{Method, Uri};
use actix_web::web::Bytes;
use base64::Engine as _;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};
use serde_json::value::RawValue;

use super::PATH;
use super::model::{Asked, refused};
use crate::json::shown;
use crate::problem::Problem;

const METHODS: [Method; 6] = [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];

/// What is of the whole batch or of its connection.
const NOT_OF_A_PART: [HeaderName; 9] =
    [AUTHORIZATION, HOST, FORWARDED, CONNECTION, TRANSFER_ENCODING, TE, TRAILER, UPGRADE, EXPECT];

/// What cannot stand in a URL as it is, and is what clients mean all the same: they write `$filter` with spaces here.
const UNSAFE: &AsciiSet =
    &CONTROLS.add(b' ').add(b'"').add(b'<').add(b'>').add(b'\\').add(b'^').add(b'`').add(b'{').add(b'|').add(b'}');

/// The alphabet of RFC 4648 §4; padded or not.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// What is to be sent of a part.
#[derive(Debug, Clone)]
pub struct Sent {
    /// Method.
    pub method: Method,
    target: Uri,
    headers: HeaderMap,
    body: Option<Bytes>,
}

impl Sent {
    /// Reads the `at`-th request of a batch that came with these headers to this server.
    pub fn of(at: usize, asked: &Asked, batch: &HeaderMap, public_url: &str) -> Result<Self, Problem> {
        let place = |member: &str| format!("requests[{at}].{member}");
        let method = METHODS.into_iter().find(|method| method.as_str() == asked.method).ok_or_else(|| {
            refused(
                format!("`method` is one of {}.", METHODS.map(|method| method.to_string()).join(", ")),
                place("method"),
            )
        })?;
        let target = target(&asked.url, public_url).map_err(|message| refused(message.into(), place("url")))?;
        let mut headers = headers(asked, &place)?;
        let body = match &asked.body {
            None => None,
            Some(_) if method == Method::GET || method == Method::HEAD => {
                return Err(refused(format!("A {method} request has no body."), place("body")));
            }
            Some(body) => Some(bytes(body, &mut headers).map_err(|message| refused(message.into(), place("body")))?),
        };
        if let Some(body) = &body {
            headers.insert(CONTENT_LENGTH, body.len().into());
        }
        // The token is the batch's; so is the trace that it is part of, unless the part names another.
        let traceparent = HeaderName::from_static("traceparent");
        let mut inherited = vec![AUTHORIZATION];
        inherited.extend((!headers.contains_key(&traceparent)).then_some(traceparent));
        for name in inherited {
            batch.get_all(&name).for_each(|value| headers.append(name.clone(), value.clone()));
        }
        Ok(Self { method, target, headers, body })
    }

    /// The request.
    pub fn request(self) -> Request {
        let payload = self.body.map_or(Payload::None, Payload::from);
        let mut request = Request::with_payload(payload);
        let head = request.head_mut();
        (head.method, head.uri, head.headers) = (self.method, self.target, self.headers);
        head.peer_addr = None;
        request
    }
}

/// The path and the query from the root of what may be given relative to `/v1.0`, from the root, or with our own address.
fn target(url: &str, public_url: &str) -> Result<Uri, &'static str> {
    let ours = public_url.trim_end_matches('/');
    let path = match url.split_at_checked(ours.len()) {
        Some((start, path)) if start.eq_ignore_ascii_case(ours) && path.starts_with('/') => path,
        // Another's: it begins with a scheme, or with the name of a host.
        _ if url.split(['/', '?', '#']).next().is_some_and(|word| word.ends_with(':')) => return Err(ELSEWHERE),
        _ => url,
    };
    let path = path.strip_prefix('/').unwrap_or(path);
    if path.is_empty() || path.starts_with('/') {
        return Err(ELSEWHERE);
    }
    let versioned = path.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("v1.0/"));
    let path = utf8_percent_encode(path, UNSAFE);
    let target = if versioned { format!("/{path}") } else { format!("/v1.0/{path}") };
    if is_batch(&target) {
        return Err("A batch is not a part of a batch: send its requests themselves.");
    }
    target.parse().map_err(|_| ELSEWHERE)
}

const ELSEWHERE: &str = "`url` is a path of this server, such as `/me?$select=id`: relative to /v1.0, from the root, or with the \
                         server's own address.";

// The server refuses it however it is spelt: it has nothing to answer a batch in a batch with. This one says so at once.
fn is_batch(target: &str) -> bool {
    let path = target.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/');
    percent_decode_str(path).decode_utf8_lossy().trim_end_matches("()").eq_ignore_ascii_case(PATH)
}

fn headers(asked: &Asked, place: &impl Fn(&str) -> String) -> Result<HeaderMap, Problem> {
    let mut headers = HeaderMap::new();
    for (name, value) in asked.headers.iter().flat_map(|headers| &headers.0) {
        let at = || place(&format!("headers.{}", shown(name)));
        let field = HeaderName::try_from(name.as_str())
            .map_err(|_| refused(format!("{} is no name of a header field.", shown(name)), place("headers")))?;
        if NOT_OF_A_PART.contains(&field) || field.as_str().starts_with("x-forwarded-") {
            let message = format!("`{field}` is of the whole batch: a part has none of its own.");
            return Err(refused(message, at()));
        }
        let value = HeaderValue::try_from(value.as_str())
            .map_err(|_| refused(format!("The value of `{field}` cannot stand in a header."), at()))?;
        headers.insert(field, value);
    }
    // Whatever it says, the length is that of the body.
    headers.remove(CONTENT_LENGTH);
    Ok(headers)
}

/// The bytes of a body: JSON as it stands, for what says that it is JSON or says nothing; else base64 in a string.
fn bytes(body: &RawValue, headers: &mut HeaderMap) -> Result<Bytes, &'static str> {
    if body.get().starts_with('"') {
        let text: String = serde_json::from_str(body.get()).map_err(|_| "`body` is a broken string.")?;
        return BASE64.decode(text).map(Bytes::from).map_err(|_| "A `body` that is a string is base64 (RFC 4648 §4).");
    }
    let media = headers.get(CONTENT_TYPE).map(|media| media.as_bytes().to_ascii_lowercase());
    if media.as_ref().is_some_and(|media| !media.windows(4).any(|word| word == b"json")) {
        return Err("A `body` of another `Content-Type` than JSON is a string of base64.");
    }
    if media.is_none() {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    Ok(Bytes::copy_from_slice(body.get().as_bytes()))
}
