//! What a browser is told: pages of listed origins may read every answer, all others none, and nobody is refused for it.

use actix_web::http::Method;
use actix_web::http::header::{AUTHORIZATION, HeaderValue};
use actix_web::test::TestRequest;
use sharehold::config::Config;

use crate::support::app::{Answer, Backend, TestApp};

const SITE: &str = "https://site.example";
const OTHER: &str = "http://127.0.0.1:8080";
const EXPOSED: &str = "etag, location, retry-after, request-id, client-request-id, www-authenticate, preference-applied, \
                       accept-ranges, content-disposition, content-range";

fn app() -> TestApp {
    with(|_| {})
}

fn with(change: impl FnOnce(&mut Config)) -> TestApp {
    TestApp::with(Backend::Sqlite, |config| {
        config.cors.origins = vec![SITE.into(), OTHER.into()];
        change(config);
    })
}

fn get(path: &str, origin: impl AsRef<[u8]>) -> TestRequest {
    let origin = HeaderValue::from_bytes(origin.as_ref()).expect("a header's value");
    TestRequest::with_uri(path).insert_header(("origin", origin))
}

fn preflight(path: &str, origin: impl AsRef<[u8]>, method: &str) -> TestRequest {
    get(path, origin)
        .method(Method::OPTIONS)
        .insert_header(("access-control-request-method", method))
        .insert_header(("access-control-request-headers", "authorization"))
}

/// Names of the headers that only a browser asks for.
fn told(answer: &Answer) -> Vec<String> {
    answer.names().into_iter().filter(|name| name.starts_with("access-control-")).collect()
}

fn assert_readable(answer: &Answer) {
    assert_eq!(answer.header("access-control-allow-origin"), SITE, "{answer:?}");
    assert_eq!(answer.header("access-control-expose-headers"), EXPOSED);
    assert_eq!(answer.header("access-control-allow-credentials"), "");
    assert!(answer.values("vary").contains(&"Origin".to_owned()), "{answer:?}");
}

#[actix_web::test]
async fn a_page_of_a_listed_origin_may_read_every_answer() {
    let app = app();
    let ann = app.caller("ann", "User.Read").with("origin", SITE);
    let bearer = ("authorization", format!("Bearer {}", ann.token()));
    for (status, request) in [
        (200, get("/v1.0/me", SITE).insert_header(bearer.clone())),
        (200, get("/.well-known/jwks.json", SITE)),
        (401, get("/v1.0/me", SITE)),
        (401, get("/v1.0/me", SITE).insert_header((AUTHORIZATION, "Bearer junk"))),
        (403, get("/v1.0/me", SITE).method(Method::PATCH).insert_header(bearer).set_payload("{}")),
        (404, get("/v1.0/nothing", SITE)),
        (405, get("/v1.0/me", SITE).method(Method::DELETE)),
        (414, get(&format!("/{}", "a".repeat(9000)), SITE)),
        (431, get("/v1.0/me", SITE).insert_header(("x", "a".repeat(17_000)))),
    ] {
        let answer = app.answer(request).await;
        assert_eq!(answer.status, status);
        assert_readable(&answer);
    }
    // The challenge itself, which tells the page what to do.
    let refused = app.answer(get("/v1.0/me", SITE)).await;
    assert!(refused.header("www-authenticate").contains("resource_metadata="), "{refused:?}");
    assert_eq!(refused.values("vary"), ["Authorization", "Origin"], "one does not replace the other");
    let ours = app.answer(get("/v1.0/me", OTHER)).await;
    assert_eq!(ours.header("access-control-allow-origin"), OTHER);
}

/// Answers that are made where the request is gone: unknown revocations, a handler beyond its deadline.
#[actix_web::test]
async fn a_page_may_read_that_it_is_to_try_again() {
    let app = with(|config| config.limits.handler_deadline_s = 0);
    let ann = app.caller("ann", "User.Read").with("origin", SITE);
    let late = ann.get("/v1.0/me").await;
    assert_eq!((late.status.as_u16(), late.reason().as_deref()), (503, Some("handler_deadline")));
    assert_readable(&late);
    assert_eq!(late.header("retry-after"), "1");
}

#[actix_web::test]
async fn a_preflight_needs_no_token_and_names_what_the_path_takes() {
    let app = app();
    for (path, methods) in [
        ("/v1.0/me", "GET, HEAD, PATCH"),
        ("/V1.0/Me/", "GET, HEAD, PATCH"),
        ("/.well-known/jwks.json", "GET, HEAD"),
        ("/v1.0/me/photos/48x48", "GET, HEAD"),
        ("/v1.0/me/photos/axb", "DELETE, GET, HEAD, PATCH"),
        // There a page reads the 404 of its GET.
        ("/v1.0/nothing", ""),
    ] {
        let answer = app.answer(preflight(path, SITE, "PATCH")).await;
        assert_eq!((answer.status.as_u16(), answer.text().as_str()), (204, ""), "{path}");
        assert_readable(&answer);
        assert_eq!(answer.header("access-control-allow-methods"), methods, "{path}");
        assert_eq!(answer.header("access-control-max-age"), "600");
        let allowed = answer.header("access-control-allow-headers");
        let names: Vec<&str> = allowed.split(", ").collect();
        for name in ["authorization", "content-type", "prefer", "if-match", "if-none-match", "client-request-id"] {
            assert!(names.contains(&name), "{allowed}");
        }
        let photos = ["content-range", "content-disposition", "range", "if-range"];
        assert!(["sdkversion", "consistencylevel"].iter().chain(&photos).all(|name| names.contains(name)), "{allowed}");
        assert!(!allowed.contains('*'), "`*` does not cover Authorization (Fetch, CORS-unsafe request headers)");
        assert!(!answer.header("request-id").is_empty(), "it is logged like any request");
    }
    // Without a method to ask for it is no preflight, and another method like any.
    assert_eq!(app.answer(get("/v1.0/me", SITE).method(Method::OPTIONS)).await.status, 405);
    // Limits hold for it too.
    let long = preflight("/v1.0/me", SITE, "GET").insert_header(("x", "a".repeat(17_000)));
    assert_eq!(app.answer(long).await.status, 431);
}

/// Fiber CVE-2024-25124, Gin CVE-2019-25211: a prefix, a suffix, another case or another scheme is another site.
#[actix_web::test]
async fn no_origin_but_the_listed_is_told_anything() {
    let app = app();
    let mutations = mutations();
    assert!(mutations.len() >= 200, "{}", mutations.len());
    for origin in &mutations {
        let answer = app.answer(get("/.well-known/jwks.json", origin)).await;
        let shown = String::from_utf8_lossy(origin);
        assert_eq!((answer.status.as_u16(), told(&answer)), (200, vec![]), "{shown}");
        assert_eq!(answer.values("vary"), ["Origin"], "{shown}");
        let answer = app.answer(preflight("/v1.0/me", origin, "PATCH")).await;
        assert_eq!((answer.status.as_u16(), told(&answer)), (204, vec![]), "{shown}");
    }
    let twice = get("/.well-known/jwks.json", SITE).append_header(("origin", SITE));
    assert_eq!(told(&app.answer(twice).await), Vec::<String>::new());
    for listed in [SITE, OTHER] {
        let answer = app.answer(get("/.well-known/jwks.json", listed)).await;
        assert_eq!(told(&answer).len(), 2, "{listed}");
    }
    // With a token, a page of another origin is served like any client.
    let answer = app.caller("ann", "User.Read").with("origin", "https://evil.example").get("/v1.0/me").await;
    assert_eq!((answer.status.as_u16(), told(&answer)), (200, vec![]));
}

/// Origins that are somebody else's, or no origins.
const OTHERS: &[&str] = &[
    "",
    "null",
    "*",
    "https://",
    "https://evil.example",
    "https://site.example:443",
    "https://site.example:8443",
    "https://site.example.",
    "https://site.example/",
    "https://site.example/?",
    "https://site.example#",
    "https://site.example.evil.example",
    "https://evil.example/https://site.example",
    "https://evilsite.example",
    "https://www.site.example",
    "https://user@site.example",
    "https://site.example@evil.example",
    "https://site.example%00.evil.example",
    "https://site.example,https://evil.example",
    "//site.example",
    "https://site.example https://evil.example",
    "https://site.example, https://site.example",
    "site.example",
    "http://site.example",
    "wss://site.example",
    "file://site.example",
    "https:site.example",
    "https:/site.example",
    "http://127.0.0.1",
    "http://127.0.0.1:80",
    "http://127.0.0.1:808",
    "http://127.0.0.1:80800",
    "http://127.1:8080",
    "http://localhost:8080",
    "http://[::1]:8080",
    "http://[::ffff:127.0.0.1]:8080",
    "https://127.0.0.1:8080",
    "http://2130706433:8080",
    "http://0x7f000001:8080",
];

fn mutations() -> Vec<Vec<u8>> {
    let mut all: Vec<String> = OTHERS.iter().copied().map(Into::into).collect();
    for origin in [SITE, OTHER] {
        all.push(origin.to_uppercase());
        all.push(format!("{origin}\t{origin}"));
        for at in 0..origin.len() {
            let (before, after) = origin.split_at(at);
            let letter = &after[..1];
            all.push(format!("{before}{}", &after[1..]));
            all.push(before.to_owned());
            all.push(after[1..].to_owned());
            for inserted in ["x", ".", "/", "%", "@"] {
                all.push(format!("{before}{inserted}{after}"));
            }
            all.push(format!("{before}{}{}", letter.to_uppercase(), &after[1..]));
            all.push(format!("{before}?{}", &after[1..]));
        }
    }
    all.retain(|origin| origin != SITE && origin != OTHER);
    let mut bytes: Vec<Vec<u8>> = all.into_iter().map(String::into_bytes).collect();
    bytes.extend([b"https://site.example\x80".to_vec(), "https://s\u{456}te.example".as_bytes().to_vec()]);
    bytes.sort();
    bytes.dedup();
    bytes
}

#[actix_web::test]
async fn without_listed_origins_nothing_is_told_and_nothing_varies() {
    let app = TestApp::on(Backend::Sqlite);
    let answer = app.answer(get("/.well-known/jwks.json", SITE)).await;
    assert_eq!((answer.status.as_u16(), told(&answer), answer.header("vary")), (200, vec![], String::new()));
    let answer = app.answer(preflight("/v1.0/me", SITE, "GET")).await;
    assert_eq!((answer.status.as_u16(), told(&answer)), (204, vec![]));
}
