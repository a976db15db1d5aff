//! Every operation × what a person or the operator may have done to a client's access, as rows of the database: taken back,
//! restored, all taken back, a token cut, the consent at its end. And what of a person is never in the log.

use actix_web::http::Method;
use chrono::{DateTime, TimeDelta};
use serde_json::{Value, json};
use sharehold::access::Revoked;
use sharehold::resources::endpoint::Endpoint;
use uuid::Uuid;

use crate::on_both;
use crate::support::app::{Backend, Caller, NOW, TestApp};
use crate::support::log;
use crate::support::operations::{EVERYTHING, body, furnish, grant, guarded, headers};

on_both! { every_operation_heeds_what_is_taken_back nobody_is_named_in_the_log }

const GRANTS: &str = "/v1.0/me/oauth2PermissionGrants";

/// The person at their own page, who signed in a moment ago; time goes on with each.
fn owner<'a>(app: &'a TestApp, subject: &str) -> Caller<'a> {
    app.clock.set(app.clock_now() + TimeDelta::seconds(4));
    let now = app.clock_now().timestamp();
    let mut claims = app.claims(subject, "Privacy.ReadWrite");
    (claims["client_id"], claims["auth_time"]) = (json!("owner"), json!(now));
    (claims["iat"], claims["exp"]) = (json!(now), json!(now + 3600));
    app.caller_with(&claims)
}

/// A person, two clients of theirs, and an operation.
struct Scene<'a> {
    app: &'a TestApp,
    endpoint: &'a Endpoint,
    subject: &'a str,
}

impl Scene<'_> {
    /// The grant of this client.
    async fn path(&self, client: &str) -> String {
        let all = owner(self.app, self.subject).get(GRANTS).await.json();
        let found = all["value"].as_array().expect("grants").iter().find(|grant| grant["clientId"] == client);
        format!("{GRANTS}/{}", found.expect("the grant")["id"].as_str().expect("an id"))
    }

    /// Lets both clients in, and makes what the operation works on; its path.
    async fn ready(&self) -> String {
        for client in ["site", "shop"] {
            let restore = format!("{}/restore", self.path(client).await);
            assert_eq!(owner(self.app, self.subject).call(Method::POST, &restore).await.status, 200);
        }
        furnish(self.app, self.endpoint, self.subject).await
    }

    async fn expect(&self, state: &str, path: &str, claims: &Value, reason: Option<&str>) {
        let (bearer, endpoint) = ([self.app.bearer(claims)], self.endpoint);
        let answer =
            self.app.send_with(endpoint.method.clone(), path, &bearer, headers(endpoint), body(endpoint)).await;
        match reason {
            None => assert!(answer.status.is_success(), "{} {state}: {}", endpoint.id, answer.text()),
            Some(reason) => {
                let told = (answer.status.as_u16(), answer.reason());
                assert_eq!(told, (401, Some(reason.to_owned())), "{} {state}", endpoint.id);
                assert!(answer.challenges()[0].contains("error=\"invalid_token\""), "{:?}", answer.challenges());
            }
        }
    }
}

async fn every_operation_heeds_what_is_taken_back(on: Backend) {
    let app = TestApp::on(on);
    for endpoint in guarded() {
        app.clock.set(DateTime::from_timestamp(NOW, 0).expect("an instant"));
        // Of their own for each: `revokeSignInSessions` takes back what the others need.
        let scene = Scene { app: &app, endpoint: &endpoint, subject: endpoint.id };
        let mut claims = app.claims(scene.subject, EVERYTHING);
        claims["client_id"] = json!("shop");
        grant(&app, scene.subject, "shop").await;
        app.mirror().note().await.expect("written");
        scene.expect("at first", &scene.ready().await, &claims, None).await;

        let path = scene.ready().await;
        let shop = scene.path("shop").await;
        assert_eq!(owner(&app, scene.subject).call(Method::DELETE, &shop).await.status, 204);
        scene.expect("taken back", &path, &claims, Some("revoked")).await;
        scene.expect("restored", &scene.ready().await, &claims, None).await;

        let path = scene.ready().await;
        let all = owner(&app, scene.subject).call(Method::POST, "/v1.0/me/revokeSignInSessions").await;
        assert_eq!(all.status, 200, "{}", all.text());
        scene.expect("all taken back", &path, &claims, Some("revoked")).await;

        let path = scene.ready().await;
        let cut = app.cut(Revoked::Token(claims["jti"].as_str().expect("a jti").into())).await;
        scene.expect("the token cut", &path, &claims, Some("revoked")).await;
        app.undo(cut).await;

        let mut old = claims.clone();
        (old["sub"], old["auth_time"]) = (json!("eve"), json!(app.clock_now().timestamp() - 365 * 86_400));
        scene.expect("after a year", &path, &old, Some("consent_expired")).await;
        scene.expect("at last", &path, &claims, None).await;
    }
}

/// Row 23 of the incidents: who it is, their address and their token are in no line, at the finest level, whatever is asked for and
/// however it ends.
async fn nobody_is_named_in_the_log(on: Backend) {
    let app = TestApp::on(on);
    let canary = Uuid::now_v7().simple().to_string();
    let (subject, mail) = (format!("canary-{canary}"), format!("canary-{canary}@example.com"));
    let mut claims = app.claims(&subject, EVERYTHING);
    let jti = format!("jti-{canary}");
    (claims["client_id"], claims["email"], claims["email_verified"]) = (json!("shop"), json!(mail), json!(true));
    claims["jti"] = json!(jti);
    let tokens = [EVERYTHING, "User.Read", ""].map(|scope| {
        claims["scope"] = json!(scope);
        app.mint(&claims)
    });
    for endpoint in guarded() {
        let path = furnish(&app, &endpoint, &subject).await;
        for token in tokens.iter().chain([&format!("{}x", tokens[0])]) {
            let bearer = [format!("Bearer {token}")];
            let asked = app.send_with(endpoint.method.clone(), &path, &bearer, headers(&endpoint), body(&endpoint));
            assert!(asked.await.status.as_u16() < 500, "{}", endpoint.id);
            let in_query = format!("{path}?access_token={token}&x={mail}");
            assert!(app.send(endpoint.method.clone(), &in_query, &[], None).await.status.as_u16() < 500);
        }
        app.mirror().note().await.expect("written");
        // What this one took back is not what the next one is about.
        app.revocations.replace(Vec::new(), Vec::new());
    }
    let cut = app.cut(Revoked::Subject(subject.clone())).await;
    assert_eq!(app.send(Method::GET, "/v1.0/me", &[format!("Bearer {}", tokens[0])], None).await.status, 401);
    app.undo(cut).await;
    let log = log::everything();
    assert!(log.contains("shop"), "the client is named");
    for secret in [&subject, &mail, &jti, &canary].into_iter().chain(&tokens) {
        assert!(!log.contains(secret.as_str()), "{secret} is in the log");
    }
    for token in &tokens {
        let parts: Vec<_> = token.split('.').filter(|part| part.len() > 40).skip(1).collect();
        assert!(!parts.is_empty() && parts.iter().all(|part| !log.contains(part)), "a part of a token is in the log");
    }
}
