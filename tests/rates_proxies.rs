//! Whose address pays: of the connection, or of who stands behind a listed proxy.

use actix_web::test::TestRequest;

use crate::rates::{ELSEWHERE, HERE, anonymous, rates, status};
use crate::support::app::{Backend, TestApp, peer};
use crate::support::log;
use crate::support::process::{Process, get};

#[actix_web::test]
async fn behind_a_listed_proxy_clients_are_told_apart_and_from_others_headers_are_nothing() {
    let app = TestApp::with(Backend::Sqlite, |config| {
        rates(1, 1)(config);
        config.trusted_proxies = vec!["10.0.0.0/8".into()];
    });
    let through = async |from: &str, header: &str, value: &str| {
        let request = TestRequest::with_uri("/openapi.json").peer_addr(peer(from)).insert_header((header, value));
        app.answer(request).await
    };
    let answer = through("10.0.0.1", "X-Forwarded-For", HERE).await;
    assert_eq!((status(&answer), answer.logged("remote").as_deref()), (200, Some(HERE)));
    assert_eq!(status(&through("10.0.0.2", "Forwarded", &format!("for={HERE}")).await), 429);
    assert_eq!(status(&through("10.0.0.1", "X-Forwarded-For", &format!("9.9.9.9, {HERE}")).await), 429);
    assert_eq!(status(&through("10.0.0.1", "X-Forwarded-For", ELSEWHERE).await), 200);
    // Not a listed proxy: whatever it says, it is one address.
    let answer = through("198.51.100.1", "X-Forwarded-For", "203.0.113.1").await;
    assert_eq!((status(&answer), answer.logged("remote").as_deref()), (200, Some("198.51.100.1")));
    assert_eq!(status(&through("198.51.100.1", "X-Forwarded-For", "203.0.113.2").await), 429);
    assert_eq!(status(&through("198.51.100.1", "Forwarded", "for=203.0.113.3").await), 429);
}

/// Nothing is known of who is behind it, so that it is one address; the operator is told once.
#[actix_web::test]
async fn a_proxy_that_does_not_say_who_asks_is_one_address_and_warned_of_once() {
    let app = TestApp::with(Backend::Sqlite, |config| {
        rates(1, 2)(config);
        config.trusted_proxies = vec!["10.77.0.0/16".into()];
    });
    for expected in [200, 200, 429] {
        assert_eq!(status(&anonymous(&app, "10.77.0.1").await), expected);
    }
    for client in ["192.0.2.1", "192.0.2.2", "192.0.2.3"] {
        let request = TestRequest::with_uri("/openapi.json").peer_addr(peer("10.77.0.2"));
        let request = request.insert_header(("X-Forwarded-For", client)).insert_header(("Forwarded", "for=9.9.9.9"));
        assert_eq!(status(&app.answer(request).await), if client == "192.0.2.3" { 429 } else { 200 });
    }
    let everything = log::everything();
    assert_eq!(everything.matches("the proxy 10.77.0.1 says neither").count(), 1);
    assert_eq!(everything.matches("from the proxy 10.77.0.2 disagree").count(), 1);
}

/// Over sockets: counted by where the connection comes from; the admin address is not counted.
#[test]
fn a_connection_has_an_address() {
    let server = Process::start(&["rate.anonymous_rps=1", "rate.anonymous_burst=2"]);
    let statuses = [(); 4].map(|()| get(server.address, "/.well-known/jwks.json").0);
    assert_eq!((statuses[0], statuses[3]), (200, 429), "{statuses:?}");
    for _ in 0..10 {
        assert_eq!(get(server.admin, "/livez").0, 200);
    }
}
