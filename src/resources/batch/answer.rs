//! What a part was answered, as the batch's answer tells it.

use std::collections::BTreeMap;

use actix_web::HttpResponse;
use actix_web::body::to_bytes_limited;
use actix_web::http::Method;
use actix_web::http::header::{CONTENT_TYPE, HeaderMap};
use actix_web::web::Bytes;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mediatype::{MediaType, names};
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};

use crate::problem::{Code, Problem};

/// What a batch is answered.
#[derive(Debug, Serialize)]
pub struct Answers {
    /// In the order of the requests.
    pub responses: Vec<Answer>,
}

/// One of them.
#[derive(Debug, Serialize)]
pub struct Answer {
    id: String,
    /// The status.
    pub status: u16,
    headers: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<Box<RawValue>>,
}

/// How many bytes the bodies of all answers may still have.
#[derive(Debug)]
pub struct Room {
    /// How many there were at first.
    pub of: u64,
    /// How many there are.
    pub left: usize,
}

impl Answer {
    /// Takes in what the part `id` was answered. What was read and has no room is refused; what was changed is changed, and its
    /// answer, which is no longer than what was sent, always has room.
    pub async fn of(id: &str, method: &Method, response: HttpResponse, room: &mut Room) -> Result<Self, Problem> {
        let (head, body) = response.into_parts();
        let limit = if method.is_safe() { room.left } else { usize::MAX };
        let bytes = match to_bytes_limited(body, if method == Method::HEAD { 0 } else { limit }).await {
            Ok(Ok(bytes)) => bytes,
            Ok(Err(error)) => return Err(Problem::internal(format!("the answer to a part broke off: {error}"))),
            Err(_) if method == Method::HEAD => Bytes::new(),
            Err(_) => return Err(too_long(room.of)),
        };
        room.left = room.left.saturating_sub(bytes.len());
        Ok(Self {
            id: id.to_owned(),
            status: head.status().as_u16(),
            headers: fields(head.headers()),
            body: shown(head.headers(), &bytes)?,
        })
    }
}

fn too_long(limit: u64) -> Problem {
    let message =
        format!("The answers to a batch have {limit} bytes at most, and this one is too many: send it alone.");
    Problem::new(Code::TooLarge, message)
}

/// Each header field once, its values with commas between them (RFC 9110 §5.3).
fn fields(headers: &HeaderMap) -> BTreeMap<String, String> {
    let mut fields: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in headers {
        let value = String::from_utf8_lossy(value.as_bytes());
        let field = fields.entry(name.to_string()).or_default();
        if !field.is_empty() {
            field.push_str(", ");
        }
        field.push_str(&value);
    }
    fields
}

/// JSON as it is, anything else in base64, nothing as nothing.
fn shown(headers: &HeaderMap, bytes: &[u8]) -> Result<Option<Box<RawValue>>, Problem> {
    if bytes.is_empty() {
        return Ok(None);
    }
    let json = if is_json(headers) { serde_json::from_slice(bytes).ok() } else { None };
    let told = match json {
        Some(json) => Ok(json),
        None => to_raw_value(&STANDARD.encode(bytes)),
    };
    told.map(Some).map_err(|fault| Problem::internal(format!("the answer to a part cannot be told: {fault}")))
}

fn is_json(headers: &HeaderMap) -> bool {
    let media = headers.get(CONTENT_TYPE).and_then(|value| MediaType::parse(value.to_str().ok()?).ok());
    media.is_some_and(|media| media.subty == names::JSON || media.suffix == Some(names::JSON))
}
