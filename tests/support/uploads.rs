//! Pictures that come in parts: a session made, and what its address is sent.

use actix_web::http::header::{AUTHORIZATION, CONTENT_RANGE};
use actix_web::http::{Method, StatusCode};
use actix_web::test::TestRequest;
use serde_json::{Value, json};

use super::app::{Answer, Caller, TestApp};
use super::rounds::path;

const MAKE: &str = "/v1.0/me/photos/createUploadSession";

/// A session's address, and whoever sends it parts.
#[derive(Clone)]
pub struct Upload<'a> {
    app: &'a TestApp,
    pub address: String,
    authorization: Option<String>,
}

/// Asks for a session.
pub async fn asked(caller: &Caller<'_>, item: Value) -> Answer {
    caller.send_json(Method::POST, MAKE, json!({"item": item})).await
}

impl<'a> Upload<'a> {
    /// A new one.
    pub async fn begin(app: &'a TestApp, caller: &Caller<'_>, item: Value) -> Self {
        let made = asked(caller, item).await;
        assert_eq!(made.status, StatusCode::OK, "{}", made.text());
        Self::at(app, path(&made.json()["uploadUrl"]).expect("an address"))
    }

    /// One at this address.
    pub fn at(app: &'a TestApp, address: String) -> Self {
        Self { app, address, authorization: None }
    }

    /// The same, sent with this header.
    pub fn authorized(&self, authorization: &str) -> Self {
        Self { authorization: Some(authorization.to_owned()), ..self.clone() }
    }

    pub async fn call(&self, method: Method) -> Answer {
        self.send(TestRequest::with_uri(&self.address).method(method)).await
    }

    /// Sends the bytes from `first` to before `end` of `whole`.
    pub async fn part(&self, whole: &[u8], first: usize, end: usize) -> Answer {
        let range = format!("bytes {first}-{}/{}", end - 1, whole.len());
        self.put(&range, &whole[first..end]).await
    }

    /// Sends bytes that are said to be these.
    pub async fn put(&self, range: &str, bytes: &[u8]) -> Answer {
        let request = TestRequest::with_uri(&self.address).method(Method::PUT).set_payload(bytes.to_vec());
        let range = (!range.is_empty()).then_some((CONTENT_RANGE, range));
        self.send(range.into_iter().fold(request, TestRequest::insert_header)).await
    }

    /// What is awaited.
    pub async fn awaited(&self) -> Value {
        let status = self.call(Method::GET).await;
        assert_eq!(status.status, StatusCode::OK, "{}", status.text());
        status.json()["nextExpectedRanges"].clone()
    }

    async fn send(&self, request: TestRequest) -> Answer {
        let authorization = self.authorization.as_deref().map(|value| (AUTHORIZATION, value));
        self.app.answer(authorization.into_iter().fold(request, TestRequest::insert_header)).await
    }
}
