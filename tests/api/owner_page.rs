//! The owner's page: its files, the policy that keeps it to this server and the authorization server, and what it is told of the
//! configuration. How it looks and works in a browser: `tests/clients/owner-page.sh`.

use actix_web::http::Method;
use serde_json::{Value, json};
use sharehold::access::{Scope, Scopes};
use sharehold::config::OwnerPage;

use crate::on_both;
use crate::support::app::{Answer, Backend, ISSUER, TestApp};

on_both! { files_reach_two_servers_only settings_say_where_to_sign_in }

const FILES: &[(&str, &str)] = &[
    ("/me", "text/html; charset=utf-8"),
    ("/me/page.css", "text/css; charset=utf-8"),
    ("/me/icon.svg", "image/svg+xml"),
    ("/me/page.js", "text/javascript; charset=utf-8"),
    ("/me/api.js", "text/javascript; charset=utf-8"),
    ("/me/sign-in.js", "text/javascript; charset=utf-8"),
    ("/me/sites.js", "text/javascript; charset=utf-8"),
    ("/me/uses.js", "text/javascript; charset=utf-8"),
    ("/me/words.js", "text/javascript; charset=utf-8"),
];

async fn get(app: &TestApp, path: &str) -> Answer {
    app.send(Method::GET, path, &[], None).await
}

fn signing_in(on: Backend, issuer: &str) -> TestApp {
    let page = OwnerPage { issuer: issuer.into(), client_id: "sharehold-owner".into() };
    TestApp::with(on, |config| config.owner_page = Some(page))
}

/// What another file of the page is called by: `src`, `href` and `import`.
fn links(text: &str) -> Vec<String> {
    let after = |mark: &str, end: char| {
        text.split(mark).skip(1).filter_map(|rest| rest.split(end).next()).map(str::to_owned).collect::<Vec<_>>()
    };
    let imported = after(" from './", '\'').into_iter().map(|name| format!("/me/{name}"));
    after("src=\"", '"').into_iter().chain(after("href=\"", '"')).chain(imported).collect()
}

async fn files_reach_two_servers_only(on: Backend) {
    let app = signing_in(on, &format!("{ISSUER}/tenant"));
    let policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self' \
                  https://strict.example; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
                  require-trusted-types-for 'script'; trusted-types 'none'";
    for (path, media) in FILES {
        let file = get(&app, path).await;
        assert_eq!((file.status.as_u16(), file.header("content-type")), (200, (*media).into()), "{path}");
        assert_eq!(file.header("content-security-policy"), policy, "{path}");
        assert_eq!(file.header("x-frame-options"), "DENY");
        assert_eq!(file.header("x-content-type-options"), "nosniff");
        assert_eq!(file.header("referrer-policy"), "no-referrer");
        assert_eq!(file.header("cache-control"), "public, no-cache");
        assert_eq!(file.header("cross-origin-opener-policy"), "same-origin");
        let text = file.text();
        for link in links(&text) {
            assert!(FILES.iter().any(|(known, _)| *known == link), "{path} names {link}");
        }
        // No other host in any file, but for the name of a language and the example of a setting.
        let hosts: Vec<&str> =
            text.split("://").skip(1).filter_map(|rest| rest.split(['"', '\'', '/']).next()).collect();
        assert!(hosts.iter().all(|host| ["www.w3.org", "as.example"].contains(host)), "{path}: {hosts:?}");
        // What the policy refuses is not tried either.
        for inline in
            ["<style", " style=", " onclick=", "innerHTML", "javascript:", "localStorage", "document.cookie", "eval("]
        {
            assert!(!text.contains(inline), "{path}: {inline}");
        }
        let known = app.caller("ann", "User.Read").with("if-none-match", &file.header("etag")).get(path).await;
        assert_eq!((known.status.as_u16(), known.text()), (304, String::new()), "{path}");
        assert_eq!(known.header("content-security-policy"), policy, "{path}");
    }
    for absent in ["/me/index.htm", "/me/..%2fsecret", "/me/%2e%2e", "/me/a/b"] {
        assert_eq!(get(&app, absent).await.status, 404, "{absent}");
    }
    assert_eq!(get(&app, "/ME/").await.status, 200);
    // As the authorization server sends the person back.
    assert_eq!(get(&app, "/me?code=abc&state=def&iss=https%3A%2F%2Fstrict.example").await.status, 200);
    assert_eq!(app.send(Method::POST, "/me", &[], None).await.status, 405);
}

async fn settings_say_where_to_sign_in(on: Backend) {
    let app = signing_in(on, ISSUER);
    let settings = get(&app, "/me/settings.json").await;
    assert_eq!(settings.header("content-type"), "application/json");
    let (page, resource) = ("http://127.0.0.1:8700/me", "http://127.0.0.1:8700");
    let said = json!({"issuer": ISSUER, "clientId": "sharehold-owner", "page": page, "resource": resource});
    assert_eq!(settings.json(), said);
    let nowhere = TestApp::on(on);
    let settings = get(&nowhere, "/me/settings.json").await;
    let said = json!({"issuer": Value::Null, "clientId": Value::Null, "page": page, "resource": resource});
    assert_eq!(settings.json(), said);
    let policy = settings.header("content-security-policy");
    assert!(policy.contains("connect-src 'self';") && !policy.contains("://"), "{policy}");
}

/// A scope without words would be shown to people by its name; one that another implies would be shown twice.
#[test]
fn every_scope_has_plain_words() {
    let words = include_str!("../../src/resources/owner_page/page/words.js");
    let table = words.split_once("const SCOPES = [").and_then(|(_, rest)| rest.split_once("\n];")).expect("a table").0;
    let rows: Vec<Vec<&str>> = table
        .lines()
        .filter(|line| line.starts_with("  ["))
        .map(|line| line.split('\'').skip(1).step_by(2).collect())
        .collect();
    assert_eq!(rows.len(), Scope::ALL.len());
    for scope in Scope::ALL {
        let row = rows.iter().find(|row| row[0] == scope.name()).unwrap_or_else(|| panic!("{}", scope.name()));
        assert!(row[1].contains(' '), "{}: {}", scope.name(), row[1]);
        for implied in Scope::ALL.iter().filter(|other| *other != scope && Scopes::of(&[scope.name()]).has(**other)) {
            assert!(row[2..].contains(&implied.name()), "{} implies {}", scope.name(), implied.name());
        }
    }
}
