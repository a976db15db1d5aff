//! `GET, PATCH /v1.0/me`.

use actix_web::http::Method;
use serde_json::{Value, json};

use crate::on_both;
use crate::support::app::{Backend, TestApp};
use crate::support::log;

on_both! {
    members_follow_scopes select_cuts_down a_change_is_merged what_cannot_be_is_named versions_guard_changes
    bodies_are_bounded two_people_never_meet nothing_secret_is_logged verified_addresses_become_mail
    racing_changes_lose_nothing accounts_may_need_the_operator
}

const BASIC: &[&str] = &["@odata.etag", "displayName", "givenName", "id", "photo", "preferredLanguage", "surname"];

fn names(value: &Value) -> Vec<String> {
    value.as_object().expect("an object").keys().cloned().collect()
}

fn with_basic(more: &[&str]) -> Vec<String> {
    let mut all: Vec<String> = BASIC.iter().chain(more).map(|name| (*name).to_owned()).collect();
    all.sort();
    all
}

async fn members_follow_scopes(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "User.ReadWrite");
    let everything = json!({
        "displayName": "Ann", "mobilePhone": "+351 21 000 0000", "city": "Lisboa", "birthday": "--02-29",
        "jobTitle": "Engineer", "otherMails": ["ann@example.org"], "aboutMe": "Line one\nline two",
    });
    assert_eq!(ann.patch("/v1.0/me", everything).await.status, 200);
    let cases: &[(&str, &[&str])] = &[
        ("User.ReadBasic", &[]),
        ("profile", &[]),
        ("WL_Profiles.View", &[]),
        ("User.Email.Read", &["mail", "otherMails"]),
        ("User.Phone.Read", &["mobilePhone", "businessPhones", "homePhones"]),
        ("User.Address.Read", &["streetAddress", "city", "state", "postalCode", "country"]),
        ("User.Birthday.Read", &["birthday"]),
        ("User.Work.Read", &["jobTitle", "companyName", "department", "officeLocation"]),
        ("email wl.birthday", &["mail", "otherMails", "birthday"]),
    ];
    for (scope, more) in cases {
        let answer = app.caller("ann", scope).get("/v1.0/me").await;
        assert_eq!(names(&answer.json()), with_basic(more), "{scope}");
    }
    let whole = app.caller("ann", "user.read").get("/v1.0/me").await.json();
    assert_eq!(names(&whole).len(), 35, "every member: {:?}", names(&whole));
    assert_eq!(whole["birthday"], "--02-29");
    assert_eq!(whole["businessPhones"], json!([]));
    assert_eq!(whole["companyName"], Value::Null);
}

async fn select_cuts_down(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "User.Birthday.Read");
    let chosen = ann.get("/v1.0/me?$select=displayName,Birthday").await.json();
    assert_eq!(names(&chosen), ["@odata.etag", "birthday", "displayName", "id"]);
    // What the scopes do not cover is not shown, named or not.
    let beyond = ann.get("/v1.0/me?%24select=mobilePhone,surname").await.json();
    assert_eq!(names(&beyond), ["@odata.etag", "id", "surname"]);
    for (query, target) in [("$select=nope", "$select"), ("$expand=photo", "$expand"), ("$top=1", "$top")] {
        let answer = ann.get(&format!("/v1.0/me?{query}")).await;
        assert_eq!((answer.status.as_u16(), answer.code()), (400, "invalidQueryOption".into()), "{query}");
        assert_eq!(answer.json()["error"]["target"], target);
    }
    assert_eq!(ann.get("/V1.0/ME?x=1").await.status, 200);
    assert_eq!(ann.get("/v1.0/mee").await.status, 404);
}

async fn a_change_is_merged(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "User.ReadWrite");
    let first =
        ann.patch("/v1.0/me", json!({"givenName": "Ann", "mailboxSettings": {"timeZone": "Europe/Lisbon"}})).await;
    assert_eq!(first.status, 200);
    app.clock.set(app.clock_now() + chrono::TimeDelta::seconds(5));
    let second = ann
        .patch(
            "/v1.0/me",
            json!({
                "@odata.type": "#microsoft.graph.user", "businessPhones@odata.type": "#Collection(String)",
                "surname": "Ó Súilleabháin 王", "mailboxSettings": {"language": {"locale": "pt-PT"}},
            }),
        )
        .await;
    let now = second.json();
    assert_eq!(now["givenName"], "Ann");
    assert_eq!(now["surname"], "Ó Súilleabháin 王");
    assert_eq!(now["mailboxSettings"], json!({"timeZone": "Europe/Lisbon", "language": {"locale": "pt-PT"}}));
    assert_ne!(now["lastModifiedDateTime"], now["createdDateTime"]);
    assert_eq!(ann.get("/v1.0/me").await.json(), now);
    let emptied = ann.patch("/v1.0/me", json!({"givenName": null})).await.json();
    assert_eq!(emptied["givenName"], Value::Null);
    let minimal = ann.with("prefer", "return=minimal").patch("/v1.0/me", json!({"city": "Porto"})).await;
    assert_eq!((minimal.status.as_u16(), minimal.text()), (204, String::new()));
    assert_eq!(minimal.header("preference-applied"), "return=minimal");
    assert_eq!(ann.get("/v1.0/me").await.json()["city"], "Porto");
}

async fn what_cannot_be_is_named(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "User.ReadWrite");
    let before = ann.get("/v1.0/me").await.json();
    let cases = [
        (json!({"city": "Porto", "nope": 1}), "nope"),
        (json!({"city": "Porto", "City": "x"}), "City"),
        (json!({"city": "Porto", "id": "x"}), "id"),
        (json!({"city": "Porto", "mail": "a@b"}), "mail"),
        (json!({"city": "Porto", "createdDateTime": null}), "createdDateTime"),
        (json!({"city": "Porto", "birthday": "31.5.1979"}), "birthday"),
        (json!({"city": 7}), "city"),
        (json!({"city": "a\u{0}b"}), "city"),
        (json!({"city": "Porto", "businessPhones": ["1", 2]}), "businessPhones[1]"),
        (json!({"city": "Porto", "links": [{"url": "javascript:x"}]}), "links[0].url"),
        (json!({"city": "Porto", "mailboxSettings": {"nope": 1}}), "mailboxSettings.nope"),
        (json!({"displayName": "x".repeat(257)}), "displayName"),
    ];
    for (change, target) in cases {
        let answer = ann.patch("/v1.0/me", change.clone()).await;
        assert_eq!((answer.status.as_u16(), answer.code()), (400, "ErrorPropertyValidationFailure".into()), "{change}");
        assert_eq!(answer.json()["error"]["target"], target, "{change}");
        assert!(answer.json()["error"]["message"].as_str().expect("text").contains(target), "{change}");
    }
    // Nothing is half-applied.
    assert_eq!(ann.get("/v1.0/me").await.json(), before);
}

async fn versions_guard_changes(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "User.ReadWrite");
    let first = ann.get("/v1.0/me").await;
    let etag = first.header("etag");
    assert_eq!(first.json()["@odata.etag"], etag.as_str());
    assert_eq!(ann.with("if-none-match", &etag).get("/v1.0/me").await.status, 304);
    // The same version seen through other scopes is another representation.
    let basic = app.caller("ann", "User.ReadBasic");
    assert_eq!(basic.with("if-none-match", &etag).get("/v1.0/me").await.status, 200);
    let changed = ann.with("if-match", &etag).patch("/v1.0/me", json!({"city": "Porto"})).await;
    assert_eq!(changed.status, 200);
    assert_ne!(changed.header("etag"), etag);
    let stale = ann.with("if-match", &etag).patch("/v1.0/me", json!({"city": "Faro"})).await;
    assert_eq!((stale.status.as_u16(), stale.code()), (412, "ErrorIrresolvableConflict".into()));
    assert_eq!(ann.with("if-none-match", &etag).get("/v1.0/me").await.json()["city"], "Porto");
    assert_eq!(ann.with("if-match", "*").patch("/v1.0/me", json!({"city": "Faro"})).await.status, 200);
    for malformed in ["7", "", "*, \"a\""] {
        assert_eq!(
            ann.with("if-match", malformed).patch("/v1.0/me", json!({"city": "x"})).await.status,
            400,
            "{malformed}"
        );
    }
    assert_eq!(ann.with("if-none-match", "*").patch("/v1.0/me", json!({"city": "x"})).await.status, 412);
    // A change that changes nothing is no new version.
    let etag = ann.get("/v1.0/me").await.header("etag");
    let same = ann.patch("/v1.0/me", json!({"city": "Faro", "@odata.type": "x"})).await;
    assert_eq!((same.status.as_u16(), same.header("etag")), (200, etag));
}

async fn bodies_are_bounded(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "User.ReadWrite");
    let deep = format!("{}{}", "{\"a\":".repeat(33), "1".to_owned() + &"}".repeat(33));
    let cases = [
        ("application/json", deep, 400),
        ("application/json", "{\"city\":\"a\",\"city\":\"b\"}".into(), 400),
        ("application/json", "[]".into(), 400),
        ("application/json", "{\"city\":\"a\"} x".into(), 400),
        ("application/json", "{".into(), 400),
        ("application/json", String::new(), 400),
        ("application/json", format!("{{\"city\":\"{}\"}}", "a".repeat(1024 * 1024)), 413),
        ("text/plain", "{}".into(), 415),
        ("application/json; charset=utf-16", "{}".into(), 415),
        ("application/json; charset=UTF-8", "{}".into(), 200),
    ];
    for (media, text, status) in cases {
        let answer = ann.send_body(Method::PATCH, "/v1.0/me", media, text.clone()).await;
        assert_eq!(answer.status.as_u16(), status, "{media} {}", &text[..text.len().min(60)]);
    }
    let packed = ann.with("content-encoding", "gzip").patch("/v1.0/me", json!({})).await;
    assert_eq!((packed.status.as_u16(), packed.code()), (415, "notSupported".into()));
    // Who may not write is told so, not what is wrong with the text.
    let reader = app.caller("ann", "User.Read");
    assert_eq!(reader.send_body(Method::PATCH, "/v1.0/me", "text/plain", "{").await.status, 403);
    let ann = app.caller("ann", "User.Read");
    assert_eq!(ann.get(&format!("/v1.0/me?x={}", "a".repeat(8192))).await.status, 414);
    assert_eq!(ann.with("x-long", &"a".repeat(16 * 1024)).get("/v1.0/me").await.status, 431);
    assert_eq!(ann.with("accept", "text/html").get("/v1.0/me").await.status, 406);
}

async fn two_people_never_meet(on: Backend) {
    let app = TestApp::on(on);
    let (ann, bob) = (app.caller("ann", "User.ReadWrite"), app.caller("bob", "User.ReadWrite"));
    assert_eq!(ann.patch("/v1.0/me", json!({"displayName": "Ann"})).await.status, 200);
    assert_eq!(bob.patch("/v1.0/me", json!({"displayName": "Bob"})).await.status, 200);
    let (a, b) = (ann.get("/v1.0/me").await.json(), bob.get("/v1.0/me").await.json());
    assert_eq!((&a["displayName"], &b["displayName"]), (&json!("Ann"), &json!("Bob")));
    assert_ne!(a["id"], b["id"]);
    // The same subject of another issuer is another person; the same person by another client is not.
    let elsewhere = app.caller_of(app.other_issuer(), "ann", "User.Read").get("/v1.0/me").await.json();
    assert_eq!(elsewhere["displayName"], Value::Null);
    assert_ne!(elsewhere["id"], a["id"]);
}

async fn nothing_secret_is_logged(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("canary-subject-7141", "User.ReadWrite");
    let token = ann.token().to_owned();
    ann.patch("/v1.0/me", json!({"city": "canary-city-7141", "nope-canary-7141": 1})).await;
    ann.patch("/v1.0/me", json!({"city": "canary-city-7141"})).await;
    ann.get("/v1.0/me?x=canary-query-7141").await;
    ann.get("/v1.0/canary-path-7141").await;
    app.send(Method::GET, &format!("/v1.0/me?access_token={token}"), &[], None).await;
    let log = log::everything();
    assert!(log.contains("sharehold::request"), "nothing was logged");
    for canary in
        ["canary-city", "canary-query", "canary-path", "canary-subject", &token[..60], &token[token.len() - 60..]]
    {
        assert!(!log.contains(canary), "{canary} is in the log");
    }
}

async fn verified_addresses_become_mail(on: Backend) {
    let app = TestApp::on(on);
    let with = |email: &str, verified: Value| {
        let mut claims = app.claims("ann", "User.Read");
        claims["email"] = json!(email);
        claims["email_verified"] = verified;
        app.bearer(&claims)
    };
    for (email, verified, mail) in [
        ("ann@unverified.example", json!(false), Value::Null),
        ("ann@unverified.example", json!("true"), Value::Null),
        ("ann@example.org", json!(true), json!("ann@example.org")),
        ("ann@unverified.example", json!(false), json!("ann@example.org")),
        ("ann@new.example", json!(true), json!("ann@new.example")),
    ] {
        let answer = app.send(Method::GET, "/v1.0/me", &[with(email, verified)], None).await.json();
        assert_eq!((&answer["mail"], &answer["userPrincipalName"]), (&mail, &mail), "{email}");
    }
}

async fn racing_changes_lose_nothing(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "User.ReadWrite");
    let members = ["city", "state", "country", "jobTitle", "surname", "givenName", "faxNumber", "department"];
    let racing = members.iter().cycle().take(32).map(|name| ann.patch("/v1.0/me", json!({*name: name})));
    for answer in futures_util::future::join_all(racing).await {
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
    let after = ann.get("/v1.0/me").await;
    for name in members {
        assert_eq!(after.json()[name], name);
    }
    // Of those that all name the same version, one is first.
    let tagged = ann.with("if-match", &after.header("etag"));
    let racing = (0..16).map(|at| tagged.patch("/v1.0/me", json!({"city": at.to_string()})));
    let answers = futures_util::future::join_all(racing).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
    assert_eq!(answers.iter().filter(|answer| answer.status == 412).count(), 15);
}

async fn accounts_may_need_the_operator(on: Backend) {
    let app = TestApp::with(on, |config| config.users.provision = sharehold::config::Provision::Never);
    let answer = app.caller("stranger", "User.ReadWrite").get("/v1.0/me").await;
    assert_eq!((answer.status.as_u16(), answer.code()), (403, "ErrorAccessDenied".into()));
    let answer = app.caller("stranger", "User.ReadWrite").patch("/v1.0/me", json!({"city": "x"})).await;
    assert_eq!(answer.status, 403);
}
