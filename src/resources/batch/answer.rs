//! What a part was answered, as the batch's answer tells it.

use std::collections::BTreeMap;

use actix_web::HttpResponse;
use actix_web::body::to_bytes_limited;
use actix_web::http::header::{CONTENT_TYPE, HeaderMap};
use actix_web::http::{Method, StatusCode};
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

/// How many bytes the bodies of all answers may still have, as they are told.
#[derive(Debug)]
pub struct Room {
    /// How many there were at first.
    pub of: u64,
    /// How many there are.
    pub left: usize,
}

impl Answer {
    /// Takes in what the part `id` was answered, within `room`. What was read and has no room is refused; what was changed is
    /// changed, and is told without what it came to. Of a problem little is told, which needs no room.
    pub async fn of(id: &str, method: &Method, response: HttpResponse, room: &mut Room) -> Result<Self, Problem> {
        let (head, body) = response.into_parts();
        let status = head.status();
        let counts = !status.is_client_error() && !status.is_server_error();
        let limit = if counts { room.left } else { usize::MAX };
        let whole = match to_bytes_limited(body, if method == Method::HEAD { 0 } else { limit }).await {
            Ok(Ok(bytes)) => Some(bytes),
            Ok(Err(error)) => return Err(Problem::internal(format!("the answer to a part broke off: {error}"))),
            Err(_) if method == Method::HEAD => Some(Bytes::new()),
            Err(_) => None,
        };
        let body = whole.map(|bytes| shown(head.headers(), &bytes)).transpose()?;
        let length = |body: &Option<Box<RawValue>>| body.as_ref().map_or(0, |body| body.get().len());
        let mut answer =
            Self { id: id.to_owned(), status: status.as_u16(), headers: fields(head.headers()), body: None };
        match body.filter(|body| length(body) <= limit) {
            Some(body) => {
                room.left = room.left.saturating_sub(if counts { length(&body) } else { 0 });
                answer.body = body;
            }
            None if method.is_safe() => return Err(too_long(room.of)),
            None => {
                answer.headers.remove("Content-Type");
                if status == StatusCode::OK {
                    answer.status = StatusCode::NO_CONTENT.as_u16();
                }
            }
        }
        Ok(answer)
    }
}

fn too_long(limit: u64) -> Problem {
    let message =
        format!("The answers to a batch have {limit} bytes at most, and this one is too many: send it alone.");
    Problem::new(Code::TooLarge, message)
}

/// Each header field once, its values with commas between them (RFC 9110 §5.3). Named as Graph names them: Microsoft's client
/// for JavaScript looks for `Content-Type` in just that case.
fn fields(headers: &HeaderMap) -> BTreeMap<String, String> {
    let mut fields: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in headers {
        let value = String::from_utf8_lossy(value.as_bytes());
        let field = fields.entry(titled(name.as_str())).or_default();
        if !field.is_empty() {
            field.push_str(", ");
        }
        field.push_str(&value);
    }
    fields
}

/// Each word of the name with a capital.
fn titled(name: &str) -> String {
    let mut begins = true;
    let title = |letter: char| {
        let shown = if begins { letter.to_ascii_uppercase() } else { letter };
        begins = letter == '-';
        shown
    };
    name.chars().map(title).collect()
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
