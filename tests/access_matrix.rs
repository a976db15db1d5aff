//! Every endpoint × every state that a token may be in, on both databases: generated from the table of endpoints, so that
//! a new one is in here by itself. Each refusal has its twin that succeeds, and each asserts the reason in the log.

use actix_web::http::Method;
use serde_json::{Value, json};
use sharehold::access::{Revocation, Revoked, Scope, Scopes};
use sharehold::resources::endpoint::Endpoint;

use crate::on_both;
use crate::support::app::{Answer, Backend, NOW, TestApp};
use crate::support::operations::{EVERYTHING, add, body, furnish, grant, guarded, headers, known_picture};

on_both! { other_peoples_tokens tokens_in_every_state scopes_one_by_one presentations revocations }

async fn call(app: &TestApp, endpoint: &Endpoint, path: &str, authorization: &[String]) -> Answer {
    let answer = app.send_with(endpoint.method.clone(), path, authorization, headers(endpoint), body(endpoint)).await;
    // It takes back what the test goes on with.
    if endpoint.id == "revokeSignInSessions" && answer.status.is_success() {
        app.revocations.replace(Vec::new(), Vec::new());
    }
    // A batch takes any token that opens; what is asked for in it is under the token's scopes.
    if endpoint.id == "batch" && answer.status == 200 { answer.part(0) } else { answer }
}

/// The scopes that open it: for a batch, those of what is asked for in it.
fn scopes(endpoint: &Endpoint) -> &'static [Scope] {
    if endpoint.id == "batch" { &[Scope::UserReadBasic] } else { endpoint.scopes }
}

/// A state that a token may be in: its name, what it does to good claims, and the answer with the reason in the log.
type State = (&'static str, fn(&mut Value), u16, &'static str);

const STATES: &[State] = &[
    ("wrong issuer", |claims| claims["iss"] = json!("https://elsewhere.example"), 401, "issuer"),
    ("wrong audience", |claims| claims["aud"] = json!("https://sibling.example"), 401, "audience"),
    (
        "expired",
        |claims| {
            claims["iat"] = json!(NOW - 3600);
            claims["exp"] = json!(NOW - 31);
        },
        401,
        "expired",
    ),
    ("not yet valid", |claims| claims["nbf"] = json!(NOW + 31), 401, "not_yet_valid"),
    ("issued in the future", |claims| claims["iat"] = json!(NOW + 31), 401, "issued_in_future"),
    ("longer than allowed", |claims| claims["exp"] = json!(NOW + 86_401), 401, "lifetime"),
    ("bound to a key", |claims| claims["cnf"] = json!({"jkt": "x"}), 401, "bound"),
    ("with authorization details", |claims| claims["authorization_details"] = json!([]), 401, "authorization_details"),
    (
        "without a client",
        |claims| {
            claims.as_object_mut().expect("claims").remove("client_id");
        },
        401,
        "claim_missing",
    ),
    ("of a client without a person", |claims| claims["sub"] = claims["client_id"].clone(), 403, "no_person"),
    (
        "without scopes",
        |claims| {
            claims.as_object_mut().expect("claims").remove("scope");
        },
        403,
        "insufficient_scope",
    ),
    ("of unknown scopes", |claims| claims["scope"] = json!("User.Rea openid Contacts"), 403, "insufficient_scope"),
];

async fn tokens_in_every_state(on: Backend) {
    let app = TestApp::on(on);
    let good = app.claims("ann", EVERYTHING);
    for endpoint in guarded() {
        let path = furnish(&app, &endpoint, "ann").await;
        let twin = call(&app, &endpoint, &path, &[app.bearer(&good)]).await;
        assert!(twin.status.is_success(), "{}: {}", endpoint.id, twin.text());
        let mut refused = Vec::new();
        for (name, change, status, reason) in STATES {
            let mut claims = good.clone();
            change(&mut claims);
            let answer = call(&app, &endpoint, &path, &[app.bearer(&claims)]).await;
            assert_eq!(answer.status.as_u16(), *status, "{} {name}: {}", endpoint.id, answer.text());
            assert_eq!(answer.reason().as_deref(), Some(*reason), "{} {name}", endpoint.id);
            if *status == 401 {
                refused.push((*name, answer.text_without_ids()));
                assert_eq!(answer.challenges()[1], "WRAP", "{name}");
                assert!(answer.challenges()[0].contains("error=\"invalid_token\""), "{name}");
            }
        }
        // No oracle: whatever was wrong inside, the answer is the same bytes but for its ids.
        assert!(refused.windows(2).all(|pair| pair[0].1 == pair[1].1), "{}: {refused:?}", endpoint.id);
    }
}

/// Another person's token reaches that person's data, never one's own.
async fn other_peoples_tokens(on: Backend) {
    let app = TestApp::on(on);
    give_both(&app).await;
    for endpoint in guarded() {
        let path = furnish(&app, &endpoint, "ann").await;
        // Twice, so that his photo is of another version than hers.
        app.give_photo("bob").await;
        app.give_photo("bob").await;
        let [ann, bob] = ["ann", "bob"].map(|subject| app.bearer(&app.claims(subject, EVERYTHING)));
        if path.split('?').next() != Some(endpoint.path) && !endpoint.path.contains("{W}") {
            let his = call(&app, &endpoint, &path, &[bob]).await;
            assert_eq!(his.status.as_u16(), 404, "{}: {}", endpoint.id, his.text());
            let hers = call(&app, &endpoint, &path, &[ann]).await;
            assert!(hers.status.is_success(), "{}: {}", endpoint.id, hers.text());
            continue;
        }
        match endpoint.method {
            Method::PUT | Method::DELETE => {
                assert!(call(&app, &endpoint, &path, &[ann]).await.status.is_success(), "{}", endpoint.id);
                let his = app.send(Method::GET, "/v1.0/me/photo/$value", &[bob], None).await;
                assert_eq!(his.text(), "bob", "{}", endpoint.id);
            }
            Method::POST if endpoint.id == "revokeSignInSessions" => {
                only_hers_is_taken_back(&app, &path, [ann, bob]).await;
            }
            Method::POST if endpoint.id == "createPhotoUploadSession" => {
                let made = [&ann, &bob].map(|bearer| call(&app, &endpoint, &path, std::slice::from_ref(bearer)));
                let made = futures_util::future::join_all(made).await;
                // Whose photo comes of it: tests/api/uploads_held.rs.
                assert_ne!(made[0].json()["uploadUrl"], made[1].json()["uploadUrl"]);
            }
            Method::POST if !["batch", "getSchedule", "checkPhotoHashes"].contains(&endpoint.id) => {
                let made = call(&app, &endpoint, &path, std::slice::from_ref(&ann)).await;
                let location = made.header("location");
                let at = &location[location.find("/v1.0").expect("a path")..];
                let [ann, bob] = [[ann], [bob]];
                let hers = app.send(Method::GET, at, &ann, None).await.status;
                let his = app.send(Method::GET, at, &bob, None).await.status;
                assert_eq!((hers.as_u16(), his.as_u16()), (200, 404), "{}", endpoint.id);
            }
            _ => {
                let mut seen = Vec::new();
                for bearer in [&ann, &bob, &ann] {
                    let answer = call(&app, &endpoint, &path, std::slice::from_ref(bearer)).await;
                    assert!(answer.status.is_success(), "{}: {}", endpoint.id, answer.text());
                    seen.push(told(&answer));
                }
                assert!(seen[0] == seen[2] && seen[0] != seen[1], "{}: {seen:?}", endpoint.id);
            }
        }
    }
}

/// Gives both of them something of each kind, and not the same.
async fn give_both(app: &TestApp) {
    let ann = app.caller("ann", EVERYTHING);
    ann.send_body(Method::POST, "/v1.0/me/photos", "image/png", known_picture()).await;
    for (subject, contacts) in [("ann", 1), ("bob", 40)] {
        add(app, "/v1.0/me/contactFolders", subject).await;
        add(app, "/v1.0/me/calendars", subject).await;
        add(app, "/v1.0/me/albums", subject).await;
        grant(app, subject, "other").await;
        for _ in 0..contacts {
            add(app, "/v1.0/me/events", subject).await;
            add(app, "/v1.0/me/contacts", subject).await;
            add(app, "/v1.0/me/photos", subject).await;
        }
    }
}

async fn only_hers_is_taken_back(app: &TestApp, path: &str, bearers: [String; 2]) {
    let asked = bearers.map(|bearer| [bearer]);
    assert!(app.send(Method::POST, path, &asked[0], None).await.status.is_success());
    let status = async |at: usize| app.send(Method::GET, "/v1.0/me", &asked[at], None).await.status.as_u16();
    assert_eq!((status(0).await, status(1).await), (401, 200));
    app.revocations.replace(Vec::new(), Vec::new());
}

/// Whose it is: a page's items, an id, or the whole of what has none.
fn told(answer: &Answer) -> String {
    let json = serde_json::from_slice::<Value>(answer.bytes()).unwrap_or_default();
    let id = json["id"].as_str().filter(|id| id.len() == 36);
    let items = json["value"].as_array().map(|items| format!("{items:?}"));
    items.or(id.map(str::to_owned)).unwrap_or_else(|| answer.text())
}

async fn scopes_one_by_one(on: Backend) {
    let app = TestApp::on(on);
    for endpoint in guarded() {
        let mut path = furnish(&app, &endpoint, "ann").await;
        for scope in Scope::ALL {
            let answer = call(&app, &endpoint, &path, &[app.bearer(&app.claims("ann", scope.name()))]).await;
            let covers = Scopes::of(&[scope.name()]).has_any(scopes(&endpoint));
            // Only what succeeds uses up what is there.
            if answer.status.is_success() {
                path = furnish(&app, &endpoint, "ann").await;
            }
            assert_eq!(answer.status.is_success(), covers, "{} with {}: {}", endpoint.id, scope.name(), answer.text());
            if !covers {
                assert_eq!(answer.status.as_u16(), 403);
                let names: Vec<&str> = scopes(&endpoint).iter().map(|scope| scope.name()).collect();
                let says = format!("error=\"insufficient_scope\", scope=\"{}\"", names.join(" "));
                assert!(answer.challenges()[0].contains(&says), "{}", answer.challenges()[0]);
            }
        }
    }
}

async fn presentations(on: Backend) {
    let app = TestApp::on(on);
    let token = app.mint(&app.claims("ann", EVERYTHING));
    let wrap = |text: String| vec![format!("WRAP access_token={text}")];
    for endpoint in guarded() {
        for good in [vec![format!("bearer {token}")], wrap(token.clone()), wrap(format!(" \"{token}\""))] {
            let path = furnish(&app, &endpoint, "ann").await;
            let answer = call(&app, &endpoint, &path, &good).await;
            assert!(answer.status.is_success(), "{good:?}: {}", answer.text());
        }
        let path = furnish(&app, &endpoint, "ann").await;
        let absent = call(&app, &endpoint, &path, &[]).await;
        assert_eq!((absent.status.as_u16(), absent.reason().as_deref()), (401, Some("absent")));
        assert!(!absent.challenges()[0].contains("error="), "{:?}", absent.challenges());
        assert!(
            absent.challenges()[0]
                .contains("resource_metadata=\"http://127.0.0.1:8700/.well-known/oauth-protected-resource\"")
        );
        let flipped = flip(&token);
        let cases = [
            (vec![format!("Basic {token}")], 401, "absent"),
            (vec![format!("Bearer {token}, x")], 400, "malformed"),
            (vec![format!("Bearer {token}"), format!("Bearer {token}")], 400, "twice"),
            (vec![format!("Bearer {flipped}")], 401, "undecryptable"),
            (vec!["Bearer abc".into()], 401, "not_compact"),
            (vec![format!("Bearer {}", "a".repeat(8193))], 431, "token_too_long"),
        ];
        for (authorization, status, reason) in cases {
            let answer = call(&app, &endpoint, &path, &authorization).await;
            assert_eq!(
                (answer.status.as_u16(), answer.reason().as_deref()),
                (status, Some(reason)),
                "{}",
                answer.text()
            );
        }
        let joint = if path.contains('?') { '&' } else { '?' };
        let in_query = format!("{path}{joint}access_token={token}");
        let answer = app.send(endpoint.method.clone(), &in_query, &[], body(&endpoint)).await;
        assert_eq!((answer.status.as_u16(), answer.reason().as_deref()), (400, Some("elsewhere")));
        let answer = app.send_form(endpoint.method.clone(), &path, &format!("x=1&access_token={token}")).await;
        assert_eq!((answer.status.as_u16(), answer.reason().as_deref()), (400, Some("elsewhere")));
        let other = Method::from_bytes(b"PROPFIND").expect("a method");
        let answer = app.send(other, &path, &[format!("Bearer {token}")], None).await;
        assert_eq!(answer.status.as_u16(), 405);
        assert!(answer.header("allow").contains(endpoint.method.as_str()));
    }
}

/// The token with one letter changed, in the middle of its ciphertext.
fn flip(token: &str) -> String {
    let at = token.rfind('.').expect("parts") - 40;
    let other = if &token[at..=at] == "A" { "B" } else { "A" };
    format!("{}{other}{}", &token[..at], &token[at + 1..])
}

async fn revocations(on: Backend) {
    let app = TestApp::on(on);
    let claims = app.claims("ann", EVERYTHING);
    let bearer = app.bearer(&claims);
    let revoke = |scope: Revoked| Revocation { issuer: app.issuer().into(), scope, until_auth_after: None, own: false };
    let text = |name: &str| claims[name].as_str().expect("text").to_owned();
    let both = Revoked::ClientOfSubject { subject: text("sub"), client: text("client_id") };
    let reaching =
        [Revoked::Token(text("jti")), Revoked::Client(text("client_id")), Revoked::Subject(text("sub")), both];
    for endpoint in guarded() {
        for scope in &reaching {
            let path = furnish(&app, &endpoint, "ann").await;
            assert!(call(&app, &endpoint, &path, std::slice::from_ref(&bearer)).await.status.is_success());
            app.revocations.replace(vec![revoke(scope.clone())], Vec::new());
            let answer = call(&app, &endpoint, &path, std::slice::from_ref(&bearer)).await;
            assert_eq!((answer.status.as_u16(), answer.reason().as_deref()), (401, Some("revoked")), "{scope:?}");
            app.revocations.replace(vec![revoke(Revoked::Subject("someone else".into()))], Vec::new());
        }
        app.revocations.replace(Vec::new(), Vec::new());
    }
    // Nobody is let in while it is not known what was taken back.
    let stale = TestApp::with_unknown_revocations(on);
    let answer = stale.send(Method::GET, "/v1.0/me", &[stale.bearer(&claims)], None).await;
    assert_eq!((answer.status.as_u16(), answer.reason().as_deref()), (503, Some("revocations_stale")));
    assert_eq!(answer.header("retry-after"), "1");
}
