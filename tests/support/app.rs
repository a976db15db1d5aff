//! An application over a real database, callers with real tokens, and what they are answered.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, LazyLock};

use actix_web::http::Method;
use actix_web::http::header::{AUTHORIZATION, CONTENT_TYPE};
use actix_web::test::{self, TestRequest};
use actix_web::web::{Bytes, ServiceConfig};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use sharehold::access::{Gate, Rates, Revocations};
use sharehold::blobs::Blobs;
use sharehold::clock::{Clock as _, FixedClock};
use sharehold::config::{AuthorizationServer, Config, Rate};
use sharehold::server::{Shared, app, open_blobs, publish};
use sharehold::store::Store;
use sharehold::token::{KeyRing, Opener, Trust};
use tempfile::TempDir;

use crate::support::database::Database;
use crate::support::mint::Authority;
use crate::support::{fresh, keys, log};

pub use crate::support::answer::Answer;
pub use crate::support::database::Backend;

/// 2026-01-01T12:00:00Z, where the clock stands at first.
pub const NOW: i64 = 1_767_268_800;

pub const ISSUER: &str = "https://strict.example";
const OTHER_ISSUER: &str = "https://other.example";

static AUTHORITY: LazyLock<Authority> =
    LazyLock::new(|| Authority::new(&keys::read("certified.rsa.pem"), None, &keys::read("ours-2048.pem")));

static PRIVATE: LazyLock<TempDir> = LazyLock::new(|| tempfile::tempdir().expect("a folder"));

static OURS: LazyLock<PathBuf> = LazyLock::new(|| keys::private_copy(&keys::path("ours-2048.pem"), PRIVATE.path()));

/// The configuration of the tests: two authorization servers that share a key, which is no reason to mix up their people.
pub fn config() -> Config {
    let server = |issuer: &str| -> AuthorizationServer {
        let certificate = Some(keys::path("certified.certificate.pem"));
        AuthorizationServer { certificate, ..AuthorizationServer::new(issuer) }
    };
    let mut config = Config::default();
    config.keys.decryption = vec![OURS.clone()];
    config.authorization_servers = vec![server(ISSUER), server(OTHER_ISSUER)];
    // Counted, but never held back: that is for the tests of the rates.
    config.rate = Rate { client_burst: 1_000_000, anonymous_burst: 1_000_000, ..Rate::default() };
    config
}

/// The application.
pub struct TestApp {
    pub(super) shared: Shared,
    pub store: Store,
    pub clock: Arc<FixedClock>,
    pub revocations: Arc<Revocations>,
    /// Whether the revocations count as read a moment ago, however long the test takes.
    kept_fresh: bool,
    pub(super) blobs: Blobs,
    pub(super) folder: TempDir,
    pub(crate) database: Database,
}

#[expect(clippy::unused_self, reason = "what every application of the tests shares reads better as its own")]
impl TestApp {
    /// As it is configured by default.
    pub fn on(backend: Backend) -> Self {
        Self::with(backend, |_| {})
    }

    /// With the configuration changed.
    pub fn with(backend: Backend, change: impl FnOnce(&mut Config)) -> Self {
        let mut app = Self::with_unknown_revocations_and(backend, change);
        app.revocations.replace(Vec::new(), Vec::new());
        app.kept_fresh = true;
        app
    }

    /// As before the first look at the database.
    pub fn with_unknown_revocations(backend: Backend) -> Self {
        Self::with_unknown_revocations_and(backend, |_| {})
    }

    pub fn with_unknown_revocations_and(backend: Backend, change: impl FnOnce(&mut Config)) -> Self {
        log::keep();
        let database = Database::new(backend);
        let mut config = config();
        config.database = database.settings();
        // A busy machine makes a test wait, not fail.
        config.limits.pool_wait_s = 30;
        let folder = tempfile::tempdir().expect("a folder");
        config.blobs.url = format!("file://{}", folder.path().display());
        config.data_dir = folder.path().into();
        change(&mut config);
        let clock = FixedClock::at(DateTime::from_timestamp(NOW, 0).expect("an instant"));
        let keys = KeyRing::load(&config.keys.decryption).expect("keys");
        let trust = Trust::load(&config.authorization_servers, &config.public_url).expect("trust");
        let published = publish::published(&config, &keys);
        let opener = Arc::new(Opener::new(keys, trust, &config.limits, clock.clone()));
        let store =
            Store::open(&config.database, &config.limits, config.users.provision, clock.clone()).expect("a store");
        let revocations = Arc::new(Revocations::new(config.retention.consent_days));
        let gate = Gate::new(opener, revocations.clone(), Rates::new(&config.rate));
        let blobs = open_blobs(&config, &store, clock.clone()).expect("blobs");
        let shared = Shared::new(&config, gate, store.clone(), blobs.clone(), published, clock.clone());
        let shared = shared.expect("threads");
        Self { shared, store, clock, revocations, kept_fresh: false, blobs, folder, database }
    }

    /// Private-key operations so far.
    pub fn decryptions(&self) -> u64 {
        self.shared.gate.opener().decryptions()
    }

    pub fn clock_now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    pub fn issuer(&self) -> &'static str {
        ISSUER
    }

    pub fn other_issuer(&self) -> &'static str {
        OTHER_ISSUER
    }

    /// Good claims of this subject.
    pub fn claims(&self, subject: &str, scope: &str) -> Value {
        json!({
            "iss": ISSUER, "aud": "http://127.0.0.1:8700", "sub": subject, "client_id": "site", "scope": scope,
            "iat": NOW, "exp": NOW + 3600, "jti": uuid::Uuid::now_v7(),
        })
    }

    pub fn mint(&self, claims: &Value) -> String {
        AUTHORITY.mint(claims)
    }

    pub fn bearer(&self, claims: &Value) -> String {
        format!("Bearer {}", self.mint(claims))
    }

    /// A caller for `subject` with these scopes.
    pub fn caller(&self, subject: &str, scope: &str) -> Caller<'_> {
        self.caller_of(ISSUER, subject, scope)
    }

    pub fn caller_of(&self, issuer: &str, subject: &str, scope: &str) -> Caller<'_> {
        let mut claims = self.claims(subject, scope);
        claims["iss"] = json!(issuer);
        self.caller_with(&claims)
    }

    pub fn caller_with(&self, claims: &Value) -> Caller<'_> {
        Caller { app: self, token: self.mint(claims), headers: Vec::new() }
    }

    pub async fn send(
        &self,
        method: Method,
        path: &str,
        authorization: &[String],
        body: Option<(&str, Vec<u8>)>,
    ) -> Answer {
        self.send_with(method, path, authorization, &[], body).await
    }

    /// With these headers more.
    pub async fn send_with(
        &self,
        method: Method,
        path: &str,
        authorization: &[String],
        headers: &[(&str, &str)],
        body: Option<(&str, Vec<u8>)>,
    ) -> Answer {
        let mut request = TestRequest::with_uri(path).method(method);
        for value in authorization {
            request = request.append_header((AUTHORIZATION, value.as_str()));
        }
        for header in headers {
            request = request.append_header(*header);
        }
        if let Some((media, bytes)) = body {
            request = request.set_payload(bytes).insert_header((CONTENT_TYPE, media));
        }
        self.answer(request).await
    }

    pub async fn send_form(&self, method: Method, path: &str, form: &str) -> Answer {
        let request = TestRequest::with_uri(path).method(method).set_payload(form.to_owned());
        self.answer(request.insert_header((CONTENT_TYPE, "application/x-www-form-urlencoded"))).await
    }

    /// What `request` is answered.
    pub async fn answer(&self, request: TestRequest) -> Answer {
        self.answer_with(|_| {}, request).await
    }

    /// What `request` is answered by the application with these routes more.
    pub async fn answer_with(&self, routes: impl FnOnce(&mut ServiceConfig), request: TestRequest) -> Answer {
        let service = test::init_service(app(&self.shared).configure(routes)).await;
        let call = test::try_call_service(&service, request.to_request());
        let answer = match fresh::during(&self.revocations, self.kept_fresh, call).await {
            Ok(response) => response.map_into_boxed_body().into_parts().1,
            Err(error) => error.error_response(),
        };
        let (head, body) = answer.into_parts();
        if self.kept_fresh {
            self.revocations.refreshed();
        }
        let body = actix_web::body::to_bytes(body).await.expect("a body");
        Answer { status: head.status(), headers: head.headers().clone(), body }
    }
}

impl TestApp {
    /// The body of what `request` is answered, read after `meanwhile`; or that it was broken off.
    pub async fn body_after(&self, request: TestRequest, meanwhile: impl FnOnce()) -> Result<Bytes, String> {
        self.revocations.refreshed();
        let service = test::init_service(app(&self.shared)).await;
        let response = test::call_service(&service, request.to_request()).await;
        meanwhile();
        actix_web::body::to_bytes(response.map_into_boxed_body().into_body()).await.map_err(|fault| fault.to_string())
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        self.store.close();
    }
}

/// The other end of a connection from this address.
pub fn peer(address: &str) -> SocketAddr {
    SocketAddr::new(address.parse().expect("an address"), 40_000)
}

/// Someone with a token.
#[derive(Clone)]
pub struct Caller<'a> {
    app: &'a TestApp,
    token: String,
    headers: Vec<(String, String)>,
}

impl Caller<'_> {
    pub fn token(&self) -> &str {
        &self.token
    }

    /// The same caller, sending this header as well.
    pub fn with(&self, name: &str, value: &str) -> Self {
        let mut with = self.clone();
        with.headers.push((name.into(), value.into()));
        with
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(TestRequest::with_uri(path)).await
    }

    /// A GET that comes from this address.
    pub async fn get_from(&self, address: &str, path: &str) -> Answer {
        self.send(TestRequest::with_uri(path).peer_addr(peer(address))).await
    }

    pub async fn send_json(&self, method: Method, path: &str, body: Value) -> Answer {
        self.send_body(method, path, "application/json", body.to_string()).await
    }

    pub async fn patch(&self, path: &str, body: Value) -> Answer {
        self.send(TestRequest::with_uri(path).method(Method::PATCH).set_json(body)).await
    }

    pub async fn send_body(&self, method: Method, path: &str, media: &str, body: impl Into<Bytes>) -> Answer {
        let request = TestRequest::with_uri(path).method(method).set_payload(body);
        self.send(request.insert_header((CONTENT_TYPE, media))).await
    }

    /// Without a body.
    pub async fn call(&self, method: Method, path: &str) -> Answer {
        self.send(TestRequest::with_uri(path).method(method)).await
    }

    async fn send(&self, mut request: TestRequest) -> Answer {
        request = request.insert_header((AUTHORIZATION, format!("Bearer {}", self.token)));
        for (name, value) in &self.headers {
            request = request.append_header((name.as_str(), value.as_str()));
        }
        self.app.answer(request).await
    }
}
