//! What a caller was answered, and what the log says of it.

use std::collections::BTreeMap;

use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderMap, HeaderName};
use actix_web::web::Bytes;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::support::log;

/// What a batch was answered, its bodies octet for octet.
#[derive(serde::Deserialize)]
struct Parts {
    responses: Vec<Part>,
}

#[derive(serde::Deserialize)]
struct Part {
    status: u16,
    headers: BTreeMap<String, String>,
    body: Option<Box<RawValue>>,
}

/// What was answered.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Answer {
    pub fn bytes(&self) -> &[u8] {
        &self.body
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("not JSON ({}): {}", self.status, self.text()))
    }

    /// `error.code`
    pub fn code(&self) -> String {
        self.json()["error"]["code"].as_str().unwrap_or_default().to_owned()
    }

    /// The header, or nothing.
    pub fn header(&self, name: &str) -> String {
        self.headers.get(name).map(|value| value.to_str().expect("text").to_owned()).unwrap_or_default()
    }

    /// Every value of the header, in order.
    pub fn values(&self, name: &str) -> Vec<String> {
        self.headers.get_all(name).map(|value| value.to_str().expect("text").to_owned()).collect()
    }

    /// The names of its headers.
    pub fn names(&self) -> Vec<String> {
        self.headers.keys().map(ToString::to_string).collect()
    }

    pub fn challenges(&self) -> Vec<String> {
        self.values("www-authenticate")
    }

    /// The answer to the `at`-th request of a batch, as if it were sent alone.
    pub fn part(&self, at: usize) -> Self {
        let mut told: Parts = serde_json::from_slice(&self.body).expect("answers of a batch");
        let part = told.responses.swap_remove(at);
        let mut headers = HeaderMap::new();
        for (name, value) in &part.headers {
            let name = HeaderName::try_from(name.as_str()).expect("a name");
            // The challenges are two, and the first has commas in it.
            let (first, second) =
                value.split_once(", WRAP").map_or((value.as_str(), None), |(first, _)| (first, Some("WRAP")));
            for value in [Some(first), second].into_iter().flatten() {
                headers.append(name.clone(), value.parse().expect("a value"));
            }
        }
        let body = part.body.map(|body| Bytes::from(body.get().to_owned())).unwrap_or_default();
        let status = StatusCode::from_u16(part.status);
        Self { status: status.expect("a status"), headers, body }
    }

    /// Why it was refused, which the log alone is told.
    pub fn reason(&self) -> Option<String> {
        self.logged("deny_reason")
    }

    /// What the log's line about it says under `field`.
    pub fn logged(&self, field: &str) -> Option<String> {
        log::field(&self.header("request-id"), field)
    }

    /// The body with the request's id and date blanked out.
    pub fn text_without_ids(&self) -> String {
        let mut body = self.json();
        body["error"]["innerError"] = Value::Null;
        body["instance"] = Value::Null;
        body.to_string()
    }
}
