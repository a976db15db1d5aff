//! Who has access, and taking it back.

use actix_web::http::Method;
use serde_json::{Value, json};

use crate::on_both;
use crate::support::app::{Answer, Backend, Caller, NOW, TestApp};

on_both! {
    sites_are_listed_as_they_come pages_and_conditions taken_back_and_restored a_new_sign_in_lets_in who_may_ask
}

pub const ALL: &str = "/v1.0/me/oauth2PermissionGrants";
pub const SESSIONS: &str = "/v1.0/me/revokeSignInSessions";
pub const ME: &str = "/v1.0/me";

/// A site's token: issued `iat` seconds after the clock's first instant, of a sign-in then, if the issuer says.
pub fn site<'a>(app: &'a TestApp, subject: &str, client: &str, iat: i64, auth_time: Option<i64>) -> Caller<'a> {
    let mut claims = app.claims(subject, "User.Read Contacts.ReadWrite");
    claims["client_id"] = json!(client);
    claims["iat"] = json!(NOW + iat);
    claims["exp"] = json!(NOW + iat + 3600);
    if let Some(auth_time) = auth_time {
        claims["auth_time"] = json!(NOW + auth_time);
    }
    app.caller_with(&claims)
}

/// The person at the page of theirs.
pub fn owner<'a>(app: &'a TestApp, subject: &str, auth_time: i64) -> Caller<'a> {
    let mut claims = app.claims(subject, "Privacy.ReadWrite");
    claims["client_id"] = json!("owner");
    claims["iat"] = json!(NOW + auth_time);
    claims["exp"] = json!(NOW + auth_time + 3600);
    claims["auth_time"] = json!(NOW + auth_time);
    app.caller_with(&claims)
}

/// What a request was told: the status, and the reason in the log.
pub async fn told(caller: &Caller<'_>) -> (u16, Option<String>) {
    let answer = caller.get(ME).await;
    (answer.status.as_u16(), answer.reason())
}

pub fn out(reason: &str) -> (u16, Option<String>) {
    (401, Some(reason.to_owned()))
}

pub async fn is_in(caller: &Caller<'_>) -> bool {
    let answer = caller.get(ME).await;
    assert!(answer.status == 200 || answer.status == 401, "{}", answer.text());
    answer.status == 200
}

/// The grants as the person sees them, by client.
pub async fn grants(app: &TestApp, owner: &Caller<'_>) -> Vec<Value> {
    app.mirror().note().await.expect("written");
    let mut all = owner.get(ALL).await.json()["value"].as_array().expect("grants").clone();
    all.sort_by_key(|grant| grant["clientId"].to_string());
    all
}

pub async fn grant(app: &TestApp, owner: &Caller<'_>, client: &str) -> Value {
    grants(app, owner).await.into_iter().find(|grant| grant["clientId"] == client).expect("the grant")
}

pub async fn path(app: &TestApp, owner: &Caller<'_>, client: &str) -> String {
    format!("{ALL}/{}", grant(app, owner, client).await["id"].as_str().expect("an id"))
}

pub async fn restore(owner: &Caller<'_>, path: &str) -> Answer {
    owner.call(Method::POST, &format!("{path}/restore")).await
}

pub fn at(app: &TestApp, seconds: i64, millis: i64) {
    let at = chrono::DateTime::from_timestamp_millis((NOW + seconds) * 1000 + millis).expect("an instant");
    app.clock.set(at);
}

async fn sites_are_listed_as_they_come(on: Backend) {
    let app = TestApp::on(on);
    let (first, bob) = (site(&app, "ann", "photo.example", 0, Some(-60)), site(&app, "bob", "print.example", 0, None));
    assert!(is_in(&first).await && is_in(&bob).await);
    let owner = owner(&app, "ann", 0);
    let listed = grants(&app, &owner).await;
    assert_eq!(listed.len(), 1, "nothing of bob's, nor of who has not asked yet: {listed:?}");
    let shown = json!({
        "@odata.etag": listed[0]["@odata.etag"], "id": listed[0]["id"], "clientId": "photo.example",
        "scopes": ["User.Read", "Contacts.ReadWrite"],
        "firstUsedDateTime": "2026-01-01T12:00:00Z", "lastUsedDateTime": "2026-01-01T12:00:00Z",
        "consentEndDateTime": "2027-01-01T11:59:00Z", "revokedDateTime": null,
        "revokedByOperator": false,
    });
    assert_eq!(listed[0], shown);
    // Another token of the same site, with more and older words.
    at(&app, 90, 0);
    let mut claims = app.claims("ann", "wl.birthday openid");
    claims["client_id"] = json!("photo.example");
    assert_eq!(app.caller_with(&claims).get(ME).await.status, 200);
    let listed = grants(&app, &owner).await;
    let names: Vec<_> = listed.iter().map(|grant| grant["clientId"].as_str().expect("text")).collect();
    assert_eq!(names, ["owner", "photo.example"]);
    assert_eq!(listed[1]["scopes"], json!(["User.Read", "User.Birthday.Read", "Contacts.ReadWrite"]));
    assert_eq!(listed[1]["firstUsedDateTime"], "2026-01-01T12:00:00Z");
    assert_eq!(listed[1]["lastUsedDateTime"], "2026-01-01T12:01:30Z");
    assert_eq!(listed[1]["id"], shown["id"]);
    // Its tag is of what the person did: who looks and takes it back is not told 412 because the client came again.
    assert_eq!(listed[1]["@odata.etag"], shown["@odata.etag"]);
    // A client that comes all the time costs a write a minute, no more.
    at(&app, 120, 0);
    assert_eq!(app.caller_with(&claims).get(ME).await.status, 200);
    assert_eq!(grants(&app, &owner).await[1], listed[1]);
    // A client alone is nobody's site.
    let mut alone = app.claims("ann", "User.Read");
    alone["sub"] = json!("site");
    assert_eq!(app.caller_with(&alone).get(ME).await.status, 403);
    assert_eq!(grants(&app, &owner).await.len(), 2);
}

async fn pages_and_conditions(on: Backend) {
    let app = TestApp::on(on);
    for number in 0..5 {
        assert!(is_in(&site(&app, "ann", &format!("site {number}"), 0, None)).await);
        app.mirror().note().await.expect("written");
    }
    let owner = owner(&app, "ann", 0);
    let page = owner.get(&format!("{ALL}?$top=3&$count=true&$select=clientId")).await.json();
    assert_eq!(page["@odata.count"], 5);
    let names = |page: &Value| page["value"].as_array().expect("items").clone();
    assert_eq!(names(&page).len(), 3);
    assert!(names(&page)[0].get("scopes").is_none() && names(&page)[0]["id"].is_string());
    let link = page["@odata.nextLink"].as_str().expect("a link");
    let rest = owner.get(&link[link.find("/v1.0").expect("a path")..]).await.json();
    let all: Vec<_> = names(&page).into_iter().chain(names(&rest)).map(|grant| grant["clientId"].clone()).collect();
    assert_eq!(all[..5], [0, 1, 2, 3, 4].map(|number| json!(format!("site {number}"))));
    assert!(rest.get("@odata.nextLink").is_none());

    let path = path(&app, &owner, "site 1").await;
    let one = owner.get(&path).await;
    assert_eq!(one.header("etag"), one.json()["@odata.etag"]);
    assert_eq!(owner.call(Method::DELETE, &path).await.status, 204);
    let old = owner.with("if-match", &one.header("etag"));
    assert_eq!(old.get(&path).await.status, 200);
    assert_eq!(old.call(Method::DELETE, &path).await.status, 412);
    assert_eq!(restore(&old, &path).await.status, 412);
    assert_eq!(owner.get(&format!("{ALL}?$filter=x")).await.status, 400);
    // Another's, one that is not there, and one that is none.
    let other = self::owner(&app, "bob", 0);
    let nowhere = ["01900000-0000-7000-8000-000000000000", "x", "%00"].map(|id| format!("{ALL}/{id}"));
    let same = other.get(&path).await;
    assert_eq!(same.status, 404);
    for path in &nowhere {
        for (method, end) in [(Method::GET, ""), (Method::DELETE, ""), (Method::POST, "/restore")] {
            let answer = owner.call(method.clone(), &format!("{path}{end}")).await;
            assert_eq!((answer.status.as_u16(), answer.text_without_ids()), (404, same.text_without_ids()), "{path}");
        }
    }
    assert_eq!(other.call(Method::DELETE, &path).await.text_without_ids(), same.text_without_ids());
    assert_eq!(restore(&other, &path).await.text_without_ids(), same.text_without_ids());
}

async fn taken_back_and_restored(on: Backend) {
    let app = TestApp::on(on);
    let (owner, shop) = (owner(&app, "ann", 0), site(&app, "ann", "shop", 0, Some(-60)));
    let (print, bobs) = (site(&app, "ann", "print", 0, Some(-60)), site(&app, "bob", "shop", 0, None));
    for caller in [&shop, &print, &bobs] {
        assert!(is_in(caller).await);
    }
    let path = path(&app, &owner, "shop").await;
    at(&app, 10, 500);
    for _ in 0..2 {
        let gone = owner.call(Method::DELETE, &path).await;
        assert_eq!((gone.status.as_u16(), gone.text()), (204, String::new()));
        assert_eq!(told(&shop).await, out("revoked"), "from the next request on");
    }
    assert_eq!(owner.get(&path).await.json()["revokedDateTime"], "2026-01-01T12:00:10.500Z");
    assert!(is_in(&print).await && is_in(&bobs).await && owner.get(ALL).await.status == 200);
    // What was refreshed silently never gets back in; nor what does not say when the person signed in.
    at(&app, 3000, 0);
    for (iat, auth_time) in [(2999, Some(-60)), (2999, Some(10)), (2999, Some(11)), (2999, None)] {
        assert_eq!(told(&site(&app, "ann", "shop", iat, auth_time)).await, out("revoked"), "{auth_time:?}");
    }
    app.mirror().note().await.expect("written");
    let shown = owner.get(&path).await.json();
    assert_eq!(shown["lastUsedDateTime"], "2026-01-01T12:00:00Z", "it asked in vain");
    let restored = restore(&owner, &path).await;
    assert_eq!((restored.status.as_u16(), &restored.json()["revokedDateTime"]), (200, &Value::Null));
    assert_eq!(restored.json()["consentEndDateTime"], "2027-01-01T12:50:00Z");
    assert_eq!(restored.header("etag"), restored.json()["@odata.etag"]);
    assert!(is_in(&site(&app, "ann", "shop", 2999, Some(-60))).await && is_in(&shop).await);
    assert_eq!(owner.call(Method::DELETE, &path).await.status, 204);
    assert_eq!(told(&shop).await, out("revoked"), "a second time as the first");
}

async fn a_new_sign_in_lets_in(on: Backend) {
    let app = TestApp::on(on);
    let (owner, shop) = (owner(&app, "ann", 0), site(&app, "ann", "shop", 0, Some(-60)));
    assert!(is_in(&shop).await);
    let path = path(&app, &owner, "shop").await;
    at(&app, 10, 1);
    assert_eq!(owner.call(Method::DELETE, &path).await.status, 204);
    at(&app, 20, 0);
    assert!(is_in(&site(&app, "ann", "shop", 12, Some(12))).await);
    assert_eq!(told(&shop).await, out("revoked"), "the old sign-in stays out");
    app.mirror().note().await.expect("written");
    assert_eq!(owner.get(&path).await.json()["revokedDateTime"], Value::Null);
    // An issuer whose clock is ahead: what was seen is out, however late it says that it is.
    assert!(is_in(&site(&app, "ann", "shop", 45, Some(45))).await);
    assert_eq!(owner.call(Method::DELETE, &path).await.status, 204);
    assert_eq!(told(&site(&app, "ann", "shop", 45, Some(45))).await, out("revoked"));
    assert!(is_in(&site(&app, "ann", "shop", 46, Some(46))).await);
}

async fn who_may_ask(on: Backend) {
    let app = TestApp::on(on);
    let owner = owner(&app, "ann", 0);
    let shop = site(&app, "ann", "shop", 0, Some(0));
    assert!(is_in(&shop).await);
    let path = path(&app, &owner, "shop").await;
    assert_eq!(shop.get(ALL).await.status, 403);
    let reader = app.caller("ann", "Privacy.Read");
    assert_eq!(reader.get(&path).await.status, 200);
    assert_eq!(reader.call(Method::DELETE, &path).await.status, 403);
    assert_eq!(restore(&reader, &path).await.status, 403);
    assert_eq!(reader.call(Method::POST, SESSIONS).await.status, 403);
    // A client may end its own access, but not give itself more.
    let own = self::path(&app, &owner, "owner").await;
    let more = restore(&owner, &own).await;
    assert_eq!((more.status.as_u16(), more.reason().as_deref()), (403, Some("own_grant")));
    assert_eq!(owner.call(Method::DELETE, &own).await.status, 204);
    assert_eq!(told(&owner).await, out("revoked"));
    assert!(is_in(&shop).await);
}
